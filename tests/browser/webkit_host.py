"""A window of WebKitGTK that writes its console to standard output: ``python3 webkit_host.py SOCKET DIRECTORY``.

It runs on the system's Python, which has the bindings of GTK, and imports nothing of this project. Through the socket
it gets lines of JSON, ``{"goto": URL}`` or ``{"call": BODY, "text": TEXT}`` (an asynchronous function of ``text``), and
answers each with a line: null, or what the function has returned.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]  # the system's Python has it

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # type: ignore[import-not-found]  # noqa: E402 - versions come first


def main(address: str, directory: str) -> None:
    """Serve one client until it hangs up."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    lines = connection.makefile("r", encoding="utf-8")

    # A session that keeps nothing writes nothing to the console either.
    manager = WebKit2.WebsiteDataManager(base_data_directory=directory, base_cache_directory=directory)
    view = WebKit2.WebView.new_with_context(WebKit2.WebContext.new_with_website_data_manager(manager))
    view.get_settings().set_enable_write_console_messages_to_stdout(True)

    def answer(value: object) -> None:
        connection.sendall(json.dumps(value).encode() + b"\n")

    def loaded(_: object, event: object) -> None:
        if event == WebKit2.LoadEvent.FINISHED:
            answer(None)

    def returned(_: object, result: object) -> None:
        answer(view.call_async_javascript_function_finish(result).to_string())

    def command(*_: object) -> bool:
        line = lines.readline()
        if not line:
            Gtk.main_quit()
            return False
        asked: dict[str, Any] = json.loads(line)
        if "goto" in asked:
            view.load_uri(asked["goto"])
        else:
            arguments = GLib.Variant("a{sv}", {"text": GLib.Variant("s", asked["text"])})
            view.call_async_javascript_function(asked["call"], -1, arguments, None, None, None, returned)
        return True

    view.connect("load-changed", loaded)
    GLib.io_add_watch(connection.fileno(), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, command)
    window = Gtk.Window()
    window.add(view)
    window.show_all()
    Gtk.main()


if __name__ == "__main__":
    main(sys.argv[1], str(Path(sys.argv[2]).resolve()))

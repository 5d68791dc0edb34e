"""A page of a real WebKitGTK whose console can be read. WebDriver's sessions write none."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.browser.finding import NoBrowserError, program
from tests.browser.script import FETCH
from tests.browser.webkit import display, xvfb
from tests.processes import PATIENCE, Running, running, wait_until

VARIABLE = "ENVCORS_WEBKIT_PYTHON"
PYTHON = "/usr/bin/python3"

_HOST = Path(__file__).with_name("webkit_host.py")
_BINDINGS = "import cairo, gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')"
_CALL = f"return JSON.stringify(await ({FETCH})(JSON.parse(text)))"


class Console:
    """A page of WebKitGTK, and what its console shows."""

    def __init__(self, connection: IO[str], window: Running) -> None:
        self._connection = connection
        self._window = window
        self._read = 0  # characters of the console that belong to earlier fetches

    def goto(self, url: str) -> None:
        """Navigate, and wait until the page is loaded."""
        self._command({"goto": url})

    def fetch(self, url: str, **init: object) -> dict[str, Any]:
        """What a script sees of ``fetch(url, init)``: see ``FETCH``."""
        self._read = len(self._window.output)
        told: dict[str, Any] = json.loads(self._command({"call": _CALL, "text": json.dumps([url, init])}))
        return told

    def reason(self, path: str) -> str:
        """What the console says of the blocked fetch of a URL with this path: the line before the one with the URL.

        Raises:
            TimeoutError: The console says nothing.
        """
        blocked = re.compile(rf"^.*?ERROR (.*)\r?\n.*Fetch API cannot load \S*{re.escape(path)}.*$", re.MULTILINE)
        wait_until(lambda: blocked.search(self._window.output, self._read) is not None, f"a word about {path}")
        found = blocked.search(self._window.output, self._read)
        assert found is not None
        return found[1].strip()

    def _command(self, command: dict[str, object]) -> Any:
        self._connection.write(json.dumps(command) + "\n")
        self._connection.flush()
        return json.loads(self._connection.readline())


def find() -> str:
    """The path of a Python that has the bindings of WebKitGTK.

    Raises:
        NoBrowserError: There is none.
    """
    xvfb()
    python = program("The system's Python", VARIABLE, (PYTHON,))
    if subprocess.run([python, "-c", _BINDINGS], capture_output=True, timeout=PATIENCE, check=False).returncode:
        raise NoBrowserError("WebKitGTK's bindings for Python", (f"gi and cairo in {python}",))
    return python


@contextmanager
def console(directory: Path) -> Iterator[Console]:
    """Open a window of WebKitGTK that keeps its files in ``directory``, on a display of its own.

    Raises:
        NoBrowserError: One of its programs is not installed.
    """
    python = find()
    address = str(directory / "socket")
    with socket.socket(socket.AF_UNIX) as listener, display(directory) as variables:
        listener.bind(address)
        listener.listen()
        listener.settimeout(PATIENCE)
        # On a terminal, because the browser's processes buffer what they write elsewhere.
        with running([python, str(_HOST), address, str(directory)], variables, cwd=directory, terminal=True) as window:
            connection, _ = listener.accept()
            connection.settimeout(PATIENCE)
            with connection, connection.makefile("rw", encoding="utf-8") as lines:
                yield Console(lines, window)

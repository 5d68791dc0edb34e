"""A real Firefox, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

from tests.browser.finding import program
from tests.browser.script import FETCH
from tests.processes import PATIENCE, running

VARIABLE = "ENVCORS_FIREFOX"
COMMANDS = ("firefox-esr", "firefox")
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "toolkit.telemetry.enabled": False,
}

_BLOCKED = "Cross-Origin Request Blocked"
_LISTENING = "WebDriver BiDi listening on "


class Firefox:
    """A page of Firefox in a profile of its own."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self._sent = 0
        self._console: list[str] = []
        self._command("session.new", {"capabilities": {}})
        self._command("session.subscribe", {"events": ["log.entryAdded"]})
        profile = self._command("browser.createUserContext", {})["userContext"]
        page = self._command("browsingContext.create", {"type": "tab", "userContext": profile})
        self._page = page["context"]

    def goto(self, url: str) -> None:
        """Navigate, and wait until the page is loaded."""
        self._command("browsingContext.navigate", {"context": self._page, "url": url, "wait": "complete"})

    def fetch(self, url: str, **init: object) -> dict[str, Any]:
        """What a script sees of ``fetch(url, init)``: see ``FETCH``."""
        self._console.clear()
        result = self._command(
            "script.callFunction",
            {
                "functionDeclaration": f"async (text) => JSON.stringify(await ({FETCH})(JSON.parse(text)))",
                "arguments": [{"type": "string", "value": json.dumps([url, init])}],
                "awaitPromise": True,
                "target": {"context": self._page},
            },
        )
        told: dict[str, Any] = json.loads(result["result"]["value"])
        return told

    def reason(self, path: str) -> str:
        """What the console says of the blocked fetch of a URL with this path, with straight quotes.

        It says so a moment after the script's error.

        Raises:
            TimeoutError: The console says nothing.
        """
        deadline = time.monotonic() + PATIENCE
        while not (lines := [line for line in self._console if line.startswith(_BLOCKED) and path in line]):
            if time.monotonic() > deadline:
                raise TimeoutError("Firefox does not say why the fetch failed")
            self._receive()
        found = re.search(r"\(Reason: (.*?)\)\.", lines[0])  # a later line says only that the request did not succeed
        return (found[1] if found else lines[0]).replace("\u2018", "'").replace("\u2019", "'")

    def _command(self, method: str, parameters: dict[str, object]) -> dict[str, Any]:
        self._sent += 1
        self._connection.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == self._sent:
                if message["type"] != "success":
                    raise RuntimeError(f"{method}: {message}")
                result: dict[str, Any] = message["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv())
        if message.get("method") == "log.entryAdded":
            self._console.append(message["params"]["text"] or "")
        return message


def find() -> str:
    """The path of Firefox.

    Raises:
        NoBrowserError: It is not installed.
    """
    return program("Firefox", VARIABLE, COMMANDS)


@contextmanager
def firefox(directory: Path) -> Iterator[Firefox]:
    """Start Firefox with a new profile in ``directory``.

    Raises:
        NoBrowserError: It is not installed.
    """
    executable = find()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (directory / "user.js").write_text("".join(lines))
    command = [executable, "--headless", "--no-remote", "--profile", str(directory)]
    command += ["--remote-debugging-port", "0", "--remote-allow-system-access"]
    with running(command, cwd=directory) as browser:
        address = browser.wait_for_line(_LISTENING + r"ws://\S+").removeprefix(_LISTENING)
        connection = websocket.create_connection(f"{address}/session", timeout=PATIENCE, suppress_origin=True)
        try:
            yield Firefox(connection)
        finally:
            connection.close()

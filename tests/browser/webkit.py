"""A real WebKitGTK, driven over WebDriver (https://www.w3.org/TR/webdriver2/) on a display of its own."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.browser.finding import NoBrowserError, program
from tests.browser.script import FETCH
from tests.processes import PATIENCE, free_port, running

DRIVER_VARIABLE = "ENVCORS_WEBKIT_DRIVER"
BROWSERS = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"


class WebKit:
    """A page of WebKitGTK in a session without a history."""

    def __init__(self, port: int, browser: str) -> None:
        self._port = port
        options = {"binary": browser, "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._session = self._command("POST", "/session", {"capabilities": capabilities})["sessionId"]
        timeouts = {"script": int(PATIENCE * 1000), "pageLoad": int(PATIENCE * 1000)}
        self._command("POST", f"/session/{self._session}/timeouts", timeouts)

    def goto(self, url: str) -> None:
        """Navigate, and wait until the page is loaded."""
        self._command("POST", f"/session/{self._session}/url", {"url": url})

    def fetch(self, url: str, **init: object) -> dict[str, Any]:
        """What a script sees of ``fetch(url, init)``: see ``FETCH``."""
        script = f"const [request, done] = arguments; ({FETCH})(request).then(done)"
        arguments = {"script": script, "args": [[url, init]]}
        told: dict[str, Any] = self._command("POST", f"/session/{self._session}/execute/async", arguments)
        return told

    def close(self) -> None:
        self._command("DELETE", f"/session/{self._session}")

    def _command(self, method: str, path: str, parameters: Mapping[str, object] | None = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=2 * PATIENCE)
        try:
            body = None if parameters is None else json.dumps(parameters)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            value = json.load(response)["value"]
        finally:
            connection.close()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {value}")
        return value


@contextmanager
def webkit(directory: Path) -> Iterator[WebKit]:
    """Start WebKitGTK's small browser in ``directory``, on a display of its own.

    Raises:
        NoBrowserError: One of its programs is not installed.
    """
    driver, browser = find()
    with display(directory) as variables:
        port = free_port()
        with running([driver, f"--port={port}"], variables, cwd=directory, port=port):
            page = WebKit(port, browser)
            try:
                yield page
            finally:
                page.close()


def find() -> tuple[str, str]:
    """The paths of WebKitGTK's driver and of its small browser, which comes with the library.

    Raises:
        NoBrowserError: One of them is not installed, or no display to show them on.
    """
    xvfb()
    driver = program("WebKitGTK's driver", DRIVER_VARIABLE, ("WebKitWebDriver",))
    browsers = sorted(glob.glob(BROWSERS))
    if not browsers:
        raise NoBrowserError("WebKitGTK's browser", (BROWSERS,))
    return driver, browsers[-1]


def xvfb() -> str:
    """The path of the program that makes a display.

    Raises:
        NoBrowserError: It is not installed.
    """
    return program("Xvfb", "ENVCORS_XVFB", ("Xvfb",))


@contextmanager
def display(directory: Path) -> Iterator[dict[str, str]]:
    """A display that nobody sees; the variables with which a program finds it.

    Raises:
        NoBrowserError: Xvfb is not installed.
    """
    command = [xvfb(), "-displayfd", "1", "-nolisten", "tcp", "-screen", "0"]
    with running([*command, "1280x1024x24"], cwd=directory) as server:
        # The number comes alone on a line, after complaints about displays that other servers have.
        number = server.wait_for_line(r"\d+")
        variables = {"DISPLAY": f":{number}", "HOME": str(directory), "XDG_RUNTIME_DIR": str(directory)}
        if os.geteuid() == 0:  # the sandbox needs a user of its own
            variables["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        yield variables

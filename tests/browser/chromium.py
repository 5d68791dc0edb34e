"""A real Chromium: where it is, how it is started, and pages in it that tests drive."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from playwright.sync_api import Browser, CDPSession, Page, Playwright, sync_playwright

from tests.browser.finding import NoBrowserError
from tests.browser.script import FETCH
from tests.processes import PATIENCE

VARIABLE = "ENVCORS_BROWSER"
"""The environment variable that names the browser to use, as a path or a command."""

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The network service must do what the test asks for and nothing else; root (a container) gets no sandbox.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_LET_GO = "net::ERR_ABORTED"
"""How a load ends that the page has dropped: beside the reason, before or after it, or where nothing has failed."""

_PAUSE = 2  # milliseconds in which the browser can tell why a fetch failed, before the next check whether it has

_T = TypeVar("_T")


def find(playwright: Playwright) -> str | None:
    """The path of an installed browser: the variable's, then a known command's, then playwright's own."""
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    for command in COMMANDS:
        path = shutil.which(command)
        if path is not None:
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a fetch failed, as the DevTools protocol tells it; `cors_detail` is its failed parameter."""

    error: str
    cors_error: str | None
    cors_detail: str


class Chromium:
    """One running browser. Playwright's event loop has a thread of its own, to be in no test's way.

    Raises:
        NoBrowserError: none is installed.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chromium")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        try:
            self.do(self._start)
        except BaseException:
            self.close()
            raise

    def do(self, work: Callable[[], _T]) -> _T:
        """Run `work` in the thread that drives the browser, and wait for it."""
        return self._thread.submit(work).result()

    def open(self, url: str) -> Tab:
        """Open a page with an empty profile: no cookies, no caches."""
        return self.do(lambda: Tab(self, self._new_page(), url))

    def close(self) -> None:
        """Stop the browser and wait for its end."""
        try:
            self.do(self._stop)
        finally:
            self._thread.shutdown()

    def _start(self) -> None:
        self._playwright = sync_playwright().start()
        executable = find(self._playwright)
        if executable is None:
            raise NoBrowserError("Chromium", (VARIABLE, *COMMANDS, "playwright's own"))
        self._browser = self._playwright.chromium.launch(
            executable_path=executable, args=list(FLAGS), timeout=PATIENCE * 1000
        )

    def _new_page(self) -> Page:
        if self._browser is None:
            raise RuntimeError("the browser is closed")
        context = self._browser.new_context()
        context.set_default_timeout(PATIENCE * 1000)
        return context.new_page()

    def _stop(self) -> None:
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        try:
            if browser is not None:
                browser.close()
        finally:
            if playwright is not None:
                playwright.stop()  # and waits for its process, which ends after the browser has


class Tab:
    """A page. Every method may be called from any thread."""

    def __init__(self, chromium: Chromium, page: Page, url: str) -> None:
        self._chromium = chromium
        self._page = page
        self._urls: dict[str, str] = {}  # of the fetches under way, by their ids in the protocol
        self._failures: list[tuple[str, Failure]] = []  # each with its URL: one of an earlier fetch may come late
        self._console: list[str] = []
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.on("Network.requestWillBeSent", self._note_request)
        self._session.on("Network.loadingFailed", self._note_failed_load)
        self._session.on("Audits.issueAdded", self._note_issue)
        self._session.send("Network.enable")
        self._session.send("Audits.enable")
        page.on("console", lambda message: self._console.append(message.text))
        page.goto(url)

    @property
    def console(self) -> list[str]:
        """What the page has written to the console, the browser's own messages included."""
        return list(self._console)

    def goto(self, url: str) -> int:
        """Navigate, and return the status."""

        def navigate() -> int:
            response = self._page.goto(url)
            return 0 if response is None else response.status

        return self._chromium.do(navigate)

    def text(self, selector: str) -> str:
        """The text of the first element that matches."""
        return self._chromium.do(lambda: self._page.inner_text(selector))

    def click(self, selector: str) -> None:
        self._chromium.do(lambda: self._page.click(selector))

    def resize(self, width: int, height: int = 800) -> None:
        """Give the page this size, in CSS pixels."""
        self._chromium.do(lambda: self._page.set_viewport_size({"width": width, "height": height}))

    def prefer(self, scheme: Literal["light", "dark"]) -> None:
        """Let the page be shown light or dark."""
        self._chromium.do(lambda: self._page.emulate_media(color_scheme=scheme))

    def wait_for(self, expression: str) -> None:
        """Wait until a JavaScript expression is true in the page."""
        self._chromium.do(lambda: self._page.wait_for_function(expression))

    def evaluate(self, function: str, argument: object = None) -> Any:
        """Call a JavaScript function, `async` or not, in the page; the result as JSON has it."""
        return self._chromium.do(lambda: self._page.evaluate(function, argument))

    def fetch(self, url: str, **init: object) -> dict[str, Any]:
        """What a script sees of ``fetch(url, init)``: see ``FETCH``. ``failed`` is a ``Failure`` here."""
        return self._chromium.do(lambda: self._fetch(url, init))

    def close(self) -> None:
        self._chromium.do(self._page.context.close)

    def _fetch(self, url: str, init: dict[str, object]) -> dict[str, Any]:
        self._urls.clear()
        self._failures.clear()
        result: dict[str, Any] = self._page.evaluate(FETCH, [url, init])
        if "failed" in result:
            result["failed"] = self._why(result["url"])
        return result

    def _why(self, url: str) -> Failure:
        """Wait for what the protocol says about a failed fetch: it comes a moment later than the page's error."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for failed, failure in self._failures:
                if failed == url:
                    return failure
            self._page.wait_for_timeout(_PAUSE)
        raise TimeoutError("the browser does not say why the fetch failed")

    def _note_request(self, event: dict[str, Any]) -> None:
        if event["type"] == "Fetch":
            self._urls.setdefault(event["requestId"], event["request"]["url"])  # redirects have the same id

    def _note_failed_load(self, event: dict[str, Any]) -> None:
        url = self._urls.get(event["requestId"])
        if url is None or event["errorText"] == _LET_GO:
            return
        status = event.get("corsErrorStatus", {"corsError": None, "failedParameter": ""})
        if event.get("blockedReason") == "origin":  # so it calls a redirect that leaves the mode same-origin
            status = {"corsError": "DisallowedByMode", "failedParameter": ""}
        self._failures.append((url, Failure(event["errorText"], status["corsError"], status["failedParameter"])))

    def _note_issue(self, event: dict[str, Any]) -> None:
        """Without a request there is no failed load, only an issue; every other issue says it a second time, later."""
        details = event["issue"]["details"].get("corsIssueDetails", {})
        status = details.get("corsErrorStatus", {})
        if status.get("corsError") == "DisallowedByMode":
            failure = Failure("", status["corsError"], status["failedParameter"])
            self._failures.append((details["request"]["url"], failure))

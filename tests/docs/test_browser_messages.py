"""The page on troubleshooting quotes Chromium as it speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from envcors.protocol.policy import Policy
from envcors.wsgi import CORSMiddleware
from tests.browser.chromium import Tab
from tests.browser.conftest import chromium, tab
from tests.browser.scripted import served
from tests.processes import REPOSITORY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["chromium", "tab"]

pytestmark = pytest.mark.xdist_group("browser")

PAGE = (REPOSITORY / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^\| `([^`]+)` \| `", PAGE, re.MULTILINE)
ORIGIN = "https://app.example.com"
BLOCKED = "blocked by CORS policy: "
LOOKS = 20_000

PUT = {"method": "PUT"}
COOKIES = {"credentials": "include"}


@dataclass(frozen=True)
class Case:
    """What the API allows (`{page}` is the page's origin), what the script asks for, and what a proxy does."""

    init: Mapping[str, object]
    origin: str = "{page}"
    methods: tuple[str, ...] = ()
    development: bool = False
    proxy: str = ""


CASES = (
    Case({}, origin="https://other.example"),
    Case(PUT, origin="https://other.example"),
    Case(PUT, development=True),
    Case({"headers": {"X-Token": "1"}}, development=True),
    Case(COOKIES),
    Case(COOKIES, origin="*"),
    Case({}, proxy="adds the header too"),
    Case({}, proxy="ignores Vary"),
    Case(PUT, methods=("PUT",), proxy="redirects preflights"),
    Case(PUT, methods=("PUT",), proxy="wants a login for preflights"),
    Case(PUT, methods=("PUT",), proxy="answers preflights with an invalid list"),
)
"""One for each row of the table on the page, in its order."""


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    """The origin of an empty page."""
    with served(empty) as origin:
        yield origin


@pytest.mark.parametrize(("quoted", "case"), list(zip(QUOTED, CASES, strict=True)))
def test_the_page_quotes_what_chromium_says(quoted: str, case: Case, tab: Tab, page: str) -> None:
    tab.goto(page)
    policy = Policy(origins=[case.origin.format(page=page)], methods=case.methods, development=case.development)
    with served(behind_a_proxy(CORSMiddleware(empty, policy), case.proxy)) as api:
        tab.fetch(api, **case.init)
        said = message(tab).replace(page, ORIGIN)
    assert said[: len(quoted)] == quoted


@pytest.mark.parametrize(
    "phrase", re.findall(r"^\| `([^`]+)` \|", README.partition("## Troubleshooting")[2], re.MULTILINE)
)
def test_the_front_page_quotes_parts_of_the_same_messages(phrase: str) -> None:
    assert any(phrase in quoted for quoted in QUOTED)


def message(tab: Tab) -> str:
    """What the console says about CORS: a moment after the script has failed."""
    for _ in range(LOOKS):
        for line in tab.console:
            if BLOCKED in line:
                return line.partition(BLOCKED)[2]
        tab.evaluate("() => new Promise(resolve => setTimeout(resolve, 5))")
    return ""


def empty(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "0")])
    return []


def behind_a_proxy(app: WSGIApplication, kind: str) -> WSGIApplication:
    def proxy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        allow = ("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN", ""))
        if kind == "adds the header too":
            return app(environ, lambda status, headers, *error: start_response(status, [*headers, allow], *error))
        if kind == "ignores Vary":
            start_response("200 OK", [(allow[0], "https://other.example"), ("Content-Length", "0")])
            return []
        if kind == "answers preflights with an invalid list" and environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", [allow, ("Access-Control-Allow-Methods", "a b")])
            return []
        if kind and environ["REQUEST_METHOD"] == "OPTIONS":
            status = "302 Found" if kind == "redirects preflights" else "401 Unauthorized"
            start_response(status, [allow, ("Location", "/login"), ("Content-Length", "0")])
            return []
        return app(environ, start_response)

    return proxy

"""The real Chromium does what the table says, and sends what `envcors.testing.Browser` sends, in every case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from envcors.testing import Browser, CORSError
from tests.browser.case import Blocked, Case, Outcome, Reads
from tests.browser.chromium import Chromium, Tab
from tests.browser.runs import Run, by_browser, by_chromium, expected
from tests.browser.scripted import Scripted, served
from tests.browser.table import ANSWERS, CASES, STRICTER_THAN_CHROMIUM

# Reasons of which Chromium gives the name alone.
WITHOUT_DETAIL = frozenset(
    {
        CORSError.CORS_DISABLED_SCHEME,
        CORSError.INVALID_ALLOW_HEADERS_PREFLIGHT_RESPONSE,
        CORSError.INVALID_ALLOW_METHODS_PREFLIGHT_RESPONSE,
        CORSError.PREFLIGHT_INVALID_STATUS,
        CORSError.REDIRECT_CONTAINS_CREDENTIALS,
    }
)

ORDINARY_HEADERS = ("X-A", "Authorization", "Accept", "Range", "X-Forwarded-For")
FORBIDDEN_HEADERS = (
    *("Accept-Charset", "Accept-Encoding", "Access-Control-Request-Headers", "Access-Control-Request-Method"),
    *("Connection", "Content-Length", "Cookie", "Cookie2", "Date", "DNT", "Expect", "Host", "Keep-Alive", "Origin"),
    *("Referer", "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "Proxy-X", "sec-x"),
    *("X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Three origins at which one scripted server answers, and a page of Chromium at the first of them."""

    origins: dict[str, str]
    server: Scripted
    tab: Tab


@pytest.fixture(scope="module")
def surroundings(chromium: Chromium) -> Iterator[Surroundings]:
    origins: dict[str, str] = {}
    server = Scripted(origins, ANSWERS)
    with ExitStack() as stack:
        origins.update({name: stack.enter_context(served(server)) for name in ("page", "api", "elsewhere")})
        tab = chromium.open(origins["page"])
        stack.callback(tab.close)
        yield Surroundings(origins, server, tab)


def as_chromium_says_it(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Blocked) and outcome.reason in WITHOUT_DETAIL:
        return Blocked(outcome.reason)
    return outcome


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_chromium_does_what_browser_does(case: Case, surroundings: Surroundings) -> None:
    here = surroundings
    outcomes = [as_chromium_says_it(outcome) for outcome in expected(case, here.origins)]
    arrivals = by_browser(case, here.origins).arrivals
    assert by_chromium(case, here.origins, here.server, here.tab) == Run(outcomes, arrivals)


@pytest.mark.parametrize("case", STRICTER_THAN_CHROMIUM, ids=lambda case: case.slug)
def test_chromium_is_behind_the_standard_or_has_caught_up(case: Case, surroundings: Surroundings) -> None:
    """Which of the two is for its makers to say: a new version of the browser is no fault of ours."""
    here = surroundings
    assert by_chromium(case, here.origins, here.server, here.tab).outcomes in ([Reads()], expected(case, here.origins))


@pytest.mark.parametrize("name", [*ORDINARY_HEADERS, *FORBIDDEN_HEADERS])
def test_a_header_that_chromium_drops_is_refused_by_browser(name: str, surroundings: Surroundings) -> None:
    dropped = surroundings.tab.evaluate(
        "name => !new Request('/', {headers: {[name]: 'trace'}}).headers.has(name)", name
    )
    page = Browser(Scripted({}, {}), origin="https://api.example.com")
    if name in FORBIDDEN_HEADERS:
        with pytest.raises(ValueError, match=name):
            page.fetch("/", headers={name: "trace"})
    else:
        page.fetch("/", headers={name: "trace"})
    assert dropped == (name in FORBIDDEN_HEADERS)

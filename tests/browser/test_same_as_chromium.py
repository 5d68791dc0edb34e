"""The real Chromium does what the table says, and sends what ``envcors.testing.Browser`` sends, in every case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from envcors.testing import Browser, CORSError
from tests.browser.case import Blocked, Case, Outcome
from tests.browser.chromium import Chromium, Tab
from tests.browser.differences import assert_same
from tests.browser.runs import Run, by_browser, by_page, expected
from tests.browser.scripted import Scripted, three_origins
from tests.browser.surroundings import Surroundings
from tests.browser.table import ANSWERS, CASES

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


@pytest.fixture(scope="module")
def surroundings(chromium: Chromium) -> Iterator[Surroundings[Tab]]:
    with three_origins(ANSWERS) as server:
        tab = chromium.open(server.origins["page"])
        try:
            yield Surroundings(server, tab)
        finally:
            tab.close()


def as_chromium_tells(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Blocked) and outcome.reason in WITHOUT_DETAIL:
        return Blocked(outcome.reason)
    return outcome


def as_expected(seen: Outcome, wanted: Outcome) -> Outcome:
    """What was seen, or what was expected where that permits the detail that was seen."""
    if isinstance(seen, Blocked) and isinstance(wanted, Blocked) and seen.detail in wanted.others:
        return replace(seen, detail=wanted.detail)
    return seen


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_chromium_does_what_browser_does(case: Case, surroundings: Surroundings[Tab]) -> None:
    origins = surroundings.server.origins
    outcomes = [as_chromium_tells(outcome) for outcome in expected(case, origins)]
    run = by_page(case, surroundings.server, surroundings.page)
    seen = [as_expected(*pair) for pair in zip(run.outcomes, outcomes, strict=True)]
    assert_same("chromium", case, Run(seen, run.arrivals), Run(outcomes, by_browser(case, origins).arrivals))


@pytest.mark.parametrize("name", [*ORDINARY_HEADERS, *FORBIDDEN_HEADERS])
def test_a_header_that_chromium_drops_is_refused_by_browser(name: str, surroundings: Surroundings[Tab]) -> None:
    dropped = surroundings.page.evaluate(
        "name => !new Request('/', {headers: {[name]: 'trace'}}).headers.has(name)", name
    )
    page = Browser(Scripted({}, {}), origin="https://api.example.com")
    if name in FORBIDDEN_HEADERS:
        with pytest.raises(ValueError, match=name):
            page.fetch("/", headers={name: "trace"})
    else:
        page.fetch("/", headers={name: "trace"})
    assert dropped == (name in FORBIDDEN_HEADERS)

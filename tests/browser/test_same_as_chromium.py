"""`envcors.testing.Browser` and the real Chromium do what the table says, and the same, in every case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from itertools import chain

import pytest

from envcors.testing import Browser, CORSBlocked, CORSError, NetworkError
from tests.browser import cases_actual, cases_preflight, cases_redirect
from tests.browser.case import Blocked, Case, Fails, Fetch, Outcome, Reads, Throws
from tests.browser.chromium import Chromium, Failure, Tab
from tests.browser.scripted import Arrival, Scripted, served

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

CASES = [*cases_actual.ALL, *cases_preflight.ALL, *cases_redirect.ALL]
ORIGINS = ("page", "api", "elsewhere")

# What every response has, or what the real server adds.
UNINTERESTING = frozenset({"content-type", "content-length", "date", "server", "connection"})


class Surroundings:
    """Three origins at which one scripted server answers, and a page of Chromium at the first."""

    def __init__(self, origins: dict[str, str], server: Scripted, tab: Tab) -> None:
        self.origins = origins
        self.server = server
        self.tab = tab

    def filled(self, text: str) -> str:
        for name, origin in self.origins.items():
            text = text.replace(f"{{{name}}}", origin)
        return text

    def arguments(self, case: Case, fetch: Fetch) -> tuple[str, dict[str, object]]:
        init = {key: value for key, value in asdict(fetch).items() if key not in {"at", "path"}}
        if fetch.body is None:
            del init["body"]
        return self.filled(f"{fetch.at}/{case.slug}/{fetch.path}"), init


@pytest.fixture(scope="module")
def surroundings(chromium: Chromium) -> Iterator[Surroundings]:
    origins: dict[str, str] = {}
    server = Scripted(origins, {case.slug: case.answers for case in [*CASES, *cases_preflight.STRICTER_THAN_CHROMIUM]})
    with ExitStack() as stack:
        origins.update({name: stack.enter_context(served(server)) for name in ORIGINS})
        tab = chromium.open(origins["page"])
        stack.callback(tab.close)
        yield Surroundings(origins, server, tab)


def as_chromium_failed(failure: Failure) -> Outcome:
    return Blocked(CORSError(failure.cors_error), failure.cors_detail) if failure.cors_error else Fails()


def by_chromium(case: Case, around: Surroundings) -> tuple[list[Outcome], list[Arrival]]:
    outcomes: list[Outcome] = []
    around.server.arrivals.pop(case.slug, None)
    for fetch, _ in case.steps:
        url, init = around.arguments(case, fetch)
        seen = around.tab.fetch(url, **init)
        if "thrown" in seen:
            outcomes.append(Throws())
        elif "failed" in seen:
            outcomes.append(as_chromium_failed(seen["failed"]))
        else:
            readable = frozenset(seen["headers"]) - UNINTERESTING
            outcomes.append(Reads(seen["status"], readable, seen["type"], seen["redirected"]))
    return outcomes, around.server.arrivals.pop(case.slug, [])


def by_browser(case: Case, around: Surroundings) -> tuple[list[Outcome], list[Arrival]]:
    outcomes: list[Outcome] = []
    server = Scripted(around.origins, around.server.answers)
    browser = Browser(
        server,
        origin=around.origins["page"],
        api=around.origins["api"],
        elsewhere={around.origins["page"]: server, around.origins["elsewhere"]: server},
    )
    for fetch, _ in case.steps:
        url, init = around.arguments(case, fetch)
        try:
            response = browser.fetch(url, **init)  # type: ignore[arg-type]  # the table's words are the API's
        except ValueError:
            outcomes.append(Throws())
        except CORSBlocked as error:
            outcomes.append(Blocked(error.reason, error.detail))
        except NetworkError:
            outcomes.append(Fails())
        else:
            readable = frozenset(response.headers) - UNINTERESTING
            outcomes.append(Reads(response.status, readable, response.type, response.redirected))
    return outcomes, server.arrivals.get(case.slug, [])


def as_chromium_says_it(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Blocked) and outcome.reason in WITHOUT_DETAIL:
        return Blocked(outcome.reason)
    return outcome


def expected(case: Case, around: Surroundings) -> list[Outcome]:
    return [
        Blocked(outcome.reason, around.filled(outcome.detail)) if isinstance(outcome, Blocked) else outcome
        for _, outcome in case.steps
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_browser_does_what_chromium_does(case: Case, surroundings: Surroundings) -> None:
    table = expected(case, surroundings)
    outcomes, arrivals = by_browser(case, surroundings)
    assert (outcomes, [arrival.method for arrival in arrivals]) == (table, case.sent.split())
    assert by_chromium(case, surroundings) == ([as_chromium_says_it(outcome) for outcome in table], arrivals)


@pytest.mark.parametrize("case", cases_preflight.STRICTER_THAN_CHROMIUM, ids=lambda case: case.slug)
def test_browser_keeps_to_the_standard_where_chromium_is_behind_it(case: Case, surroundings: Surroundings) -> None:
    """Fails when Chromium catches up: then the case belongs to the common table."""
    outcomes, arrivals = by_browser(case, surroundings)
    assert (outcomes, [arrival.method for arrival in arrivals]) == (
        expected(case, surroundings),
        case.sent.split(),
    )
    assert by_chromium(case, surroundings)[0] == [Reads()]


def test_the_table_is_wide_and_no_two_cases_share_a_path() -> None:
    slugs = [case.slug for case in CASES]
    reasons = {outcome.reason for _, outcome in chain(*(case.steps for case in CASES)) if isinstance(outcome, Blocked)}
    assert len(slugs) >= 60
    assert len(set(slugs)) == len(slugs)
    assert reasons == set(CORSError)

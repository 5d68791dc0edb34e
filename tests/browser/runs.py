"""Runs a case: through ``Browser``, which calls the scripted application, or through a real page, over sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from envcors.testing import Browser, CORSBlocked, CORSError, NetworkError
from tests.browser.case import Blocked, Case, Fails, Fetch, Outcome, Reads, Throws
from tests.browser.scripted import Arrival, Scripted, filled
from tests.browser.table import ANSWERS

# What every response has, or what the real server adds.
UNINTERESTING = frozenset({"content-type", "content-length", "date", "server", "connection"})


class Page(Protocol):
    """A page of a real browser."""

    def fetch(self, url: str, **init: object) -> dict[str, Any]:
        """What a script sees of ``fetch(url, init)``: see ``tests.browser.script``."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the script got from each fetch, and what arrived at the servers."""

    outcomes: list[Outcome]
    arrivals: list[Arrival]

    @property
    def sent(self) -> str:
        """The methods of what arrived, as in ``Case.sent``."""
        return " ".join(arrival.method for arrival in self.arrivals)


def expected(case: Case, origins: Mapping[str, str]) -> list[Outcome]:
    """The table's outcomes under these origins."""
    return [
        replace(outcome, detail=filled(outcome.detail, origins)) if isinstance(outcome, Blocked) else outcome
        for _, outcome in case.steps
    ]


def by_browser(case: Case, origins: Mapping[str, str]) -> Run:
    server = Scripted(origins, ANSWERS)
    browser = Browser(
        server,
        origin=origins["page"],
        api=origins["api"],
        elsewhere={origins["page"]: server, origins["elsewhere"]: server},
    )
    outcomes = [_browser_outcome(browser, *_arguments(case, fetch, origins)) for fetch, _ in case.steps]
    return Run(outcomes, server.arrivals.get(case.slug, []))


def by_page(case: Case, server: Scripted, page: Page) -> Run:
    server.arrivals.pop(case.slug, None)
    outcomes = [_page_outcome(page, *_arguments(case, fetch, server.origins)) for fetch, _ in case.steps]
    return Run(outcomes, server.arrivals.pop(case.slug, []))


def _browser_outcome(browser: Browser, url: str, init: dict[str, object]) -> Outcome:
    try:
        response = browser.fetch(url, **init)  # type: ignore[arg-type]  # the table's words are the API's
    except ValueError:
        return Throws()
    except CORSBlocked as error:
        return Blocked(error.reason, error.detail)
    except NetworkError:
        return Fails()
    readable = frozenset(response.headers) - UNINTERESTING
    return Reads(response.status, readable, response.type, response.redirected)


def _page_outcome(page: Page, url: str, init: dict[str, object]) -> Outcome:
    seen = page.fetch(url, **init)
    if "thrown" in seen:
        return Throws()
    if "failed" in seen:  # of which Chromium alone tells the reason
        reason = getattr(seen["failed"], "cors_error", None)
        return Blocked(CORSError(reason), seen["failed"].cors_detail) if reason else Fails()
    return Reads(seen["status"], frozenset(seen["headers"]) - UNINTERESTING, seen["type"], seen["redirected"])


def _arguments(case: Case, fetch: Fetch, origins: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    given = {field.name: getattr(fetch, field.name) for field in fields(fetch) if field.name not in {"at", "path"}}
    init = {name: value for name, value in given.items() if value is not None}
    return filled(f"{fetch.at}/{case.slug}/{fetch.path}", origins), init

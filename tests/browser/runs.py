"""Runs a case: through `Browser`, which calls the scripted application, or through a page of Chromium, over sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from envcors.testing import Browser, CORSBlocked, CORSError, NetworkError
from tests.browser.case import Blocked, Case, Fails, Fetch, Outcome, Reads, Throws
from tests.browser.scripted import Arrival, Scripted
from tests.browser.table import ANSWERS

if TYPE_CHECKING:
    from tests.browser.chromium import Tab  # playwright is needed by the real browser's side alone

# What every response has, or what the real server adds.
UNINTERESTING = frozenset({"content-type", "content-length", "date", "server", "connection"})


@dataclass(frozen=True, slots=True)
class Run:
    """What the script got from each fetch, and what arrived at the servers."""

    outcomes: list[Outcome]
    arrivals: list[Arrival]

    @property
    def sent(self) -> str:
        """The methods of what arrived, as `Case.sent` has them."""
        return " ".join(arrival.method for arrival in self.arrivals)


def expected(case: Case, origins: Mapping[str, str]) -> list[Outcome]:
    """The table's outcomes under these origins."""
    return [
        Blocked(outcome.reason, _filled(outcome.detail, origins)) if isinstance(outcome, Blocked) else outcome
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


def by_chromium(case: Case, origins: Mapping[str, str], server: Scripted, tab: Tab) -> Run:
    server.arrivals.pop(case.slug, None)
    outcomes = [_chromium_outcome(tab, *_arguments(case, fetch, origins)) for fetch, _ in case.steps]
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


def _chromium_outcome(tab: Tab, url: str, init: dict[str, object]) -> Outcome:
    seen = tab.fetch(url, **init)
    if "thrown" in seen:
        return Throws()
    if "failed" in seen:
        failure = seen["failed"]
        return Blocked(CORSError(failure.cors_error), failure.cors_detail) if failure.cors_error else Fails()
    return Reads(seen["status"], frozenset(seen["headers"]) - UNINTERESTING, seen["type"], seen["redirected"])


def _arguments(case: Case, fetch: Fetch, origins: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    init = {key: value for key, value in asdict(fetch).items() if key not in {"at", "path"} and value is not None}
    return _filled(f"{fetch.at}/{case.slug}/{fetch.path}", origins), init


def _filled(text: str, origins: Mapping[str, str]) -> str:
    for name, origin in origins.items():
        text = text.replace(f"{{{name}}}", origin)
    return text

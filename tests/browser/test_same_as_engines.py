"""Firefox and WebKitGTK do what the table says, and send what ``envcors.testing.Browser`` sends, in every case.

A script cannot tell why its fetch failed; ``test_consoles.py`` compares the reasons.
"""

from __future__ import annotations

import pytest

from tests.browser.case import Blocked, Case, Fails, Outcome
from tests.browser.differences import assert_same
from tests.browser.firefox import Firefox
from tests.browser.runs import Run, by_browser, by_page, expected
from tests.browser.surroundings import Surroundings, Window
from tests.browser.table import CASES
from tests.browser.webkit import WebKit

pytestmark = pytest.mark.engines


def verdict(outcome: Outcome) -> Outcome:
    """What a script can tell."""
    return Fails() if isinstance(outcome, Blocked) else outcome


def check(engine: str, case: Case, here: Surroundings[Window]) -> None:
    origins = here.server.origins
    outcomes = [verdict(outcome) for outcome in expected(case, origins)]
    run = by_page(case, here.server, here.page)
    assert_same(engine, case, run, Run(outcomes, by_browser(case, origins).arrivals))


@pytest.mark.xdist_group("firefox")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_firefox_does_what_browser_does(case: Case, in_firefox: Surroundings[Firefox]) -> None:
    check("firefox", case, in_firefox)


@pytest.mark.xdist_group("webkit")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_webkit_does_what_browser_does(case: Case, in_webkit: Surroundings[WebKit]) -> None:
    check("webkit", case, in_webkit)

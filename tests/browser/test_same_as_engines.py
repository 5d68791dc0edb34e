"""Firefox and WebKitGTK do what the table says, and send what ``envcors.testing.Browser`` sends, in every case.

A script cannot tell why its fetch failed; ``test_consoles.py`` compares the reasons.
"""

from __future__ import annotations

import pytest

from tests.browser.case import Blocked, Case, Fails, Outcome
from tests.browser.differences import DIFFERENCES
from tests.browser.firefox import Firefox
from tests.browser.runs import Run, by_browser, by_page, expected
from tests.browser.surroundings import Surroundings, Window
from tests.browser.table import CASES
from tests.browser.webkit import WebKit

pytestmark = pytest.mark.engines


def verdict(outcome: Outcome) -> Outcome:
    """What a script can tell."""
    return Fails() if isinstance(outcome, Blocked) else outcome


def assert_same(engine: str, case: Case, here: Surroundings[Window]) -> None:
    outcomes = [verdict(outcome) for outcome in expected(case, here.server.origins)]
    run = by_page(case, here.server, here.page)
    difference = DIFFERENCES.get(case.slug, {}).get(engine)
    if difference is not None and run.sent == difference.sent:
        assert run.outcomes == [verdict(outcome) for outcome in difference.outcomes or outcomes]
    else:
        assert run == Run(outcomes, by_browser(case, here.server.origins).arrivals)


@pytest.mark.xdist_group("firefox")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_firefox_does_what_browser_does(case: Case, in_firefox: Surroundings[Firefox]) -> None:
    assert_same("firefox", case, in_firefox)


@pytest.mark.xdist_group("webkit")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_webkit_does_what_browser_does(case: Case, in_webkit: Surroundings[WebKit]) -> None:
    assert_same("webkit", case, in_webkit)

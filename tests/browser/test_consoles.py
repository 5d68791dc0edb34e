"""The consoles of Firefox and WebKitGTK tell the reason that ``envcors.testing.Browser`` names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from envcors.testing import CORSError
from tests.browser.case import Blocked, Case, Reads
from tests.browser.console import Console
from tests.browser.differences import DIFFERENCES
from tests.browser.firefox import Firefox
from tests.browser.reasons import FIREFOX, WEBKIT, pattern
from tests.browser.runs import by_page, expected
from tests.browser.surroundings import Surroundings
from tests.browser.table import CASES

pytestmark = pytest.mark.engines


def told(reasons: Mapping[CORSError, str], engine: str) -> list[Case]:
    """The cases whose last fetch is blocked and explained."""
    return [case for case in CASES if is_told(case, reasons) and not is_read(case, engine)]


def is_told(case: Case, reasons: Mapping[CORSError, str]) -> bool:
    outcome = case.steps[-1][1]
    return isinstance(outcome, Blocked) and pattern(reasons, outcome) is not None


def is_read(case: Case, engine: str) -> bool:
    """Whether the engine lets the script read in spite of the standard."""
    difference = DIFFERENCES.get(case.slug, {}).get(engine)
    return difference is not None and isinstance((difference.outcomes or (None,))[-1], Reads)


def assert_told(
    reasons: Mapping[CORSError, str], case: Case, here: Surroundings[Firefox] | Surroundings[Console]
) -> None:
    outcome = expected(case, here.server.origins)[-1]
    assert isinstance(outcome, Blocked)
    wanted = pattern(reasons, outcome)
    assert wanted is not None
    by_page(case, here.server, here.page)
    # A redirect that is not followed is told with its target.
    target = outcome.reason in (CORSError.CORS_DISABLED_SCHEME, CORSError.REDIRECT_CONTAINS_CREDENTIALS)
    text = here.page.reason(outcome.detail if target and reasons is FIREFOX else f"/{case.slug}/")
    assert wanted.fullmatch(text), text


@pytest.mark.xdist_group("firefox")
@pytest.mark.parametrize("case", told(FIREFOX, "firefox"), ids=lambda case: case.slug)
def test_firefox_tells_the_reason(case: Case, in_firefox: Surroundings[Firefox]) -> None:
    assert_told(FIREFOX, case, in_firefox)


@pytest.mark.xdist_group("webkit")
@pytest.mark.parametrize("case", told(WEBKIT, "webkit"), ids=lambda case: case.slug)
def test_webkit_tells_the_reason(case: Case, in_webkit_with_console: Surroundings[Console]) -> None:
    assert_told(WEBKIT, case, in_webkit_with_console)

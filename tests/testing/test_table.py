"""``Browser`` does what the table says, also on a machine without browsers that do the same."""

from __future__ import annotations

import pytest

from envcors.testing import CORSError
from tests.browser.case import Blocked, Case
from tests.browser.runs import by_browser, expected
from tests.browser.table import CASES

ORIGINS = {
    "page": "https://app.example.com",
    "api": "https://api.example.com",
    "elsewhere": "https://elsewhere.example",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_browser_does_what_the_table_says(case: Case) -> None:
    run = by_browser(case, ORIGINS)
    assert (run.outcomes, run.sent) == (expected(case, ORIGINS), case.sent)


def test_the_table_breaks_every_rule_and_no_two_cases_share_a_path() -> None:
    slugs = [case.slug for case in CASES]
    reasons = {outcome.reason for case in CASES for _, outcome in case.steps if isinstance(outcome, Blocked)}
    assert len(set(slugs)) == len(slugs) >= 60
    assert reasons == set(CORSError)

"""The whole table."""

from __future__ import annotations

from tests.browser import cases_actual, cases_preflight, cases_redirect

CASES = [*cases_actual.ALL, *cases_preflight.ALL, *cases_redirect.ALL]

ANSWERS = {case.slug: case.answers for case in CASES}

"""Applications of real shapes: the plan of `flask cors check`, and what pages can do before and after the migration."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest
from flask import Flask

from envcors.cli.migration.plan import Plan, plan_for
from envcors.flask.flask_cors import uses_of_flask_cors
from tests.booting import Setup, boot
from tests.cli.test_flask_cors import flask_cors
from tests.migration.asking import PAGE
from tests.migration.migrated import BLOCKED, DIRECTORY, NAMES, Fetch, application, environment, fetches, lines
from tests.processes import REPOSITORY

GUIDE = "docs/migrating-from-flask-cors.md"

Case = tuple[str, str, Fetch, bool]
"""An application, its mode, a fetch, and whether the page can read the response only before the migration."""

REASONS: dict[str, Callable[[str, str, Fetch, bool], bool]] = {
    "A page of an origin that nobody listed": lambda name, _, fetch, lost: (
        name == "every_origin" and lost and fetch.origin != PAGE
    ),
    "An origin that only begins as an expression does": lambda name, _, fetch, lost: (
        name == "expressions" and lost and fetch.origin.endswith(".evil.example.net")
    ),
    "A page over plain HTTP, or on your own machine": lambda name, mode, fetch, lost: (
        (name, mode) == ("expressions", "production") and lost and fetch.origin.startswith("http://")
    ),
    "A request header that nobody listed": lambda _name, _mode, fetch, lost: lost and "X-Any" in fetch.headers,
    "A method that no route has": lambda name, _, fetch, lost: (
        lost and fetch.method in {"DELETE", "PATCH"} and (fetch.path, fetch.method) not in routes(name)
    ),
    "A path that only begins as a resource does": lambda name, _, fetch, lost: (
        name == "resources" and lost and fetch.path == "/apiary"
    ),
    "An origin after a comma and a space": lambda name, _, fetch, lost: (
        name == "split_variable" and not lost and fetch.origin == "https://admin.example.com"
    ),
    "A preflight for a path that has no route": lambda _name, _mode, fetch, lost: not lost and fetch.path == "/missing",
    "A preflight for a decorated view class": lambda name, _, fetch, lost: (
        name == "view_class" and not lost and fetch.path == "/items"
    ),
}
"""Each row of the guide's table of differences, and the fetches that it is about."""


def routes(name: str) -> set[tuple[str, str]]:
    url_map = application(name, "after").url_map
    return {(rule.rule, method) for rule in url_map.iter_rules() for method in rule.methods or ()}


def plan_of(name: str) -> Plan:
    app = application(name, "before")
    return plan_for(app, uses_of_flask_cors(app))


def without_layout(code: str) -> str:
    """Return code as one form for every layout."""
    return ast.unparse(ast.parse(code))


MODES = [
    (name, mode) for name in NAMES for mode in ("production", "local") if mode == "production" or lines(name, mode)
]


def differences(name: str, mode: str) -> list[Case]:
    before, after = application(name, "before", mode), application(name, "after", mode)
    return [
        (name, mode, fetch, results[1] == BLOCKED)
        for fetch in fetches(before)
        if (results := (fetch.of(before), fetch.of(after)))[0] != results[1]
    ]


def reasons_for(case: Case) -> list[str]:
    return [title for title, holds in REASONS.items() if holds(*case)]


@pytest.mark.parametrize(("name", "mode"), MODES)
def test_a_page_gets_what_it_got_before_except_for_the_reasons_that_the_guide_lists(name: str, mode: str) -> None:
    assert [case for case in differences(name, mode) if not reasons_for(case)] == []


def test_the_guide_lists_the_differences_that_exist_and_no_others() -> None:
    page = (REPOSITORY / GUIDE).read_text(encoding="utf-8")
    section = page.partition("## What a page notices")[2].partition("\n## ")[0]
    listed = [row for row in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE) if row.startswith(("A ", "An "))]
    found = {title for name, mode in MODES for case in differences(name, mode) for title in reasons_for(case)}
    assert listed == list(REASONS)
    assert found == set(REASONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_variables_of_the_plan_are_those_of_the_migrated_application(name: str) -> None:
    plan = plan_of(name)
    assert (sorted(plan.production), sorted(plan.development)) == (
        sorted(lines(name, "production")),
        sorted(lines(name, "local")),
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_the_plan_is_that_of_the_migrated_application(name: str) -> None:
    code = without_layout((DIRECTORY / name / "after.py").read_text(encoding="utf-8"))
    for before, after in plan_of(name).code:
        expected = without_layout(after.removeprefix("@"))
        assert expected in code or expected.replace("CORS(app)", "cors.init_app(app)") in code, before
    assert "flask_cors" not in code


@pytest.mark.parametrize(("name", "mode"), MODES)
def test_the_variables_of_the_plan_are_valid(name: str, mode: str) -> None:
    assert boot(Setup(environment(name, mode))).rules() == []


@pytest.mark.parametrize("name", NAMES)
def test_check_refuses_the_application_before_and_accepts_it_after_the_migration(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(version: str) -> Callable[[], Flask]:
        return lambda: application(name, version)

    before = flask_cors(create("before"), "check")
    assert before.status == 1
    assert "This application uses Flask-CORS" in before.stderr
    assert before.stdout.startswith("\nHow shop becomes an application that uses envcors:\n")
    after = flask_cors(create("after"), "check")
    assert (after.status, after.stdout[:4]) == (0, "ok: "), after.output

"""Names that other frameworks know, and names beside the right one: what becomes of each, and no fix that collides."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from envcors.problems import Problem
from tests.booting import Setup, boot

A = "https://a.acme.io"

FLASK_CORS = [
    ("SEND_WILDCARD", "never reflected"),
    ("ALWAYS_SEND", "do not depend on whether"),
    ("AUTOMATIC_OPTIONS", "responds to preflights"),
    ("VARY_HEADER", "Vary: Origin"),
    ("INTERCEPT_EXCEPTIONS", "error responses too"),
    ("ALLOW_PRIVATE_NETWORK", "obsolete"),
]


def problem_of(setup: Setup, variable: str) -> Problem:
    return next(found for found in boot(setup).problems if found.variable == variable)


@pytest.mark.parametrize("value", ["True", "false", "x"])
@pytest.mark.parametrize("form", ["CORS_{}", "CORS_RESOURCES__API__{}"])
@pytest.mark.parametrize("place", ["environment", ".env", "mounted"])
@pytest.mark.parametrize(("option", "becomes"), FLASK_CORS)
def test_an_option_of_flask_cors_says_what_becomes_of_it_in_every_source(
    option: str, becomes: str, place: str, form: str, value: str
) -> None:
    name = form.format(option)
    setups = {
        "environment": Setup({name: value}),
        ".env": Setup(dotenv=f"{name}={value}\n"),
        "mounted": Setup({"CORS_CONFIG_DIR": "mounted"}, files={f"mounted/{name}": value}),
    }
    problem = problem_of(setups[place], name)
    assert (problem.rule, problem.value, problem.fix) == ("unknown-variable", None, f"remove {name}")
    assert f"{option.lower()} is an option of Flask-CORS that does not exist here." in problem.message
    assert becomes in problem.message


@pytest.mark.parametrize(("option", "becomes"), FLASK_CORS)
def test_an_option_of_flask_cors_in_json_says_what_becomes_of_it(option: str, becomes: str) -> None:
    setup = Setup({"CORS_RESOURCES": json.dumps({"/a": {option.lower(): True}})})
    problem = problem_of(setup, "CORS_RESOURCES")
    assert becomes in problem.message


def test_the_headers_of_flask_cors_are_the_allowed_headers() -> None:
    problem = problem_of(Setup({"CORS_HEADERS": "Content-Type", "CORS_SEND_WILDCARD": "True"}), "CORS_HEADERS")
    assert problem.fix == ("rename it to CORS_ALLOW_HEADERS\nor, if another program reads it: CORS_IGNORE=CORS_HEADERS")


# (variables, the one that is unknown, why it does not just move)
COLLIDING: list[tuple[Mapping[str, str], str, str]] = [
    ({"CORS_ORIGINS": A, "CORS_ALLOWED_ORIGINS": A}, "CORS_ALLOWED_ORIGINS", "CORS_ORIGINS is set already"),
    ({"CORS_ORIGINS": A, "CORS_ORIGIN": A}, "CORS_ORIGIN", "CORS_ORIGINS is set already"),
    ({"CORS_ORIGINS": A, "CORS_ORIGIN_REGEX": ".*"}, "CORS_ORIGIN_REGEX", "CORS_ORIGINS is set already"),
    ({"CORS_METHODS": "GET", "CORS_ALLOWED_METHODS": "PUT"}, "CORS_ALLOWED_METHODS", "CORS_METHODS is set already"),
    ({"CORS_MAX_AGE": "5", "CORS_MAXAGE": "6"}, "CORS_MAXAGE", "CORS_MAX_AGE is set already"),
    ({"CORS_ORIGIN": A, "CORS_ALLOWED_ORIGINS": A}, "CORS_ALLOWED_ORIGINS", "CORS_ORIGIN means the same"),
    ({"CORS_ORIGIN_WHITELIST": A, "CORS_ORIGIN": A}, "CORS_ORIGIN", "CORS_ORIGIN_WHITELIST means the same"),
    ({"CORS_ALLOW_ALL_ORIGINS": "False"}, "CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGINS is a list, not true or false"),
    ({"CORS_ALLOW_ALL_ORIGINS": "True"}, "CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGINS is a list, not true or false"),
    ({"CORS_ORIGIN_ALLOW_ALL": "1"}, "CORS_ORIGIN_ALLOW_ALL", "CORS_ORIGINS is a list, not true or false"),
    ({"CORS_ALLOW_ORIGIN": "true"}, "CORS_ALLOW_ORIGIN", "CORS_ORIGINS is a list, not true or false"),
    ({"CORS_ALLOWED_METHODS": "on"}, "CORS_ALLOWED_METHODS", "CORS_METHODS is a list, not true or false"),
    ({"CORS_ALLOW_ORIGIN_REGEX": A}, "CORS_ALLOW_ORIGIN_REGEX", "not regular expressions"),
    ({"CORS_ALLOWED_ORIGIN_REGEXES": "^x$"}, "CORS_ALLOWED_ORIGIN_REGEXES", "not regular expressions"),
    ({"CORS_ALLOWED_ORIGIN": r"https://\w+\.acme\.io"}, "CORS_ALLOWED_ORIGIN", "not regular expressions"),
]


@pytest.mark.parametrize(("variables", "unknown", "why"), COLLIDING)
def test_a_name_is_not_renamed_to_one_that_is_taken_or_holds_something_else(
    variables: Mapping[str, str], unknown: str, why: str
) -> None:
    problem = problem_of(Setup(variables), unknown)
    assert problem.fix.partition("\n")[0] == f"remove {unknown}"
    assert "did you mean" in problem.message
    assert why in problem.message


def test_a_name_is_not_renamed_to_one_that_another_source_sets() -> None:
    problem = problem_of(Setup({"CORS_ORIGINS": A}, dotenv=f"CORS_ORIGIN={A}\n"), "CORS_ORIGIN")
    assert problem.fix.startswith("remove CORS_ORIGIN\n")
    assert "CORS_ORIGINS is set already (environment)" in problem.message


def test_a_keyword_is_not_renamed_to_one_that_is_given() -> None:
    (problem,) = boot(Setup(code={"origins": A, "origin": A})).problems
    assert problem.fix == "remove origin"


def test_a_value_that_would_be_refused_under_the_right_name_is_announced() -> None:
    problem = problem_of(Setup({"CORS_ORIGIN": f"{A}/"}), "CORS_ORIGIN")
    assert problem.fix.startswith("rename it to CORS_ORIGINS\nand correct its value, which would be refused")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("CORS_PROXY TOKEN hunter2", "CORS_PROXY …"),
        ("CORS_PROXY_TOKEN:hunter2", "CORS_PROXY_TOKEN:…"),
        ("CORS_A/hunter2", "CORS_A/…"),
        ("CORS_ORIGINS(hunter2)", "CORS_ORIGINS(…"),
        ("CORS_\u00e9:hunter2", "CORS_\u00e9:…"),
    ],
)
def test_what_follows_a_name_may_be_a_value_and_is_not_shown(name: str, shown: str) -> None:
    (problem,) = boot(Setup({name: "x"})).problems
    assert problem.variable == shown
    assert "hunter2" not in repr(problem)

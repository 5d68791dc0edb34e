"""A value that another one stands above is still checked for its form."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.booting import Setup, boot

GOOD = {
    "CORS_ORIGINS": "https://a.example.com",
    "CORS_DENY_ORIGINS": "https://old.example.com",
    "CORS_METHODS": "PUT",
    "CORS_ALLOW_HEADERS": "X-A",
    "CORS_EXPOSE_HEADERS": "X-A",
    "CORS_MAX_AGE": "5",
    "CORS_RESOURCES": '{"/a": {}}',
    "CORS_RESOURCES__A__ORIGINS": "https://a.example.com",
    "CORS_RESOURCES__A__PATHS": "/a",
}
# (rule, variable, what breaks the rule below a good value)
MALFORMED = [
    ("origin-malformed", "CORS_ORIGINS", "HTTPS://A.com/"),
    ("origin-null", "CORS_ORIGINS", "null"),
    ("origin-malformed", "CORS_DENY_ORIGINS", "HTTPS://A.com/"),
    ("method-malformed", "CORS_METHODS", "patch"),
    ("method-forbidden", "CORS_METHODS", "TRACE"),
    ("header-malformed", "CORS_ALLOW_HEADERS", "(X)"),
    ("header-forbidden", "CORS_ALLOW_HEADERS", "Cookie"),
    ("expose-forbidden", "CORS_EXPOSE_HEADERS", "Set-Cookie"),
    ("max-age-out-of-range", "CORS_MAX_AGE", "-1"),
    ("value-invalid", "CORS_MAX_AGE", "x"),
    ("origin-malformed", "CORS_RESOURCES", '{"/b": {"origins": "HTTPS://A.com/"}}'),
    ("resource-malformed", "CORS_RESOURCES", '{"b": {}}'),
    ("origin-malformed", "CORS_RESOURCES__A__ORIGINS", "HTTPS://A.com/"),
]
# what no value by itself is wrong with, or what is wrong with it in production alone
WELL_FORMED = [
    {"CORS_ORIGINS": "*", "CORS_SUPPORTS_CREDENTIALS": "true"},
    {"CORS_ORIGINS": "http://localhost:3000,https://*.com"},
    {"CORS_METHODS": "*", "CORS_ALLOW_HEADERS": "*"},
    {"CORS_EXPOSE_HEADERS": "*"},
    {"CORS_RESOURCES": '{"/b": {"origins": "*", "supports_credentials": true}}'},
    {"CORS_RESOURCES__A__ORIGINS": "*"},
]


def above(variables: Mapping[str, str], place: str, value: Mapping[str, str] = GOOD) -> Setup:
    """The variables in `.env`, in `place` good values of the same."""
    paths = {"CORS_RESOURCES__A__PATHS": "/a"} if any("__" in name for name in variables) else {}
    good = {name: value[name] for name in variables if name in value}
    dotenv = "".join(f"{name}='{text}'\n" for name, text in {**paths, **variables}.items())
    match place:
        case "environment":
            return Setup(good, dotenv=dotenv)
        case "app.config":
            return Setup(config=good, dotenv=dotenv)
    return Setup(code={"resources": "/c"}, dotenv=dotenv)


@pytest.mark.parametrize("place", ["environment", "app.config"])
@pytest.mark.parametrize(("rule", "variable", "text"), MALFORMED)
def test_what_is_malformed_below_another_value_is_refused(place: str, rule: str, variable: str, text: str) -> None:
    (problem,) = boot(above({variable: text}, place)).problems
    number = 2 if "__" in variable else 1
    assert (problem.rule, problem.variable, problem.source) == (rule, variable, f".env line {number}")


@pytest.mark.parametrize(("rule", "variable", "text"), [row for row in MALFORMED if "RESOURCES" in row[1]])
def test_what_is_malformed_in_resources_below_those_of_code_is_refused(rule: str, variable: str, text: str) -> None:
    assert boot(above({variable: text}, "code")).rules() == [rule]


@pytest.mark.parametrize("place", ["environment", "app.config"])
@pytest.mark.parametrize("variables", WELL_FORMED)
def test_what_is_only_permissive_below_another_value_is_no_concern(place: str, variables: Mapping[str, str]) -> None:
    good = {**GOOD, "CORS_SUPPORTS_CREDENTIALS": "false"}
    assert boot(above(variables, place, good)).rules() == []


def test_one_line_that_flask_has_copied_into_the_environment_is_judged_once() -> None:
    variables = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__ORIGINS": "http://A.example.com"}
    dotenv = "".join(f"{name}={text}\n" for name, text in variables.items())
    rules = boot(Setup(variables, dotenv=dotenv)).rules()
    assert rules == boot(Setup(dotenv=dotenv)).rules() == ["origin-malformed", "origin-plain-http"]

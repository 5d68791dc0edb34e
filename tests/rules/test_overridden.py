"""A value that another source overrides must still be valid."""

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
# (rule, variable, a value that violates the rule and that a valid value overrides)
INVALID = [
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
# Values that are valid one by one, and values that only a production policy refuses
PERMISSIVE = [
    {"CORS_ORIGINS": "*", "CORS_SUPPORTS_CREDENTIALS": "true"},
    {"CORS_ORIGINS": "http://localhost:3000,https://*.com"},
    {"CORS_METHODS": "*", "CORS_ALLOW_HEADERS": "*"},
    {"CORS_EXPOSE_HEADERS": "*"},
    {"CORS_RESOURCES": '{"/b": {"origins": "*", "supports_credentials": true}}'},
    {"CORS_RESOURCES__A__ORIGINS": "*"},
]


def overridden(variables: Mapping[str, str], source: str, value: Mapping[str, str] = GOOD) -> Setup:
    """Return a setup with the variables in ``.env`` and with valid values that override them in ``source``."""
    paths = {"CORS_RESOURCES__A__PATHS": "/a"} if any("__" in name for name in variables) else {}
    good = {name: value[name] for name in variables if name in value}
    dotenv = "".join(f"{name}='{text}'\n" for name, text in {**paths, **variables}.items())
    match source:
        case "environment":
            return Setup(good, dotenv=dotenv)
        case "app.config":
            return Setup(config=good, dotenv=dotenv)
    return Setup(code={"resources": "/c"}, dotenv=dotenv)


@pytest.mark.parametrize("source", ["environment", "app.config"])
@pytest.mark.parametrize(("rule", "variable", "text"), INVALID)
def test_an_invalid_value_that_is_overridden_is_refused(source: str, rule: str, variable: str, text: str) -> None:
    (problem,) = boot(overridden({variable: text}, source)).problems
    number = 2 if "__" in variable else 1
    assert (problem.rule, problem.variable, problem.source) == (rule, variable, f".env line {number}")


@pytest.mark.parametrize(("rule", "variable", "text"), [row for row in INVALID if "RESOURCES" in row[1]])
def test_an_invalid_value_in_resources_that_code_overrides_is_refused(rule: str, variable: str, text: str) -> None:
    assert boot(overridden({variable: text}, "code")).rules() == [rule]


@pytest.mark.parametrize("source", ["environment", "app.config"])
@pytest.mark.parametrize("variables", PERMISSIVE)
def test_a_permissive_value_that_is_overridden_is_not_refused(source: str, variables: Mapping[str, str]) -> None:
    good = {**GOOD, "CORS_SUPPORTS_CREDENTIALS": "false"}
    assert boot(overridden(variables, source, good)).rules() == []


def test_a_line_that_flask_copied_into_the_environment_is_checked_once() -> None:
    variables = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__ORIGINS": "http://A.example.com"}
    dotenv = "".join(f"{name}={text}\n" for name, text in variables.items())
    rules = boot(Setup(variables, dotenv=dotenv)).rules()
    assert rules == boot(Setup(dotenv=dotenv)).rules() == ["origin-malformed", "origin-plain-http"]

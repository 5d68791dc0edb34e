"""Every rule of the catalogue, with a configuration that violates it and a similar one that does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from envcors.protocol.origins import Origin
from envcors.rules.catalogue import RULES
from tests.booting import Setup, boot

KUBERNETES = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
GOOD = "https://app.example.com"


class Row(NamedTuple):
    rule: str
    violates: Setup
    complies: Setup
    variable: str
    value: str | None
    source: str = "environment"


def one_tenant(origin: Origin, environ: Mapping[str, object]) -> bool:
    return str(origin) == "https://tenant.example.com"


def env(**variables: str) -> Setup:
    return Setup(environment=variables)


def credentials(**variables: str) -> Setup:
    return Setup(environment={"CORS_SUPPORTS_CREDENTIALS": "true", **variables})


def code(**keywords: object) -> Setup:
    return Setup(code=keywords)


def row(rule: str, variable: str, violates: str, complies: str) -> Row:
    return Row(rule, env(**{variable: violates}), env(**{variable: complies}), variable, violates)


def with_credentials(rule: str, variable: str, violates: str, complies: str) -> Row:
    return Row(rule, credentials(**{variable: violates}), credentials(**{variable: complies}), variable, violates)


ALWAYS = [
    Row("unknown-variable", env(CORS_ORIGIN=GOOD), env(CORS_ORIGINS=GOOD), "CORS_ORIGIN", None),
    row("value-invalid", "CORS_MAX_AGE", "ten", "10"),
    row("value-invalid", "CORS_ENV", "Production", "production"),
    Row(
        "variable-duplicate",
        Setup(dotenv=f"CORS_ORIGINS={GOOD}\nCORS_ORIGINS={GOOD}\n"),
        Setup(dotenv=f"CORS_ORIGINS={GOOD}\nCORS_METHODS=PUT\n"),
        "CORS_ORIGINS",
        GOOD,
        ".env line 1",
    ),
    Row(
        "source-unreadable",
        code(env_file="dev.env"),
        Setup(code={"env_file": "dev.env"}, files={"dev.env": ""}),
        "dev.env",
        None,
        "dev.env",
    ),
    Row(
        "dotenv-malformed",
        Setup(dotenv=f'\nCORS_ORIGINS="{GOOD}\n'),
        Setup(dotenv=f'\nCORS_ORIGINS="{GOOD}"\n'),
        "CORS_ORIGINS",
        f'"{GOOD}',
        ".env line 2",
    ),
    row("origin-malformed", "CORS_ORIGINS", f"{GOOD}/", GOOD),
    row("origin-malformed", "CORS_DENY_ORIGINS", "*", GOOD),
    row("origin-null", "CORS_ORIGINS", "null", "https://null.example.com"),
    row("origin-null", "CORS_DENY_ORIGINS", "null", "https://null.example.com"),
    with_credentials("origin-any-with-credentials", "CORS_ORIGINS", "*", GOOD),
    row("method-malformed", "CORS_METHODS", "patch", "PATCH"),
    row("method-malformed", "CORS_METHODS", "GET;POST", "GET,POST"),
    row("method-malformed", "CORS_METHODS", "P*", "PUT"),
    row("method-forbidden", "CORS_METHODS", "Trace", "TRACER"),
    row("header-malformed", "CORS_ALLOW_HEADERS", "X-Token:", "X-Token"),
    row("header-malformed", "CORS_EXPOSE_HEADERS", '"X-Token"', "X-Token"),
    row("header-malformed", "CORS_ALLOW_HEADERS", "X-Shop-.*", "X-Shop-Token"),
    row("header-malformed", "CORS_EXPOSE_HEADERS", "X-*", "X-Token"),
    row("header-forbidden", "CORS_ALLOW_HEADERS", "cookie", "X-Cookie"),
    row("header-forbidden", "CORS_ALLOW_HEADERS", "Access-Control-Request-Method", "Access-Control-Allow-Origin"),
    with_credentials("expose-any-with-credentials", "CORS_EXPOSE_HEADERS", "*", "X-Token"),
    row("expose-forbidden", "CORS_EXPOSE_HEADERS", "Set-Cookie", "Cookie-Count"),
    row("max-age-out-of-range", "CORS_MAX_AGE", "86401", "86400"),
    row("max-age-out-of-range", "CORS_MAX_AGE", "-1", "0"),
    row("resource-malformed", "CORS_RESOURCES", '{"api": {}}', '{"/api": {}}'),
    row("resource-malformed", "CORS_RESOURCES", '{"/api*": {}}', '{"/api/*": {}}'),
    row("resource-malformed", "CORS_RESOURCES", '{"/v[12]": {}}', '{"/v1": {}}'),
    Row(
        "resource-malformed",
        env(CORS_RESOURCES__API__METHODS="PUT"),
        env(CORS_RESOURCES__API__METHODS="PUT", CORS_RESOURCES__API__PATHS="/api"),
        "CORS_RESOURCES__API__PATHS",
        None,
    ),
    row("waiver-unknown", "CORS_DANGEROUSLY_ALLOW", "origin-null", "origin-local"),
    Row("usage", code(env="development"), env(CORS_ENV="development"), "CORS_ENV", "development", "code"),
]

PRODUCTION = [
    row("origin-any", "CORS_ORIGINS", "*", GOOD),
    row("origin-plain-http", "CORS_ORIGINS", "http://app.example.com", GOOD),
    row("origin-local", "CORS_ORIGINS", "https://localhost", "https://localhost.example.com"),
    row("origin-public-suffix", "CORS_ORIGINS", "https://*.github.io", "https://*.acme.github.io"),
    row("origin-any-port", "CORS_ORIGINS", f"{GOOD}:*", f"{GOOD}:8443"),
    Row(
        "origin-regex",
        code(origins=[re.compile(r"https://.*\.example\.com")]),
        code(origins=["https://*.example.com"]),
        "CORS_ORIGINS",
        r"re.compile('https://.*\\.example\\.com')",
        "code",
    ),
    row("methods-any", "CORS_METHODS", "*", "GET,PUT"),
    row("headers-any", "CORS_ALLOW_HEADERS", "*", "Content-Type,X-Any"),
    row("inspector-in-production", "CORS_INSPECTOR", "true", "false"),
    Row(
        "dotenv-in-container",
        Setup(dotenv="CORS_ENV=development\n", in_container=True),
        Setup(dotenv="CORS_ENV=development\n"),
        "CORS_ENV",
        "development",
        ".env line 1",
    ),
]

OF_APPLICATIONS = {"websocket-origins", "route-method", "resource-unused", "wider-than-snapshot", "csrf-unprotected"}
"""Rules that no settings violate: tests/flask has their tests."""

ADVICE = [
    Row(
        "origin-function",
        code(origins=one_tenant),
        code(origins=["https://tenant.example.com"]),
        "CORS_ORIGINS",
        "function one_tenant",
        "code",
    ),
    row("header-of-response", "CORS_ALLOW_HEADERS", "Access-Control-Allow-Origin", "X-Access-Control"),
    row("header-of-response", "CORS_EXPOSE_HEADERS", "Origin", "X-Origin"),
    with_credentials("origin-any-subdomain-with-credentials", "CORS_ORIGINS", "https://*.example.com", GOOD),
    Row(
        "waiver-unused",
        env(CORS_ORIGINS=GOOD, CORS_DANGEROUSLY_ALLOW="origin-local"),
        env(CORS_ORIGINS="https://10.0.0.1", CORS_DANGEROUSLY_ALLOW="origin-local"),
        "CORS_DANGEROUSLY_ALLOW",
        "origin-local",
    ),
    Row("origins-empty", env(), env(CORS_ORIGINS=GOOD), "CORS_ORIGINS", "", "default"),
    Row(
        "debug-in-production",
        Setup(debug=True),
        Setup(environment={"CORS_ENV": "development"}, debug=True),
        "FLASK_DEBUG",
        None,
    ),
    Row(
        "variable-overridden",
        Setup(environment={"CORS_ORIGINS": GOOD}, code={"origins": ["https://b.example.com"]}),
        Setup(environment={"CORS_METHODS": "PUT"}, code={"origins": ["https://b.example.com"]}),
        "CORS_ORIGINS",
        GOOD,
    ),
    Row(
        "development-in-cluster",
        env(CORS_ENV="development", **KUBERNETES),
        env(CORS_ENV="development"),
        "CORS_ENV",
        "development",
    ),
]

TABLE = [*ALWAYS, *PRODUCTION, *ADVICE]


def of_row(row: Row) -> str:
    return f"{row.rule}-{row.variable}"


def test_the_tables_contain_every_rule_under_its_mode() -> None:
    tables = {"always": ALWAYS, "production": PRODUCTION, "advice": ADVICE}
    for mode, rows in tables.items():
        assert {row.rule for row in rows} == {
            rule.name for rule in RULES.values() if rule.holds == mode and rule.name not in OF_APPLICATIONS
        }


@pytest.mark.parametrize("row", TABLE, ids=of_row)
def test_a_violation_is_reported_with_variable_value_and_source(row: Row) -> None:
    found = [problem for problem in boot(row.violates).all_found if problem.rule == row.rule]
    assert [(p.variable, p.value, p.source, p.severity) for p in found] == [
        (row.variable, row.value, row.source, RULES[row.rule].severity)
    ]


@pytest.mark.parametrize("row", TABLE, ids=of_row)
def test_a_similar_configuration_without_the_violation_boots(row: Row) -> None:
    outcome = boot(row.complies)
    assert outcome.rules() == []
    assert row.rule not in {problem.rule for problem in outcome.advice}


@pytest.mark.parametrize("row", [row for row in ALWAYS if "CORS_ENV" not in row.variable], ids=of_row)
def test_a_rule_that_always_holds_refuses_a_development_policy_too(row: Row) -> None:
    assert row.rule in boot(row.violates.with_environment(CORS_ENV="development")).rules()


@pytest.mark.parametrize(
    "row", [row for row in PRODUCTION if row.rule not in {"dotenv-in-container", "inspector-in-production"}], ids=of_row
)
def test_a_production_rule_does_not_refuse_a_development_policy(row: Row) -> None:
    assert boot(row.violates.with_environment(CORS_ENV="development")).rules() == []


@pytest.mark.parametrize("row", [row for row in PRODUCTION if row.rule != "inspector-in-production"], ids=of_row)
def test_a_production_rule_is_waived_by_its_name_and_the_waiver_is_reported(row: Row) -> None:
    outcome = boot(row.violates.with_environment(CORS_DANGEROUSLY_ALLOW=row.rule))
    assert outcome.rules() == []
    assert [problem.rule for problem in outcome.waived] == [row.rule]
    assert "waiver-unused" not in {problem.rule for problem in outcome.advice}


@pytest.mark.parametrize("row", PRODUCTION, ids=of_row)
def test_waiving_another_rule_waives_nothing(row: Row) -> None:
    other = "methods-any" if row.rule != "methods-any" else "headers-any"
    assert row.rule in boot(row.violates.with_environment(CORS_DANGEROUSLY_ALLOW=other)).rules()


@pytest.mark.parametrize("row", ALWAYS, ids=of_row)
def test_a_rule_that_always_holds_cannot_be_waived(row: Row) -> None:
    rules = boot(row.violates.with_environment(CORS_DANGEROUSLY_ALLOW=row.rule)).rules()
    assert row.rule in rules
    assert "waiver-unknown" in rules


@pytest.mark.parametrize(("rule", "origin"), [("origin-any", "*"), ("origin-public-suffix", "https://*.github.io")])
def test_the_widest_origins_cannot_be_waived_in_a_policy_with_credentials(rule: str, origin: str) -> None:
    outcome = boot(credentials(CORS_ORIGINS=origin, CORS_DANGEROUSLY_ALLOW=rule))
    assert rule in outcome.rules()


def test_waived_rules_are_logged_as_warnings_at_every_boot(caplog: pytest.LogCaptureFixture) -> None:
    setup = env(CORS_ORIGINS="http://app.example.com", CORS_DANGEROUSLY_ALLOW="origin-plain-http")
    for _ in range(2):
        caplog.clear()
        boot(setup)
        (record,) = caplog.records
        assert (record.name, record.levelname) == ("envcors", "WARNING")
        assert "origin-plain-http" in record.getMessage()


def test_code_cannot_waive_a_rule() -> None:
    for setup in (
        Setup(environment={"CORS_ORIGINS": "*"}, code={"dangerously_allow": ["origin-any"]}),
        Setup(environment={"CORS_ORIGINS": "*"}, config={"CORS_DANGEROUSLY_ALLOW": "origin-any"}),
    ):
        assert boot(setup).rules() == ["usage", "origin-any"]


def test_only_the_syntax_of_deny_patterns_is_checked() -> None:
    patterns = "http://a.example.com,https://localhost,https://*.github.io,https://a.example.com:*"
    assert boot(env(CORS_ORIGINS=GOOD, CORS_DENY_ORIGINS=patterns)).rules() == []


def test_an_unknown_mode_is_refused_and_the_rest_is_checked_as_production() -> None:
    assert boot(env(CORS_ENV="prod", CORS_ORIGINS="*")).rules() == ["value-invalid", "origin-any"]


def test_all_problems_of_all_variables_are_reported_at_once() -> None:
    outcome = boot(
        env(
            CORS_ORIGINS="*,http://a.example.com,https://b.example.com/",
            CORS_METHODS="*,trace",
            CORS_ALLOW_HEADERS="Cookie",
            CORS_MAX_AGE="100000",
            CORS_SUPPORTS_CREDENTIALS="maybe",
            CORS_ORIGNS="x",
        )
    )
    assert sorted(outcome.rules()) == [
        "header-forbidden",
        "max-age-out-of-range",
        "method-forbidden",
        "methods-any",
        "origin-any",
        "origin-malformed",
        "origin-plain-http",
        "unknown-variable",
        "value-invalid",
    ]

"""`CORS_DANGEROUSLY_ALLOW`: names that are not rules, rules that nothing violates, and what a waiver cannot waive."""

from __future__ import annotations

import pytest

from tests.booting import Setup, boot

VARIABLE = "CORS_DANGEROUSLY_ALLOW"
APP = {"CORS_ORIGINS": "https://app.example.com"}
WAIVABLE = (
    "origin-any, origin-plain-http, origin-local, origin-public-suffix, origin-any-port, origin-regex, methods-any, "
    "headers-any, inspector-in-production, dotenv-in-container"
)


@pytest.mark.parametrize(
    ("written", "why", "fix"),
    [
        ("zzz", "zzz is not a rule; the rules", ""),
        ("origin-null", "origin-null cannot be waived; the rules", ""),
        ("origin_any", "origin_any is not a rule; did you mean origin-any? The rules", "origin-any"),
        ("Origin-Local", "Origin-Local is not a rule; did you mean origin-local? The rules", "origin-local"),
        ("origin-local,zzz", "zzz is not a rule; the rules", "origin-local"),
        ("origin_any,origin-any", "origin_any is not a rule; did you mean origin-any? The rules", "origin-any"),
    ],
)
def test_a_name_that_cannot_be_waived_is_refused(written: str, why: str, fix: str) -> None:
    (problem,) = boot(Setup({VARIABLE: written, **APP})).problems
    assert (problem.rule, problem.variable, problem.value) == ("waiver-unknown", VARIABLE, written)
    assert problem.message == f"{why} that can be waived are {WAIVABLE}."
    assert problem.fix == f"{VARIABLE}={fix}"


def test_each_wrong_name_is_a_problem_and_one_line_fixes_all() -> None:
    problems = boot(Setup({VARIABLE: "origin-null,origin_any,methods-any,zzz", **APP})).problems
    assert [problem.message.split()[0] for problem in problems] == ["origin-null", "origin_any", "zzz"]
    assert {problem.fix for problem in problems} == {f"{VARIABLE}=origin-any,methods-any"}


def test_a_name_that_another_variable_contains_is_not_shown_and_not_guessed() -> None:
    (problem,) = boot(Setup({"X": "origin_any"}, dotenv=f"{VARIABLE}=${{X}}\n")).problems
    assert problem.message.startswith("${X} is not a rule; the rules that can be waived")
    assert "origin_any" not in repr(problem)
    assert problem.fix == f"{VARIABLE}="


def test_a_waiver_of_a_rule_that_is_not_violated_is_advised_against() -> None:
    environment = {VARIABLE: "origin-any,methods-any,origin-local", "CORS_METHODS": "*", **APP}
    outcome = boot(Setup(environment))
    assert [(found.rule, found.message) for found in outcome.advice] == [
        ("waiver-unused", "origin-any is waived, but not violated."),
        ("waiver-unused", "origin-local is waived, but not violated."),
    ]
    assert {found.fix for found in outcome.advice} == {f"{VARIABLE}=methods-any"}
    assert {(found.variable, found.value) for found in outcome.advice} == {(VARIABLE, environment[VARIABLE])}
    assert [found.rule for found in outcome.waived] == ["methods-any"]


def test_a_waiver_that_is_used_is_no_advice() -> None:
    assert boot(Setup({VARIABLE: "methods-any", "CORS_METHODS": "*", **APP})).advice == ()


def test_every_rule_that_is_waived_is_reported_with_its_fix() -> None:
    outcome = boot(
        Setup({VARIABLE: "methods-any,origin-plain-http", "CORS_METHODS": "*", "CORS_ORIGINS": "http://a.io"})
    )
    assert [(found.rule, found.fix) for found in outcome.waived] == [
        ("origin-plain-http", "CORS_ORIGINS=https://a.io"),
        ("methods-any", "CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE"),
    ]


def test_a_fix_keeps_what_is_waived() -> None:
    environment = {VARIABLE: "origin-plain-http", "CORS_ORIGINS": "http://a.io,https://localhost"}
    (problem,) = boot(Setup(environment)).problems
    assert problem.rule == "origin-local"
    assert problem.fix.partition("\n")[0] == "CORS_ORIGINS=http://a.io,https://app.example.com"


@pytest.mark.parametrize(("origins", "rule"), [("*", "origin-any"), ("https://*.com", "origin-public-suffix")])
def test_with_credentials_two_rules_are_never_waived(origins: str, rule: str) -> None:
    environment = {VARIABLE: "origin-any,origin-public-suffix,methods-any", "CORS_ORIGINS": origins}
    assert rule not in boot(Setup(environment)).rules()
    assert rule in boot(Setup({**environment, "CORS_SUPPORTS_CREDENTIALS": "true"})).rules()
    resource = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__SUPPORTS_CREDENTIALS": "true"}
    assert rule in boot(Setup({**environment, **resource})).rules()


def test_with_credentials_the_other_rules_can_be_waived() -> None:
    environment = {VARIABLE: "methods-any", "CORS_METHODS": "*", "CORS_SUPPORTS_CREDENTIALS": "true", **APP}
    outcome = boot(Setup(environment))
    assert (outcome.rules(), [found.rule for found in outcome.waived]) == ([], ["methods-any"])


def test_what_two_scopes_share_is_reported_once() -> None:
    resources = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__B__PATHS": "/b"}
    shared = {"CORS_METHODS": "*", "CORS_ALLOW_HEADERS": "Access-Control-Max-Age", **APP, **resources}
    assert boot(Setup(shared)).rules() == ["methods-any"]
    outcome = boot(Setup({**shared, VARIABLE: "methods-any"}))
    assert [found.rule for found in outcome.waived] == ["methods-any"]
    assert [found.rule for found in outcome.advice] == ["header-of-response"]

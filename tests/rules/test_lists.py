"""Methods, names of headers and the age of a preflight: each rule, its words and its fix, to the letter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.booting import Setup, boot

NO_PATTERN = "names are compared whole. Only * alone means any."
OF_CORS = "this header belongs to CORS itself: listing it here is legal, and has no useful effect."
METHODS, ALLOWED, EXPOSED = "CORS_METHODS", "CORS_ALLOW_HEADERS", "CORS_EXPOSE_HEADERS"

PROBLEMS = [
    (METHODS, "*", "methods-any", None, "GET,HEAD,POST,PUT,PATCH,DELETE"),
    (METHODS, "GET,*PUT", "method-malformed", f"*PUT: {NO_PATTERN}", "GET"),
    (METHODS, "P*T", "method-malformed", f"P*T: {NO_PATTERN}", ""),
    (METHODS, "GET|PUT", "method-malformed", "GET|PUT is not a valid method.", "GET,PUT"),
    (METHODS, "GET,(*", "method-malformed", "(* is not a valid method.", "GET"),
    (METHODS, "PUT,All", "method-malformed", "All is not a valid method.", "PUT"),
    (METHODS, "PUT,NULL", "method-malformed", "NULL is not a valid method.", "PUT"),
    (METHODS, "PUT,9", "method-malformed", "9 is not a valid method.", "PUT"),
    (
        METHODS,
        "'PUT'",
        "method-malformed",
        "Docker Compose's list style and --env-file keep quotes: the quotes are part of the value.",
        "PUT",
    ),
    (METHODS, "GET,Trace", "method-forbidden", "Browsers let no script send Trace.", "GET"),
    (
        METHODS,
        "GET,patch,put",
        "method-malformed",
        "Methods are case-sensitive: browsers send patch as it is, which is not the method PATCH.",
        "GET,PATCH,put",
    ),
    (ALLOWED, "*", "headers-any", None, "Content-Type,Authorization"),
    (ALLOWED, "X-A,X-*", "header-malformed", f"X-*: {NO_PATTERN}", "X-A"),
    (ALLOWED, "X-A|X-B", "header-malformed", "X-A|X-B is not a valid header name.", "X-A,X-B"),
    (ALLOWED, "X-A:", "header-malformed", "X-A: is not a valid header name.", "X-A"),
    (ALLOWED, "X-A,-X", "header-malformed", "-X is not a valid header name.", "X-A"),
    (
        ALLOWED,
        "'X-A'",
        "header-malformed",
        "Docker Compose's list style and --env-file keep quotes: the quotes are part of the value.",
        "X-A",
    ),
    (
        ALLOWED,
        "X-A,Cookie",
        "header-forbidden",
        "Browsers let no script set Cookie; allowing it means nothing.",
        "X-A",
    ),
    (ALLOWED, "all", "header-malformed", "all is not a valid header name.", ""),
    (ALLOWED, "X-A,None", "header-malformed", "None is not a valid header name.", "X-A"),
    (EXPOSED, "X-A,any", "header-malformed", "any is not a valid header name.", "X-A"),
    (EXPOSED, "X-A,X-*", "header-malformed", f"X-*: {NO_PATTERN}", "X-A"),
    (EXPOSED, "X-A|X-B", "header-malformed", "X-A|X-B is not a valid header name.", "X-A,X-B"),
    (EXPOSED, "X-A,Set-Cookie", "expose-forbidden", "Browsers show Set-Cookie to no script.", "X-A"),
    ("CORS_MAX_AGE", "86401", "max-age-out-of-range", None, "86400"),
    ("CORS_MAX_AGE", "-1", "max-age-out-of-range", None, "0"),
]


@pytest.mark.parametrize(("variable", "value", "rule", "message", "fix"), PROBLEMS)
def test_a_problem_has_its_rule_its_reason_and_a_line_to_paste(
    variable: str, value: str, rule: str, message: str | None, fix: str
) -> None:
    (problem,) = boot(Setup({variable: value})).problems
    assert (problem.rule, problem.variable, problem.value) == (rule, variable, value)
    assert message is None or problem.message == message
    assert problem.fix == f"{variable}={fix}"


@pytest.mark.parametrize(
    "environment",
    [
        *({METHODS: "GET,put,PROPFIND,Custom,X-y_1"}, {ALLOWED: "X-A,x_b,1a"}, {EXPOSED: "*"}, {EXPOSED: "X-A,ETag"}),
        *({"CORS_MAX_AGE": "0"}, {"CORS_MAX_AGE": "86400"}, {"CORS_MAX_AGE": "1"}),
        *({METHODS: "*", "CORS_ENV": "development"}, {ALLOWED: "*", "CORS_ENV": "development"}),
    ],
)
def test_what_browsers_send_and_accept_is_valid(environment: Mapping[str, str]) -> None:
    assert boot(Setup(environment)).rules() == []


def test_with_credentials_no_star_exposes_headers_in_any_mode() -> None:
    for mode in ("production", "development"):
        environment = {EXPOSED: "*", "CORS_SUPPORTS_CREDENTIALS": "true", "CORS_ENV": mode}
        (problem,) = boot(Setup(environment)).problems
        assert (problem.rule, problem.variable) == ("expose-any-with-credentials", EXPOSED)
        assert problem.fix == f"{EXPOSED}=X-Request-Id"


def test_a_resource_that_adds_the_credentials_to_an_inherited_star_is_named() -> None:
    resource = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__SUPPORTS_CREDENTIALS": "true"}
    (problem,) = boot(Setup({EXPOSED: "*", **resource})).problems
    assert (problem.rule, problem.message.startswith("In resource A: ")) == ("expose-any-with-credentials", True)


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        (ALLOWED, "X-A,Access-Control-Allow-Origin", "Access-Control-Allow-Origin"),
        (ALLOWED, "ACCESS-CONTROL-MAX-AGE,X-A", "ACCESS-CONTROL-MAX-AGE"),
        (EXPOSED, "Access-Control-Allow-Origin,X-A", "Access-Control-Allow-Origin"),
        (EXPOSED, "X-A,access-control-request-method", "access-control-request-method"),
        (EXPOSED, "X-A,Origin", "Origin"),
    ],
)
def test_a_header_of_cors_itself_is_advised_against(variable: str, value: str, named: str) -> None:
    (advice,) = boot(Setup({variable: value, "CORS_ORIGINS": "https://app.example.com"})).advice
    assert (advice.rule, advice.variable, advice.value) == ("header-of-response", variable, value)
    assert (advice.message, advice.fix) == (f"{named}: {OF_CORS}", f"{variable}=X-A")


@pytest.mark.parametrize("headers", ["Access-Control-Request-Method", "Origin", "origin"])
def test_a_forbidden_header_is_refused_and_not_advised_against_as_well(headers: str) -> None:
    assert boot(Setup({ALLOWED: headers})).rules() == ["header-forbidden"]
    waived = {"CORS_DANGEROUSLY_ALLOW": "headers-any", ALLOWED: f"*,{headers}"}
    assert boot(Setup(waived)).rules() == ["header-forbidden"]


@pytest.mark.parametrize("variable", [METHODS, ALLOWED, EXPOSED])
@pytest.mark.parametrize("secret", ["hunter|2", "hunter*2", "hunter(2"])
def test_what_another_variable_contains_is_in_no_message_and_in_no_fix(variable: str, secret: str) -> None:
    (problem,) = boot(Setup({"PASSWORD": secret}, dotenv=f"{variable}=X,${{PASSWORD}}\n")).problems
    assert problem.value == "X,${PASSWORD}"
    assert problem.message.startswith("X,${PASSWORD}")
    assert "hunter" not in repr(problem)


@pytest.mark.parametrize(
    ("variable", "fix"),
    [
        ("CORS_ORIGINS", "CORS_ORIGINS=https://app.example.com"),
        ("CORS_DENY_ORIGINS", "the wrong item removed from CORS_DENY_ORIGINS"),
        (ALLOWED, f"{ALLOWED}=Content-Type,Authorization"),
        (EXPOSED, f"the wrong item removed from {EXPOSED}"),
    ],
)
def test_a_fix_that_may_show_no_item_sets_no_other_variable(variable: str, fix: str) -> None:
    (problem,) = boot(Setup({"X": "https://a.io/x y"}, dotenv=f"{variable}=${{X}}\n")).problems
    assert (problem.variable, problem.fix.splitlines()[0]) == (variable, fix)


def test_a_fix_of_a_resource_that_may_show_no_item_does_not_set_the_whole_application() -> None:
    dotenv = """CORS_RESOURCES='{"/a/*": {"deny_origins": "${X}"}}'\n"""
    (problem,) = boot(Setup({"X": "https://a.io/x y"}, dotenv=dotenv)).problems
    assert problem.variable == "CORS_RESOURCES"
    assert not problem.fix.startswith("CORS_ORIGINS=")
    assert "a.io" not in repr(problem)

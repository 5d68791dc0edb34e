"""`envcors explain`: its outcome is what a browser does with the same policy behind a real middleware."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.cli.browser_request import BrowserRequest
from envcors.cli.governing_policy import governing_policy
from envcors.cli.outcome import outcome_of
from envcors.cli.steps import steps
from envcors.cli.target import Target, from_inputs
from envcors.settings.inputs import Inputs
from envcors.testing import Browser, CORSBlocked
from envcors.wsgi import CORSMiddleware
from tests.browser.reasons import WEBKIT
from tests.cli.command import Shell

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

POLICY = (
    "CORS_ORIGINS=https://app.example.com,https://*.example.org\n"
    "CORS_DENY_ORIGINS=https://old.example.org\n"
    "CORS_METHODS=GET,PUT\n"
    "CORS_RESOURCES__API__PATHS=/*\n"
    "CORS_RESOURCES__ADMIN__PATHS=/admin/*\n"
    "CORS_RESOURCES__ADMIN__SUPPORTS_CREDENTIALS=true\n"
    "CORS_RESOURCES__ADMIN__METHODS=DELETE\n"
)
APP = "https://app.example.com"
MISSING = {"chromium": "MissingAllowOriginHeader", "firefox": "CORSMissingAllowOrigin"}
METHOD = {"chromium": "MethodDisallowedByPreflightResponse", "firefox": "CORSMethodNotFound"}
HEADER = {"chromium": "HeaderDisallowedByPreflightResponse", "firefox": "CORSMissingAllowHeaderFromPreflight"}
NO_CREDENTIALS = {"chromium": "InvalidAllowCredentials", "firefox": "CORSMissingAllowCredentials"}


def explain(shell: Shell, *arguments: str, status: int, **variables: str) -> dict[str, Any]:
    ended = shell.envcors("explain", "--format", "json", *arguments, **variables)
    assert ended.status == status, ended.output
    content: dict[str, Any] = ended.json
    keys = {"allowed", "reason", "preflight", "status", "headers", "policy", "browser_error", "fix"}
    assert content.keys() == keys
    assert content["allowed"] is (status == 0)
    return content


@pytest.mark.parametrize(
    ("arguments", "preflight", "status"),
    [
        (["--method", "GET"], False, None),
        (["--method", "post"], False, None),
        (["--method", "PUT"], True, 204),
        (["--method", "put"], True, 204),
        (["--header", "Content-Type: application/json"], True, 204),
        (["--header", "Content-Type: text/plain"], False, None),
        (["--header", "content-type"], True, 204),
        (["--header", "Accept: */*"], False, None),
        (["--path", "/admin/users", "--method", "DELETE", "--credentials"], True, 204),
    ],
)
def test_an_allowed_request_shows_whether_the_browser_sends_a_preflight(
    shell: Shell, arguments: list[str], preflight: bool, status: int | None
) -> None:
    shell.write(".env", POLICY)
    content = explain(shell, "--origin", APP, *arguments, status=0)
    assert (content["preflight"], content["status"]) == (preflight, status)
    assert (content["reason"], content["browser_error"], content["fix"]) == ("allowed", None, None)
    assert content["headers"]["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize(
    ("arguments", "reason", "error", "fix"),
    [
        (
            ["--origin", "https://b.io"],
            "origin-not-allowed",
            MISSING,
            f"CORS_ORIGINS={APP},https://*.example.org,https://b.io",
        ),
        (
            ["--origin", "https://old.example.org"],
            "origin-denied",
            MISSING,
            "remove the pattern that matches https://old.example.org from CORS_DENY_ORIGINS",
        ),
        (["--origin", "null"], "origin-null", MISSING, None),
        (["--origin", f"{APP}/"], "origin-malformed", MISSING, None),
        (
            ["--origin", APP, "--method", "PATCH"],
            "method-not-allowed",
            METHOD,
            "CORS_METHODS=GET,PUT,PATCH",
        ),
        (
            ["--origin", APP, "--method", "PATCH", "--path", "/admin/x"],
            "method-not-allowed",
            METHOD,
            "CORS_RESOURCES__ADMIN__METHODS=DELETE,PATCH",
        ),
        (
            ["--origin", APP, "--header", "X-B: 1", "--header", "X-A: 1"],
            "header-not-allowed",
            HEADER,
            "CORS_ALLOW_HEADERS=Content-Type,x-a,x-b",
        ),
        (
            ["--origin", APP, "--credentials"],
            "credentials-not-allowed",
            NO_CREDENTIALS,
            "CORS_SUPPORTS_CREDENTIALS=true",
        ),
        (
            ["--origin", APP, "--credentials", "--method", "PUT"],
            "credentials-not-allowed",
            NO_CREDENTIALS | {"chromium": "PreflightInvalidAllowCredentials"},
            "CORS_SUPPORTS_CREDENTIALS=true",
        ),
    ],
)
def test_a_blocked_request_shows_its_reason_the_browser_error_and_the_fix(
    shell: Shell, arguments: list[str], reason: str, error: dict[str, str], fix: str | None
) -> None:
    shell.write(".env", POLICY)
    content = explain(shell, *arguments, status=1)
    assert content["reason"] == reason
    assert {name: content["browser_error"][name] for name in error} == error
    assert content["browser_error"]["webkit"]
    assert content["fix"] if fix is None else content["fix"] == fix


def checks(shell: Shell, *arguments: str) -> list[str]:
    """The steps that the text lists, each with its result."""
    rows = [line[14:] for line in shell.envcors("explain", *arguments).stdout.splitlines()]
    return [row for row in rows if row.endswith((": ok", ": not allowed"))]


def test_the_text_lists_every_step_although_a_browser_names_the_first_that_fails(shell: Shell) -> None:
    shell.write(".env", POLICY)
    asked = ("--method", "PATCH", "--header", "Content-Type: application/json", "--header", "X-B: 1", "--credentials")
    assert checks(shell, "--origin", "https://b.io", *asked) == [
        "origin https://b.io: not allowed",
        "credentials: not allowed",
        "method PATCH: not allowed",
        "header content-type: ok",
        "header x-b: not allowed",
    ]
    assert checks(shell, "--origin", APP, "--path", "/admin/", "--credentials", "--method", "DELETE", *asked[2:]) == [
        f"origin {APP}: ok",
        "credentials: ok",
        "method DELETE: ok",
        "header content-type: ok",
        "header x-b: not allowed",
    ]


@pytest.mark.parametrize("asked", [["--origin", APP, "--method", "PUT"], ["--origin", "https://b.io"]])
def test_one_step_or_an_allowed_request_needs_no_list_of_steps(shell: Shell, asked: list[str]) -> None:
    shell.write(".env", POLICY)
    assert checks(shell, *asked) == []


@pytest.mark.parametrize(
    ("names", "together"),
    [
        ([f"x-{number}" for number in range(300)], ["all 300 headers together: not allowed"]),
        ([f"x-{'a' * 90}-{number}" for number in range(100)], ["all 100 headers together: not allowed"]),
        ([f"x-{number}" for number in range(200)], []),
    ],
    ids=["too-many", "too-long", "neither"],
)
def test_too_many_or_too_long_headers_are_a_separate_step(shell: Shell, names: list[str], together: list[str]) -> None:
    shell.write(".env", f"CORS_ENV=development\nCORS_ORIGINS={APP}\nCORS_ALLOW_HEADERS=*\n")
    headers = [argument for name in names for argument in ("--header", name)]
    assert [row for row in checks(shell, "--origin", APP, *headers) if row.endswith(": not allowed")] == together
    assert (shell.envcors("explain", "--origin", APP, *headers).status == 1) is bool(together)


@pytest.mark.parametrize("origin", ["*", "https://*.example.com", "https://app.example.com:*"])
def test_a_pattern_is_not_an_origin_of_a_request(shell: Shell, origin: str) -> None:
    shell.write(".env", POLICY)
    assert explain(shell, "--origin", origin, status=1)["fix"].startswith("use one origin, such as https://")


@pytest.mark.parametrize(
    ("method", "chromium"), [("GET", "WildcardOriginNotAllowed"), ("PUT", "PreflightWildcardOriginNotAllowed")]
)
def test_credentials_with_any_origin_need_a_list_of_origins(shell: Shell, method: str, chromium: str) -> None:
    shell.write(".env", "CORS_ENV=development\nCORS_ORIGINS=*\nCORS_METHODS=PUT\n")
    content = explain(shell, "--origin", APP, "--credentials", "--method", method, status=1)
    assert content["browser_error"] == {
        "chromium": chromium,
        "firefox": "CORSNotSupportingCredentials",
        "webkit": "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.",
    }
    assert content["fix"] == "CORS_SUPPORTS_CREDENTIALS=true\nand a list of origins instead of * in CORS_ORIGINS"


@pytest.mark.parametrize(
    ("path", "policy", "reason"),
    [
        ("/api/items?page=2", 'resource "/api/*"', "allowed"),
        ("/caf%C3%A9", 'resource "/café"', "allowed"),
        ("/café", 'resource "/café"', "allowed"),
        ("/other", None, "no-policy"),
    ],
)
def test_the_policy_is_that_of_the_path(shell: Shell, path: str, policy: str | None, reason: str) -> None:
    shell.write(".env", 'CORS_ORIGINS=https://app.example.com\nCORS_RESOURCES={"/api/*": {}, "/café": {}}')
    content = explain(shell, "--origin", APP, "--path", path, status=0 if policy else 1)
    assert (content["policy"], content["reason"]) == (policy, reason)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("https://A.io/", "https://a.io"),
        ("https://a.io:443", "https://a.io"),
        ("a.io", "https://a.io"),
        ("http://localhost:3000/x", "http://localhost:3000"),
    ],
)
def test_the_fix_for_a_malformed_origin_is_the_spelling_of_browsers(shell: Shell, asked: str, sent: str) -> None:
    content = explain(shell, "--origin", asked, status=1, CORS_ORIGINS=APP)
    assert (content["reason"], content["fix"]) == ("origin-malformed", f"a browser sends {sent}: use that")


def test_the_fix_for_a_malformed_origin_is_never_a_pattern(shell: Shell) -> None:
    content = explain(shell, "--origin", "https://*.A.io", status=1, CORS_ORIGINS=APP)
    assert content["reason"] == "origin-malformed"
    assert "*" not in content["fix"]


def test_the_fix_for_an_option_in_json_names_the_resource(shell: Shell) -> None:
    shell.write(".env", 'CORS_ORIGINS=https://app.example.com\nCORS_RESOURCES={"/api/*": {"methods": ["GET"]}}')
    content = explain(shell, "--origin", APP, "--path", "/api/x", "--method", "PUT", status=1)
    assert content["fix"] == '"methods": ["GET", "PUT"] of resource "/api/*" in CORS_RESOURCES'


def test_text_shows_the_preflight_the_response_and_their_headers(shell: Shell) -> None:
    shell.write(".env", POLICY)
    ended = shell.envcors("explain", "--origin", APP, "--method", "put", "--path", "/admin-of-nothing")
    assert ended.stdout.splitlines() == [
        "allowed",
        "",
        "  page        https://app.example.com",
        "  request     PUT /admin-of-nothing",
        "  policy      resource API",
        "  preflight   OPTIONS: 204",
        "              Access-Control-Allow-Origin: https://app.example.com",
        "              Access-Control-Allow-Methods: PUT",
        "              Access-Control-Max-Age: 600",
        "              Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        "  response    the application's, with",
        "              Access-Control-Allow-Origin: https://app.example.com",
        "              Vary: Origin",
    ]


def test_nothing_of_the_request_reaches_the_terminal_unescaped(shell: Shell) -> None:
    shell.write(".env", POLICY)
    ended = shell.envcors("explain", "--origin", "https://\x1b[31m\n", "--path", "/\x1b\n")
    assert "\x1b" not in ended.output
    assert r"https://\x1b[31m\n" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--origin", ""],
        ["--origin", APP, "--method", "TRACE"],
        ["--origin", APP, "--method", "GET IT"],
        ["--origin", APP, "--header", "Cookie: a=b"],
        ["--origin", APP, "--header", "Sec-Fetch-Mode: cors"],
        ["--origin", APP, "--header", "no name: x"],
        ["--origin", APP, "--path", "items"],
    ],
)
def test_what_scripts_cannot_send_is_a_usage_error(shell: Shell, arguments: list[str]) -> None:
    assert shell.envcors("explain", *arguments).status == 2


def test_a_refused_configuration_is_reported_instead_of_explained(shell: Shell) -> None:
    shell.write(".env", "CORS_ORIGINS=*")
    text = shell.envcors("explain", "--origin", APP)
    assert (text.status, text.stdout) == (1, "")
    assert text.stderr.startswith("invalid configuration")
    content = shell.envcors("explain", "--origin", APP, "--format", "json").json
    assert (content["ok"], [problem["rule"] for problem in content["problems"]]) == (False, ["origin-any"])


ORIGINS = ["https://app.example.com", "https://a.example.org", "https://old.example.org", "https://foreign.example.net"]
HEADERS = [("X-Token", "1"), ("Content-Type", "application/json"), ("Content-Type", "text/plain"), ("Accept", "(")]


@st.composite
def targets(draw: st.DrawFn) -> Target:
    origins = draw(st.sampled_from(["", "*", APP, f"https://*.example.org,{APP}"]))
    variables = {
        "CI": "true",  # the machine may be a container, where only its starting environment sets the mode
        "CORS_ENV": draw(st.sampled_from(["production", "development"])),
        "CORS_DANGEROUSLY_ALLOW": "origin-any,methods-any,headers-any",
        "CORS_ORIGINS": origins,
        "CORS_DENY_ORIGINS": draw(st.sampled_from(["", "https://old.example.org"])),
        "CORS_METHODS": draw(st.sampled_from(["", "PUT", "PATCH,DELETE", "*"])),
        "CORS_ALLOW_HEADERS": draw(st.sampled_from(["", "X-Token", "Content-Type,Accept", "*"])),
        "CORS_SUPPORTS_CREDENTIALS": "true" if origins != "*" and draw(st.booleans()) else "false",
    }
    return from_inputs(Inputs(environ=variables, env_files=()), "CORS_")


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"read"]


@given(
    target=targets(),
    origin=st.sampled_from(ORIGINS),
    method=st.sampled_from(["GET", "post", "PUT", "patch", "PATCH", "DELETE"]),
    headers=st.lists(st.sampled_from(HEADERS), max_size=2, unique_by=lambda header: header[0]),
    credentials=st.booleans(),
)
def test_a_browser_in_front_of_the_same_policy_has_the_same_outcome(
    target: Target, origin: str, method: str, headers: list[tuple[str, str]], credentials: bool
) -> None:
    lines = [f"{name}: {value}" for name, value in headers]
    request = BrowserRequest.of(origin, method, lines, "/", credentials=credentials)
    governed = governing_policy(target, request.path_info, request.method)
    assert governed.policy is not None
    outcome = outcome_of(request, governed)
    browser = Browser(CORSMiddleware(answer, governed.policy), origin)
    error = outcome.browser_error
    assert all(step.passes for step in steps(request, governed.policy)) == outcome.allowed
    assert reason_of(browser, request) == (None if error is None else error.chromium)
    sent = [exchange.request.method for exchange in browser.exchanges]
    assert ("OPTIONS" in sent) == (outcome.preflight is not None)
    if outcome.status is not None:
        assert browser.exchanges[0].response.status == outcome.status


def reason_of(browser: Browser, request: BrowserRequest) -> str | None:
    """Why the browser blocks the request; `None` if it does not."""
    headers = {name: value or "" for name, value in request.headers}
    mode: Literal["include", "omit"] = "include" if request.credentials else "omit"
    try:
        browser.fetch("/", method=request.method, headers=headers, credentials=mode)
    except CORSBlocked as blocked:
        return blocked.reason
    return None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--origin", "https://evil.io"], "Origin https://evil.io is not allowed by Access-Control-Allow-Origin."),
        (["--origin", "https://evil.io", "--method", "PUT"], "Preflight response is not successful. Status code: 403"),
        (["--origin", APP, "--method", "LINK"], "Method LINK is not allowed by Access-Control-Allow-Methods."),
        (
            ["--origin", APP, "--header", "X-B: 1"],
            "Request header field x-b is not allowed by Access-Control-Allow-Headers.",
        ),
        (
            ["--origin", APP, "--credentials"],
            'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".',
        ),
    ],
)
def test_the_message_of_webkit_is_the_one_that_its_console_shows(shell: Shell, arguments: list[str], said: str) -> None:
    content = explain(shell, *arguments, status=1, CORS_ORIGINS=APP)
    assert content["browser_error"]["webkit"] == said
    patterns = [pattern.format(detail=".*") for pattern in WEBKIT.values()]
    assert any(
        re.match(pattern, f"{said} Status code: 200" if "Origin https" in said else said) for pattern in patterns
    )


def test_the_requests_are_shown_as_commands(shell: Shell) -> None:
    arguments = [
        "--origin",
        APP,
        "--method",
        "PUT",
        "--header",
        "X-A: it's",
        "--path",
        "/a b",
        "--curl",
        "--credentials",
    ]
    variables = {
        "CORS_ORIGINS": APP,
        "CORS_METHODS": "PUT",
        "CORS_ALLOW_HEADERS": "X-A",
        "CORS_SUPPORTS_CREDENTIALS": "true",
    }
    preflight, request = shell.envcors("explain", "--format", "json", *arguments, **variables).json["curl"]
    assert shlex.split(preflight)[1:5] == ["-i", "-X", "OPTIONS", "http://127.0.0.1:5000/a b"]
    assert "Access-Control-Request-Headers: x-a" in shlex.split(preflight)
    assert {"PUT", f"Origin: {APP}", "X-A: it's", "Cookie: name=value"} <= set(shlex.split(request))
    assert preflight in shell.envcors("explain", *arguments, **variables).stdout


def test_a_simple_request_is_one_command(shell: Shell) -> None:
    (command,) = shell.envcors("explain", "--format", "json", "--origin", APP, "--curl", CORS_ORIGINS=APP).json["curl"]
    assert command == f"curl -i http://127.0.0.1:5000/ -H 'Origin: {APP}'"

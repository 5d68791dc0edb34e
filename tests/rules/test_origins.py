"""Which origins a production policy allows: tables of origins, and the rules that each one violates."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from envcors.protocol.origins import Origin
from tests.booting import Setup, boot

LOCAL = [
    "https://localhost",
    "https://localhost:8443",
    "https://api.localhost",
    "https://*.localhost",  # has no registered domain
    "https://localhost.localdomain",
    "https://printer.local",
    "https://*.local",
    "https://127.0.0.1",
    "https://127.8.8.8",
    "https://0.0.0.0",
    "https://10.1.2.3",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.168.1.1",
    "https://169.254.169.254",
    "https://[::1]",
    "https://[::]",
    "https://[fe80::1]",
    "https://[fd00::1]",
    "https://[::ffff:7f00:1]",
    "https://[::ffff:c0a8:101]",
    "https://[::ffff:a00:1]",
    "https://[::7f00:1]",
    "https://[::a00:1]",
    "https://[fec0::1]",
    "https://0.0.0.1",
    "https://100.64.0.1",
    "https://100.127.255.255",
    "https://192.0.0.170",
    "https://198.18.0.1",
    "https://198.19.255.255",
]
NOT_LOCAL = [
    "https://localhost.example.com",
    "https://notlocalhost.example",
    "https://mylocal.example",
    "https://nip.io.example",
    "https://172.32.0.1",
    "https://11.0.0.1",
    "https://192.169.0.1",
    "https://8.8.8.8",
    "https://192.0.2.1",
    "https://192.0.1.1",
    "https://198.20.0.1",
    "https://100.63.255.255",
    "https://100.128.0.1",
    "https://[2001:db8::1]",
    "https://[::1:7f00:1]",
    "https://[::808:808]",
    "https://[::ffff:808:808]",
    "https://127.example.com",
    "capacitor://localhost",
    "ionic://localhost",
    "chrome-extension://abcdefghijklmnop",
]
PUBLIC_SUFFIXES = [
    "https://*.com",
    "https://*.co.uk",
    "https://*.github.io",
    "https://*.herokuapp.com",
    "https://*.azurewebsites.net",
    "https://*.s3.amazonaws.com",
    "https://*.ck",
    "https://*.anything.ck",
    "https://*.xn--p1ai",
]
NO_PUBLIC_SUFFIXES = [
    "https://*.example.com",
    "https://*.example.co.uk",
    "https://*.acme.github.io",
    "https://*.www.ck",
    "https://github.io",
]
SPELLINGS = [
    ("https://Example.com", "https://example.com"),
    ("HTTPS://example.com", "https://example.com"),
    ("https://example.com/", "https://example.com"),
    ("https://example.com/app?a=b#c", "https://example.com"),
    ("https://example.com:443", "https://example.com"),
    ("https://example.com:08443", "https://example.com:8443"),
    ("https://user:pw@example.com", "https://example.com"),
    ("example.com", "https://example.com"),
    ("*.example.com", "https://*.example.com"),
    ("'https://example.com'", "https://example.com"),
    ("https:\\\\example.com", "https://example.com"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
    ("https://faß.example", "https://xn--fa-hia.example"),
    ("https://[2001:DB8:0:0:0:0:0:1]", "https://[2001:db8::1]"),
    ("https://[::ffff:8.8.8.8]", "https://[::ffff:808:808]"),
    (r"https://.*\.example\.com", "https://*.example.com"),
    ("https//app.example.com", "https://app.example.com"),
    ("https:/app.example.com", "https://app.example.com"),
    ("HTTPS:app.example.com/", "https://app.example.com"),
    ("https://a.example.com;https://b.example.com", "https://a.example.com,https://b.example.com"),
    ("https://a.example.com, https://B.example.com/", "https://a.example.com,https://b.example.com"),
    ("CORS_ORIGINS=https://a.example.com", "https://a.example.com"),
    ("'CORS_ORIGINS=https://a.example.com'", "https://a.example.com"),
]
NO_SPELLING = [
    "file:///home/me/index.html",
    "https://",
    "https://exa mple.com",
    "https://a.*.example.com",
    "https://*",
    "https://*.*.com",
    "https://example.com:99999",
    "https://example.com:0",
    "https://256.0.0.1",
    "https://" + "a" * 64 + ".com",
    "https://" + ".".join(["abcdefg"] * 32) + ".com",
    "https://xn--a.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "undefined",
    "None",
    "app",
    "https",
    "https:",
    "https//",
    "https://a.example.com;nonsense://",
]


def in_json(origin: str) -> str:
    return '["' + origin.replace("\\", "\\\\") + '"]'


def rules_of(origin: str, **variables: str) -> list[str]:
    return boot(Setup(environment={"CORS_ORIGINS": in_json(origin), **variables})).rules()


@pytest.mark.parametrize("origin", LOCAL)
def test_an_origin_on_the_visitors_own_machine_or_network_is_local(origin: str) -> None:
    assert rules_of(origin)[0] == "origin-local"


@pytest.mark.parametrize("origin", NOT_LOCAL)
def test_an_origin_that_only_looks_local_is_allowed(origin: str) -> None:
    assert rules_of(origin) == []


@pytest.mark.parametrize("origin", PUBLIC_SUFFIXES)
def test_all_subdomains_of_a_public_suffix_are_refused(origin: str) -> None:
    assert rules_of(origin) == ["origin-public-suffix"]


@pytest.mark.parametrize("origin", NO_PUBLIC_SUFFIXES)
def test_all_subdomains_of_a_registered_domain_and_one_public_suffix_are_allowed(origin: str) -> None:
    assert rules_of(origin) == []


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_the_problem_of_a_malformed_origin_names_the_correct_spelling(written: str, meant: str) -> None:
    (problem,) = boot(Setup(environment={"CORS_ORIGINS": in_json(written)})).problems
    assert problem.rule == "origin-malformed"
    assert f"Write {meant}." in problem.message
    assert problem.fix == f"CORS_ORIGINS={meant}"


@pytest.mark.parametrize("written", NO_SPELLING)
def test_a_malformed_origin_without_a_clear_meaning_is_refused_without_a_guess(written: str) -> None:
    (problem,) = boot(Setup(environment={"CORS_ORIGINS": in_json(written)})).problems
    assert problem.rule == "origin-malformed"
    assert "Write" not in problem.message
    assert problem.fix == "CORS_ORIGINS=https://app.example.com"


@given(st.text(max_size=40))
def test_a_text_without_the_syntax_of_an_origin_is_never_allowed(text: str) -> None:
    outcome = boot(Setup(environment={"CORS_ENV": "development"}, code={"origins": [text]}))
    if outcome.app is None:
        comment = {"value-invalid"} if text.startswith(("#", "//")) else set()
        assert set(outcome.rules()) <= {"origin-malformed", "origin-null"} | comment
    elif text != "*":
        scheme, _, rest = text.partition("://")
        assert scheme
        assert rest
        assert text.isascii()


def tenants(origin: Origin, environ: Mapping[str, object]) -> bool:
    return origin.host in {"app.example.com", "localhost", "10.0.0.1"}


SCOPES: list[tuple[str, Mapping[str, str]]] = [
    (
        "origin-any-with-credentials",
        {
            "CORS_ORIGINS": "*",
            "CORS_RESOURCES__A__PATHS": "/a",
            "CORS_RESOURCES__A__SUPPORTS_CREDENTIALS": "true",
        },
    ),
    (
        "origin-any-with-credentials",
        {
            "CORS_SUPPORTS_CREDENTIALS": "true",
            "CORS_RESOURCES__A__PATHS": "/a",
            "CORS_RESOURCES__A__ORIGINS": "*",
        },
    ),
    (
        "origin-any-with-credentials",
        {"CORS_ORIGINS": "*", "CORS_RESOURCES": '{"/a": {"supports_credentials": true}}'},
    ),
    (
        "expose-any-with-credentials",
        {"CORS_EXPOSE_HEADERS": "*", "CORS_RESOURCES": '{"/a": {"supports_credentials": "yes"}}'},
    ),
    ("origin-plain-http", {"CORS_RESOURCES": '{"/a": {"origins": "http://a.example.com"}}'}),
    ("methods-any", {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__METHODS": "*"}),
    ("header-forbidden", {"CORS_RESOURCES": '{"/a": {"allow_headers": ["cookie"]}}'}),
    ("max-age-out-of-range", {"CORS_RESOURCES": '{"/a": {"max_age": 86401}}'}),
]


@pytest.mark.parametrize(("rule", "variables"), SCOPES)
def test_a_resource_is_checked_with_its_inherited_options_and_is_named(rule: str, variables: Mapping[str, str]) -> None:
    problems = boot(Setup(environment=variables)).problems
    named = [problem.message for problem in problems if problem.rule == rule and "resource" in problem.message]
    assert len(named) == 1
    assert "resource A" in named[0] or 'resource "/a"' in named[0]


def test_a_problem_that_resources_inherit_is_reported_once() -> None:
    variables = {"CORS_ORIGINS": "http://a.example.com", "CORS_RESOURCES": '{"/a": {}, "/b": {}}'}
    assert boot(Setup(environment=variables)).rules() == ["origin-plain-http"]


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://app.example.com", True),
        ("http://app.example.com", False),
        ("https://localhost", False),
        ("https://10.0.0.1", False),
        ("capacitor://localhost", True),
    ],
)
def test_each_origin_that_a_function_allows_is_checked_against_the_production_rules(
    origin: str, is_allowed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = boot(Setup(code={"origins": tenants})).app
    assert isinstance(app, Flask)
    response = app.test_client().get("/", headers={"Origin": origin})
    assert (response.headers.get("Access-Control-Allow-Origin") == origin) is is_allowed
    assert ("a production policy refuses" in caplog.text) is not is_allowed


def test_an_origin_that_a_function_allows_is_not_checked_in_development() -> None:
    app = boot(Setup({"CORS_ENV": "development"}, code={"origins": [tenants]})).app
    assert app is not None
    response = app.test_client().get("/", headers={"Origin": "http://localhost:3000"})
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


def test_a_function_gets_the_parsed_origin_and_the_request_and_only_true_allows() -> None:
    seen: list[tuple[Origin, object]] = []

    def decide(origin: Origin, environ: Mapping[str, object]) -> object:
        seen.append((origin, environ["PATH_INFO"]))
        return {"a.example.com": True, "b.example.com": "yes"}.get(origin.host)

    app = boot(Setup(code={"origins": ["https://c.example.com", decide]})).app
    assert app is not None
    seen.clear()  # it was asked about random origins at boot
    client = app.test_client()
    allowed = [
        "Access-Control-Allow-Origin" in client.get("/x", headers={"Origin": f"https://{name}.example.com"}).headers
        for name in "abc"
    ]
    assert allowed == [True, False, True]
    own = [asked for asked in seen if asked[0].host.endswith(".example.com")]  # it is also asked about siblings
    assert own == [(Origin("https", f"{name}.example.com", None), "/x") for name in "ab"]


def test_an_exception_in_a_function_is_logged_and_allows_no_origin(caplog: pytest.LogCaptureFixture) -> None:
    def decide(origin: Origin, environ: Mapping[str, object]) -> bool:
        raise LookupError("the database is away")

    app = boot(Setup(code={"origins": decide})).app
    assert app is not None
    response = app.test_client().get("/", headers={"Origin": "https://app.example.com"})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Vary"] == "Origin"
    assert "the database is away" in caplog.text


@pytest.mark.parametrize("host", ["com", "github.io", "s3.amazonaws.com", "amazonaws.com", "windows.net"])
def test_all_subdomains_of_a_public_suffix_or_of_its_parent_are_refused(host: str) -> None:
    setup = Setup({"CORS_ORIGINS": f"https://*.{host}", "CORS_SUPPORTS_CREDENTIALS": "true"})
    assert boot(setup).rules() == ["origin-public-suffix"]


def test_all_subdomains_of_your_own_domain_are_allowed() -> None:
    assert boot(Setup({"CORS_ORIGINS": "https://*.example.com"})).rules() == []


def test_the_line_to_paste_keeps_an_origin_whose_rule_is_waived() -> None:
    setup = Setup(
        {
            "CORS_ORIGINS": "http://x.example.com,https://localhost:3000",
            "CORS_DANGEROUSLY_ALLOW": "origin-plain-http",
        }
    )
    (problem,) = boot(setup).problems
    assert problem.fix.startswith("CORS_ORIGINS=http://x.example.com,https://app.example.com")

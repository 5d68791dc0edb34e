"""A production policy that allows unknown origins never boots, in any form: names, functions, expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from flask import Blueprint, Flask
from hypothesis import given
from hypothesis import strategies as st

from envcors import CORS, BootRefused, cross_origin
from envcors.protocol.origins import Origin
from envcors.rules.shared_hosts import SHARED_HOSTS
from tests.booting import Setup, boot

Decide = Callable[[Origin, Mapping[str, object]], bool]


def allow_all(origin: Origin, environ: Mapping[str, object]) -> bool:
    return True


def allow_com(origin: Origin, environ: Mapping[str, object]) -> bool:
    return origin.host.endswith(".com")


def allow_all_by_request(origin: Origin, environ: Mapping[str, object]) -> bool:
    return environ["HTTP_ORIGIN"] == str(origin) and environ["wsgi.url_scheme"] == "https"


def allow_any_port(origin: Origin, environ: Mapping[str, object]) -> bool:
    return origin.port is not None


PERMISSIVE: list[Decide] = [allow_all, allow_com, allow_all_by_request, allow_any_port]


def raises(origin: Origin, environ: Mapping[str, object]) -> bool:
    raise LookupError("the database is not there yet")


def one_tenant(origin: Origin, environ: Mapping[str, object]) -> bool:
    return str(origin) == "https://tenant.example.com"


@pytest.mark.parametrize("function", PERMISSIVE)
def test_a_function_that_allows_random_origins_does_not_boot(function: Decide) -> None:
    assert boot(Setup(code={"origins": function})).rules() == ["origin-any"]


@pytest.mark.parametrize("function", PERMISSIVE)
@pytest.mark.parametrize("mode", ["production", "development"])
def test_a_function_that_allows_random_origins_never_boots_with_credentials(function: Decide, mode: str) -> None:
    environment = {"CORS_ENV": mode, "CORS_DANGEROUSLY_ALLOW": "origin-any"}
    setup = Setup(environment, code={"origins": [function], "supports_credentials": True})
    assert "origin-any-with-credentials" in boot(setup).rules()


@pytest.mark.parametrize("function", PERMISSIVE)
def test_a_blueprint_or_a_view_with_a_function_that_allows_random_origins_is_refused(function: Decide) -> None:
    for register in (_with_blueprint, _with_view):
        app = Flask("application")
        CORS(app, origins=["https://app.example.com"], env_file=None)
        with pytest.raises(BootRefused) as refused:
            register(app, function)
        assert {problem.rule for problem in refused.value.problems} == {"origin-any"}


def _with_blueprint(app: Flask, function: Decide) -> None:
    blueprint = Blueprint("tenants", __name__)
    CORS(blueprint, origins=[function])
    app.register_blueprint(blueprint)


def _with_view(app: Flask, function: Decide) -> None:
    @app.get("/tenants")
    @cross_origin(origins=[function])
    def tenants() -> str:
        return ""


@pytest.mark.parametrize("function", [one_tenant, raises])
def test_a_function_that_allows_a_fixed_set_boots_with_advice(function: Decide) -> None:
    outcome = boot(Setup(code={"origins": function, "supports_credentials": True}))
    assert outcome.rules() == []
    assert [problem.rule for problem in outcome.advice] == ["origin-function"]


def test_the_log_of_a_function_that_fails_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    app = boot(Setup(code={"origins": raises})).app
    assert app is not None
    client = app.test_client()
    caplog.clear()
    for number in range(50):
        client.get("/", headers={"Origin": f"https://{number}.example.com"})
    assert 1 <= len(caplog.records) <= 5


ANY_ORIGIN = [r".*", r"https://.*", r"https?://[^/]+", r"https://[a-z0-9.-]+\.com", r".+\.(com|org)"]


@pytest.mark.parametrize("pattern", ANY_ORIGIN)
@pytest.mark.parametrize("environment", [{"CORS_ENV": "development"}, {"CORS_DANGEROUSLY_ALLOW": "origin-regex"}])
def test_an_expression_that_matches_random_origins_never_has_credentials(
    pattern: str, environment: Mapping[str, str]
) -> None:
    setup = Setup(environment, code={"origins": re.compile(pattern), "supports_credentials": True})
    assert "origin-any-with-credentials" in boot(setup).rules()


@pytest.mark.parametrize("pattern", [r"https://[a-z0-9-]+\.example\.com", r"https://(www\.)?example\.com"])
def test_an_expression_for_your_own_hosts_boots_with_a_waiver(pattern: str) -> None:
    setup = Setup(
        {"CORS_DANGEROUSLY_ALLOW": "origin-regex"}, code={"origins": re.compile(pattern), "supports_credentials": True}
    )
    assert boot(setup).rules() == []


SLOW = [
    r"(a+)+",
    r"(a*)*b",
    r"(a|a)*",
    r"(\w{1,3})+$",
    r"(x+x+)+y",
    r".*.*x",
    r"(.*)(.*)",
    r"\d+\d+",
    r"(.*)?.*",
    r"(?:[a-z]+\.)+com",
    r"(.|\s)*",
    r"([a-z]+)*\.example\.com",
]


@pytest.mark.parametrize("pattern", SLOW)
@pytest.mark.parametrize("mode", ["production", "development"])
def test_an_expression_that_backtracks_is_refused_in_both_modes(pattern: str, mode: str) -> None:
    environment = {"CORS_ENV": mode, "CORS_DANGEROUSLY_ALLOW": "origin-regex,origin-any"}
    expression = re.compile(pattern)
    assert "origin-malformed" in boot(Setup(environment, code={"origins": expression})).rules()
    assert "resource-malformed" in boot(Setup(environment, code={"resources": {expression: {}}})).rules()


@pytest.mark.parametrize("pattern", [r"https://[a-z]+[0-9]+\.example\.com", r"https://(?:a|b)\.example\.com", r"a*a?"])
def test_an_expression_with_one_way_to_match_boots(pattern: str) -> None:
    setup = Setup({"CORS_ENV": "development"}, code={"origins": re.compile(pattern)})
    assert boot(setup).rules() == []


@pytest.mark.parametrize("host", [*SHARED_HOSTS, "westeurope.azurecontainerapps.io", "eu.nip.io", "a.b.wordpress.com"])
def test_all_subdomains_of_a_shared_host_are_refused(host: str) -> None:
    assert "origin-public-suffix" in boot(Setup({"CORS_ORIGINS": f"https://*.{host}"})).rules()


def test_each_shared_host_has_a_source_and_is_not_in_the_public_suffix_list() -> None:
    from publicsuffixlist import PublicSuffixList

    known = PublicSuffixList()
    assert all(source.startswith("https://") for source in SHARED_HOSTS.values())
    assert [host for host in SHARED_HOSTS if known.publicsuffix(host) == host] == []


LOCAL = [
    *("host.docker.internal", "gateway.docker.internal", "kubernetes.docker.internal", "metadata.google.internal"),
    *("lvh.me", "app.lvh.me", "localtest.me", "shop.localtest.me", "vcap.me"),
    *("127.0.0.1.nip.io", "app.10.0.0.1.nip.io", "app-192-168-1-5.sslip.io", "7f000001.nip.io", "0a000001.xip.io"),
    *("web.default.svc", "web.default.svc.cluster.local", "intranet", "wiki", "printer.home.arpa", "nas.lan"),
    *("localhost.", "intranet.", "host.docker.internal."),
]


@pytest.mark.parametrize("host", LOCAL)
@pytest.mark.parametrize("port", ["", ":8443"])
def test_a_host_on_the_visitors_machine_or_network_is_local(host: str, port: str) -> None:
    assert boot(Setup({"CORS_ORIGINS": f"https://{host}{port}"})).rules() == ["origin-local"]


@pytest.mark.parametrize("host", ["8.8.8.8.nip.io", "lvh.me.example.com", "internal.example.com", "svc.example.com"])
def test_a_host_that_only_looks_local_is_allowed(host: str) -> None:
    assert boot(Setup({"CORS_ORIGINS": f"https://{host}"})).rules() == []


PAGELESS = [
    *("wss://app.acme.io", "ws://app.acme.io", "ftp://app.acme.io", "data://x", "javascript://x", "blob://x"),
    *("file://x", "about://blank", "filesystem://x", "view-source://app.acme.io", "mailto://x", "WSS://app.acme.io"),
    *(
        "httsp://app.acme.io",
        "htps://app.acme.io",
        "htttps://app.acme.io",
        "httpss://app.acme.io",
        "hhttp://app.acme.io",
    ),
]


@pytest.mark.parametrize("origin", PAGELESS)
@pytest.mark.parametrize("variable", ["CORS_ORIGINS", "CORS_DENY_ORIGINS"])
def test_a_scheme_that_no_page_has_is_malformed(origin: str, variable: str) -> None:
    assert boot(Setup({variable: origin, "CORS_ENV": "development"})).rules() == ["origin-malformed"]


@pytest.mark.parametrize(
    "origin",
    [
        *("app://-", "app://MyApp", "capacitor://localhost", "ionic://localhost", "tauri://localhost"),
        *("safari-web-extension://F0E1D2C3-0000-4000-8000-AABBCCDDEEFF", "chrome-extension://abcdefghijklmnop"),
        *("moz-extension://0b1c", "https://app.example.com.", "https://xn--bcher-kva.example."),
    ],
)
def test_an_origin_that_a_browser_sends_is_allowed(origin: str) -> None:
    app = boot(Setup({"CORS_ORIGINS": origin})).app
    assert app is not None
    response = app.test_client().get("/", headers={"Origin": origin})
    assert response.headers["Access-Control-Allow-Origin"] == origin


def test_a_dot_at_the_end_makes_another_origin() -> None:
    app = boot(Setup({"CORS_ORIGINS": "https://app.example.com,https://*.example.org"})).app
    assert app is not None
    for origin in ("https://app.example.com.", "https://a.example.org."):
        response = app.test_client().get("/", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers


def test_the_fix_for_a_capacitor_app_names_the_waiver() -> None:
    (problem,) = boot(Setup({"CORS_ORIGINS": "https://localhost"})).problems
    assert "CORS_DANGEROUSLY_ALLOW=origin-local" in problem.fix
    waived = {"CORS_ORIGINS": "https://localhost", "CORS_DANGEROUSLY_ALLOW": "origin-local"}
    assert boot(Setup(waived)).rules() == []


METHODS = [
    "GET|POST|PUT",
    "$METHODS",
    "ALL",
    "any",
    "None",
    "null",
    "!DELETE",
    "-DELETE",
    "GET+PUT",
    "*PUT",
    "P*T",
    "true",
]


@pytest.mark.parametrize("method", METHODS)
def test_a_word_that_is_not_a_method_is_refused(method: str) -> None:
    rules = boot(Setup({"CORS_METHODS": f"GET,{method}"})).rules()
    assert rules in (["method-malformed"], ["value-invalid"])


COMMENTS = [
    ("CORS_METHODS", "GET,POST # no DELETE yet", "DELETE"),
    ("CORS_METHODS", "GET,POST // DELETE", "DELETE"),
    ("CORS_METHODS", "GET\n# DELETE,PUT\nPOST", "DELETE"),
    ("CORS_ORIGINS", "https://a.example.com\n# https://old.example.com", "old.example.com"),
    ("CORS_ORIGINS", "https://a.example.com #https://old.example.com", "old.example.com"),
    ("CORS_ALLOW_HEADERS", "Content-Type # Authorization", "Authorization"),
    ("CORS_EXPOSE_HEADERS", "X-A,#X-B", "X-B"),
    ("CORS_RESOURCES__A__PATHS", "/a # /admin", "/admin"),
]


@pytest.mark.parametrize(("variable", "value", "commented"), COMMENTS)
def test_a_comment_in_a_list_is_refused_and_no_fix_allows_what_it_contains(
    variable: str, value: str, commented: str
) -> None:
    (problem,) = boot(Setup({variable: value})).problems
    assert (problem.rule, problem.variable) == ("value-invalid", variable)
    assert commented not in problem.fix.partition("\n")[0]


CODES = st.sampled_from([allow_all, allow_com, re.compile(".*"), re.compile(r"https://[^/]+"), "*"])
OTHERS = st.lists(st.sampled_from(["https://app.example.com", "https://*.example.org", one_tenant]), max_size=2)


@given(
    CODES,
    OTHERS,
    st.sampled_from(["production", "development"]),
    st.sets(st.sampled_from(["origin-any", "origin-regex", "origin-any-port", "origin-public-suffix"])),
    st.sampled_from(["origins", "resource", "resource inherits"]),
)
def test_a_policy_that_allows_a_random_origin_with_credentials_never_boots(
    code: object, others: list[object], mode: str, waivers: set[str], where: str
) -> None:
    environment = {"CORS_ENV": mode, "CORS_DANGEROUSLY_ALLOW": ",".join(waivers)}
    origins = [*others, code]
    keywords: dict[str, object] = {"origins": origins, "supports_credentials": True}
    if where == "resource":
        keywords = {"resources": {"/api/*": keywords}}
    elif where == "resource inherits":
        keywords = {"origins": origins, "resources": {"/api/*": {"supports_credentials": True}}}
    assert "origin-any-with-credentials" in boot(Setup(environment, code=keywords)).rules()


def by_tenant_header(origin: Origin, environ: Mapping[str, object]) -> bool:
    return environ.get("HTTP_X_TENANT") == "acme" and origin.host == "app.example.com"


def by_subscript(origin: Origin, environ: Mapping[str, object]) -> bool:
    return environ["HTTP_X_TENANT"] == "acme"


def by_host(origin: Origin, environ: Mapping[str, object]) -> bool:
    return "HTTP_X_TENANT" in environ and environ["HTTP_HOST"] == origin.host


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (one_tenant, "Origin"),
        (by_tenant_header, "Origin, X-Tenant"),
        (by_subscript, "Origin, X-Tenant"),
        (by_host, "Origin, X-Tenant"),
    ],
)
def test_a_response_varies_by_the_headers_that_a_function_reads(function: Decide, names: str) -> None:
    app = boot(Setup(code={"origins": ["https://listed.example.com", function]})).app
    assert app is not None
    client = app.test_client()
    for origin in ("https://listed.example.com", "https://app.example.com", "https://foreign.example.com"):
        assert client.get("/", headers={"Origin": origin}).headers["Vary"] == names
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        vary = client.options("/", headers=asked).headers["Vary"].split(", ")
        assert {*vary} == {*names.split(", "), "Access-Control-Request-Method", "Access-Control-Request-Headers"}
    assert client.get("/").headers["Vary"] == names

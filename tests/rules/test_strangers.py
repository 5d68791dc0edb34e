"""An expression that allows names of one shape only still allows strangers: anybody can register such a name."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from flask import current_app

from envcors.protocol.origins import Origin, OriginPattern
from envcors.rules.expressions import is_slow
from envcors.rules.permissive import allows_strangers
from envcors.rules.samples import samples
from tests.booting import Setup, boot

ONE_SHAPE = [
    *(r"https://[a-z]+\.com", r"https://[a-z]{1,8}\.io", r"https://[a-z]{10,20}\.net", r"https://\d+\.com"),
    *(r"https://[a-z]+[0-9]+\.dev", r"https://[a-z]+-[a-z]+\.app", r"https://www\.[a-z]+\.de", r"http://\w+\.org"),
    *(r"https://[a-z]+\.[a-z]+\.com", r"https://[a-z]+\.com:8443", r"https://[^.]+\.co\.uk", r"https://[a-z0-9]+\.org"),
]


@pytest.mark.parametrize("expression", ONE_SHAPE)
@pytest.mark.parametrize("environment", [{"CORS_ENV": "development"}, {"CORS_DANGEROUSLY_ALLOW": "origin-regex"}])
def test_an_expression_for_names_of_one_shape_never_has_credentials(
    expression: str, environment: Mapping[str, str]
) -> None:
    setup = Setup(environment, code={"origins": re.compile(expression), "supports_credentials": True})
    assert "origin-any-with-credentials" in boot(setup).rules()


def test_a_function_for_names_of_letters_is_found() -> None:
    def names_of_letters(origin: Origin, environ: Mapping[str, object]) -> bool:
        return origin.host.removesuffix(".com").isalpha()

    assert boot(Setup(code={"origins": names_of_letters})).rules() == ["origin-any"]


@pytest.mark.parametrize("expression", [r"https://[a-z]+\.example\.com", r"https://(shop|app)\.com", r"https://a\.de"])
def test_an_expression_for_ones_own_names_allows_no_stranger(expression: str) -> None:
    assert not allows_strangers(re.compile(expression))


def questions() -> list[tuple[Origin, Mapping[str, object]]]:
    """What a function is asked at boot."""
    asked: list[tuple[Origin, Mapping[str, object]]] = []

    def note(origin: Origin, environ: Mapping[str, object]) -> bool:
        asked.append((origin, environ))
        return False

    assert not allows_strangers(note)
    return asked


def test_a_function_is_asked_about_each_domain_and_each_shape_of_a_name() -> None:
    origins = [origin for origin, _ in questions()]
    for domain in (
        "com",
        "org",
        "net",
        "io",
        "dev",
        "app",
        "de",
        "co.uk",
        "fr",
        "xyz",
        "shop",
        "vercel.app",
        "github.io",
    ):
        assert any(origin.host.endswith(f".{domain}") for origin in origins), domain
    names = [origin.host.removesuffix(".com") for origin in origins if origin.host.endswith(".com")]
    shapes = (r"[a-z]{6}", r"[a-z]{16}", r"\d{1,6}", r"[0-9a-f]{18}", r"[a-z]{6}\d{1,6}", r"[a-z]{6}-[a-z]{6}")
    for shape in (*shapes, r"www\.[a-z]{6}", r"[a-z]{6}\.[a-z]{6}", r"[0-9a-f]{18}\.\d{1,6}[a-z]{6}"):
        assert any(re.fullmatch(shape, name) for name in names), shape
    others = [origin for origin in origins if not origin.host.endswith(".com")]
    assert all(re.fullmatch(r"[0-9a-f]{18}(\.[a-z0-9]+)+", origin.host) for origin in others)
    assert [(origin.scheme, origin.port) for origin in origins if (origin.scheme, origin.port) != ("https", None)] == [
        ("https", 8443),
        ("http", None),
    ]
    assert len(origins) < 100  # it may ask a database


def test_a_function_is_never_asked_the_same_twice() -> None:
    first, second = ({str(origin) for origin, _ in questions()} for _ in range(2))
    assert first.isdisjoint(second)
    assert all(OriginPattern.parse(origin) for origin in first)


def test_a_function_is_asked_with_a_complete_environment() -> None:
    for origin, environ in questions()[:-4]:
        rest = dict(environ)
        assert isinstance(rest.pop("wsgi.input"), io.BytesIO)
        assert rest.pop("wsgi.errors") is sys.stderr
        assert rest == {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ORIGIN": str(origin),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


def test_a_function_is_asked_about_other_requests_too() -> None:
    seen = {(name, environ.get(name)) for _, environ in questions() for name in (*environ, "HTTP_COOKIE")}
    assert {("REQUEST_METHOD", "POST"), ("PATH_INFO", "/api/public/items"), ("HTTP_HOST", "api.example.com")} <= seen
    assert ("HTTP_AUTHORIZATION", "Bearer x") in seen


Decide = Callable[[Origin, Mapping[str, Any]], bool]
OPEN_FUNCTIONS: dict[str, Decide] = {
    "a top-level domain": lambda o, _: o.host.endswith(".fr"),
    "a rare top-level domain": lambda o, _: o.host.endswith(".museum"),
    "a shared suffix": lambda o, _: o.host.endswith(".vercel.app"),
    "a shared host of no list": lambda o, _: o.host.endswith(".koyeb.app"),
    "a path": lambda _, e: e["PATH_INFO"] == "/items",
    "a method": lambda _, e: e["REQUEST_METHOD"] == "PATCH",
    "a login": lambda _, e: "HTTP_AUTHORIZATION" in e,
    "a host": lambda _, e: e["HTTP_HOST"] == "shop.acme.io",
    "the application": lambda _o, _e: bool(current_app.config["OPEN"]),
    "a length": lambda o, _: 20 < len(str(o)) < 24,
    "an end without a dot": lambda o, _: o.host.endswith("acme.com"),
    "another ending": lambda o, _: o.host.split(".")[-2] == "acme",
    "a beginning": lambda o, _: o.host.startswith("app"),
    "the name with anything after it": lambda o, _: str(o).startswith("https://app.acme"),
}


@pytest.mark.parametrize("credentials", [True, False])
@pytest.mark.parametrize("name", OPEN_FUNCTIONS)
def test_a_function_that_allows_strangers_allows_none_in_production(name: str, credentials: bool) -> None:
    code = {"origins": OPEN_FUNCTIONS[name], "supports_credentials": credentials, "methods": ["PATCH"]}
    app = boot(Setup(code=code)).app
    if app is None:
        return  # it was found at boot
    app.config["OPEN"] = True
    strangers = ("fr", "museum", "vercel.app", "koyeb.app", "com", "xyz", "co.uk", "zip")
    for origin in [
        f"https://{first}.{suffix}" for first in ("evil12345", "app", "app.acme", "evilacme") for suffix in strangers
    ]:
        headers = {"Origin": origin, "Authorization": "Bearer mine", "Host": "shop.acme.io"}
        answer = app.test_client().patch("/items", headers=headers)
        assert "Access-Control-Allow-Origin" not in answer.headers, origin


@pytest.mark.parametrize("host", ["tenant.example.com", "a.b.acme.co.uk", "mine.vercel.app"])
def test_a_function_for_ones_own_names_allows_them(host: str) -> None:
    own = host.partition(".")[2] if host.count(".") > 2 else host
    app = boot(Setup(code={"origins": lambda o, _: o.host == own or o.host.endswith(f".{own}")})).app
    assert app is not None
    answer = app.test_client().get("/", headers={"Origin": f"https://{host}"})
    assert answer.headers.get("Access-Control-Allow-Origin") == f"https://{host}"


def test_a_function_is_asked_about_a_sibling_once_for_each_suffix_and_request() -> None:
    asked: list[str] = []

    def tenants(origin: Origin, environ: Mapping[str, object]) -> bool:
        asked.append(origin.host)
        return origin.host.endswith(".acme.com")

    app = boot(Setup(code={"origins": tenants})).app
    assert app is not None
    asked.clear()
    for number in range(20):
        app.test_client().get("/", headers={"Origin": f"https://t{number}.acme.com"})
    assert len(asked) == 26


OPEN_EXPRESSIONS = [
    *(r"https://.*\.fr", r"https://.*\.xyz", r"https://.*\.vercel\.app", r"https://.*\.github\.io", r"https://.*:443"),
    *(r"https://app\.example\.com.*", r"https://.*example\.com", r"https://(www\.)?[a-z-]{1,20}\.(shop|store)"),
    *("https://app.example.com", r"https://[a-z]{3}\.com", r"https?://.*\.zip", r"https://example\.[a-z]+"),
    *(r"https://(?!evil).*\.gov", r"https://x\.(com|io).*", r"https://[a-z0-9]+-myapp\.netlify\.app"),
]


@pytest.mark.parametrize("expression", OPEN_EXPRESSIONS)
def test_an_expression_that_leaves_the_domain_open_never_boots_with_credentials(expression: str) -> None:
    code = {"origins": re.compile(expression), "supports_credentials": True}
    for variables in ({"CORS_DANGEROUSLY_ALLOW": "origin-regex,origin-any"}, {"CORS_ENV": "development"}):
        assert "origin-any-with-credentials" in boot(Setup(variables, code=code)).rules()


CLOSED_EXPRESSIONS = [
    *(r"https://app\.example\.com", r"https://(www\.)?example\.com", r"https://[a-z0-9-]+\.example\.com"),
    *(r"https://(a|b|c|d|e)\.com", r"https://[^.]+\.example\.com", r"https://.*\.example\.com"),
    *(r"https://tenant\d+\.example\.co\.uk(:\d+)?", r"https://(app|api)\.(example|acme)\.(com|io)"),
    *(r"(?i)https://APP\.example\.com", r"https://example\.com:[0-9]+"),
]


@pytest.mark.parametrize("expression", CLOSED_EXPRESSIONS)
def test_an_expression_for_ones_own_domain_boots_where_expressions_are_waived(expression: str) -> None:
    code = {"origins": re.compile(expression), "supports_credentials": True}
    assert boot(Setup({"CORS_DANGEROUSLY_ALLOW": "origin-regex"}, code=code)).rules() == []


SLOW = [
    *(r"https://([a-z0-9]{1,63}-?){1,10}\.example\.com", r"https://([a-z]{1,60}\.?){1,20}x", r"(a{1,9}){1,9}b"),
    *(r"https://([a-z]{1,20}[0-9]{0,20}){1,10}\.io", r"https://(([a-z]{1,8}){1,8}-?){1,8}\.io"),
]


@pytest.mark.parametrize("expression", SLOW)
def test_nested_repeats_with_large_bounds_are_refused(expression: str) -> None:
    for mode in ("production", "development"):
        assert "origin-malformed" in boot(Setup({"CORS_ENV": mode}, code={"origins": re.compile(expression)})).rules()


@pytest.mark.parametrize(
    "expression",
    [r"https://([a-z0-9-]{1,63}\.){1,5}example\.com", r"https://(\d{1,3}\.){3}\d{1,3}", r"https://([a-z]+\.)?a\.io"],
)
def test_repeats_with_a_separator_are_not_slow(expression: str) -> None:
    assert "origin-malformed" not in boot(Setup(code={"origins": re.compile(expression)})).rules()


@pytest.mark.parametrize("answer", [1, "yes", [True], None, object()])
def test_only_true_allows(answer: object) -> None:
    def answers(origin: Origin, environ: Mapping[str, object]) -> bool:
        return cast(bool, answer)

    assert not allows_strangers(answers)


@pytest.mark.parametrize(
    ("expression", "slow"),
    [
        (r"(?:ab|cd)+x", True),
        (r"(?:a+)+", True),
        (r"a+a+", True),
        (r"[^a]+[^b]+", True),
        (r"\d+\w+", True),
        (r"\D+\S+", True),
        (r"\W+\s+", True),
        (r"(?=(a+)+)b", True),
        (r"(a)?(?(1)(b+)+|c)", True),
        (r"(?>(a+)+)", True),
        (r"(?:(a+)+)++", True),
        (r"(?:a{0,100}b?){2,9}", True),
        (r"\d+[a-z]+", False),
        (r"[a-z]+\.[a-z]+", False),
        (r"(?:a|b)c+", False),
        (r"(?>a+)b", False),
        (r"(?:[a-z]{3}-){2,5}", False),
        (r"(?:a{2}){1,50}", False),
    ],
)
def test_a_slow_expression_is_known_by_its_quantifiers(expression: str, slow: bool) -> None:
    assert is_slow(re.compile(expression)) is slow


@pytest.mark.parametrize(
    ("expression", "matching"),
    [
        (r"https://(?>a|b)\.io", True),
        (r"https://[^a]\.io", True),
        (r"https://\d{2,}\.io", True),
        (r"(https)://x\.\1", True),
        (r"https://a(?=b)\.io", False),
    ],
)
def test_samples_are_texts_that_an_expression_matches(expression: str, matching: bool) -> None:
    compiled = re.compile(expression)
    found = list(samples(compiled))
    assert all(compiled.fullmatch(text) for text in found)
    if not matching:
        assert found == []

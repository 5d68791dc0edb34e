"""For any policy, page and request, the page's script can read exactly what the policy allows.

``may_read()`` is a second, simple implementation of the Fetch standard
(https://fetch.spec.whatwg.org/#http-cors-protocol), which shares no code with the project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from flask import Flask, Response, request
from hypothesis import given, settings
from hypothesis import strategies as st

from envcors import CORS
from envcors.rules.catalogue import RULES
from envcors.testing import Browser, CORSBlocked
from tests.booting import Setup, surroundings
from tests.flask.asking import send

PATTERNS = [
    "https://a.example.com",
    "http://a.example.com",
    "https://*.example.com",
    "https://b.test:*",
    "https://c.test:8443",
    "https://*.c.test:*",
    "https://10.0.0.1",
    "https://[2001:db8::1]:*",
    "capacitor://localhost",
]
ORIGINS = [
    "https://a.example.com",
    "http://a.example.com",
    "https://example.com",
    "https://x.a.example.com",
    "https://a.example.com:8443",
    "https://aexample.com",
    "https://a.example.com.evil.test",
    "https://b.test",
    "https://b.test:1234",
    "https://xb.test",
    "https://c.test:8443",
    "https://c.test",
    "https://x.y.c.test:99",
    "https://10.0.0.1",
    "https://[2001:db8::1]:8443",
    "null",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CUSTOM"]
HEADERS = {"X-One": "1", "x-two": "2", "Authorization": "Basic eA==", "Content-Type": "application/json"}
RESPONSE_HEADERS = {"X-Seen": "1", "X-Hidden": "2", "ETag": '"3"', "Cache-Control": "no-store"}
ALWAYS_READABLE = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified"}


@dataclass(frozen=True)
class Options:
    """The options of a policy."""

    origins: tuple[str, ...]
    deny_origins: tuple[str, ...]
    methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    supports_credentials: bool
    development: bool

    @property
    def is_literal(self) -> bool:
        return "*" in self.origins and not self.deny_origins


@dataclass(frozen=True)
class Asked:
    """A ``fetch()`` of a page."""

    origin: str
    path: str
    method: str
    headers: Mapping[str, str]
    credentials: Literal["omit", "include"]

    @property
    def unsafe_headers(self) -> list[str]:
        return [name.lower() for name, value in self.headers.items() if (name, value) != ("Content-Type", "text/plain")]

    @property
    def needs_preflight(self) -> bool:
        return self.method.upper() not in {"GET", "HEAD", "POST"} or bool(self.unsafe_headers)


def matches(pattern: str, origin: str) -> bool:
    expression = re.escape(pattern).replace(r"://\*\.", r"://([a-z0-9-]+\.)+").replace(r":\*", r"(:[0-9]+)?")
    return re.fullmatch(expression, origin) is not None


def allows(options: Options, origin: str) -> bool:
    if options.is_literal:
        return True
    if origin == "null" or any(matches(pattern, origin) for pattern in options.deny_origins):
        return False
    return "*" in options.origins or any(matches(pattern, origin) for pattern in options.origins)


def may_read(options: Options, asked: Asked) -> bool:
    if not allows(options, asked.origin) or (asked.credentials == "include" and not options.supports_credentials):
        return False
    normalised = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
    method = asked.method.upper() if asked.method.upper() in normalised else asked.method
    if method not in {"GET", "HEAD", "POST", *options.methods} and "*" not in options.methods:
        return False
    allowed = {name.lower() for name in options.allow_headers}
    return all(name in allowed or ("*" in allowed and name != "authorization") for name in asked.unsafe_headers)


def readable_headers(options: Options, names: set[str]) -> set[str]:
    exposed = {name.lower() for name in options.expose_headers}
    return {name for name in names if name in ALWAYS_READABLE | exposed or "*" in exposed} - {"set-cookie"}


@st.composite
def all_options(draw: st.DrawFn) -> Options:
    credentials = draw(st.booleans())
    star = [] if credentials else ["*"]
    return Options(
        draw(subset([*PATTERNS, *star])),
        draw(st.one_of(st.just(()), subset(PATTERNS))),
        draw(subset([*METHODS, "*"])),
        draw(subset(["X-One", "X-Two", "Authorization", "content-type", "*"])),
        draw(subset(["X-Seen", "etag", *star])),
        credentials,
        draw(st.booleans()),
    )


def subset(items: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(items), unique=True, max_size=4).map(tuple)


ALL_ASKED = st.builds(
    Asked,
    st.sampled_from(ORIGINS),
    st.sampled_from(["/", "/nothing", "/fails", "/branch"]),
    st.sampled_from([*METHODS, "put", "patch"]),
    st.one_of(
        st.just({}),
        st.just({"Content-Type": "text/plain"}),
        st.dictionaries(st.sampled_from(sorted(HEADERS)), st.just("x"), max_size=3).map(
            lambda chosen: {name: HEADERS[name] for name in chosen}
        ),
    ),
    st.sampled_from(["omit", "include"]),
)


@st.composite
def fetches(draw: st.DrawFn) -> tuple[Options, Asked]:
    """Draw a policy and a request; half of the policies allow the page, so that every step is tested."""
    options, asked = draw(all_options()), draw(ALL_ASKED)
    if asked.origin != "null" and draw(st.booleans()):
        deny = tuple(pattern for pattern in options.deny_origins if not matches(pattern, asked.origin))
        options = replace(options, origins=(*options.origins, asked.origin), deny_origins=deny)
        asked = replace(asked, credentials="include" if options.supports_credentials else "omit")
        if draw(st.booleans()):
            options = replace(options, methods=(*options.methods, asked.method.upper()))
    return options, asked


def application(options: Options, seen: list[str]) -> Flask:
    """Create an application with these options; ``seen`` gets the method of each request that reaches it."""
    app = Flask("application")
    every_rule = ",".join(rule.name for rule in RULES.values() if rule.waivable)
    mode = "development" if options.development else "production"
    with surroundings(Setup({"CORS_ENV": mode, "CORS_DANGEROUSLY_ALLOW": every_rule})):
        CORS(
            app,
            origins=options.origins,
            deny_origins=options.deny_origins,
            methods=options.methods,
            allow_headers=options.allow_headers,
            expose_headers=options.expose_headers,
            supports_credentials=options.supports_credentials,
        )

    @app.before_request
    def record() -> None:
        assert "Access-Control-Request-Method" not in request.headers
        seen.append(request.method)

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(RESPONSE_HEADERS)
        response.vary.add("Cookie")
        response.set_cookie("session", "secret")
        return response

    app.add_url_rule("/", "index", lambda: "index", methods=METHODS)
    app.add_url_rule("/branch/", "branch", lambda: "branch", methods=METHODS)
    app.add_url_rule("/fails", "fails", lambda: str(1 / 0), methods=METHODS)
    return app


@settings(max_examples=300)
@given(fetches())
def test_a_script_can_read_exactly_what_the_policy_allows(fetch: tuple[Options, Asked]) -> None:
    options, asked = fetch
    seen: list[str] = []
    browser = Browser(application(options, seen), asked.origin)
    try:
        response = browser.fetch(asked.path, method=asked.method, headers=asked.headers, credentials=asked.credentials)
    except CORSBlocked:
        response = None
    assert (response is not None) is may_read(options, asked)
    if response is not None:
        sent = {name.lower() for name, _ in browser.exchanges[-1].response.headers}
        assert {name.lower() for name in response.headers} == readable_headers(options, sent)
    reached = bool(seen)
    assert reached is (response is not None or not asked.needs_preflight)
    for exchange in browser.exchanges:
        allowed = exchange.response.header("Access-Control-Allow-Origin")
        varies = {name.strip() for name in (exchange.response.header("Vary") or "").split(",")}
        assert allowed in {None, "*" if options.is_literal else asked.origin}
        if allowed is not None:
            assert allows(options, asked.origin)
        if exchange.kind == "preflight":
            assert varies == {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}
        else:
            assert varies == ({"Cookie"} if options.is_literal else {"Cookie", "Origin"})


RAW_ORIGINS = st.one_of(
    st.sampled_from(ORIGINS),
    st.builds(
        lambda origin, place, text: origin[: place % (len(origin) + 1)] + text + origin[place % (len(origin) + 1) :],
        st.sampled_from(ORIGINS),
        st.integers(0, 100),
        st.text(st.characters(max_codepoint=255), max_size=3),
    ),
    st.text(st.characters(max_codepoint=255), max_size=30),
)


@given(all_options(), RAW_ORIGINS, st.booleans())
def test_only_an_origin_that_a_pattern_matches_is_reflected(options: Options, origin: str, asks: bool) -> None:
    asked = {"HTTP_ORIGIN": origin} | ({"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"} if asks else {})
    answer = send(application(options, []), "/", "OPTIONS" if asks else "GET", environ=asked)
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    if options.is_literal:
        assert allowed == "*"
    elif allowed is not None:
        assert allowed == origin
        assert allows(options, origin)
    else:
        assert not allows(options, origin) or origin not in ORIGINS


@given(all_options(), st.sampled_from(METHODS))
def test_a_request_without_an_origin_gets_only_vary(options: Options, method: str) -> None:
    answer = send(application(options, []), "/", method)
    granted = {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")}
    if options.is_literal:
        assert granted.pop("Access-Control-Allow-Origin") == "*"
        granted.pop("Access-Control-Expose-Headers", None)
    assert granted == {}
    assert answer.headers["Vary"] == ("Cookie" if options.is_literal else "Cookie, Origin")

"""One table: a policy, a request, and exactly the headers of the response. An unexpected header fails the test."""

import re
from typing import NamedTuple

import pytest

from envcors.protocol.policy import Policy
from envcors.wsgi import CORSMiddleware
from tests.wsgi.spy import Headers, Server, Spy, preflight, request

APP = "https://app.example.com"
OTHER = "https://other.example.org"
VARY: Headers = [("Vary", "Origin")]
VARY_PREFLIGHT: Headers = [
    ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
]
AGE: Headers = [("Access-Control-Max-Age", "600")]
CREDENTIALS: Headers = [("Access-Control-Allow-Credentials", "true")]
NO_CORS: Headers = [*VARY_PREFLIGHT, ("Content-Length", "0")]
NOTHING: Headers = []


def allow_origin(origin: str) -> Headers:
    return [("Access-Control-Allow-Origin", origin)]


def allow_method(method: str) -> Headers:
    return [("Access-Control-Allow-Methods", method)]


def allow_headers(names: str) -> Headers:
    return [("Access-Control-Allow-Headers", names)]


def expose(names: str) -> Headers:
    return [("Access-Control-Expose-Headers", names)]


LIST = Policy(origins=[APP], methods=["GET", "PUT"], allow_headers=["Content-Type", "X-Token"])
LIST_DEV = Policy(origins=[APP], methods=["GET", "PUT"], allow_headers=["Content-Type"], development=True)
ANY = Policy(origins=["*"], methods=["*"], allow_headers=["*"])
ANY_BUT_ONE = Policy(origins=["*"], deny_origins=["https://*.bad.example"])
LOGIN = Policy(origins=[APP], supports_credentials=True, expose_headers=["X-Total", "ETag"])
LOGIN_DEV = Policy(origins=[APP], supports_credentials=True, methods=["PUT"], development=True)
FAMILY = Policy(origins=["https://*.example.com", "http://localhost:*"], deny_origins=["https://old.example.com"])
EMPTY = Policy()
DENIED = Policy(origins=[APP, OTHER], deny_origins=[OTHER])
REGEX = Policy(origins=[], origin_regexes=[re.compile(r"https://pr-[0-9]+\.example\.com")])
ADMITTED = Policy(admit=lambda origin, environ: origin.host == "app.example.com" and environ["PATH_INFO"] == "/")


class Case(NamedTuple):
    sentence: str
    policy: Policy
    request: dict[str, object]
    headers: Headers


ACTUAL = [
    Case("a listed origin is named", LIST, request(Origin=APP), [*allow_origin(APP), *VARY]),
    Case("an unlisted origin gets only Vary", LIST, request(Origin=OTHER), VARY),
    Case("a request without Origin gets only Vary", LIST, request(), VARY),
    Case("an empty Origin is not allowed", LIST, request(Origin=""), VARY),
    Case("a denied POST gets only Vary", LIST, request("POST", Origin=OTHER), VARY),
    Case("a policy without origins allows none", EMPTY, request(Origin=APP), VARY),
    Case("origins are case-sensitive", LIST, request(Origin="https://APP.example.com"), VARY),
    Case("an origin with its default port is not allowed", LIST, request(Origin=APP + ":443"), VARY),
    Case("an origin with a slash at the end is not allowed", LIST, request(Origin=APP + "/"), VARY),
    Case("another scheme is another origin", LIST, request(Origin="http://app.example.com"), VARY),
    Case("two origins in one header are not allowed", LIST, request(Origin=f"{APP}, {APP}"), VARY),
    Case("a list does not allow null", LIST, request(Origin="null"), VARY),
    Case("an OPTIONS without a requested method reaches the app", LIST, request("OPTIONS", Origin=APP),
         [*allow_origin(APP), *VARY]),
    Case("an OPTIONS without Origin reaches the app", LIST,
         request("OPTIONS", Access_Control_Request_Method="PUT"), VARY),
    Case("a GET with a requested method is not a preflight", LIST,
         request("GET", Origin=APP, Access_Control_Request_Method="PUT"), [*allow_origin(APP), *VARY]),
    Case("a lower-case options is not a preflight", LIST,
         request("options", Origin=APP, Access_Control_Request_Method="PUT"), [*allow_origin(APP), *VARY]),
    Case("the methods of a policy do not apply to an actual request", LIST, request("DELETE", Origin=APP),
         [*allow_origin(APP), *VARY]),
    Case("any origin gets the literal star", ANY, request(Origin=APP), allow_origin("*")),
    Case("null gets the literal star", ANY, request(Origin="null"), allow_origin("*")),
    Case("a malformed origin gets the literal star", ANY, request(Origin="\x00, *"), allow_origin("*")),
    Case("a request without Origin gets the literal star", ANY, request(), allow_origin("*")),
    Case("any origin except one names the origin", ANY_BUT_ONE, request(Origin=OTHER), [*allow_origin(OTHER), *VARY]),
    Case("any origin except one denies that one", ANY_BUT_ONE, request(Origin="https://x.bad.example"), VARY),
    Case("any origin except one denies null", ANY_BUT_ONE, request(Origin="null"), VARY),
    Case("any origin except one denies a malformed origin", ANY_BUT_ONE, request(Origin="https://a b"), VARY),
    Case("any origin except one gives a request without Origin only Vary", ANY_BUT_ONE, request(), VARY),
    Case("an allowed origin gets credentials and exposed headers", LOGIN, request(Origin=APP),
         [*allow_origin(APP), *CREDENTIALS, *expose("X-Total, ETag"), *VARY]),
    Case("a denied origin gets no credentials", LOGIN, request(Origin=OTHER), VARY),
    Case("a request without Origin gets no credentials", LOGIN, request(), VARY),
    Case("any exposed header is the literal star", Policy(origins=[APP], expose_headers=["*"]), request(Origin=APP),
         [*allow_origin(APP), *expose("*"), *VARY]),
    Case("a request without Origin gets the same headers as any origin",
         Policy(origins=["*"], expose_headers=["ETag"]), request(), [*allow_origin("*"), *expose("ETag")]),
    Case("a subdomain is named", FAMILY, request(Origin="https://a.b.example.com"),
         [*allow_origin("https://a.b.example.com"), *VARY]),
    Case("a domain is not its own subdomain", FAMILY, request(Origin="https://example.com"), VARY),
    Case("a subdomain on another port is not allowed", FAMILY, request(Origin="https://a.example.com:8443"), VARY),
    Case("any port allows every port", FAMILY, request(Origin="http://localhost:5173"),
         [*allow_origin("http://localhost:5173"), *VARY]),
    Case("any port allows the default port too", FAMILY, request(Origin="http://localhost"),
         [*allow_origin("http://localhost"), *VARY]),
    Case("a pattern is not an origin", FAMILY, request(Origin="https://*.example.com"), VARY),
    Case("a pattern for ports is not an origin", FAMILY, request(Origin="http://localhost:*"), VARY),
    Case("a path cannot end like a subdomain", FAMILY, request(Origin="https://evil.net/.example.com"), VARY),
    Case("a user name cannot end like a subdomain", FAMILY, request(Origin="https://evil.net@a.example.com"), VARY),
    Case("a name with the same end is not a subdomain", FAMILY, request(Origin="https://evilexample.com"), VARY),
    Case("a denied origin takes precedence over a pattern that allows it", FAMILY, request(Origin="https://old.example.com"),
         VARY),
    Case("a denied origin takes precedence over the same origin in the list", DENIED, request(Origin=OTHER), VARY),
    Case("a denied origin denies no other one", DENIED, request(Origin=APP), [*allow_origin(APP), *VARY]),
    Case("an expression matches a whole origin", REGEX, request(Origin="https://pr-12.example.com"),
         [*allow_origin("https://pr-12.example.com"), *VARY]),
    Case("an expression does not match a part of an origin", REGEX,
         request(Origin="https://pr-12.example.com.evil.net"), VARY),
    Case("a function allows an origin", ADMITTED, request(Origin=APP), [*allow_origin(APP), *VARY]),
    Case("a function denies an origin", ADMITTED, request(Origin=OTHER), VARY),
    Case("a function gets the request", ADMITTED, request(path="/else", Origin=APP), VARY),
    Case("a function is not called for an invalid origin", Policy(admit=lambda *_: True), request(Origin="null"), VARY),
]  # fmt: skip


class Preflight(NamedTuple):
    sentence: str
    policy: Policy
    request: dict[str, object]
    status: str
    headers: Headers
    body: bytes = b""


ALLOWED = "204 No Content"
FORBIDDEN = "403 Forbidden"
NAMED = "204 No Content"
"""The status of a denied preflight whose headers let the browser name the step that failed."""
EXPLAINED = "200 OK"


def explained(*headers: tuple[str, str], reason: str) -> tuple[str, Headers, bytes]:
    """Return the response to a preflight that a development policy denies."""
    body = f"CORS preflight refused: {reason}\n".encode()
    plain = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    return EXPLAINED, [*headers, *VARY_PREFLIGHT, *plain], body


PUT = [*allow_origin(APP), *allow_method("PUT")]
END = [*AGE, *VARY_PREFLIGHT]
ANY_METHOD = [*allow_origin("*"), *allow_method("PURGE")]
NO_METHOD = [*allow_origin(APP), *VARY_PREFLIGHT]
NO_METHOD_OF_ANY = [*allow_origin("*"), *VARY_PREFLIGHT]
NO_HEADER = [*PUT, *VARY_PREFLIGHT]
NO_HEADER_OF_ANY = [*ANY_METHOD, *VARY_PREFLIGHT]
LONG = "x-" + "a" * 8_192
MANY = ",".join(["content-type"] * 257)

PREFLIGHTS = [
    Preflight("a listed method is allowed", LIST, preflight(APP), ALLOWED, [*PUT, *END]),
    Preflight("only the requested method is named", LIST, preflight(APP, "GET"), ALLOWED,
              [*allow_origin(APP), *allow_method("GET"), *END]),
    Preflight("a safelisted method is allowed without being listed", LIST, preflight(APP, "POST"), ALLOWED,
              [*allow_origin(APP), *allow_method("POST"), *END]),
    Preflight("an unlisted method is denied", LIST, preflight(APP, "DELETE"), NAMED, NO_METHOD),
    Preflight("methods are case-sensitive", LIST, preflight(APP, "put"), NAMED, NO_METHOD),
    Preflight("two methods in one header are denied", LIST, preflight(APP, "GET, PUT"), NAMED, NO_METHOD),
    Preflight("an empty method is denied", LIST, preflight(APP, ""), NAMED, NO_METHOD),
    Preflight("an unlisted origin is denied", LIST, preflight(OTHER), FORBIDDEN, NO_CORS),
    Preflight("null is denied", LIST, preflight("null"), FORBIDDEN, NO_CORS),
    Preflight("an empty origin is denied", LIST, preflight(""), FORBIDDEN, NO_CORS),
    Preflight("a denied origin takes precedence over the list", DENIED, preflight(OTHER, "GET"), FORBIDDEN, NO_CORS),
    Preflight("a listed header is allowed", LIST, preflight(APP, names="content-type"), ALLOWED,
              [*PUT, *allow_headers("content-type"), *END]),
    Preflight("two listed headers are allowed", LIST, preflight(APP, names="content-type,x-token"), ALLOWED,
              [*PUT, *allow_headers("content-type, x-token"), *END]),
    Preflight("order, case, spaces and empty elements do not matter", LIST,
              preflight(APP, names=" X-Token\t,, Content-Type ,"), ALLOWED,
              [*PUT, *allow_headers("X-Token, Content-Type"), *END]),
    Preflight("a header that is requested twice is named once", LIST,
              preflight(APP, names="x-token,X-TOKEN,x-token"), ALLOWED, [*PUT, *allow_headers("x-token"), *END]),
    Preflight("a duplicate in the form that browsers send is named once", LIST,
              preflight(APP, names="x-token,x-token"), ALLOWED, [*PUT, *allow_headers("x-token"), *END]),
    Preflight("an empty list of headers requests none", LIST, preflight(APP, names=""), ALLOWED, [*PUT, *END]),
    Preflight("a list of empty elements requests none", LIST, preflight(APP, names=" , ,"), ALLOWED, [*PUT, *END]),
    Preflight("an unlisted header is denied", LIST, preflight(APP, names="content-type,x-other"), NAMED,
              [*PUT, *allow_headers("content-type"), *VARY_PREFLIGHT]),
    Preflight("a malformed header name is denied", LIST, preflight(APP, names="x token"), NAMED,
              NO_HEADER),
    Preflight("a non-ASCII letter that looks like an ASCII one is denied", LIST,
              preflight(APP, names="x-to\u212aen"), NAMED, NO_HEADER),
    Preflight("too many headers are denied", LIST, preflight(APP, names=MANY + ",Content-Type"), NAMED, NO_HEADER),
    Preflight("a list that is too long is denied", ANY, preflight(APP, "PURGE", LONG), NAMED, NO_HEADER_OF_ANY),
    Preflight("any method allows and names a method", ANY, preflight(APP, "PURGE"), ALLOWED, [*ANY_METHOD, *END]),
    Preflight("any method keeps the case of the method", ANY, preflight(APP, "patch"), ALLOWED,
              [*allow_origin("*"), *allow_method("patch"), *END]),
    Preflight("any method does not allow a literal star", ANY, preflight(APP, "*"), NAMED, NO_METHOD_OF_ANY),
    Preflight("any method does not allow a forbidden one", ANY, preflight(APP, "trace"), NAMED, NO_METHOD_OF_ANY),
    Preflight("any method allows only tokens", ANY, preflight(APP, "A\r\nB"), NAMED, NO_METHOD_OF_ANY),
    Preflight("any method has a maximum length", ANY, preflight(APP, "A" * 65), NAMED, NO_METHOD_OF_ANY),
    Preflight("any origin allows null", ANY, preflight("null", "PURGE"), ALLOWED, [*ANY_METHOD, *END]),
    Preflight("any header is named as it was requested", ANY, preflight(APP, "PURGE", "X-B,x-a"), ALLOWED,
              [*ANY_METHOD, *allow_headers("X-B, x-a"), *END]),
    Preflight("any header does not cover Authorization", ANY, preflight(APP, "PURGE", "authorization"), NAMED,
              NO_HEADER_OF_ANY),
    Preflight("any header and a listed Authorization allow Authorization",
              Policy(origins=[APP], allow_headers=["*", "Authorization"]), preflight(APP, "GET", "authorization,x-a"),
              ALLOWED, [*allow_origin(APP), *allow_method("GET"), *allow_headers("authorization, x-a"), *END]),
    Preflight("any header does not allow a literal star", ANY, preflight(APP, "PURGE", "*"), NAMED, NO_HEADER_OF_ANY),
    Preflight("any header allows only tokens", ANY, preflight(APP, "PURGE", "x-a\r\nx-b"), NAMED, NO_HEADER_OF_ANY),
    Preflight("an allowed origin gets credentials", LOGIN, preflight(APP, "GET"), ALLOWED,
              [*allow_origin(APP), *CREDENTIALS, *allow_method("GET"), *END]),
    Preflight("a maximum age of zero is sent", Policy(origins=[APP], max_age=0), preflight(APP, "GET"), ALLOWED,
              [*allow_origin(APP), *allow_method("GET"), ("Access-Control-Max-Age", "0"), *VARY_PREFLIGHT]),
    Preflight("any origin except one names the origin", ANY_BUT_ONE, preflight(OTHER, "GET"), ALLOWED,
              [*allow_origin(OTHER), *allow_method("GET"), *END]),
    Preflight("a development policy allows the same", LIST_DEV, preflight(APP), ALLOWED, [*PUT, *END]),
    Preflight("in development an unlisted origin gets no Allow-Origin", LIST_DEV, preflight(OTHER),
              *explained(reason="origin-not-allowed")),
    Preflight("in development null gets no Allow-Origin", LIST_DEV, preflight("null"),
              *explained(reason="origin-null")),
    Preflight("in development a malformed origin gets no Allow-Origin", LIST_DEV, preflight("<script>"),
              *explained(reason="origin-malformed")),
    Preflight("in development a denied method gets Allow-Origin", LOGIN_DEV, preflight(APP, "PATCH"),
              *explained(*allow_origin(APP), *CREDENTIALS, reason="method-not-allowed")),
    Preflight("in development a denied header gets Allow-Methods", LIST_DEV, preflight(APP, names="x-a"),
              *explained(*PUT, reason="header-not-allowed")),
    Preflight("in development the browser can name the denied header", LIST_DEV,
              preflight(APP, names="content-type,x-a"),
              *explained(*PUT, *allow_headers("content-type"), reason="header-not-allowed")),
    Preflight("in development the browser names the header and not the credentials", LOGIN_DEV,
              preflight(APP, "GET", "x-a"),
              *explained(*allow_origin(APP), *CREDENTIALS, *allow_method("GET"), reason="header-not-allowed")),
]  # fmt: skip


@pytest.mark.parametrize("case", ACTUAL, ids=lambda case: case.sentence)
@pytest.mark.parametrize("status", ["200 OK", "404 NOT FOUND", "500 INTERNAL SERVER ERROR"])
def test_an_actual_request_reaches_the_app(case: Case, status: str) -> None:
    app = Spy(status=status)
    middleware = CORSMiddleware(app, case.policy)
    answers = [Server().serve(middleware, case.request) for _ in range(2)]
    assert app.calls == 2
    for answer in answers:
        assert (answer.status, answer.headers, answer.body) == (status, [*app.headers, *case.headers], b"from the app")


@pytest.mark.parametrize("case", PREFLIGHTS, ids=lambda case: case.sentence)
def test_a_preflight_never_reaches_the_app(case: Preflight) -> None:
    app = Spy()
    answer = Server().serve(CORSMiddleware(app, case.policy), case.request)
    assert (answer.status, answer.headers, answer.body) == (case.status, case.headers, case.body)
    assert app.calls == 0

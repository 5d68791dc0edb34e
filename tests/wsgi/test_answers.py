"""One table: a policy and a request, and exactly what CORS adds to the answer. A header that is not expected fails."""

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
REFUSED: Headers = [*VARY_PREFLIGHT, ("Content-Length", "0")]
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
    Case("an unlisted origin gets Vary alone", LIST, request(Origin=OTHER), VARY),
    Case("a request without Origin gets Vary alone", LIST, request(), VARY),
    Case("an empty Origin is a foreign one", LIST, request(Origin=""), VARY),
    Case("a denied POST gets Vary alone", LIST, request("POST", Origin=OTHER), VARY),
    Case("a policy of no origin lets none in", EMPTY, request(Origin=APP), VARY),
    Case("the case of an origin counts", LIST, request(Origin="https://APP.example.com"), VARY),
    Case("a default port is not left in", LIST, request(Origin=APP + ":443"), VARY),
    Case("a slash at the end is not an origin's", LIST, request(Origin=APP + "/"), VARY),
    Case("an origin with another scheme is another", LIST, request(Origin="http://app.example.com"), VARY),
    Case("two origins are not one", LIST, request(Origin=f"{APP}, {APP}"), VARY),
    Case("null is foreign to a list", LIST, request(Origin="null"), VARY),
    Case("an OPTIONS that asks for no method is the app's", LIST, request("OPTIONS", Origin=APP),
         [*allow_origin(APP), *VARY]),
    Case("an OPTIONS without Origin is the app's", LIST,
         request("OPTIONS", Access_Control_Request_Method="PUT"), VARY),
    Case("a GET that asks for a method is no preflight", LIST,
         request("GET", Origin=APP, Access_Control_Request_Method="PUT"), [*allow_origin(APP), *VARY]),
    Case("a lower-case options is no preflight", LIST,
         request("options", Origin=APP, Access_Control_Request_Method="PUT"), [*allow_origin(APP), *VARY]),
    Case("the methods of a policy do not concern an actual request", LIST, request("DELETE", Origin=APP),
         [*allow_origin(APP), *VARY]),
    Case("any origin gets the literal star", ANY, request(Origin=APP), allow_origin("*")),
    Case("null gets the literal star", ANY, request(Origin="null"), allow_origin("*")),
    Case("rubbish gets the literal star", ANY, request(Origin="\x00, *"), allow_origin("*")),
    Case("no origin gets the literal star", ANY, request(), allow_origin("*")),
    Case("any but one names the origin", ANY_BUT_ONE, request(Origin=OTHER), [*allow_origin(OTHER), *VARY]),
    Case("any but one keeps that one out", ANY_BUT_ONE, request(Origin="https://x.bad.example"), VARY),
    Case("any but one keeps null out", ANY_BUT_ONE, request(Origin="null"), VARY),
    Case("any but one keeps rubbish out", ANY_BUT_ONE, request(Origin="https://a b"), VARY),
    Case("any but one without Origin gets Vary alone", ANY_BUT_ONE, request(), VARY),
    Case("credentials and exposed headers stand beside an allowed origin", LOGIN, request(Origin=APP),
         [*allow_origin(APP), *CREDENTIALS, *expose("X-Total, ETag"), *VARY]),
    Case("credentials do not stand beside a denied origin", LOGIN, request(Origin=OTHER), VARY),
    Case("credentials do not stand alone", LOGIN, request(), VARY),
    Case("any exposed header is a literal star", Policy(origins=[APP], expose_headers=["*"]), request(Origin=APP),
         [*allow_origin(APP), *expose("*"), *VARY]),
    Case("what any origin gets, no origin gets", Policy(origins=["*"], expose_headers=["ETag"]), request(),
         [*allow_origin("*"), *expose("ETag")]),
    Case("a subdomain is named", FAMILY, request(Origin="https://a.b.example.com"),
         [*allow_origin("https://a.b.example.com"), *VARY]),
    Case("the apex is no subdomain", FAMILY, request(Origin="https://example.com"), VARY),
    Case("a subdomain on another port is foreign", FAMILY, request(Origin="https://a.example.com:8443"), VARY),
    Case("any port is any port", FAMILY, request(Origin="http://localhost:5173"),
         [*allow_origin("http://localhost:5173"), *VARY]),
    Case("any port is the default one too", FAMILY, request(Origin="http://localhost"),
         [*allow_origin("http://localhost"), *VARY]),
    Case("a pattern is not an origin", FAMILY, request(Origin="https://*.example.com"), VARY),
    Case("a pattern for ports is not an origin", FAMILY, request(Origin="http://localhost:*"), VARY),
    Case("a path cannot end like a subdomain", FAMILY, request(Origin="https://evil.net/.example.com"), VARY),
    Case("a user name cannot end like a subdomain", FAMILY, request(Origin="https://evil.net@a.example.com"), VARY),
    Case("a name that ends alike is no subdomain", FAMILY, request(Origin="https://evilexample.com"), VARY),
    Case("a denied origin loses to a pattern that lets it in", FAMILY, request(Origin="https://old.example.com"),
         VARY),
    Case("a denied origin loses where it is listed too", DENIED, request(Origin=OTHER), VARY),
    Case("a denied origin takes no other with it", DENIED, request(Origin=APP), [*allow_origin(APP), *VARY]),
    Case("an expression matches a whole origin", REGEX, request(Origin="https://pr-12.example.com"),
         [*allow_origin("https://pr-12.example.com"), *VARY]),
    Case("an expression does not match a part", REGEX, request(Origin="https://pr-12.example.com.evil.net"), VARY),
    Case("a function admits", ADMITTED, request(Origin=APP), [*allow_origin(APP), *VARY]),
    Case("a function keeps out", ADMITTED, request(Origin=OTHER), VARY),
    Case("a function sees the request", ADMITTED, request(path="/else", Origin=APP), VARY),
    Case("a function is not asked about rubbish", Policy(admit=lambda *_: True), request(Origin="null"), VARY),
]  # fmt: skip


class Preflight(NamedTuple):
    sentence: str
    policy: Policy
    request: dict[str, object]
    status: str
    headers: Headers
    body: bytes = b""


GRANTED = "204 No Content"
FORBIDDEN = "403 Forbidden"
NAMED = "204 No Content"
"""The status of a refusal whose headers let the browser name the step that failed."""
SHOWN = "200 OK"


def shown(*headers: tuple[str, str], reason: str) -> tuple[str, Headers, bytes]:
    """A refusal in development."""
    body = f"CORS preflight refused: {reason}\n".encode()
    plain = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    return SHOWN, [*headers, *VARY_PREFLIGHT, *plain], body


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
    Preflight("a listed method is granted", LIST, preflight(APP), GRANTED, [*PUT, *END]),
    Preflight("only the asked method is named", LIST, preflight(APP, "GET"), GRANTED,
              [*allow_origin(APP), *allow_method("GET"), *END]),
    Preflight("a safelisted method passes unlisted", LIST, preflight(APP, "POST"), GRANTED,
              [*allow_origin(APP), *allow_method("POST"), *END]),
    Preflight("an unlisted method is refused", LIST, preflight(APP, "DELETE"), NAMED, NO_METHOD),
    Preflight("methods are case-sensitive", LIST, preflight(APP, "put"), NAMED, NO_METHOD),
    Preflight("a method is one word", LIST, preflight(APP, "GET, PUT"), NAMED, NO_METHOD),
    Preflight("an empty method is refused", LIST, preflight(APP, ""), NAMED, NO_METHOD),
    Preflight("a foreign origin is refused", LIST, preflight(OTHER), FORBIDDEN, REFUSED),
    Preflight("null is refused", LIST, preflight("null"), FORBIDDEN, REFUSED),
    Preflight("an empty origin is refused", LIST, preflight(""), FORBIDDEN, REFUSED),
    Preflight("a denied origin is refused", DENIED, preflight(OTHER, "GET"), FORBIDDEN, REFUSED),
    Preflight("a listed header is granted", LIST, preflight(APP, names="content-type"), GRANTED,
              [*PUT, *allow_headers("content-type"), *END]),
    Preflight("two listed headers are granted", LIST, preflight(APP, names="content-type,x-token"), GRANTED,
              [*PUT, *allow_headers("content-type, x-token"), *END]),
    Preflight("order, case, spaces and empty elements do not matter", LIST,
              preflight(APP, names=" X-Token\t,, Content-Type ,"), GRANTED,
              [*PUT, *allow_headers("X-Token, Content-Type"), *END]),
    Preflight("a header that is asked for twice is named once", LIST,
              preflight(APP, names="x-token,X-TOKEN,x-token"), GRANTED, [*PUT, *allow_headers("x-token"), *END]),
    Preflight("a doubled canonical list is named once", LIST, preflight(APP, names="x-token,x-token"), GRANTED,
              [*PUT, *allow_headers("x-token"), *END]),
    Preflight("an empty list of headers asks for none", LIST, preflight(APP, names=""), GRANTED, [*PUT, *END]),
    Preflight("a list of nothing asks for none", LIST, preflight(APP, names=" , ,"), GRANTED, [*PUT, *END]),
    Preflight("an unlisted header is refused", LIST, preflight(APP, names="content-type,x-other"), NAMED,
              [*PUT, *allow_headers("content-type"), *VARY_PREFLIGHT]),
    Preflight("a header without the right shape is refused", LIST, preflight(APP, names="x token"), NAMED,
              NO_HEADER),
    Preflight("a letter that only looks like one is refused", LIST, preflight(APP, names="x-to\u212aen"), NAMED,
              NO_HEADER),
    Preflight("too many headers are refused", LIST, preflight(APP, names=MANY + ",Content-Type"), NAMED, NO_HEADER),
    Preflight("too long a list is refused", ANY, preflight(APP, "PURGE", LONG), NAMED, NO_HEADER_OF_ANY),
    Preflight("any method is named", ANY, preflight(APP, "PURGE"), GRANTED, [*ANY_METHOD, *END]),
    Preflight("any method in its case", ANY, preflight(APP, "patch"), GRANTED,
              [*allow_origin("*"), *allow_method("patch"), *END]),
    Preflight("any method is no star", ANY, preflight(APP, "*"), NAMED, NO_METHOD_OF_ANY),
    Preflight("any method is no forbidden one", ANY, preflight(APP, "trace"), NAMED, NO_METHOD_OF_ANY),
    Preflight("any method is a token", ANY, preflight(APP, "A\r\nB"), NAMED, NO_METHOD_OF_ANY),
    Preflight("any method is not endless", ANY, preflight(APP, "A" * 65), NAMED, NO_METHOD_OF_ANY),
    Preflight("null is granted where any origin is", ANY, preflight("null", "PURGE"), GRANTED, [*ANY_METHOD, *END]),
    Preflight("any header is named as it was asked for", ANY, preflight(APP, "PURGE", "X-B,x-a"), GRANTED,
              [*ANY_METHOD, *allow_headers("X-B, x-a"), *END]),
    Preflight("any header does not cover Authorization", ANY, preflight(APP, "PURGE", "authorization"), NAMED,
              NO_HEADER_OF_ANY),
    Preflight("any header covers a listed Authorization", Policy(origins=[APP], allow_headers=["*", "Authorization"]),
              preflight(APP, "GET", "authorization,x-a"), GRANTED,
              [*allow_origin(APP), *allow_method("GET"), *allow_headers("authorization, x-a"), *END]),
    Preflight("any header is no star", ANY, preflight(APP, "PURGE", "*"), NAMED, NO_HEADER_OF_ANY),
    Preflight("any header is a token", ANY, preflight(APP, "PURGE", "x-a\r\nx-b"), NAMED, NO_HEADER_OF_ANY),
    Preflight("credentials stand beside an allowed origin", LOGIN, preflight(APP, "GET"), GRANTED,
              [*allow_origin(APP), *CREDENTIALS, *allow_method("GET"), *END]),
    Preflight("a maximum age of none is told", Policy(origins=[APP], max_age=0), preflight(APP, "GET"), GRANTED,
              [*allow_origin(APP), *allow_method("GET"), ("Access-Control-Max-Age", "0"), *VARY_PREFLIGHT]),
    Preflight("any but one names the origin", ANY_BUT_ONE, preflight(OTHER, "GET"), GRANTED,
              [*allow_origin(OTHER), *allow_method("GET"), *END]),
    Preflight("a development policy grants alike", LIST_DEV, preflight(APP), GRANTED, [*PUT, *END]),
    Preflight("in development a foreign origin sees no origin", LIST_DEV, preflight(OTHER),
              *shown(reason="origin-not-allowed")),
    Preflight("in development null sees no origin", LIST_DEV, preflight("null"), *shown(reason="origin-null")),
    Preflight("in development rubbish sees no origin", LIST_DEV, preflight("<script>"),
              *shown(reason="origin-malformed")),
    Preflight("in development a refused method sees its origin", LOGIN_DEV, preflight(APP, "PATCH"),
              *shown(*allow_origin(APP), *CREDENTIALS, reason="method-not-allowed")),
    Preflight("in development a refused header sees its method", LIST_DEV, preflight(APP, names="x-a"),
              *shown(*PUT, reason="header-not-allowed")),
    Preflight("in development the browser names the header that is refused", LIST_DEV,
              preflight(APP, names="content-type,x-a"),
              *shown(*PUT, *allow_headers("content-type"), reason="header-not-allowed")),
    Preflight("in development the browser names the header, not the credentials", LOGIN_DEV,
              preflight(APP, "GET", "x-a"),
              *shown(*allow_origin(APP), *CREDENTIALS, *allow_method("GET"), reason="header-not-allowed")),
]  # fmt: skip


@pytest.mark.parametrize("case", ACTUAL, ids=lambda case: case.sentence)
@pytest.mark.parametrize("status", ["200 OK", "404 NOT FOUND", "500 INTERNAL SERVER ERROR"])
def test_an_actual_request_reaches_the_app_and_gets(case: Case, status: str) -> None:
    app = Spy(status=status)
    middleware = CORSMiddleware(app, case.policy)
    answers = [Server().serve(middleware, case.request) for _ in range(2)]
    assert app.calls == 2
    for answer in answers:
        assert (answer.status, answer.headers, answer.body) == (status, [*app.headers, *case.headers], b"from the app")


@pytest.mark.parametrize("case", PREFLIGHTS, ids=lambda case: case.sentence)
def test_a_preflight_never_reaches_the_app_and_gets(case: Preflight) -> None:
    app = Spy()
    answer = Server().serve(CORSMiddleware(app, case.policy), case.request)
    assert (answer.status, answer.headers, answer.body) == (case.status, case.headers, case.body)
    assert app.calls == 0

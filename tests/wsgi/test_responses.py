"""An application's own headers, and every way in which a WSGI application can respond."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.wsgi import CORSMiddleware
from tests.wsgi.spy import Headers, Server, Spy, request

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

APP = "https://app.example.com"
LIST = Policy(origins=[APP])
ANY = Policy(origins=["*"])
CORS_HEADERS = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]


@pytest.mark.parametrize(
    ("own", "merged"),
    [
        ([], ["Origin"]),
        (["Accept-Encoding"], ["Accept-Encoding, Origin"]),
        (["Origin"], ["Origin"]),
        (["Accept, ORIGIN"], ["Accept, ORIGIN"]),
        (["Accept,\torigin ,Cookie"], ["Accept,\torigin ,Cookie"]),
        (["X-Origin"], ["X-Origin, Origin"]),
        (["*"], ["*"]),
        (["Accept, *"], ["Accept, *"]),
        ([""], ["Origin"]),
        (["Accept", "Cookie"], ["Accept", "Cookie, Origin"]),
        (["Origin", "Cookie"], ["Origin", "Cookie"]),
        (["*", "Cookie"], ["*", "Cookie"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["Vary", "vary", "VARY"])
def test_vary_is_merged_without_duplicates(own: list[str], merged: list[str], name: str) -> None:
    app = Spy([(name, value) for value in own])
    for origin in (APP, "https://other.example.org"):
        assert Server().serve(CORSMiddleware(app, LIST), request(Origin=origin)).values("Vary") == merged
    assert Server().serve(CORSMiddleware(app, LIST), request()).values("Vary") == merged
    assert Server().serve(CORSMiddleware(app, ANY), request(Origin=APP)).values("Vary") == own


def test_cors_headers_of_the_app_are_replaced_for_every_origin() -> None:
    own = [
        ("Access-Control-Allow-Origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("ACCESS-CONTROL-ALLOW-PRIVATE-NETWORK", "true"),
        ("Access-Control-Anything", "x"),
    ]
    middleware = CORSMiddleware(Spy([("X-Own", "1"), *own]), LIST)
    assert Server().serve(middleware, request(Origin=APP)).headers == [("X-Own", "1"), *CORS_HEADERS]
    assert Server().serve(middleware, request(Origin="null")).headers == [("X-Own", "1"), ("Vary", "Origin")]
    assert Server().serve(middleware, request()).headers == [("X-Own", "1"), ("Vary", "Origin")]


def test_each_removed_header_is_logged_once_and_unknown_names_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    own = [("access-control-max-age", "1"), ("Access-Control-Max-Age", "2"), ("Access-Control-\x1b[31m", "x")]
    app = Spy(own)
    middleware = CORSMiddleware(app, LIST)
    with caplog.at_level(logging.WARNING, "envcors"):
        for number in range(3):
            app.headers = [*own, (f"Access-Control-{number}", "x")]
            Server().serve(middleware, request(Origin="https://\x1b[31m") | {"PATH_INFO": "/\n\x1b[31m" + "x" * 9_000})
    messages = [record.getMessage() for record in caplog.records]
    assert [text.split(",")[0].split()[1] for text in messages] == ["Access-Control-Max-Age", "Access-Control-*"]
    assert all(r"'/\n\x1b[31mxx" in text and text.isprintable() and len(text) < 400 for text in messages)
    assert {record.name for record in caplog.records} == {"envcors"}


def test_the_list_of_headers_of_the_app_is_not_modified() -> None:
    for own in ([("Content-Type", "text/plain")], [("Vary", "Cookie"), ("Access-Control-Max-Age", "1")]):
        app = Spy(list(own))
        Server().serve(CORSMiddleware(app, LIST), request(Origin=APP))
        assert app.headers == own


def test_a_request_that_no_policy_governs_is_not_changed() -> None:
    own = [("Access-Control-Allow-Origin", "*"), ("Vary", "Cookie")]
    seen: list[object] = []

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        seen.append(start_response)
        start_response("200 OK", own)
        return [b"x"]

    middleware = CORSMiddleware(app, PolicyTable(LIST, {"/api/*": LIST}))
    for environ in (
        request(path="/else", Origin=APP),
        request("OPTIONS", path="/else", Origin=APP, Access_Control_Request_Method="GET"),
    ):
        server = Server()
        assert server.serve(middleware, environ).headers is own
        assert seen.pop() == server.start_response


def test_the_write_function_works() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [])(b"written ")
        return [b"returned"]

    answer = Server().serve(CORSMiddleware(app, LIST), request(Origin=APP))
    assert (answer.headers, answer.body) == (CORS_HEADERS, b"written returned")


def test_a_response_that_starts_late_has_the_headers() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        yield b""
        start_response("200 OK", [])
        yield b"late"

    answer = Server().serve(CORSMiddleware(app, LIST), request(Origin=APP))
    assert (answer.headers, answer.body) == (CORS_HEADERS, b"late")


def test_a_response_that_starts_again_after_an_error_has_the_headers_once() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("X-First", "1")])
        try:
            int("x")
        except ValueError:
            start_response("500 Oops", [("X-Second", "1")], sys.exc_info())
        return [b"oops"]

    answer = Server().serve(CORSMiddleware(app, LIST), request(Origin=APP))
    assert (answer.status, answer.headers) == ("500 Oops", [("X-Second", "1"), *CORS_HEADERS])


def test_the_server_gets_the_iterable_of_the_app_unchanged() -> None:
    chunks = iter([b"x"])

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [])
        return chunks

    assert CORSMiddleware(app, LIST)(request(Origin=APP), Server().start_response) is chunks


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "302 FOUND"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_the_headers_are_added_for_any_status_and_method(status: str, method: str) -> None:
    own: Headers = [("Location", "/x")]
    answer = Server().serve(CORSMiddleware(Spy(own, status), LIST), request(method, Origin=APP))
    assert (answer.status, answer.headers) == (status, [*own, *CORS_HEADERS])

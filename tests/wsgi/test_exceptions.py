"""Exceptions: under Werkzeug's debugger an allowed page can read them, otherwise they are re-raised."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from werkzeug.debug import DebuggedApplication

from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.wsgi import DEBUGGER, CORSMiddleware
from tests.wsgi.spy import Server, request

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

APP = "https://app.example.com"
LIST = Policy(origins=[APP], supports_credentials=True)
ANY = Policy(origins=["*"])


class MistakeError(Exception):
    pass


class Chunks:
    """An iterable that fails after the ``good`` chunks and counts how often it was closed."""

    def __init__(self, good: list[bytes]) -> None:
        self.good = good
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self.good
        raise MistakeError("a mistake in the app: \udc80")

    def close(self) -> None:
        self.closed += 1


def policy_of_path(
    table: PolicyTable, environ: "WSGIEnvironment", method: str, path: str, preflight: bool
) -> Policy | None:
    return table.for_path(path)


def failing_at_once(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    raise MistakeError("a mistake in the app: \udc80")


def failing_after_start(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("X-Lost", "1")])
    raise MistakeError("a mistake in the app: \udc80")


def failing_later(good: list[bytes]) -> "tuple[WSGIApplication, Chunks]":
    chunks = Chunks(good)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("X-Lost", "1")])
        return chunks

    return app, chunks


def under_debugger(**headers: str) -> dict[str, object]:
    return request(**headers) | {DEBUGGER: [].append}


EARLY: list["tuple[str, Callable[[], WSGIApplication]]"] = [
    ("at once", lambda: failing_at_once),
    ("after start_response", lambda: failing_after_start),
    ("before the first chunk", lambda: failing_later([])[0]),
    ("after an empty chunk", lambda: failing_later([b""])[0]),
]


@pytest.mark.parametrize("app", [app for _, app in EARLY], ids=[name for name, _ in EARLY])
@pytest.mark.parametrize("routed", [False, True])
def test_under_the_debugger_an_allowed_page_can_read_the_traceback(
    app: "Callable[[], WSGIApplication]", routed: bool
) -> None:
    middleware = CORSMiddleware(app(), LIST)
    if routed:
        middleware.route = policy_of_path
    answer = Server().serve(middleware, under_debugger(Origin=APP))
    assert answer.status.startswith("500 ")
    assert answer.headers == [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(answer.body))),
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]
    assert answer.body.startswith(b"Traceback (most recent call last):")
    assert rb"MistakeError: a mistake in the app: \udc80" in answer.body
    assert answer.errors == answer.body.decode()


NOT_SHOWN = [
    ("no debugger", LIST, request(Origin=APP)),
    ("a page of another origin", LIST, under_debugger(Origin="https://other.example.org")),
    ("navigation", LIST, under_debugger()),
    ("navigation where any origin is allowed", ANY, under_debugger()),
]


@pytest.mark.parametrize(("policy", "environ"), [case[1:] for case in NOT_SHOWN], ids=[case[0] for case in NOT_SHOWN])
@pytest.mark.parametrize("app", [app for _, app in EARLY], ids=[name for name, _ in EARLY])
@pytest.mark.parametrize("routed", [False, True])
def test_in_every_other_case_the_exception_is_re_raised(
    policy: Policy, environ: dict[str, object], app: "Callable[[], WSGIApplication]", routed: bool
) -> None:
    server = Server()
    middleware = CORSMiddleware(app(), policy)
    if routed:
        middleware.route = policy_of_path
    with pytest.raises(MistakeError):
        server.serve(middleware, environ)
    assert (server.sent, server.errors.getvalue()) == ([], "")


def test_a_response_that_has_begun_is_not_replaced() -> None:
    app, chunks = failing_later([b"begun"])
    server = Server()
    with pytest.raises(MistakeError):
        server.serve(CORSMiddleware(app, LIST), under_debugger(Origin=APP))
    assert (server.sent, chunks.closed) == ([b"begun"], 1)


def test_a_response_that_was_written_is_not_replaced() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [])(b"written")
        raise MistakeError

    server = Server()
    with pytest.raises(MistakeError):
        server.serve(CORSMiddleware(app, LIST), under_debugger(Origin=APP))
    assert server.sent == [b"written"]


def test_the_iterable_of_the_app_is_closed_once() -> None:
    app, chunks = failing_later([])
    Server().serve(CORSMiddleware(app, LIST), under_debugger(Origin=APP))
    assert chunks.closed == 1


def test_a_response_without_an_exception_is_the_same_under_the_debugger() -> None:
    class WithoutError(Chunks):
        def __iter__(self) -> Iterator[bytes]:
            yield from self.good

    chunks = WithoutError([b"one ", b"two"])

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [])
        return chunks

    answer = Server().serve(CORSMiddleware(app, ANY), under_debugger(Origin=APP))
    assert (answer.status, answer.body, chunks.closed) == ("200 OK", b"one two", 1)
    assert answer.headers == [("Access-Control-Allow-Origin", "*")]


def test_the_response_to_an_allowed_page_contains_no_part_of_the_debuggers_page() -> None:
    def failing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        raise MistakeError

    debugged = DebuggedApplication(CORSMiddleware(failing, LIST), evalex=True, pin_security=False)
    base = {"HTTP_HOST": "localhost", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http"}
    answer = Server().serve(debugged, {**base, **request(Origin=APP)})
    assert answer.values("Content-Type") == ["text/plain; charset=utf-8"]
    assert debugged.secret.encode() not in answer.body
    page = Server().serve(debugged, {**base, **request(Origin="https://other.example.org")})
    assert debugged.secret.encode() in page.body
    assert page.values("Access-Control-Allow-Origin") == []

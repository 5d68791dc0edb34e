"""Requests, as a server hands them to a WSGI application, and the server's part of serving them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from benchmarks.measure import Trial

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

PAGE = "https://app.example.com"
STRANGER = "https://evil.example.net"
PATH = "/api/items"
Header = tuple[str, str]

_SERVER = {
    "SCRIPT_NAME": "",
    "QUERY_STRING": "page=2",
    "SERVER_NAME": "0.0.0.0",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "10.0.0.7",
    "HTTP_HOST": "api.example.com",
    "HTTP_ACCEPT": "application/json",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "https",
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def actual(origin: str | None, path: str = PATH) -> WSGIEnvironment:
    """A GET, from a page at ``origin`` or from no page."""
    environ: WSGIEnvironment = {**_SERVER, "REQUEST_METHOD": "GET", "PATH_INFO": path}
    return environ if origin is None else {**environ, "HTTP_ORIGIN": origin}


def preflight(origin: str, path: str = PATH, headers: str = "authorization,content-type") -> WSGIEnvironment:
    """A preflight for a GET with headers that scripts set."""
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": headers}
    return {**actual(origin, path), **asked, "REQUEST_METHOD": "OPTIONS"}


def trivial(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The least that a WSGI application does."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Not even that: what is left is the server's part."""
    return []


def serving(app: WSGIApplication, requests: Sequence[WSGIEnvironment]) -> Trial:
    """A server's part in serving these requests over and over, each with strings of its own, as from a socket."""

    def prepare(number: int) -> Callable[[], None]:
        batch = [fresh(requests[index % len(requests)]) for index in range(number)]

        def run() -> None:
            for environ in batch:
                _consume(app(environ, _start))

        return run

    return prepare


def answer(app: WSGIApplication, environ: WSGIEnvironment) -> list[Header]:
    """The headers that one request is answered with."""
    answered: list[Header] = []

    def start(status: str, headers: list[Header], exc_info: ExcInfo | None = None, /) -> Callable[[bytes], object]:
        answered.extend(headers)
        return _write

    _consume(app(fresh(environ), start))
    return answered


def fresh(environ: WSGIEnvironment) -> WSGIEnvironment:
    """A copy whose strings were never hashed nor compared before."""
    copy = {key: value[:1] + value[1:] if isinstance(value, str) else value for key, value in environ.items()}
    return {**copy, "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO()}


def _consume(body: Iterable[bytes]) -> None:
    for _ in body:
        pass
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _write(data: bytes) -> None:
    """The `write` of WSGI, which nobody calls."""


def _start(status: str, headers: list[Header], exc_info: ExcInfo | None = None, /) -> Callable[[bytes], object]:
    return _write

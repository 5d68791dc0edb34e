"""Requests as a server passes them to a WSGI application, and the work of the server itself."""

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
    """Return a GET from a page at ``origin``, or from no page."""
    environ: WSGIEnvironment = {**_SERVER, "REQUEST_METHOD": "GET", "PATH_INFO": path}
    return environ if origin is None else {**environ, "HTTP_ORIGIN": origin}


def preflight(origin: str, path: str = PATH, headers: str = "authorization,content-type") -> WSGIEnvironment:
    """Return a preflight for a GET with headers that scripts set."""
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": headers}
    return {**actual(origin, path), **asked, "REQUEST_METHOD": "OPTIONS"}


def trivial(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Do the minimum that a WSGI application can do."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Do nothing, so that only the work of the server is measured."""
    return []


def serving(app: WSGIApplication, requests: Sequence[WSGIEnvironment]) -> Trial:
    """Return a trial that serves these requests again and again, each with new strings, as from a socket."""

    def prepare(number: int) -> Callable[[], None]:
        batch = [fresh(requests[index % len(requests)]) for index in range(number)]

        def run() -> None:
            for environ in batch:
                _consume(app(environ, _start))

        return run

    return prepare


def answer(app: WSGIApplication, environ: WSGIEnvironment) -> list[Header]:
    """Return the headers of the response to one request."""
    answered: list[Header] = []

    def start(status: str, headers: list[Header], exc_info: ExcInfo | None = None, /) -> Callable[[bytes], object]:
        answered.extend(headers)
        return _write

    _consume(app(fresh(environ), start))
    return answered


def fresh(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return a copy whose strings were never hashed or compared before."""
    copy = {key: value[:1] + value[1:] if isinstance(value, str) else value for key, value in environ.items()}
    return {**copy, "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO()}


def _consume(body: Iterable[bytes]) -> None:
    for _ in body:
        pass
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _write(data: bytes) -> None:
    """Ignore a chunk: the ``write`` of WSGI, which no application here calls."""


def _start(status: str, headers: list[Header], exc_info: ExcInfo | None = None, /) -> Callable[[bytes], object]:
    return _write

"""Middlewares as people write them, and applications that are installed before or after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Wrap = Callable[[WSGIApplication], WSGIApplication]


class Script:
    """The snippet for applications below a prefix: the proxy names it in `X-Script-Name`."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = environ.get("HTTP_X_SCRIPT_NAME", "")
        if name:
            environ["SCRIPT_NAME"] = name
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(name)
        return self.app(environ, start_response)


class Stripper:
    """Takes a prefix off, or answers 404 itself."""

    def __init__(self, app: WSGIApplication, prefix: str = "/prefix") -> None:
        self._wrapped, self._prefix = app, prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(self._prefix):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"outside"]
        path = environ["PATH_INFO"].removeprefix(self._prefix)
        return self._wrapped({**environ, "PATH_INFO": path, "SCRIPT_NAME": self._prefix}, start_response)


class Override:
    """The pattern of Flask's manual: a header changes the method."""

    methods = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if method in self.methods:
            environ["REQUEST_METHOD"] = method
        return self.app(environ, start_response)


class Buffered:
    """Starts the response when the application below has finished, as compressing middlewares do."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return lambda _: None

        chunks = self._app(environ, start)
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        start_response(*started[0])
        return [body]


class Lazy:
    """A generator: nothing runs until the server asks for the first chunk."""

    def __init__(self, app: WSGIApplication) -> None:
        self.application = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        yield from self.application(environ, start_response)


def in_a_closure(app: WSGIApplication) -> WSGIApplication:
    """A function with an environment of its own, and a prefix that it moves to `SCRIPT_NAME`."""

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        changed = dict(environ)
        if changed["PATH_INFO"].startswith("/closure"):
            changed["PATH_INFO"] = changed["PATH_INFO"].removeprefix("/closure")
            changed["SCRIPT_NAME"] = "/closure"
        return app(changed, start_response)

    return middleware


def catching(app: WSGIApplication) -> WSGIApplication:
    """Answers every exception with a page of its own."""

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception:  # noqa: BLE001 - what such a middleware does
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"caught"]

    return middleware


def proxied(app: WSGIApplication) -> WSGIApplication:
    """What Flask's manual proposes behind a proxy."""
    return ProxyFix(app, x_for=1, x_proto=1, x_host=1, x_prefix=1)


def wrap(app: Flask, *wraps: Wrap) -> None:
    """Install middlewares, the innermost first."""
    for each in wraps:
        app.wsgi_app = each(app.wsgi_app)  # type: ignore[method-assign,assignment]  # Flask's place for middleware

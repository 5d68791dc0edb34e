"""What the middlewares of Django and Starlette add to a minimal application of their own kind.

envcors is measured in the same rounds, around a minimal WSGI application. A preflight counts in full.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

import django
from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from starlette.middleware.cors import CORSMiddleware as StarletteMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.measure import Effort, Trial, seconds_each
from benchmarks.report import Section, microseconds
from benchmarks.serving import PAGE, STRANGER, actual, fresh, nothing, preflight, serving, trivial
from envcors.protocol.policy import Policy
from envcors.wsgi import CORSMiddleware

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]
HEADERS = ["authorization", "content-type"]
EXPOSED = ["X-Request-Id"]
CASES = {
    "allowed origin": actual(PAGE),
    "no Origin": actual(None),
    "foreign origin": actual(STRANGER),
    "preflight": preflight(PAGE),
}
NAMES = ("envcors", "django-cors-headers", "Starlette")


def run(effort: Effort) -> Section:
    """Measure all three in one run."""
    _set_up_django()
    trials: dict[tuple[str, str, str], Trial] = {}
    for case, environ in CASES.items():
        for name, (bare, guarded) in _trials(environ).items():
            trials[name, case, "bare"] = bare
            trials[name, case, "guarded"] = guarded
    costs = seconds_each(trials, effort)
    rows = [
        [case, *(microseconds(max(costs[name, case, "guarded"] - costs[name, case, "bare"], 0)) for name in NAMES)]
        for case in CASES
    ]
    return Section(
        "Compared with the middlewares of Django and Starlette",
        ("what it adds", *NAMES),
        rows,
        note="Each around a minimal application of its own kind, without a server. A preflight counts in full.",
    )


def _trials(environ: dict[str, Any]) -> dict[str, tuple[Trial, Trial]]:
    """Return for each middleware a minimal application (none for a preflight), and the middleware around it."""
    is_preflight = environ["REQUEST_METHOD"] == "OPTIONS"
    policy = Policy(
        origins=[PAGE], methods=METHODS, allow_headers=HEADERS, expose_headers=EXPOSED, supports_credentials=True
    )
    starlette = StarletteMiddleware(
        _asgi,
        allow_origins=[PAGE],
        allow_methods=METHODS,
        allow_headers=HEADERS,
        expose_headers=EXPOSED,
        allow_credentials=True,
    )
    return {
        "envcors": (
            serving(nothing if is_preflight else trivial, [environ]),
            serving(CORSMiddleware(trivial, policy), [environ]),
        ),
        "django-cors-headers": (
            _django_serving(_no_view if is_preflight else _view, environ),
            _django_serving(CorsMiddleware(_view), environ),
        ),
        "Starlette": (
            _asgi_serving(_asgi_nothing if is_preflight else _asgi, environ),
            _asgi_serving(starlette, environ),
        ),
    }


def _set_up_django() -> None:
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"],
            CORS_ALLOWED_ORIGINS=[PAGE],
            CORS_ALLOW_METHODS=METHODS,
            CORS_ALLOW_HEADERS=HEADERS,
            CORS_EXPOSE_HEADERS=EXPOSED,
            CORS_ALLOW_CREDENTIALS=True,
            CORS_PREFLIGHT_MAX_AGE=600,
        )
        django.setup()


def _view(_: WSGIRequest) -> HttpResponse:
    return HttpResponse("ok")


def _no_view(_: WSGIRequest) -> None:
    return None


def _django_serving(view: Callable[[WSGIRequest], object], environ: dict[str, Any]) -> Trial:
    def prepare(number: int) -> Callable[[], None]:
        batch = [WSGIRequest(fresh(environ)) for _ in range(number)]

        def run() -> None:
            for request in batch:
                view(request)

        return run

    return prepare


async def _asgi(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def _asgi_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(message: MutableMapping[str, Any]) -> None:
    pass


def _asgi_serving(app: ASGIApp, environ: dict[str, Any]) -> Trial:
    """Do an ASGI server's work without an event loop, because the application never waits."""

    def prepare(number: int) -> Callable[[], None]:
        batch = [_scope(environ) for _ in range(number)]

        def run() -> None:
            for scope in batch:
                _finish(app(scope, _receive, _send))

        return run

    return prepare


def _finish(awaited: object) -> None:
    if not isinstance(awaited, Coroutine):
        raise TypeError("an ASGI application that is not a coroutine function")
    try:
        awaited.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits for something")


def _scope(environ: dict[str, Any]) -> Scope:
    names = [name for name in environ if name.startswith("HTTP_")]
    headers = [(name[5:].lower().replace("_", "-").encode(), environ[name].encode()) for name in names]
    return {"type": "http", "method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "headers": headers}

"""Requests that reach an application past its middleware: answered inside, and told once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response, abort, request
from werkzeug.test import EnvironBuilder

from envcors import CORS, cross_origin
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, preflight, resource, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOREIGN = "https://evil.example"
PAST = "calls the application past CORS(app)"


def application() -> Flask:
    app = Flask("application")

    @app.route("/own", methods=["GET", "PUT"])
    @cross_origin(methods=["PUT"], **numbered(1))
    def own() -> str:
        return "own"

    @app.get("/area/<path:rest>")
    def area(rest: str) -> Response:
        return Response(rest, headers={"Access-Control-Allow-Origin": "*", "Vary": "Cookie"})

    @app.get("/fails")
    def fails() -> str:
        raise LookupError

    @app.get("/aborts")
    def aborts() -> str:
        abort(418)

    @app.get("/streams")
    def streams() -> Iterator[str]:
        yield from ("a", "b")

    return app


def install(app: Flask) -> None:
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/area/*": resource(5)}, **numbered(9))


def server(source: str) -> ModuleType:
    """A module that calls applications, as a framework does."""
    module = ModuleType("framework.serving")
    exec(source, vars(module))
    return module


FULL_DISPATCH = """
def serve(app):
    def wsgi(environ, start_response):
        with app.request_context(environ):
            return app.full_dispatch_request()(environ, start_response)
    return wsgi
"""
CAPTURED = """
def serve(app):
    captured = app.wsgi_app
    return lambda environ, start_response: captured(environ, start_response)
"""
CALLED_ON_THE_CLASS = """
def serve(app):
    return lambda environ, start_response: type(app).wsgi_app(app, environ, start_response)
"""
COPIED = """
def serve(app):
    captured = app.wsgi_app
    return lambda environ, start_response: captured(dict(environ), start_response)
"""
WAYS = {"full dispatch": FULL_DISPATCH, "captured": CAPTURED, "on the class": CALLED_ON_THE_CLASS, "copied": COPIED}


@pytest.fixture(params=WAYS)
def past(request: pytest.FixtureRequest) -> tuple[Flask, WSGIApplication]:
    """An application, and what a framework made of it before `CORS(app)`."""
    app = application()
    served: WSGIApplication = server(WAYS[request.param]).serve(app)
    install(app)
    return app, served


def test_preflights_and_requests_have_their_policies(past: tuple[Flask, WSGIApplication]) -> None:
    app, served = past
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.method))
    for path, number in (("/own", 1), ("/area/x", 5), ("/streams", 9), ("/nothing", 9), ("/aborts", 9)):
        assert governs(served, path) == both(number), path
    assert "OPTIONS" not in seen


def test_a_preflight_is_answered_as_in_front_of_the_application(past: tuple[Flask, WSGIApplication]) -> None:
    app, served = past
    for origin, method, names in (
        (ORIGIN, "PUT", []),
        (FOREIGN, "PUT", []),
        (ORIGIN, "DELETE", []),
        (ORIGIN, "PUT", ["x"]),
    ):
        inside, before = (preflight(each, "/own", method, origin=origin, names=names) for each in (served, app))
        assert (inside.status, inside.body) == (before.status, before.body)
        assert {name.lower(): value for name, value in before.headers.items()}.items() <= {
            name.lower(): value for name, value in inside.headers.items()
        }.items()
        assert {name for name in inside.headers if name not in before.headers} <= {"Content-Length", "Content-Type"}


def test_a_foreign_origin_is_not_allowed_and_what_the_view_sets_is_replaced(
    past: tuple[Flask, WSGIApplication],
) -> None:
    _, served = past
    answer = send(served, "/area/x", headers={"Origin": FOREIGN})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Cookie, Origin"


def test_an_exception_is_answered_with_the_headers(
    past: tuple[Flask, WSGIApplication], request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "application")
    app, served = past
    app.register_error_handler(LookupError, lambda _: ("handled", 500))
    answer = send(served, "/fails", headers={"Origin": ORIGIN})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (500, ORIGIN)


def test_one_warning_names_who_calls(past: tuple[Flask, WSGIApplication], caplog: pytest.LogCaptureFixture) -> None:
    app, served = past
    assert governs(app, "/own") == both(1)
    assert PAST not in caplog.text
    for _ in range(3):
        governs(served, "/own")
    told = [record.getMessage() for record in caplog.records if PAST in record.getMessage()]
    assert len(told) == 1
    assert told[0].startswith("framework.serving calls")


def test_the_application_itself_is_served_as_ever_beside_it(past: tuple[Flask, WSGIApplication]) -> None:
    app, served = past
    for path, number in (("/own", 1), ("/area/x", 5), ("/nothing", 9)):
        assert governs(served, path) == both(number)
        assert governs(app, path) == both(number)  # `governs` fails where a header is sent twice


@pytest.mark.parametrize("use", ["url_for", "preprocess", "dispatch"])
def test_a_request_context_in_a_test_warns_of_nothing(use: str, caplog: pytest.LogCaptureFixture) -> None:
    app = application()
    install(app)
    with app.test_request_context("/own"):
        match use:
            case "url_for":
                assert app.url_for("own") == "/own"
            case "preprocess":
                assert app.preprocess_request() is None
            case "dispatch":
                assert app.dispatch_request() == "own"
    assert PAST not in caplog.text
    assert governs(app, "/own") == both(1)


def test_a_request_of_the_middleware_pays_for_no_hook() -> None:
    app = application()
    install(app)
    assert governs(app, "/own") == both(1)
    assert "full_dispatch_request" not in vars(app)
    assert "finalize_request" not in vars(app)


def two_arguments(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """A server whose `start_response` takes two arguments, as that of Azure Functions does."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]]) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda _: None

    chunks: Iterable[bytes] = app(environ, start_response)  # type: ignore[arg-type]  # which is the point
    body = b"".join(chunks)
    return *started[-1], body


@pytest.mark.parametrize("path", ["/own", "/area/x", "/nothing", "/streams", "/aborts"])
@pytest.mark.parametrize("origin", [ORIGIN, FOREIGN, None])
@pytest.mark.parametrize("resources", [True, False])
def test_a_server_may_take_two_arguments_for_a_response(path: str, origin: str | None, resources: bool) -> None:
    app = application()
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}} if resources else None)
    builder = EnvironBuilder(path, headers=[] if origin is None else [("Origin", origin)])
    status, headers, _ = two_arguments(app, builder.get_environ())
    assert status[:3] in {"200", "404", "418"}
    assert dict(headers).get("Access-Control-Allow-Origin") == (ORIGIN if origin == ORIGIN else None)


def test_what_goes_wrong_is_still_told_to_the_server() -> None:
    told: list[object] = []

    def failing(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        error = LookupError()
        start_response("500 Internal Server Error", [], (LookupError, error, None))  # type: ignore[arg-type]
        return []

    app = Flask("application")
    app.wsgi_app = failing  # type: ignore[method-assign]  # as one does
    install(app)

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        told.append(exc_info)
        return lambda _: None

    list(app(EnvironBuilder("/").get_environ(), start_response))
    assert isinstance(told[0], tuple)

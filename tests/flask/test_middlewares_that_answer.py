"""Middlewares between `CORS(app)` and the application that answer by themselves, or fail: nothing opens by them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from envcors import CORS, cross_origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

A, B = "https://a.example.com", "https://b.example.com"


class Login:
    """Answers everything without credentials by itself."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_AUTHORIZATION" not in environ:
            start_response("401 Unauthorized", [("Content-Length", "0")])
            return [b""]
        return self.app(environ, start_response)


class NeedsAddress:
    """Raises for an environment that is not complete."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["REMOTE_ADDR"]
        return self.app(environ, start_response)


def shop() -> Flask:
    app = Flask("shop")

    @app.put("/admin")
    @cross_origin(origins=[B], methods=["PUT"], allow_headers=["Authorization"])
    def admin() -> str:
        return "done"

    return app


def status_of_preflight(app: Flask, origin: str, path: str = "/admin", method: str = "PUT") -> int:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return app.test_client().options(path, headers=headers).status_code


def test_a_login_in_front_of_the_application_does_not_hide_the_policy_of_a_view() -> None:
    app = shop()
    app.wsgi_app = Login(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented place
    CORS(app, origins=[A], methods=["PUT"], env_file=None)
    assert status_of_preflight(app, A) == 403
    assert status_of_preflight(app, "https://foreign.example.com") == 403


def test_allows_asks_the_view_also_behind_a_middleware_that_needs_a_whole_environment() -> None:
    app = shop()
    app.wsgi_app = NeedsAddress(app.wsgi_app)  # type: ignore[method-assign]  # as above
    CORS(app, origins=[A], methods=["PUT"], env_file=None)
    allows = app.extensions["envcors"].allows
    assert (allows(A, "/admin", "PUT"), allows(B, "/admin", "PUT")) == (False, True)


class OfTheRequest(BaseConverter):
    def to_python(self, value: str) -> str:
        return f"{request.method} {value}"


def test_a_converter_that_needs_the_request_works_behind_a_middleware() -> None:
    app = Flask("shop")
    app.url_map.converters["ours"] = OfTheRequest

    @app.put("/items/<ours:item>")
    @cross_origin(origins=[B], methods=["PUT"])
    def item(item: str) -> str:
        return item

    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]  # as above
    CORS(app, origins=[A], env_file=None)
    assert status_of_preflight(app, B, "/items/1") == 204
    assert status_of_preflight(app, A, "/items/1") == 403


def test_a_request_that_a_view_makes_of_its_own_leaves_the_outer_policy() -> None:
    app = Flask("shop")

    @app.get("/public")
    @cross_origin(origins=[B])
    def public() -> str:
        return "public"

    @app.get("/batch")
    @cross_origin(origins=[A])
    def batch() -> str:
        with app.request_context({**request.environ, "PATH_INFO": "/public"}):
            app.full_dispatch_request()
        return "secret"

    CORS(app, env_file=None)
    allowed = {
        origin: app.test_client().get("/batch", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")
        for origin in (A, B)
    }
    assert allowed == {A: A, B: None}

"""A declaration that the application does not see: a decorator above it hides it, or it only seems so."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest
from flask import Flask
from flask.views import MethodView

from envcors import CORS, cross_origin
from tests.booting import Setup, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, send

P = ParamSpec("P")
R = TypeVar("R")


def hiding(function: Callable[P, R]) -> Callable[P, R]:
    """A decorator without `functools.wraps`: nobody sees what it decorates."""

    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return inner


@pytest.fixture
def app() -> Flask:
    """An application whose own policy has the number 9."""
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, **numbered(9))
    return app


def test_a_declaration_that_a_decorator_hides_serves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    with surroundings(Setup({"CORS_ORIGINS": "https://other.example.com"})):
        CORS(app, origins=[ORIGIN, "https://other.example.com"])

        @app.get("/hidden")
        @hiding
        @cross_origin(origins="https://other.example.com")
        def hidden() -> str:
            return "served"

        answer = send(app, "/hidden", headers={"Origin": ORIGIN})
    assert (answer.status, b"served" in answer.body) == (500, False)
    assert "@cross_origin of the view" in caplog.text
    assert "functools.wraps" in caplog.text
    (problem,) = enforcement_of(app).declaration_problems()
    assert (problem.rule, problem.fix[:15]) == ("usage", "functools.wraps")


def test_a_declaration_is_missed_also_where_the_view_is_called_while_an_exception_is_handled(app: Flask) -> None:
    def cached(function: Callable[[], str]) -> Callable[[], str]:
        store: dict[str, str] = {}

        def inner() -> str:
            try:
                return store["nothing"]
            except KeyError:
                return function()

        return inner

    app.add_url_rule("/hidden", "hidden", cached(cross_origin(origins="https://other.example.com")(lambda: "served")))
    assert send(app, "/hidden", headers={"Origin": ORIGIN}).status == 500


def test_a_view_that_is_wrapped_when_it_is_registered_is_missed_too(app: Flask) -> None:
    own: Callable[[], str] = cross_origin(**numbered(1))(lambda: "served")
    app.add_url_rule("/own", "own", own)
    assert governs(app, "/own") == both(1)
    app.view_functions["own"] = hiding(own)
    assert send(app, "/own", headers={"Origin": ORIGIN}).status == 500


def test_a_declared_method_may_call_the_one_that_it_overrides(app: Flask) -> None:
    class Base(MethodView):
        @cross_origin(**numbered(1))
        def get(self) -> str:
            return "base"

    class Child(Base):
        @cross_origin(**numbered(2))
        def get(self) -> str:
            return super().get().upper()

    app.add_url_rule("/child", view_func=Child.as_view("child"))
    answer = send(app, "/child", headers={"Origin": ORIGIN})
    assert (answer.status, answer.body, answer.headers["Access-Control-Expose-Headers"]) == (200, b"BASE", "X-Policy-2")


def test_a_declared_view_may_be_called_by_another_view(app: Flask) -> None:
    @app.get("/own")
    @cross_origin(**numbered(1))
    def own() -> str:
        return "own"

    app.add_url_rule("/other", "other", lambda: own().upper())
    answer = send(app, "/other", headers={"Origin": ORIGIN})
    assert (answer.status, answer.body, answer.headers["Access-Control-Expose-Headers"]) == (200, b"OWN", "X-Policy-9")


def test_a_declaration_at_an_error_handler_has_no_effect(app: Flask) -> None:
    handle = cross_origin(**numbered(1))(lambda _: ("handled", 418))
    app.register_error_handler(404, handle)
    app.register_error_handler(LookupError, handle)

    @app.get("/fails")
    def fails() -> str:
        raise LookupError

    for path in ("/nothing", "/fails"):
        answer = send(app, path, headers={"Origin": ORIGIN})
        assert (answer.status, answer.body) == (418, b"handled")
        assert answer.headers["Access-Control-Expose-Headers"] == "X-Policy-9"

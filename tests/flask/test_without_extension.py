"""`@cross_origin` in an application without `CORS(app)`: no origin is allowed, and a warning says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView, View

from envcors import CORS, cross_origin
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, preflight, send


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask("shop")

    @app.put("/own")
    @app.get("/own")
    @cross_origin(origins=ORIGIN, methods=["PUT"])
    def own() -> str:
        return "own"

    @app.put("/plain")
    def plain() -> str:
        return "plain"

    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        yield app


def test_no_origin_is_allowed_and_the_view_answers(app: Flask) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(app, "/own").headers
    for method in ("GET", "PUT"):
        answer = send(app, "/own", method, {"Origin": ORIGIN})
        assert (answer.status, answer.body) == (200, b"own")
        assert not [name for name in answer.headers if name.startswith("Access-Control") or name == "Vary"]


def test_the_first_call_warns_once_naming_the_view_and_the_line_to_add(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        send(app, "/own", headers={"Origin": ORIGIN})
        send(app, "/plain", "PUT")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("envcors", "WARNING")
    assert "view own" in record.getMessage()
    assert "Add the line CORS(app)" in record.getMessage()


def test_every_kind_of_view_warns(caplog: pytest.LogCaptureFixture) -> None:
    @cross_origin
    class Whole(MethodView):
        def get(self) -> str:
            return ""

    class Single(MethodView):
        @cross_origin(origins=ORIGIN)
        def get(self) -> str:
            return ""

    @cross_origin(origins=ORIGIN)
    class Plain(View):
        def dispatch_request(self) -> str:
            return ""

    class Listed(View):
        decorators: ClassVar = [cross_origin(origins=ORIGIN)]

        def dispatch_request(self) -> str:
            return ""

    async def later() -> str:
        return ""

    views = {
        "whole": Whole.as_view("whole"),
        "single": Single.as_view("single"),
        "plain": Plain.as_view("plain"),
        "listed": Listed.as_view("listed"),
        "later": cross_origin(later),
    }
    for name, view in views.items():
        app = Flask(name)
        app.add_url_rule("/own", view_func=view)
        caplog.clear()
        assert send(app, "/own", headers={"Origin": ORIGIN}).status == 200
        assert [record.getMessage() for record in caplog.records if "CORS(app)" in record.getMessage()], name


def test_an_application_without_declarations_is_told_nothing(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    other = Flask("other")
    other.add_url_rule("/", "index", lambda: "index")
    with surroundings(Setup({"CORS_ORIGINS": "*"})):
        assert send(other, "/").body == b"index"
    assert caplog.text == ""


def test_cors_without_origins_of_its_own_allows_nothing_more() -> None:
    app = Flask("shop")
    with surroundings(Setup()):
        CORS(app)
    app.add_url_rule("/own", "own", cross_origin(origins=ORIGIN, **numbered(1))(lambda: "own"))
    app.add_url_rule("/other", "other", lambda: "other")
    assert governs(app, "/own") == both(1)
    assert "Access-Control-Allow-Origin" not in send(app, "/other", headers={"Origin": ORIGIN}).headers
    assert preflight(app, "/other").status == 403


def test_cors_of_a_blueprint_alone_is_enough_for_all_views() -> None:
    app = Flask("shop")
    admin = Blueprint("admin", "shop", url_prefix="/admin")
    admin.add_url_rule("/users", "users", lambda: "users")
    CORS(admin, origins=ORIGIN, **numbered(2))
    with surroundings(Setup()):
        app.register_blueprint(admin)
    app.add_url_rule("/own", "own", cross_origin(origins=ORIGIN, **numbered(1))(lambda: "own"))
    assert (governs(app, "/admin/users"), governs(app, "/own"), governs(app, "/")) == (both(2), both(1), both(None))


def test_cors_that_comes_later_puts_the_declarations_in_force(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    CORS(app, **numbered(9))
    assert governs(app, "/own", "PUT") == both(9)
    assert governs(app, "/other") == both(9)
    assert "Add the line" not in caplog.text

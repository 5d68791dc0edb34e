"""Policies of view classes by method, however the method is written, and those of Flask-RESTful's resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest
from flask import Flask, request
from flask.views import MethodView, View

from envcors import CORS, cross_origin
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, Governs, both, governs, numbered, preflight, send

OTHER = "https://other.example.com"


@pytest.fixture
def app() -> Flask:
    """An application whose own policy has the number 9 and allows every registered method."""
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, methods=["PUT", "PATCH", "DELETE", "patch2"], **numbered(9))
    return app


class Items(MethodView):
    def get(self) -> str:
        return "get"

    @cross_origin(origins=OTHER, methods=["PATCH"])
    def patch(self) -> str:
        return "patch"

    @cross_origin(**numbered(2))
    def put(self) -> str:
        return "put"

    @cross_origin(**numbered(3))
    def delete(self) -> str:
        return "delete"


@pytest.mark.parametrize("method", ["PATCH", "patch", "Patch", "pAtCh"])
def test_the_policy_of_a_method_governs_every_spelling_that_runs_it(app: Flask, method: str) -> None:
    app.add_url_rule("/items", view_func=Items.as_view("items"))
    answer = send(app, "/items", method, {"Origin": ORIGIN})
    assert answer.body == b"patch"  # Werkzeug routes by the upper case
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert preflight(app, "/items", method).status == 403
    assert preflight(app, "/items", method, origin=OTHER).headers["Access-Control-Allow-Origin"] == OTHER
    assert ("Access-Control-Allow-Methods" in preflight(app, "/items", method, origin=OTHER).headers) == (
        method == "PATCH"
    )


def test_any_method_does_not_open_a_lower_case_spelling_to_whom_its_view_excludes() -> None:
    app = Flask("application")
    with surroundings(Setup({"CORS_ENV": "development"})):
        CORS(app, origins=ORIGIN, methods="*")
        app.add_url_rule("/items", view_func=Items.as_view("items"))
    for method in ("patch", "PATCH"):
        assert "Access-Control-Allow-Origin" not in preflight(app, "/items", method).headers
        assert send(app, "/items", method, {"Origin": ORIGIN}).body == b"patch"


class Listed(MethodView):
    methods: ClassVar = ["get", "put"]  # lower case, as people write it

    @cross_origin(**numbered(1))
    def get(self) -> str:
        return ""

    @cross_origin(**numbered(2))
    def put(self) -> str:
        return ""


class OwnHead(MethodView):
    @cross_origin(**numbered(1))
    def get(self) -> str:
        return ""

    def head(self) -> str:
        return ""


class Mixin:
    @cross_origin(**numbered(4))
    def get(self) -> str:
        return ""


class Mixed(Mixin, MethodView):
    pass


class OneInstance(MethodView):
    init_every_request = False

    @cross_origin(**numbered(5))
    def get(self) -> str:
        return ""


class Dispatching(View):
    methods: ClassVar = ["GET", "PUT"]

    @cross_origin(**numbered(6))
    def dispatch_request(self) -> str:
        return request.method


CLASSES: list[tuple[type[View], dict[str, Governs]]] = [
    (Items, {"GET": both(9), "PUT": both(2), "DELETE": both(3), "HEAD": both(9)}),
    (Listed, {"GET": both(1), "PUT": both(2), "HEAD": both(1)}),
    (OwnHead, {"GET": both(1), "HEAD": both(9)}),
    (Mixed, {"GET": both(4), "HEAD": both(4), "PUT": both(9)}),
    (OneInstance, {"GET": both(5), "PUT": both(9)}),
    (Dispatching, {"GET": both(6), "PUT": both(6), "DELETE": both(9)}),
]


@pytest.mark.parametrize(("view", "expected"), CLASSES, ids=lambda case: getattr(case, "__name__", ""))
def test_each_method_of_a_class_has_its_policy(app: Flask, view: type[View], expected: dict[str, Governs]) -> None:
    app.add_url_rule("/items", view_func=view.as_view("items"))
    assert {method: governs(app, "/items", method) for method in expected} == expected


class Resource(MethodView):
    """What Flask-RESTful and Flask-RESTX do: decorators are applied to the method of each request."""

    method_decorators: ClassVar[list[Callable[..., object]] | dict[str, list[Callable[..., object]]]] = []

    def dispatch_request(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]  # as they do
        method = getattr(self, request.method.lower())
        found = self.method_decorators
        for decorator in found.get(request.method.lower(), []) if isinstance(found, dict) else found:
            method = decorator(method)
        return method(*args, **kwargs)

    def get(self) -> str:
        return "get"

    def put(self) -> str:
        return "put"


class All(Resource):
    method_decorators: ClassVar = [cross_origin(**numbered(1))]


class Some(Resource):
    method_decorators: ClassVar = {"put": [cross_origin(**numbered(2))]}


class Bare(Resource):
    method_decorators: ClassVar = [cross_origin]


class Both(Resource):
    decorators: ClassVar = [cross_origin(**numbered(3))]
    method_decorators: ClassVar = {"get": [lambda method: method, cross_origin(**numbered(4))]}


class Child(All):
    pass


RESOURCES: list[tuple[type[Resource], int, int]] = [
    (All, 1, 1),
    (Some, 9, 2),
    (Bare, 9, 9),
    (Both, 4, 3),
    (Child, 1, 1),
]


@pytest.mark.parametrize(("view", "get", "put"), RESOURCES, ids=lambda case: getattr(case, "__name__", ""))
def test_method_decorators_govern_like_decorators(app: Flask, view: type[Resource], get: int, put: int) -> None:
    app.add_url_rule("/items", view_func=view.as_view("items"))
    assert (governs(app, "/items", "GET"), governs(app, "/items", "PUT")) == (both(get), both(put))
    assert send(app, "/items", "PUT", {"Origin": ORIGIN}).body == b"put"
    assert send(app, "/items", "GET", {"Origin": ORIGIN}).body == b"get"

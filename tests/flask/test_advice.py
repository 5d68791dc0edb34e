"""Advice about the routes of an application, as ``flask cors check`` and a development server give it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from werkzeug.routing import Map

from envcors import CORS, BootRefused, cross_origin
from envcors.flask.enforcement import Enforcement
from envcors.flask.options import PolicyOptions
from envcors.problems import Problem
from tests.booting import Setup, boot, enforcement_of, surroundings

A = "https://a.acme.io"
Resources = dict[str | re.Pattern[str], PolicyOptions]
Build = Callable[[Flask], object]


def view(**_values: object) -> str:
    return ""


def advice(build: Build, rule: str) -> list[Problem]:
    app = Flask("shop", static_folder=None)
    build(app)
    enforcement: Enforcement = app.extensions["envcors"]
    return [found for found in enforcement.advice() if found.rule == rule]


def route(app: Flask, path: str, *methods: str, name: str = "") -> None:
    app.add_url_rule(path, name or path.strip("/").replace(".", "_") or "root", view, methods=methods or None)


class Items(MethodView):
    def get(self) -> str:
        return ""

    def put(self) -> str:
        return ""


def application(app: Flask) -> None:
    CORS(app, origins=[A], env_file=None)
    route(app, "/items/<int:n>", "GET", "PUT", "DELETE")
    route(app, "/other", "POST")


def method_view(app: Flask) -> None:
    CORS(app, origins=[A], env_file=None)
    app.add_url_rule("/items", view_func=Items.as_view("items"))


def resource(app: Flask) -> None:
    CORS(app, origins=[A], resources={"/api/*": {"methods": ["GET"]}, "/pub": {"methods": ["PUT"]}}, env_file=None)
    route(app, "/api/<path:p>", "PATCH")
    route(app, "/pub", "PUT")
    route(app, "/else", "DELETE")


def blueprint(app: Flask) -> None:
    CORS(app, origins=[A], methods=["PUT"], env_file=None)
    shop = Blueprint("shop", "shop")
    CORS(shop, methods=["PATCH"])
    shop.add_url_rule("/b", "b", view, methods=["PUT", "PATCH"])
    app.register_blueprint(shop)


def decorated(app: Flask) -> None:
    CORS(app, origins=[A], env_file=None)
    app.add_url_rule("/v", "v", cross_origin(methods=["PUT"])(view), methods=["PUT", "DELETE"])


def inherits_from_application(app: Flask) -> None:
    CORS(app, origins=[A], env_file=None)
    app.add_url_rule("/v", "v", cross_origin(max_age=1)(view), methods=["DELETE"])


METHODS: list[tuple[Build, str, str]] = [
    (application, "CORS_METHODS=GET,HEAD,POST,DELETE,PUT", "DELETE, PUT (/items/<int:n>): CORS_METHODS lacks them"),
    (method_view, "CORS_METHODS=GET,HEAD,POST,PUT", "PUT (/items): CORS_METHODS lacks it"),
    (
        resource,
        '"methods": ["GET", "PATCH"] of resource "/api/*"',
        'PATCH (/api/<path:p>): methods= of resource "/api/*" in code lacks it',
    ),
    (blueprint, 'methods=["PATCH", "PUT"] of blueprint shop', "PUT (/b)"),
    (decorated, 'methods=["PUT", "DELETE"] of view view', "DELETE (/v)"),
    (inherits_from_application, "CORS_METHODS=GET,HEAD,POST,DELETE", "DELETE (/v): CORS_METHODS lacks it"),
]


@pytest.mark.parametrize(("build", "fix", "text"), METHODS, ids=lambda value: getattr(value, "__name__", ""))
def test_methods_of_routes_that_a_policy_blocks_are_named_once(build: Build, fix: str, text: str) -> None:
    (found,) = advice(build, "route-method")
    assert found.fix == fix
    assert text in found.message


def safelisted(app: Flask) -> None:
    CORS(app, origins=[A], methods=[], env_file=None)
    route(app, "/a", "GET", "POST", "OPTIONS", "HEAD")


def any_method(app: Flask) -> None:
    CORS(app, origins=[A], methods=["PUT"], env_file=None)
    route(app, "/a", "PUT")


def no_origin(app: Flask) -> None:
    CORS(app, env_file=None)
    route(app, "/a", "PUT")


def forbidden(app: Flask) -> None:
    CORS(app, origins=[A], env_file=None)
    route(app, "/a", "TRACE")


def ungoverned(app: Flask) -> None:
    CORS(app, origins=[A], resources={"/b": {}}, env_file=None)
    route(app, "/a", "PUT")
    route(app, "/b", "GET")


def exact_path_of_another_route(app: Flask) -> None:
    """``/users/me`` is a route of its own: its policy never governs the route with a number."""
    CORS(
        app,
        origins=[A],
        resources={"/users/*": {"methods": ["PUT"]}, "/users/me": {}},
        env_file=None,
    )
    route(app, "/users/<int:n>", "PUT", name="user")
    route(app, "/users/me", "GET", name="me")


@pytest.mark.parametrize(
    "build", [safelisted, any_method, no_origin, forbidden, ungoverned, exact_path_of_another_route]
)
def test_there_is_no_advice_if_a_page_loses_nothing(build: Build) -> None:
    assert advice(build, "route-method") == []


UNUSED: list[tuple[Resources, list[str], dict[str, str]]] = [
    ({"/api/*": {}, "/apj/*": {}}, ["/api/a"], {"/apj/*": "no route has it"}),
    ({"/api/*": {}}, ["/api"], {}),
    ({"/api/*": {}}, ["/apiary"], {"/api/*": "no route has it"}),
    ({"/*": {}}, ["/x"], {}),
    ({"/users/1": {}}, ["/users/<int:n>"], {}),
    ({"/users/me": {}}, ["/users/<int:n>"], {"/users/me": "no route has it"}),
    ({"/users/me": {}}, ["/users/<name>"], {}),
    ({"/a/b/c": {}}, ["/a/<path:p>"], {}),
    ({"/a/b/c": {}}, ["/b/<path:p>"], {"/a/b/c": "no route has it"}),
    ({"/a/b/*": {}}, ["/a/<x>/c"], {}),
    ({"/caf\u00e9/*": {}}, ["/caf\u00e9/<x>"], {}),
    ({re.compile(r"/q/\d+"): {}}, ["/q/<int:n>"], {}),
    ({re.compile(r"/q/\d{5}"): {}}, ["/q/<int:n>"], {}),
    ({re.compile(r"/q/[a-z]+"): {}}, ["/q/<int:n>"], {r"/q/[a-z]+": "matches the path of no route"}),
    ({re.compile(r"/q/.*"): {}}, ["/r/<path:p>"], {r"/q/.*": "matches the path of no route"}),
    ({re.compile(r"/v\d/x"): {}}, ["/<version>/x"], {}),
    ({re.compile(r"(?i)/Q"): {}}, ["/q"], {}),
    ({re.compile(r"/a|/b"): {}}, ["/b"], {}),
    ({"/api/*": {}, re.compile(r"/api/.*"): {}}, ["/api/<p>"], {"/api/.*": "a plain path governs all"}),
    ({"/*": {}, re.compile(r".*"): {}}, ["/a"], {".*": "a plain path governs all"}),
    ({"/a": {}, re.compile(r"/[ab]"): {}}, ["/a", "/b"], {}),
    ({"/a": {}, re.compile(r"/[ab]"): {}}, ["/a"], {"/[ab]": "a plain path governs all"}),
]


@pytest.mark.parametrize(("resources", "paths", "unused"), UNUSED)
def test_paths_and_expressions_that_no_route_has_are_named(
    resources: Resources, paths: list[str], unused: dict[str, str]
) -> None:
    def build(app: Flask) -> None:
        CORS(app, origins=[A], resources=resources, env_file=None)
        for number, path in enumerate(paths):
            route(app, path, name=f"r{number}")

    found = advice(build, "resource-unused")
    assert {problem.value for problem in found} == unused.keys()
    assert all(unused[str(problem.value)] in problem.message for problem in found)


def test_resources_of_a_blueprint_are_compared_with_its_own_routes() -> None:
    def build(app: Flask) -> None:
        shop = Blueprint("shop", "shop", url_prefix="/shop")
        CORS(shop, origins=[A], resources={"/shop/a": {}, "/b": {}})
        CORS(app, env_file=None)
        shop.add_url_rule("/a", "a", view)
        app.register_blueprint(shop)
        route(app, "/b")

    (found,) = advice(build, "resource-unused")
    assert (found.value, found.message) == ("/b", "In blueprint shop: the path /b: no route has it.")


def test_blueprints_and_views_without_origins_are_named() -> None:
    def build(app: Flask) -> None:
        shop = Blueprint("shop", "shop")
        CORS(shop, max_age=1)
        shop.add_url_rule("/b", "b", view)
        CORS(app, env_file=None)
        app.register_blueprint(shop)
        app.add_url_rule("/v", "v", cross_origin(origins=[A])(view))

    (found,) = advice(build, "origins-empty")
    assert found.message == "In blueprint shop: No origin is allowed: browsers block every other site."


@pytest.mark.parametrize(("mode", "said"), [("development", 1), ("production", 0)])
def test_a_development_server_logs_the_advice_once(
    mode: str, said: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CORS_ENV", mode)
    app = Flask("shop")
    CORS(app, origins=[A], env_file=None)
    route(app, "/a", "PUT")
    assert not [text for text in caplog.messages if text.startswith("route-method")]
    for _ in range(3):
        app.test_client().get("/a")
    assert len([text for text in caplog.messages if text.startswith("route-method")]) == said


LATE: list[tuple[str, object]] = [
    ("CORS_DENY_ORIGINS", A),
    ("CORS_ORIGINS", [A]),
    ("CORS_HEADERS", "Content-Type"),
    ("CORS_ORGINS", A),
]


@pytest.mark.parametrize(("name", "value"), LATE)
def test_an_entry_of_app_config_that_comes_too_late_is_a_problem(
    name: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask("shop")
    CORS(app, origins=[A], env_file=None)
    app.config[name] = value
    (found,) = app.extensions["envcors"].declaration_problems()
    assert (found.rule, found.fix) == ("usage", f'app.config["{name}"] = … above CORS(app)')
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            app.test_client().get("/")
    assert [text for text in caplog.messages if name in text] == [found.message]


def test_an_entry_that_is_set_again_to_the_same_value_is_none() -> None:
    app = Flask("shop")
    app.config["CORS_MAX_AGE"] = 60
    CORS(app, origins=[A], env_file=None)
    app.config["CORS_MAX_AGE"] = 60
    app.config["OTHER"] = 1
    assert app.extensions["envcors"].declaration_problems() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config["CORS_ORIGINS"].append("https://b.acme.io"),
        lambda config: config["CORS_METHODS"].add("PUT"),
        lambda config: config["CORS_RESOURCES"].update({"/x": {}}),
        lambda config: config["CORS_RESOURCES"]["/*"].update(max_age=1),
    ],
    ids=["list", "set", "mapping", "nested mapping"],
)
def test_an_entry_of_app_config_that_is_changed_in_place_after_cors_is_noticed(change: Callable[[Any], object]) -> None:
    config = {"CORS_ORIGINS": ["https://a.acme.io"], "CORS_METHODS": {"GET"}, "CORS_RESOURCES": {"/*": {}}}
    app = boot(Setup(config=config)).app
    assert app is not None
    enforcement = enforcement_of(app)
    assert enforcement.declaration_problems() == []
    change(app.config)
    (problem,) = enforcement.declaration_problems()
    assert "was set after CORS(app)" in problem.message


@pytest.mark.parametrize("options", [{"env_prefix": "SHOP_CORS_"}, {"env_file": None}], ids=["prefix", "file"])
def test_a_blueprint_and_its_application_read_from_one_place(options: Any) -> None:
    app, blueprint = Flask("application"), Blueprint("shop", __name__)
    with surroundings(Setup({"CORS_ORIGINS": "https://a.acme.io", "SHOP_CORS_ORIGINS": "https://b.acme.io"})):
        CORS(blueprint, **options)
        app.register_blueprint(blueprint)
        with pytest.raises(BootRefused, match="another prefix, file or class"):
            CORS(app)


def test_a_blueprint_without_a_place_takes_that_of_the_application() -> None:
    app, blueprint = Flask("application"), Blueprint("shop", __name__)
    with surroundings(Setup({"SHOP_CORS_ORIGINS": "https://b.acme.io"})):
        CORS(blueprint)
        app.register_blueprint(blueprint)
        CORS(app, env_prefix="SHOP_CORS_", env_file=None)
    assert enforcement_of(app).settings.origins == ("https://b.acme.io",)


@pytest.mark.parametrize("options", [{}, {"env_prefix": "SHOP_CORS_"}])
def test_a_blueprint_and_its_application_may_name_the_same_place(options: Any) -> None:
    app, blueprint = Flask("application"), Blueprint("shop", __name__)
    with surroundings(Setup({"CORS_ORIGINS": "https://a.acme.io", "SHOP_CORS_ORIGINS": "https://b.acme.io"})):
        CORS(blueprint, **options)
        app.register_blueprint(blueprint)
        CORS(app, **options)
    assert enforcement_of(app).governs_application


@pytest.mark.parametrize("decorated", [False, True])
def test_a_registration_does_not_sort_the_url_map(decorated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_times = 0
    update = Map.update

    def counting(self: Map) -> None:
        nonlocal sorted_times
        sorted_times += 1
        update(self)

    app = Flask("application")
    with surroundings(Setup({"CORS_ORIGINS": "https://a.acme.io"})):
        CORS(app)
    monkeypatch.setattr(Map, "update", counting)
    for number in range(50):
        view = (lambda: "") if not decorated else cross_origin(max_age=number)(lambda: "")
        app.add_url_rule(f"/{number}", f"view{number}", view)
    assert sorted_times <= 1

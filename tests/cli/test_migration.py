"""`flask cors check` in an application that uses Flask-CORS: the plan of its migration."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

import flask_cors as library
import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

import envcors
from envcors.flask.flask_cors import uses_of_flask_cors
from tests.cli.test_flask_cors import flask_cors

APP = "https://app.example.com"
CORS = cast(Callable[..., object], library.CORS)
cross_origin = cast(Callable[..., Callable[[Callable[..., object]], Any]], library.cross_origin)


def configured(config: Mapping[str, object]) -> Flask:
    """The shop with options in `app.config`."""
    app = Flask("shop")
    app.config.update(config)
    return with_routes(app, {})


def shop(**options: object) -> Flask:
    """An application with Flask-CORS and three routes."""
    return with_routes(Flask("shop"), options)


def with_routes(app: Flask, options: Mapping[str, object]) -> Flask:
    app.add_url_rule("/items", "items", lambda: "", methods=["GET", "POST"])
    app.add_url_rule("/items/<name>", "item", lambda name: name, methods=["GET", "PUT", "DELETE"])
    CORS(app, **options)
    return app


def plan(app: Flask) -> dict[str, Any]:
    ended = flask_cors(lambda: app, "check", "--format", "json")
    assert ended.status == 1
    content: dict[str, Any] = ended.json["migration"]
    return content


def variables(app: Flask, mode: str = "production") -> dict[str, str]:
    return dict(line.split("=", 1) for line in plan(app)[mode])


def code(app: Flask) -> dict[str, str]:
    return {line["before"]: line["after"] for line in plan(app)["code"]}


def test_methods_come_from_the_routes_and_never_name_options() -> None:
    assert variables(shop(origins=APP))["CORS_METHODS"] == "GET,HEAD,POST,DELETE,PUT"


def test_a_method_that_flask_cors_denies_is_not_proposed() -> None:
    assert variables(shop(origins=APP, methods=["GET", "put"]))["CORS_METHODS"] == "GET,HEAD,POST,PUT"


@pytest.mark.parametrize(
    ("option", "value", "becomes"),
    [
        ("headers", "Content-Type", "Newer versions ignore it: allow_headers has replaced it."),
        ("send_wildcard", True, "The literal * is sent if the policy allows any origin"),
        ("always_send", False, "do not depend on whether the request carries an Origin"),
        ("vary_header", False, "a cache would give one origin's response to another"),
        ("automatic_options", False, "always responds to preflights before the application"),
        ("intercept_exceptions", False, "error responses too"),
        ("allow_private_network", True, "obsolete"),
        ("supports_credentials", True, "It becomes CORS_SUPPORTS_CREDENTIALS."),
        ("origins", APP, "It becomes CORS_ORIGINS."),
        ("methods", ["GET", "PUT"], "It becomes CORS_METHODS."),
        ("allow_headers", ["X-A"], "It becomes CORS_ALLOW_HEADERS."),
        ("expose_headers", "X-A", "It becomes CORS_EXPOSE_HEADERS."),
        ("max_age", 5, "It becomes CORS_MAX_AGE."),
        ("resources", {"/api/*": {}}, "Its paths become CORS_RESOURCES__API__PATHS."),
    ],
)
def test_check_explains_what_becomes_of_each_option_and_key(option: str, value: object, becomes: str) -> None:
    key = f"CORS_{option.upper()}"
    (of_key,) = [row for row in plan(configured({key: value}))["options"] if row["option"] == f'app.config["{key}"]']
    assert of_key["becomes"].startswith("delete it. ")
    assert becomes in of_key["becomes"]
    if option != "headers":
        rows = [row for row in plan(shop(**{option: value}))["options"] if row["option"].startswith(option)]
        assert [row["becomes"] for row in rows] == [of_key["becomes"]]


def test_an_option_with_the_default_value_is_not_mentioned() -> None:
    assert plan(shop())["options"] == []


@pytest.mark.parametrize("option", ["send_wildcard", "always_send", "vary_header", "intercept_exceptions"])
def test_an_option_of_the_application_is_found_in_app_config_too(option: str) -> None:
    assert [row["option"] for row in plan(configured({f"CORS_{option.upper()}": True}))["options"]] == [
        f'app.config["CORS_{option.upper()}"]'
    ]


def test_origins_of_the_own_machine_are_proposed_for_development_only() -> None:
    app = shop(origins=[r"http://localhost:\d+", APP])
    assert variables(app)["CORS_ORIGINS"] == APP
    development = variables(app, "development")
    assert (development["CORS_ENV"], development["CORS_ORIGINS"]) == ("development", f"http://localhost:*,{APP}")
    assert any(note.startswith("http://localhost:* is for your own machine only: ") for note in plan(app)["notes"])


def test_without_any_origin_for_production_an_example_is_proposed() -> None:
    app = shop(origins="http://localhost:3000")
    assert variables(app)["CORS_ORIGINS"] == APP
    assert any(note.startswith("No origin is left in production.") for note in plan(app)["notes"])


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({}, "Flask-CORS allows every origin."),
        ({"origins": APP}, "Flask-CORS allows every request header."),
        ({"origins": ["", APP]}, 'An empty text is in the list of origins: "".split(",")'),
        ({"origins": [APP, " https://b.example.com"]}, '" https://b.example.com" has white space around it'),
        ({"origins": [r"https://[a-z]+\.example\.com", APP]}, r"https://[a-z]+\.example\.com is left out. This expr"),
        ({"origins": [APP, "nonsense"]}, "nonsense is left out."),
        ({"origins": ["https://*.github.io", APP]}, "https://*.github.io is left out of production: "),
        ({"origins": [""]}, "No origin is left."),
        ({"origins": ["http://a.example.com"]}, "In production https://a.example.com, not http://a.example.com: "),
        ({"allow_headers": [re.compile("X-.*")]}, "X-.* is left out: a name is no expression."),
        ({"allow_headers": ["Cookie"]}, "Cookie is left out: browsers let no script set it."),
        ({"expose_headers": ["Set-Cookie"]}, "Set-Cookie is left out: browsers show it to no script."),
        ({"expose_headers": "*", "supports_credentials": True}, "* is left out of CORS_EXPOSE_HEADERS"),
        ({"max_age": timedelta(days=2)}, "A max_age of 172800 seconds is out of range"),
        ({"resources": {r"/v\d/.*": {}, "/api/*": {}}}, r"The path /v\d/.* is left out: no pattern means the same."),
    ],
)
def test_what_cannot_be_kept_is_named_and_the_rest_is_valid(
    options: dict[str, object], note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = shop(**options)
    assert any(found.startswith(note) for found in plan(app)["notes"]), plan(app)["notes"]
    for variable, value in variables(app).items():
        monkeypatch.setenv(variable, value)
    envcors.CORS(Flask("shop"), env_file=None)


@pytest.mark.parametrize(
    ("max_age", "seconds"), [(600, "600"), ("600", "600"), (timedelta(hours=1), "3600"), (timedelta(days=9), "86400")]
)
def test_the_age_of_a_preflight_becomes_seconds(max_age: object, seconds: str) -> None:
    assert variables(shop(origins=APP, max_age=max_age))["CORS_MAX_AGE"] == seconds


def test_paths_with_one_policy_are_one_resource() -> None:
    found = variables(shop(origins=APP, resources=[r"/items/*", r"/orders/.*"], methods=["GET"]))
    assert found["CORS_RESOURCES__ITEMS__PATHS"] == "/items/*,/orders/*"


@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("/api/*", "/api/*"),
        ("/api/.*", "/api/*"),
        ("^/api/v1$", "/api/v1"),
        ("/api/v1", "/api/v1"),
        ("/api/(users|orders)", "/api/users/*,/api/orders/*"),
        ("/v[12]/.*", "/v1/*,/v2/*"),
        ("/test*", "/test/*"),
        (re.compile(r"/api(/.*)?"), "/api/*"),
    ],
)
def test_a_path_becomes_the_paths_that_it_means(path: object, paths: str) -> None:
    found = variables(shop(origins=APP, resources={path: {}}))
    assert [value for name, value in found.items() if name.endswith("__PATHS")] == [paths]


@pytest.mark.parametrize("path", ["*", "/*", ".*", r"/.*", r"^/.*$"])
def test_a_path_that_matches_every_path_needs_no_resource(path: str) -> None:
    assert not any("RESOURCES" in name for name in variables(shop(origins=APP, resources={path: {}})))


def test_a_decorator_inherits_what_means_the_same_and_sets_the_rest() -> None:
    app = shop(origins=APP, supports_credentials=True, expose_headers="X-A")
    app.add_url_rule("/same", "same", cross_origin(origins=[APP])(lambda: ""))
    app.add_url_rule("/own", "own", cross_origin(methods=["PATCH"])(lambda: ""), methods=["PATCH"])
    lines = code(app)
    assert lines["from flask_cors import CORS, cross_origin"] == "from envcors import CORS, cross_origin"
    nothing = "supports_credentials=False, expose_headers=[]"
    assert lines["@cross_origin(…) of same"] == f'@cross_origin(origins=["{APP}"], {nothing})'
    assert lines["@cross_origin(…) of own"] == f'@cross_origin(methods=["GET", "HEAD", "POST", "PATCH"], {nothing})'


class Items(MethodView):
    def get(self) -> str:
        return ""

    def put(self) -> str:
        return ""


def test_decorators_in_the_lists_of_a_view_class_are_found() -> None:
    for attribute in ("decorators", "method_decorators"):
        app = Flask("shop")
        view = type("Listed", (Items,), {attribute: [cross_origin(origins=APP)]})
        app.add_url_rule("/items", view_func=view.as_view("items"))  # type: ignore[attr-defined]  # a class made here
        assert [use.label for use in uses_of_flask_cors(app)] == ["@cross_origin of the view items"]


def test_a_decorator_below_another_one_is_found() -> None:
    app = Flask("shop")
    app.add_url_rule("/", "index", envcors.cross_origin()(cross_origin(origins=APP)(lambda: "")))
    assert [use.name for use in uses_of_flask_cors(app)] == ["index"]


def test_a_blueprint_keeps_its_policy_in_code() -> None:
    app = shop(origins=APP)
    admin = Blueprint("admin", "shop", url_prefix="/admin")
    CORS(admin, resources={"/admin/a/*": {"origins": "https://a.example.com"}, "/admin/b/*": {"origins": APP}})
    app.register_blueprint(admin)
    assert code(app)["CORS(admin, …)"] == (
        'CORS(admin, resources={"/admin/a/*": {"origins": ["https://a.example.com"]}, "/admin/b/*": {}})'
    )


def made_by_another_version(resources: object) -> Flask:
    """An application with the function of Flask-CORS, around options in another form."""
    app = Flask("shop")
    make = library.extension.make_after_request_function
    app.after_request(make(cast(Any, resources)))
    app.add_url_rule("/items", "items", lambda: "", methods=["PUT"])
    return app


def test_options_as_old_versions_keep_them_are_read() -> None:
    options = {"origins": [APP], "methods": "GET, PUT", "allow_headers": ["X-A"], "supports_credentials": False}
    found = variables(made_by_another_version([("/*", options)]))
    assert found == {"CORS_ORIGINS": APP, "CORS_METHODS": "GET,HEAD,POST,PUT", "CORS_ALLOW_HEADERS": "X-A"}


@pytest.mark.parametrize("resources", [None, [("/*", object())], ["/*"]])
def test_options_in_an_unknown_form_are_not_guessed(resources: object) -> None:
    app = made_by_another_version(resources)
    app.config["CORS_ORIGINS"] = APP
    found = plan(app)
    assert found["notes"][0].startswith("The options of CORS(app) cannot be read in this version of Flask-CORS.")
    assert found["production"][:2] == [f"CORS_ORIGINS={APP}", "CORS_METHODS=GET,HEAD,POST,PUT"]


@pytest.mark.parametrize("command", [["show"], ["explain", "--origin", APP], ["check"]])
def test_each_command_refuses_an_application_that_envcors_does_not_govern(command: list[str]) -> None:
    ended = flask_cors(shop, *command)
    assert ended.status == 1
    assert "This application uses Flask-CORS (CORS(app)) and not envcors" in ended.stderr
    assert "Fix: from envcors import CORS\n" in ended.stderr


@pytest.mark.parametrize("style", ["github", "sarif"])
def test_every_format_has_the_problem(style: str) -> None:
    ended = flask_cors(shop, "check", "--format", style)
    assert (ended.status, "uses Flask-CORS" in ended.output) == (1, True)


def both() -> Flask:
    app = shop(resources={"/old/*": {}})
    envcors.CORS(app, origins=APP, methods=["PUT", "DELETE"], env_file=None)
    return app


def test_an_application_with_both_libraries_is_refused_by_check() -> None:
    (problem,) = flask_cors(both, "check", "--format", "json").json["problems"]
    assert problem["message"].startswith("This application uses Flask-CORS too (CORS(app)).")
    assert problem["fix"] == "remove CORS(app) of Flask-CORS, and from flask_cors import CORS"


def test_an_application_with_both_libraries_is_warned_when_it_serves(caplog: pytest.LogCaptureFixture) -> None:
    app = both()
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="envcors"):
        app.test_client().get("/items")
        app.test_client().get("/items")
    assert [message.startswith("This application uses Flask-CORS too") for message in caplog.messages] == [True]


def test_with_both_libraries_no_header_is_sent_twice() -> None:
    response = both().test_client().get("/items", headers={"Origin": APP})
    assert response.headers.getlist("Access-Control-Allow-Origin") == [APP]


def test_a_key_that_flask_cors_ignores_is_to_be_deleted_after_the_migration_too() -> None:
    app = Flask("shop")
    app.config["CORS_HEADERS"] = "Content-Type"
    with pytest.raises(envcors.BootRefused) as refused:
        envcors.CORS(app, origins=APP, env_file=None)
    (problem,) = refused.value.problems
    assert (problem.rule, problem.fix) == ("usage", 'remove app.config["CORS_HEADERS"]')

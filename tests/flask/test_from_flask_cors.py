"""The way over from Flask-CORS: what tutorials teach works with the origins in the environment."""

from __future__ import annotations

from typing import cast

import pytest
from flask import Blueprint, Flask

from envcors import CORS, cross_origin
from envcors.flask.options import PolicyOptions
from tests.booting import Setup, boot, surroundings
from tests.flask.asking import preflight, send

ANY = "https://anything.example"


def allowed(app: Flask, path: str, origin: str) -> str | None:
    return send(app, path, headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")


def application(**variables: str) -> Flask:
    """An application with the views `/` and `/api/v1/users`."""
    app = Flask("application")
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/api/v1/users", "users", lambda: "users", methods=["GET", "POST"])
    return app


def test_the_whole_application_with_origins_from_the_environment() -> None:
    app = application()
    with surroundings(Setup({"CORS_ORIGINS": "https://a.example.com"})):
        CORS(app)
    assert allowed(app, "/", "https://a.example.com") == "https://a.example.com"
    assert allowed(app, "/", ANY) is None


def test_every_origin_in_development() -> None:
    app = application()
    with surroundings(Setup({"CORS_ENV": "development", "CORS_ORIGINS": "*"})):
        CORS(app)
    assert allowed(app, "/", ANY) == "*"


def test_resources_with_a_plain_http_origin_in_development() -> None:
    app = application()
    with surroundings(Setup({"CORS_ENV": "development"})):
        CORS(app, resources={r"/api/*": {"origins": "http://example.com"}})
    assert allowed(app, "/api/v1/users", "http://example.com") == "http://example.com"
    assert allowed(app, "/api/v1/users", ANY) is None
    assert allowed(app, "/", "http://example.com") is None


@pytest.mark.parametrize("more", [{}, {"allow_headers": ["Content-Type"]}])
def test_resources_for_everything(more: PolicyOptions) -> None:
    app = application()
    origin = "https://your-allowed-domain.com"
    with surroundings(Setup()):
        CORS(app, resources={r"/*": cast(PolicyOptions, {"origins": origin, **more})})
    assert allowed(app, "/", origin) == origin
    answer = preflight(app, "/", "POST", origin=origin, names=["content-type"])
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type"


def test_credentials() -> None:
    app = application()
    with surroundings(Setup({"CORS_ORIGINS": "https://a.example.com"})):
        CORS(app, supports_credentials=True)
    headers = send(app, "/", headers={"Origin": "https://a.example.com"}).headers
    assert headers["Access-Control-Allow-Credentials"] == "true"


def test_one_view_with_the_decorator_and_cors_for_the_application() -> None:
    app = application()
    with surroundings(Setup()):
        CORS(app)

    @app.route("/own")
    @cross_origin(origins="https://a.example.com")
    def own() -> str:
        return "own"

    assert allowed(app, "/own", "https://a.example.com") == "https://a.example.com"
    assert allowed(app, "/", "https://a.example.com") is None


def test_a_factory_with_init_app() -> None:
    cors = CORS()

    def create_app() -> Flask:
        app = application()
        cors.init_app(app)
        return app

    with surroundings(Setup({"CORS_ORIGINS": "https://a.example.com"})):
        apps = [create_app(), create_app()]
    assert [allowed(app, "/", "https://a.example.com") for app in apps] == ["https://a.example.com"] * 2


def test_a_blueprint() -> None:
    app, api = application(), Blueprint("api", "api")
    CORS(api, origins=["https://a.example.com"])
    api.add_url_rule("/things", "things", lambda: "things")
    with surroundings(Setup()):
        app.register_blueprint(api, url_prefix="/blue")
    assert allowed(app, "/blue/things", "https://a.example.com") == "https://a.example.com"
    assert allowed(app, "/", "https://a.example.com") is None


def test_app_config_is_a_source() -> None:
    config = {
        "CORS_ORIGINS": ["https://a.example.com"],
        "CORS_ALLOW_HEADERS": "Content-Type",
        "CORS_SUPPORTS_CREDENTIALS": True,
        "CORS_MAX_AGE": None,
        "CORS_SEND_WILDCARD": None,
        "CORS_RESOURCES": {r"/api/*": {"methods": ["PUT"]}},
    }
    settings = boot(Setup(config=config)).configuration.settings
    assert settings.supports_credentials
    assert settings.source("origins") == "app.config"
    assert settings.max_age == 600
    assert [resource.paths for resource in settings.resources] == [("/api/*",)]


DONE_ANYWAY = {
    "send_wildcard": True,
    "always_send": True,
    "vary_header": True,
    "automatic_options": True,
    "intercept_exceptions": True,
    "allow_private_network": False,
}


@pytest.mark.parametrize(("option", "value"), DONE_ANYWAY.items())
def test_an_option_without_meaning_is_accepted_where_it_asks_for_what_is_done(option: str, value: bool) -> None:
    assert boot(Setup(code={option: value})).rules() == []
    assert boot(Setup(code={option: None})).rules() == []
    assert boot(Setup(code={"resources": {"/x": {option: value}}})).rules() == []
    assert boot(Setup(config={f"CORS_{option.upper()}": str(value)})).rules() == []
    assert cross_origin(**cast(PolicyOptions, {option: value}))(lambda: "") is not None


@pytest.mark.parametrize(("option", "value"), DONE_ANYWAY.items())
def test_an_option_without_meaning_is_refused_where_it_asks_for_the_opposite(option: str, value: bool) -> None:
    for setup in (
        Setup(code={option: not value}),
        Setup(config={f"CORS_{option.upper()}": not value}),
        Setup(code={"resources": {"/x": {option: not value}}}),
    ):
        (problem,) = boot(setup).problems
        assert problem.rule == "usage"
        assert option in problem.message.lower()
        assert problem.fix == f"remove {option}"


def test_options_without_meaning_are_no_variables() -> None:
    assert boot(Setup({"CORS_SEND_WILDCARD": "true"})).rules() == ["unknown-variable"]

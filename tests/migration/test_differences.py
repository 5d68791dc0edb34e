"""The guide's last table: what the two libraries do, row by row."""

from __future__ import annotations

from collections.abc import Callable

import flask_cors
import pytest
from flask import Flask, request
from werkzeug.test import TestResponse

import envcors
from tests.migration.asking import PAGE, STRANGER

OTHER = "https://other.example.com"
PREFLIGHT = {"Access-Control-Request-Method": "GET"}
Install = Callable[..., object]

LIBRARIES = pytest.mark.parametrize(
    ("library", "install"), [("flask_cors", flask_cors.CORS), ("envcors", envcors.CORS)], ids=["flask_cors", "envcors"]
)


def ask(install: Install, method: str, headers: dict[str, str], **options: object) -> TestResponse:
    """Return the response of an application with these options. ``X-Seen`` is True if its hooks saw the request."""
    app = Flask("shop")
    install(app, **options)
    seen: list[str] = []

    @app.before_request
    def see() -> None:
        seen.append(request.method)

    @app.get("/")
    def index() -> tuple[str, dict[str, str]]:
        return "ok", {"Access-Control-Allow-Origin": "by hand"} if "X-By-Hand" in request.headers else {}

    response = app.test_client().open("/", method=method, headers=headers)
    response.headers["X-Seen"] = str(bool(seen))
    return response


@LIBRARIES
def test_only_with_flask_cors_hooks_see_preflights(library: str, install: Install) -> None:
    response = ask(install, "OPTIONS", {"Origin": PAGE, **PREFLIGHT}, origins=[PAGE])
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert response.headers["X-Seen"] == {"flask_cors": "True", "envcors": "False"}[library]


@LIBRARIES
def test_flask_cors_responds_to_a_denied_preflight_with_200(library: str, install: Install) -> None:
    response = ask(install, "OPTIONS", {"Origin": STRANGER, **PREFLIGHT}, origins=[PAGE])
    assert response.status_code == {"flask_cors": 200, "envcors": 403}[library]
    assert "Access-Control-Allow-Origin" not in response.headers


@LIBRARIES
@pytest.mark.parametrize(("origins", "origin"), [([PAGE], PAGE), ([PAGE, OTHER], STRANGER)])
def test_flask_cors_does_not_always_send_vary(library: str, install: Install, origins: list[str], origin: str) -> None:
    response = ask(install, "GET", {"Origin": origin}, origins=origins)
    assert response.headers.getlist("Vary") == {"flask_cors": [], "envcors": ["Origin"]}[library]


@LIBRARIES
def test_flask_cors_sends_a_listed_origin_to_a_request_without_origin(library: str, install: Install) -> None:
    allowed = ask(install, "GET", {}, origins=[OTHER, PAGE]).headers.getlist("Access-Control-Allow-Origin")
    assert allowed == {"flask_cors": [PAGE], "envcors": []}[library]


@LIBRARIES
def test_flask_cors_reflects_any_origin(library: str, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ENV", "development")
    allowed = ask(install, "GET", {"Origin": PAGE}, origins="*").headers["Access-Control-Allow-Origin"]
    assert allowed == {"flask_cors": PAGE, "envcors": "*"}[library]


@LIBRARIES
def test_flask_cors_keeps_a_header_that_a_view_sets(library: str, install: Install) -> None:
    response = ask(install, "GET", {"Origin": PAGE, "X-By-Hand": "1"}, origins=[PAGE])
    allowed = response.headers.getlist("Access-Control-Allow-Origin")
    assert allowed == {"flask_cors": ["by hand"], "envcors": [PAGE]}[library]


def test_a_second_extension_is_refused() -> None:
    app = Flask("shop")
    flask_cors.CORS(app)
    flask_cors.CORS(app)
    envcors.CORS(app, origins=[PAGE])
    with pytest.raises(envcors.BootRefused, match="has a CORS\\(\\) already"):
        envcors.CORS(app, origins=[PAGE])


@LIBRARIES
def test_flask_cors_raises_a_value_error_for_a_value_of_another_type(library: str, install: Install) -> None:
    with pytest.raises({"flask_cors": ValueError, "envcors": envcors.BootRefused}[library]):
        install(Flask("shop"), origins=[PAGE], resources=5)

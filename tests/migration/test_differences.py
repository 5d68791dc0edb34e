"""The guide's last table: each row as what the two libraries answer."""

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
    """What an application with such a policy answers. `X-Seen` tells whether its hooks saw the request."""
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
def test_hooks_see_preflights_only_before(library: str, install: Install) -> None:
    response = ask(install, "OPTIONS", {"Origin": PAGE, **PREFLIGHT}, origins=[PAGE])
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert response.headers["X-Seen"] == {"flask_cors": "True", "envcors": "False"}[library]


@LIBRARIES
def test_a_refused_preflight_was_a_200(library: str, install: Install) -> None:
    response = ask(install, "OPTIONS", {"Origin": STRANGER, **PREFLIGHT}, origins=[PAGE])
    assert response.status_code == {"flask_cors": 200, "envcors": 403}[library]
    assert "Access-Control-Allow-Origin" not in response.headers


@LIBRARIES
@pytest.mark.parametrize(("origins", "origin"), [([PAGE], PAGE), ([PAGE, OTHER], STRANGER)])
def test_vary_depended_on_the_answer(library: str, install: Install, origins: list[str], origin: str) -> None:
    response = ask(install, "GET", {"Origin": origin}, origins=origins)
    assert response.headers.getlist("Vary") == {"flask_cors": [], "envcors": ["Origin"]}[library]


@LIBRARIES
def test_a_request_without_origin_was_told_a_listed_one(library: str, install: Install) -> None:
    told = ask(install, "GET", {}, origins=[OTHER, PAGE]).headers.getlist("Access-Control-Allow-Origin")
    assert told == {"flask_cors": [PAGE], "envcors": []}[library]


@LIBRARIES
def test_any_origin_was_told_its_own_name(library: str, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ENV", "development")
    told = ask(install, "GET", {"Origin": PAGE}, origins="*").headers["Access-Control-Allow-Origin"]
    assert told == {"flask_cors": PAGE, "envcors": "*"}[library]


@LIBRARIES
def test_what_a_view_set_by_hand_stayed(library: str, install: Install) -> None:
    response = ask(install, "GET", {"Origin": PAGE, "X-By-Hand": "1"}, origins=[PAGE])
    told = response.headers.getlist("Access-Control-Allow-Origin")
    assert told == {"flask_cors": ["by hand"], "envcors": [PAGE]}[library]


def test_a_second_extension_is_refused() -> None:
    app = Flask("shop")
    flask_cors.CORS(app)
    flask_cors.CORS(app)
    envcors.CORS(app, origins=[PAGE])
    with pytest.raises(envcors.BootRefused, match="has a CORS\\(\\) already"):
        envcors.CORS(app, origins=[PAGE])


@LIBRARIES
def test_a_value_of_another_type_was_a_value_error(library: str, install: Install) -> None:
    with pytest.raises({"flask_cors": ValueError, "envcors": envcors.BootRefused}[library]):
        install(Flask("shop"), origins=[PAGE], resources=5)

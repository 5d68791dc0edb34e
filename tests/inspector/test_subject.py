"""What the inspector shows and writes, without a browser: an application in a directory with a ``.env`` file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from envcors import CORS

PAGE = "http://localhost:3000"
DOTENV = f"CORS_ENV=development\nCORS_INSPECTOR=true\nCORS_ORIGINS={PAGE}\n"


class Shop:
    """The application, and requests to it."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.dotenv = directory / ".env"
        self.app = Flask("shop")
        CORS(self.app, **options)
        for number in range(400):
            self.app.add_url_rule(f"/many/{number}", f"many{number}", lambda: "many")
        self.app.add_url_rule("/items", "items", lambda: "items", methods=["GET", "PUT"])

    def get(self, path: str, /, **query: str) -> TestResponse:
        return self.app.test_client().get(path, query_string=query, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})

    def post(self, name: str, **content: object) -> dict[str, Any]:
        found = re.search(r'data-token="([^"]+)"', self.get("/_cors").text)
        assert found is not None
        answer = self.app.test_client().post(
            f"/_cors/{name}",
            data=json.dumps({**content, "token": found[1]}),
            headers={"Origin": "http://localhost"},
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        )
        result: dict[str, Any] = json.loads(answer.text)
        return result

    def decisions(self) -> str:
        return str(json.loads(self.get("/_cors/decisions").text)["html"])

    def explain(self, **query: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/_cors/explain", **query).text)
        return found


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "true")
    (tmp_path / ".env").write_text(DOTENV)
    return tmp_path


@pytest.fixture
def shop(directory: Path) -> Shop:
    return Shop(directory)


def preflight(shop: Shop, origin: str = PAGE, method: str = "PUT") -> bool:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    answer = shop.app.test_client().options("/items", headers=asked)
    return answer.status_code == 204 and answer.headers.get("Access-Control-Allow-Origin") == origin


def test_what_is_written_is_in_force_at_the_next_request(shop: Shop) -> None:
    assert not preflight(shop)
    html = shop.decisions()
    assert "method-not-allowed" in html
    assert "Write CORS_METHODS=GET,HEAD,POST,PUT into .env" in html
    assert shop.post("write", line="CORS_METHODS=GET,HEAD,POST,PUT")["said"].startswith("Wrote CORS_METHODS")
    assert shop.dotenv.read_text() == f"{DOTENV}CORS_METHODS=GET,HEAD,POST,PUT\n"
    assert preflight(shop)
    assert "now allowed" in shop.decisions()


def test_an_origin_of_another_machine_must_be_confirmed(shop: Shop) -> None:
    line = f"CORS_ORIGINS={PAGE},https://shop.example.com"
    assert "confirm" in shop.post("write", line=line)["error"]
    assert shop.dotenv.read_text() == DOTENV
    assert "said" in shop.post("write", line=line, confirmed=True)
    assert preflight(shop, "https://shop.example.com", "GET")
    assert "said" in shop.post("write", line=f"CORS_ORIGINS={PAGE},http://localhost:4000")


def test_a_value_of_the_shell_or_of_code_is_not_written(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_METHODS", "GET")
    shop = Shop(directory, allow_headers=["X-A"])
    preflight(shop)
    assert "Write CORS_METHODS" not in shop.decisions()
    assert "Fix:" in shop.decisions()
    assert "environment" in shop.post("write", line="CORS_METHODS=GET,PUT")["error"]
    assert shop.dotenv.read_text() == DOTENV


def test_a_file_that_was_changed_meanwhile_is_left_alone(shop: Shop) -> None:
    preflight(shop, "http://localhost:4000")
    shop.decisions()
    subject = shop.app.wsgi_app._subject  # type: ignore[attr-defined]  # the inspector
    shop.dotenv.write_text(f"{DOTENV}# edited\n")
    with pytest.raises(Exception, match="changed meanwhile"):
        subject.write(f"CORS_ORIGINS={PAGE},http://localhost:4000")
    assert shop.dotenv.read_text() == f"{DOTENV}# edited\n"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"origin": PAGE}, "allowed"),
        ({"origin": "https://evil.example"}, "origin-not-allowed"),
        ({"origin": PAGE, "method": "PUT"}, "method-not-allowed"),
        ({"origin": PAGE, "headers": "X-Token, authorization"}, "header-not-allowed"),
        ({"origin": "null"}, "origin-null"),
        ({"origin": "https://Evil.example"}, "origin-malformed"),
    ],
)
def test_a_request_is_explained(shop: Shop, query: dict[str, str], said: str) -> None:
    assert said in shop.explain(path="/items", **query)["html"]


@pytest.mark.parametrize("query", [{}, {"origin": ""}, {"origin": PAGE, "path": "items"}])
def test_an_incomplete_request_gets_a_sentence(shop: Shop, query: dict[str, str]) -> None:
    assert shop.explain(**query)["error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CORS_ENV=development\nCORS_ORIGINS=https://b.example.com", "allows: origin https://b.example.com"),
        (f"CORS_ENV=development\nCORS_ORIGINS={PAGE}", "allows and blocks the same"),
        (f"CORS_ENV=development\nCORS_ORIGINS={PAGE}\nCORS_MAX_AGE=5", "changes: max age"),
        ("CORS_ENV=development\nCORS_ORIGINS=", "blocks: origin http://localhost:3000"),
    ],
)
def test_another_configuration_is_compared(shop: Shop, text: str, said: str) -> None:
    assert said in " ".join(shop.post("compare", text=text)["lines"])


@pytest.mark.parametrize("text", ["", "OTHER=1", "CORS_ORIGINS=*", "CORS_METHODS=TRACE"])
def test_what_cannot_be_compared_gets_a_sentence(shop: Shop, text: str) -> None:
    assert shop.post("compare", text=text)["error"]


def test_many_routes_are_shown_in_part_and_filtered(shop: Shop) -> None:
    page = shop.get("/_cors").text
    assert page.count("<tr>") < 400
    assert "more: use the filter" in page
    assert "GET, PUT" in shop.get("/_cors", path="ITEMS").text
    assert "/many/399" in shop.get("/_cors", path="399", origin=PAGE).text
    assert "No route matches" in shop.get("/_cors", path="399", origin="https://evil.example").text


def test_only_the_pages_of_the_inspector_are_below_its_path(shop: Shop) -> None:
    assert shop.get("/_cors/other").status_code == 404
    assert shop.app.test_client().put("/_cors").status_code == 405
    assert shop.get("/_cors/inspector.css").mimetype == "text/css"
    assert shop.get("/_cors/inspector.js").mimetype == "text/javascript"


def test_expressions_functions_and_many_origins_are_shown_in_short(directory: Path) -> None:
    (directory / ".env").write_text("CORS_ENV=development\nCORS_INSPECTOR=true\n")
    many = [f"http://localhost:{number}" for number in range(3000, 3020)]
    shop = Shop(
        directory, origins=[*many, re.compile(r"http://[a-z]+\.localhost"), lambda origin, _: origin.host == "x"]
    )
    assert "and 12 more" in shop.get("/_cors").text


def test_a_path_without_a_policy_is_shown_as_one(directory: Path) -> None:
    (directory / ".env").write_text(f"{DOTENV}CORS_RESOURCES__A__PATHS=/a/*\n")
    shop = Shop(directory)
    shop.app.test_client().get("/items", headers={"Origin": PAGE})
    assert "no policy" in shop.get("/_cors", path="items").text
    assert "no-policy" in shop.decisions()

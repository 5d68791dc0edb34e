"""What the API of the demo answers, apart from CORS."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from examples.demo.servers import PASSWORD, Addresses, without_scheme
from tests.processes import PATIENCE

JSON = {"Content-Type": "application/json"}
SHIP = {"name": "Mary Ann", "bearing": 270, "note": "Herring, and gulls behind her."}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def cookie(self) -> dict[str, str]:
        """What a browser would send back."""
        return {"Cookie": self.headers["Set-Cookie"].partition(";")[0]}


class Client:
    def __init__(self, url: str) -> None:
        self._host = without_scheme(url)

    def ask(self, request: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        method, path = request.split()
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        try:
            sent = json.dumps(body) if body is not None else None
            connection.request(method, path, sent, {**(JSON if sent else {}), **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def log_in(self, seconds: int = 600) -> Answer:
        return self.ask("POST /api/login", {"password": PASSWORD, "seconds": seconds})


@pytest.fixture
def client(lighthouse: Addresses) -> Client:
    return Client(lighthouse.api)


def test_a_keeper_adds_a_ship_corrects_it_and_deletes_it(client: Client) -> None:
    cookie = client.log_in().cookie

    logged = client.ask("POST /api/ships", SHIP, cookie)
    ship = json.loads(logged.text)
    assert (logged.status, logged.headers["Location"]) == (201, f"/api/ships/{ship['id']}")
    assert ship.items() >= SHIP.items()

    where = logged.headers["Location"]
    corrected = client.ask(f"PUT {where}", {**SHIP, "bearing": 285}, cookie)
    assert (corrected.status, json.loads(corrected.text)) == (200, {**ship, "bearing": 285})
    assert json.loads(corrected.text) in json.loads(client.ask("GET /api/ships").text)

    assert client.ask(f"DELETE {where}", headers=cookie).status == 204
    assert client.ask(f"DELETE {where}", headers=cookie).status == 404
    assert client.ask(f"PUT {where}", SHIP, cookie).status == 404


def test_the_list_says_how_many_there_are(client: Client) -> None:
    answer = client.ask("GET /api/ships")
    assert int(answer.headers["X-Total-Count"]) == len(json.loads(answer.text)) > 0


@pytest.mark.parametrize("request_line", ["POST /api/ships", "PUT /api/ships/1", "DELETE /api/ships/1"])
def test_nobody_writes_without_a_login(client: Client, request_line: str) -> None:
    answer = client.ask(request_line, SHIP)
    assert (answer.status, json.loads(answer.text)) == (401, {"error": "You are not logged in."})


def test_an_expired_login_is_not_an_unknown_one(client: Client) -> None:
    answer = client.ask("GET /api/login", headers=client.log_in(seconds=0).cookie)
    assert (answer.status, json.loads(answer.text)) == (401, {"error": "Your login has expired."})


def test_a_login_ends_when_the_keeper_logs_out(client: Client) -> None:
    cookie = client.log_in().cookie
    assert client.ask("GET /api/login", headers=cookie).status == 200
    assert client.ask("DELETE /api/login", headers=cookie).status == 204
    assert client.ask("GET /api/login", headers=cookie).status == 401


def test_no_script_reads_the_cookie_and_no_other_site_sends_it(client: Client) -> None:
    attributes = client.log_in().headers["Set-Cookie"].split("; ")[1:]
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]


@pytest.mark.parametrize("password", ["", "Fresnel", "fresnel ", 7, None, "\u00e9"])
def test_a_wrong_password_is_a_403(client: Client, password: object) -> None:
    assert client.ask("POST /api/login", {"password": password}).status == 403


@pytest.mark.parametrize("seconds", [-1, 601, 1.5, True, "5", None])
def test_a_login_cannot_last_longer_than_ten_minutes(client: Client, seconds: object) -> None:
    assert client.ask("POST /api/login", {"password": PASSWORD, "seconds": seconds}).status == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": None},
        {"bearing": -1},
        {"bearing": 360},
        {"bearing": "270"},
        {"bearing": True},
        {"note": "x" * 201},
        {"note": 1},
    ],
    ids=str,
)
def test_an_invalid_ship_is_not_logged(client: Client, wrong: dict[str, object]) -> None:
    answer = client.ask("POST /api/ships", {**SHIP, **wrong}, client.log_in().cookie)
    assert answer.status == 400
    assert next(iter(wrong)) in json.loads(answer.text)["error"]


@pytest.mark.parametrize("body", [[], "ship", 7])
def test_a_body_that_is_not_an_object_is_invalid(client: Client, body: object) -> None:
    assert client.ask("POST /api/login", body).status == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_on_another_site_cannot_log_anybody_in(client: Client, kind: str) -> None:
    answer = client.ask("POST /api/login", {"password": PASSWORD}, {"Content-Type": kind})
    assert answer.status == 415
    assert "Set-Cookie" not in answer.headers

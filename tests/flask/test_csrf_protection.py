"""Foreign writes in an application: stopped before the view runs, reported, or let through."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Blueprint, Flask, request

from envcors import CORS, cross_origin
from tests.cli.test_flask_cors import flask_cors

PAGE, FOREIGN = "https://app.acme.io", "https://foreign.example"
ANSWERED, STOPPED = 200, 403


def view() -> str:
    request.get_data()
    return "done"


def shop(**options: Any) -> Flask:
    app = Flask("shop")
    CORS(app, **{"origins": [PAGE], "env_file": None, **options})
    app.add_url_rule("/plain", "plain", view, methods=["GET", "POST"])
    app.add_url_rule("/hook", "hook", cross_origin(csrf_protection="off")(view), methods=["POST"])
    app.add_url_rule("/strict", "strict", cross_origin(csrf_protection="enforce")(view), methods=["GET", "POST"])
    blueprint = Blueprint("pay", "pay", url_prefix="/pay")
    CORS(blueprint, csrf_protection="enforce")
    blueprint.add_url_rule("/now", "now", view, methods=["POST"])
    app.register_blueprint(blueprint)
    return app


def status(app: Flask, path: str, method: str = "POST", origin: str | None = FOREIGN, **headers: str) -> int:
    sent = {**({"Origin": origin} if origin else {}), "Sec-Fetch-Site": "cross-site", **headers}
    return app.test_client().open(path, method=method, headers=sent, data=b"a=1").status_code


RESOURCES = {"/plain": {}, "/strict": {}, "/open/*": {"csrf_protection": "off"}}


@pytest.mark.parametrize(
    ("options", "path", "expected"),
    [
        ({}, "/plain", ANSWERED),
        ({}, "/strict", STOPPED),
        ({}, "/pay/now", STOPPED),
        ({"csrf_protection": "report"}, "/plain", ANSWERED),
        ({"csrf_protection": "enforce"}, "/plain", STOPPED),
        ({"csrf_protection": "enforce"}, "/hook", ANSWERED),
        ({"csrf_protection": "enforce"}, "/missing", STOPPED),
        ({"csrf_protection": "enforce", "resources": RESOURCES}, "/plain", STOPPED),
        ({"csrf_protection": "enforce", "resources": RESOURCES}, "/static/x", STOPPED),
        ({"csrf_protection": "enforce", "resources": RESOURCES}, "/open/x", 404),
        ({"csrf_protection": "enforce", "origins": "https://*.acme.io"}, "/plain", STOPPED),
    ],
)
def test_a_foreign_page_writes_only_where_nothing_protects(options: dict[str, Any], path: str, expected: int) -> None:
    app = shop(**options)
    assert status(app, path) == expected
    assert status(app, path, "POST", None) == expected  # a form of a page that hides its origin
    assert status(app, path, "POST", "null") == expected
    assert status(app, path, "GET") != STOPPED
    assert status(app, path, "POST", FOREIGN, **{"Sec-Fetch-Site": "same-origin"}) != STOPPED


def test_an_allowed_page_and_the_own_one_write() -> None:
    app = shop(csrf_protection="enforce")
    for path in ("/plain", "/strict", "/pay/now"):
        assert status(app, path, "POST", PAGE) == ANSWERED
        assert app.test_client().post(path, headers={"Origin": "http://localhost"}).status_code == ANSWERED
        assert app.test_client().post(path).status_code == ANSWERED
    assert status(app, "/static/x", "POST", PAGE) == 405


def test_where_no_policy_governs_no_foreign_page_writes_not_even_an_allowed_one() -> None:
    app = shop(csrf_protection="enforce", resources={"/plain": {}})
    assert status(app, "/missing", "POST", PAGE) == STOPPED
    assert status(app, "/missing", "GET", PAGE) == 404


def test_only_a_blueprint_has_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_CSRF_PROTECTION", "enforce")
    app = Flask("shop")
    blueprint = Blueprint("pay", "pay", url_prefix="/pay")
    CORS(blueprint, origins=[PAGE])
    blueprint.add_url_rule("/now", "now", view, methods=["POST"])
    app.register_blueprint(blueprint)
    app.add_url_rule("/plain", "plain", view, methods=["POST"])
    assert [status(app, path, "POST", PAGE) for path in ("/pay/now", "/plain")] == [ANSWERED, STOPPED]
    assert status(app, "/pay/now") == STOPPED


def test_the_view_does_not_run_and_nothing_is_given_away() -> None:
    app = shop(csrf_protection="enforce")
    app.view_functions["plain"] = lambda: str(1 / 0)
    answer = app.test_client().post("/plain", headers={"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.data, answer.headers.get("Vary")) == (STOPPED, b"", "Origin")
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_in_development_the_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ENV", "development")
    answer = shop(csrf_protection="enforce").test_client().post("/plain", headers={"Origin": FOREIGN})
    assert answer.status_code == STOPPED
    assert answer.text.startswith("envcors denied this request: foreign-write\n")
    assert f'origins=["{PAGE}", "{FOREIGN}"]' in answer.text
    assert "send the Host of the browser on" in answer.text


@pytest.mark.parametrize(("protection", "outcome"), [("report", "reported"), ("enforce", "blocked")])
def test_a_foreign_write_is_logged(protection: str, outcome: str, caplog: pytest.LogCaptureFixture) -> None:
    status(shop(csrf_protection=protection), "/plain?secret=1\n")
    (said,) = [text for text in caplog.messages if "foreign-write." in text]
    assert said.startswith(f"{outcome}: POST /plain from {FOREIGN}: foreign-write.")
    assert "secret" not in said


def test_a_server_that_comes_past_the_middleware_is_protected_too(caplog: pytest.LogCaptureFixture) -> None:
    app = shop(csrf_protection="enforce")
    with caplog.at_level(logging.CRITICAL):
        with app.test_request_context(
            "/plain", method="POST", headers={"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"}
        ):
            assert app.full_dispatch_request().status_code == STOPPED
        with app.test_request_context(
            "/plain", method="POST", headers={"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
        ):
            assert app.full_dispatch_request().status_code == ANSWERED


def test_the_body_is_there_for_the_view() -> None:
    app = shop(csrf_protection="report")
    app.view_functions["plain"] = lambda: request.form["a"]
    sent = {"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"}
    assert app.test_client().post("/plain", headers=sent, data={"a": "kept"}).text == "kept"


def test_allows_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ENV", "development")
    enforcement = shop(csrf_protection="enforce", origins=["*"]).extensions["envcors"]
    assert enforcement.allows(FOREIGN, "/plain", "GET")
    assert not enforcement.allows(FOREIGN, "/plain", "POST")


def made() -> Flask:
    return shop(csrf_protection="enforce")


@pytest.mark.parametrize(
    ("origin", "method", "code", "reason"),
    [(FOREIGN, "POST", 1, "foreign-write"), (FOREIGN, "GET", 1, "origin-not-allowed"), (PAGE, "POST", 0, "allowed")],
)
def test_explain_shows_it(origin: str, method: str, code: int, reason: str) -> None:
    ended = flask_cors(made, "explain", "--origin", origin, "--method", method, "--path", "/plain", "--format", "json")
    assert (ended.status, ended.json["reason"]) == (code, reason)
    assert code == 0 or FOREIGN in ended.json["fix"]


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ({"supports_credentials": True}, 1),
        ({"supports_credentials": True, "csrf_protection": "enforce"}, 1),  # the view that turns it off
        ({}, 0),
    ],
)
def test_a_production_policy_with_credentials_and_no_protection_is_advised_against(
    options: dict[str, Any], number: int
) -> None:
    advice = shop(**options).extensions["envcors"].advice()
    found = [problem for problem in advice if problem.rule == "csrf-unprotected"]
    assert len(found) >= number
    assert bool(found) == bool(number)
    assert all("enforce" in problem.fix for problem in found)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("enforced", "enforce"),
        ("Report", "report"),
        ("OFF", "off"),
        ("yes", "enforce"),
        ("no", "off"),
        ("x", "enforce"),
    ],
)
def test_a_misspelt_word_is_refused(text: str, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_CSRF_PROTECTION", text)
    ended = flask_cors(shop, "check")
    assert (ended.status, f"Fix: CORS_CSRF_PROTECTION={fix}\n" in ended.output) == (1, True), ended.output


def late(app: Flask, method: str = "POST") -> None:
    app.view_functions["late"] = cross_origin(csrf_protection="enforce")(view)
    app.url_map.add(app.url_rule_class("/late", endpoint="late", methods=[method]))


def test_a_view_that_no_registration_checked_is_protected_at_its_first_request() -> None:
    app = Flask("shop")
    CORS(app, origins=[PAGE], env_file=None)
    late(app)
    assert status(app, "/late") == STOPPED
    assert status(app, "/late", "POST", PAGE) == ANSWERED


def overriding(app: Flask) -> None:
    inner = app.wsgi_app

    def override(environ: Any, start_response: Any) -> Any:
        if environ.get("QUERY_STRING", "").startswith("_method="):
            environ = {**environ, "REQUEST_METHOD": environ["QUERY_STRING"].removeprefix("_method=")}
        return inner(environ, start_response)

    app.wsgi_app = override  # type: ignore[method-assign]  # Flask's documented place for middleware


def refusing_empty_bodies(app: Flask) -> None:
    inner = app.wsgi_app

    def refuse(environ: Any, start_response: Any) -> Any:
        if environ.get("CONTENT_LENGTH") in (None, "", "0"):
            start_response("400 Bad Request", [("Content-Length", "0")])
            return [b""]
        return inner(environ, start_response)

    app.wsgi_app = refuse  # type: ignore[method-assign]  # as above


def test_the_view_that_a_method_override_leads_to_is_protected() -> None:
    app = Flask("shop")
    overriding(app)
    CORS(app, origins=[PAGE], env_file=None)
    app.add_url_rule("/x", "post", view, methods=["POST"])
    app.add_url_rule("/x", "delete", cross_origin(csrf_protection="enforce")(view), methods=["DELETE"])
    assert status(app, "/x?_method=DELETE") == STOPPED
    assert status(app, "/x") == ANSWERED


@pytest.mark.parametrize("origins", [["*"], [PAGE]])
def test_a_middleware_that_wants_a_body_opens_nothing(origins: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ENV", "development")
    app = Flask("shop")
    refusing_empty_bodies(app)
    CORS(app, origins=[PAGE], env_file=None)
    app.add_url_rule("/x", "x", cross_origin(origins=origins, csrf_protection="enforce")(view), methods=["POST"])
    assert status(app, "/x") == STOPPED


def test_the_digest_and_explain_know_where_no_policy_governs() -> None:
    def made_with(protection: str) -> Flask:
        return shop(csrf_protection=protection, resources={"/plain": {"csrf_protection": "off"}})

    assert made_with("off").extensions["envcors"].digest != made_with("enforce").extensions["envcors"].digest
    arguments = ("explain", "--origin", FOREIGN, "--method", "POST", "--path", "/missing", "--format", "json")
    assert flask_cors(lambda: made_with("enforce"), *arguments).json["reason"] == "foreign-write"
    assert flask_cors(lambda: made_with("off"), *arguments).json["reason"] == "no-policy"

"""`@cross_origin` in an application without `CORS(app)`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask, Response, abort, request, request_started
from flask.views import MethodView
from werkzeug.local import LocalProxy

from envcors import CORS, cross_origin
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, preflight, send


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask("application")

    @app.put("/own")
    @app.get("/own")
    @cross_origin(methods=["PUT"], **numbered(1))
    def own() -> str:
        return "own"

    @app.put("/plain")
    def plain() -> str:
        return "plain"

    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        yield app


def test_the_view_answers_its_own_preflights_and_requests(app: Flask) -> None:
    answer = preflight(app, "/own", names=["content-type"])
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == "PUT"
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type"
    assert answer.headers["Vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    assert governs(app, "/own", "PUT") == both(1)
    assert send(app, "/own", headers={"Origin": ORIGIN}).body == b"own"


def test_a_foreign_origin_is_kept_out(app: Flask) -> None:
    answer = preflight(app, "/own", origin="https://evil.example")
    assert (answer.status, answer.body) == (403, b"")
    assert "Access-Control-Allow-Origin" not in answer.headers
    actual = send(app, "/own", headers={"Origin": "https://evil.example"})
    assert (actual.body, actual.headers["Vary"]) == (b"own", "Origin")
    assert "Access-Control-Allow-Origin" not in actual.headers


def test_other_views_are_left_alone(app: Flask) -> None:
    assert governs(app, "/plain", "PUT") == both(None)
    assert governs(app, "/nothing") == both(None)
    assert "Vary" not in send(app, "/plain", "PUT").headers


def test_hooks_see_the_preflights_and_one_warning_says_so(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    @app.after_request
    def after(response: Response) -> Response:
        seen.append("after")
        return response

    for _ in range(2):
        preflight(app, "/own")
    assert seen == ["after", "after"]
    assert len([record for record in caplog.records if "without CORS(app)" in record.getMessage()]) == 1


@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example"])
@pytest.mark.parametrize("method", ["PUT", "OPTIONS"])
def test_what_a_hook_sets_by_hand_is_replaced(
    app: Flask, method: str, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    @app.after_request
    def by_hand(response: Response) -> Response:
        response.headers.add("Access-Control-Allow-Origin", "*")
        response.headers.add("Access-Control-Allow-Credentials", "true")
        response.headers.add("Vary", "Cookie")
        return response

    for _ in range(2):
        answer = send(app, "/own", method, {"Origin": origin, "Access-Control-Request-Method": "PUT"})
    assert answer.headers.get("Access-Control-Allow-Origin") == (ORIGIN if origin == ORIGIN else None)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"].startswith("Cookie, Origin")
    removed = [record.getMessage() for record in caplog.records if "Removed" in record.getMessage()]
    assert sorted(line.split(",")[0].split()[1] for line in removed) == [
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Origin",
    ]


def test_the_response_stays_the_one_that_the_view_made(app: Flask) -> None:
    seen: list[Response] = []

    class Streamed(Response):
        pass

    @app.get("/streamed")
    @cross_origin(**numbered(2))
    def streamed() -> Response:
        return Streamed(iter(["a", "b"]))

    @app.after_request
    def after(response: Response) -> Response:
        seen.append(response)
        return response

    answer = send(app, "/streamed", headers={"Origin": ORIGIN})
    assert (answer.body, answer.headers["Access-Control-Allow-Origin"]) == (b"ab", ORIGIN)
    assert isinstance(seen[0], Streamed)
    assert seen[0].is_streamed


def test_hooks_cannot_break_a_preflight(app: Flask) -> None:
    app.config["TRAP_HTTP_EXCEPTIONS"] = True
    app.before_request(lambda: ("log in first", 401))
    app.register_error_handler(Exception, lambda _: ("failed", 500))
    assert preflight(app, "/own").status == 204
    assert send(app, "/own", "PUT", {"Origin": ORIGIN}).status == 401


def test_all_who_listen_to_the_start_of_a_request_hear_of_a_preflight(app: Flask) -> None:
    heard: list[str] = []

    def listen(_: Flask, **__: object) -> None:
        heard.append(request.method)

    with request_started.connected_to(listen, app):
        preflight(app, "/own")
    assert heard == ["OPTIONS"]


def test_what_is_accepted_on_purpose_is_told(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    app.add_url_rule("/own", "own", cross_origin(lambda: "own"))
    with surroundings(Setup({"CORS_ORIGINS": "*", "CORS_DANGEROUSLY_ALLOW": "origin-any"})):
        assert send(app, "/own", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == "*"
    assert "origin-any: " in caplog.text


def test_a_mounted_directory_is_followed(tmp_path: Path) -> None:
    (tmp_path / "CORS_ORIGINS").write_text(ORIGIN)
    app = Flask("application")
    app.add_url_rule("/own", "own", cross_origin(lambda: "own"))

    def allowed() -> bool:
        return "Access-Control-Allow-Origin" in send(app, "/own", headers={"Origin": ORIGIN}).headers

    with surroundings(Setup({"CORS_CONFIG_DIR": str(tmp_path), "CORS_RELOAD_SECONDS": "0.000001"})):
        assert allowed()
        (tmp_path / "CORS_ORIGINS").write_text("https://other.example.com")
        assert not allowed()


def test_a_request_is_decided_once_also_where_a_reload_comes_between(tmp_path: Path) -> None:
    (tmp_path / "CORS_ORIGINS").write_text(ORIGIN)
    app = Flask("application")
    app.add_url_rule("/own", "own", cross_origin(**numbered(1))(lambda: "own"))

    @app.after_request
    def change(response: Response) -> Response:
        if request.path == "/own":
            (tmp_path / "CORS_ORIGINS").write_text("https://other.example.com")
            send(app, "/")
        return response

    with surroundings(Setup({"CORS_CONFIG_DIR": str(tmp_path), "CORS_RELOAD_SECONDS": "0.000001"})):
        first, second = preflight(app, "/own", "GET"), preflight(app, "/own", "GET")
    assert (first.status, first.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert (second.status, "Access-Control-Allow-Origin" in second.headers) == (403, False)


@pytest.mark.parametrize("declared", [True, False])
def test_nothing_that_a_view_class_holds_is_asked_for_anything_but_its_functions(declared: bool) -> None:
    cross_origin(lambda: "elsewhere")
    app = Flask("application")

    class Index(MethodView):
        user = LocalProxy(lambda: abort(401))

        def get(self) -> str:
            return "index"

    app.add_url_rule("/", view_func=Index.as_view("index"))
    if declared:
        app.add_url_rule("/own", "own", cross_origin(**numbered(1))(lambda: "own"))
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        assert send(app, "/").body == b"index"


def test_threads_that_come_first_together_prepare_once(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    together = Barrier(8)

    def ask(_: int) -> int:
        together.wait()
        return preflight(app, "/own").status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {204}
    assert len([record for record in caplog.records if "without CORS(app)" in record.getMessage()]) == 1


def test_an_application_that_declares_nothing_is_not_judged(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    other = Flask("other")
    other.add_url_rule("/", "index", lambda: "index")
    with surroundings(Setup({"CORS_ORIGINS": "*"})):
        assert send(other, "/").body == b"index"
    assert caplog.text == ""


def test_a_refused_configuration_lets_nobody_in_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    app.add_url_rule("/own", "own", cross_origin(origins="*")(lambda: "own"))
    with surroundings(Setup()):
        assert "Access-Control-Allow-Origin" not in send(app, "/own", headers={"Origin": ORIGIN}).headers
        assert "Access-Control-Allow-Origin" not in preflight(app, "/own").headers
    assert caplog.text.count("origin-any") == 1


def test_an_application_without_decorated_views_is_left_alone(app: Flask) -> None:
    other = Flask("other")
    other.add_url_rule("/", "index", lambda: "index")
    assert send(app, "/own", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == ORIGIN
    answer = send(other, "/", headers={"Origin": ORIGIN})
    assert not [name for name in answer.headers if name.startswith("Access-Control") or name == "Vary"]


def test_an_error_in_the_view_can_be_read(app: Flask) -> None:
    @app.get("/fails")
    @cross_origin
    def fails() -> str:
        raise LookupError

    @app.errorhandler(LookupError)
    def handle(error: LookupError) -> tuple[str, int]:
        return "handled", 500

    answer = send(app, "/fails", headers={"Origin": ORIGIN})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (500, ORIGIN)


def test_the_extension_takes_over_when_it_comes(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    app.add_url_rule("/own", "own", cross_origin(**numbered(1))(lambda: "own"))
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        CORS(app, **numbered(9))
    assert (governs(app, "/own"), governs(app, "/other")) == (both(1), both(9))
    assert "without CORS(app)" not in caplog.text

"""A preflight is answered in front of the application: nothing in it ever sees one."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, Response, abort, got_request_exception, request, request_finished, request_started
from flask import request_tearing_down as tearing_down

from envcors import CORS, cross_origin
from tests.booting import Setup, boot, surroundings
from tests.flask.asking import ORIGIN, numbered, preflight, send


class Spy:
    """An application whose every hook writes down that it ran; a login refuses everybody."""

    def __init__(self, *, supports_credentials: bool = False) -> None:
        self.seen: list[str] = []
        self.app = app = Flask("application")
        with surroundings(Setup()):
            CORS(app, origins=ORIGIN, methods=["PUT"], supports_credentials=supports_credentials)
        self._connect()
        app.before_request(self._login)
        app.after_request(self._after)
        app.teardown_request(lambda _: self.seen.append("teardown_request"))
        app.teardown_appcontext(lambda _: self.seen.append("teardown_appcontext"))
        app.url_value_preprocessor(lambda endpoint, values: self.seen.append(f"values of {endpoint} {values}"))

        @app.errorhandler(Exception)
        def fail(error: Exception) -> tuple[str, int]:
            self.seen.append("errorhandler")
            return "", 500

        @app.route("/view/<int:item>", methods=["GET", "PUT", "OPTIONS"])
        @cross_origin(**numbered(1))
        def view(item: int) -> str:
            self.seen.append("view")
            return str(item)

        @app.put("/branch/")
        def branch() -> str:
            self.seen.append("view")
            return ""

    def _login(self) -> None:
        self.seen.append("before_request")
        abort(401)

    def _after(self, response: Response) -> Response:
        self.seen.append("after_request")
        return response

    def _connect(self) -> None:
        def note(sender: Flask, **_: object) -> None:
            self.seen.append("signal")

        self.note = note  # signals hold their receivers weakly
        for signal in (request_started, request_finished, got_request_exception, tearing_down):
            signal.connect(note, self.app)


@pytest.mark.parametrize("path", ["/view/7", "/branch/", "/branch", "/nothing", "/view/x", "//view//7"])
@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example", "null", "\x00"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "CONNECT", ""])
def test_no_hook_no_signal_and_no_view_sees_a_preflight(path: str, origin: str, method: str) -> None:
    spy = Spy()
    answer = preflight(spy.app, path, method, origin=origin)
    assert spy.seen == []
    assert answer.status == (204 if origin == ORIGIN else 403)
    assert ("Access-Control-Allow-Methods" in answer.headers) == ((origin, method) == (ORIGIN, "PUT"))
    assert answer.body == b""


def test_the_spy_sees_every_other_request() -> None:
    spy = Spy()
    assert send(spy.app, "/view/7", "PUT", {"Origin": ORIGIN}).status == 500
    assert {"before_request", "after_request", "errorhandler", "teardown_request", "signal"} <= set(spy.seen)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": ORIGIN}, {"Access-Control-Request-Method": "PUT"}],
    ids=["neither header", "no method", "no origin"],
)
def test_any_other_options_request_is_the_applications(headers: dict[str, str]) -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN)

    @app.route("/", methods=["OPTIONS"])
    def options() -> str:
        return request.method

    assert send(app, "/", "OPTIONS", headers).body == b"OPTIONS"


def test_what_a_hook_answers_carries_the_headers() -> None:
    spy = Spy(supports_credentials=True)

    @spy.app.errorhandler(401)
    def unauthorised(error: Exception) -> tuple[str, int]:
        return "log in", 401

    answer = send(spy.app, "/branch/", "PUT", {"Origin": ORIGIN})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_what_a_view_sets_by_hand_is_replaced_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN)

    @app.route("/")
    def view() -> Response:
        response = Response("", headers={"Access-Control-Allow-Origin": "*", "Vary": "Cookie, origin"})
        response.headers.add("access-control-allow-credentials", "true")
        return response

    for origin in (ORIGIN, "https://evil.example", ORIGIN):
        answer = send(app, "/", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == (ORIGIN if origin == ORIGIN else None)
        assert "access-control-allow-credentials" not in {name.lower() for name in answer.headers}
        assert answer.headers["Vary"] == "Cookie, origin"
    told = [record.getMessage() for record in caplog.records if "Access-Control" in record.getMessage()]
    assert len(told) == 2
    assert told[0].startswith("Removed Access-Control-Allow-Origin, which")
    assert "its answer to '/':" in told[0]


@pytest.mark.parametrize(
    ("method", "headers", "fix"),
    [
        ("GET", "x-foo,authorization", "Fix: CORS_ALLOW_HEADERS=*,Authorization"),
        ("patch", "", "Fix: write the method in upper case in the script: PATCH"),
        ("TRACE", "", "Fix: use another method: no browser sends this one"),
        ("GET", ",".join(["x-foo"] * 257), "Fix: send at most 256 headers of 8192 characters in all"),
    ],
)
def test_in_development_a_refused_preflight_names_the_fix_that_holds(method: str, headers: str, fix: str) -> None:
    app = boot(Setup({"CORS_ENV": "development", "CORS_ORIGINS": ORIGIN, "CORS_ALLOW_HEADERS": "*"})).app
    assert app is not None
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    answer = app.test_client().options("/", headers={"Origin": ORIGIN, **asked})
    assert (answer.status_code, answer.text.splitlines()[-1]) == (200, fix)


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("/", "CORS_METHODS=GET,HEAD,POST,PUT"),
        ("/api", '"methods": ["GET", "PUT"] of resource "/api" in CORS_RESOURCES'),
        ("/named", "CORS_RESOURCES__NAMED__METHODS=GET,PUT"),
        ("/view", 'methods=["GET", "PUT"] of view view'),
        ("/shop/", 'methods=["GET", "PUT"] of blueprint shop'),
        ("/shop/inheriting", 'methods=["GET", "PUT"] of blueprint shop'),
        ("/shop/own", 'methods=["GET", "PUT"] of view own'),
    ],
)
def test_in_development_a_denied_preflight_shows_the_whole_new_value_where_it_is_set(path: str, fix: str) -> None:
    variables = {
        "CORS_ENV": "development",
        "CORS_ORIGINS": ORIGIN,
        "CORS_RESOURCES": '{"/*": {}, "/api": {"methods": ["GET"]}}',
        "CORS_RESOURCES__NAMED__PATHS": "/named",
        "CORS_RESOURCES__NAMED__METHODS": "GET",
    }
    app = boot(Setup(variables)).app
    assert app is not None
    app.add_url_rule("/view", "view", cross_origin(methods=["GET"])(view), methods=["PUT"])
    shop = Blueprint("shop", "shop", url_prefix="/shop")
    shop.add_url_rule("/", "index", lambda: "index", methods=["PUT"])
    shop.add_url_rule("/inheriting", "inheriting", cross_origin(max_age=1)(lambda: ""), methods=["PUT"])
    shop.add_url_rule("/own", "own", cross_origin(methods=["GET"])(own), methods=["PUT"])
    CORS(shop, methods=["GET"])
    app.register_blueprint(shop)
    answer = preflight(app, path)
    assert answer.body.decode().splitlines()[-1] == f"Fix: {fix}"


def view() -> str:
    return "view"


def own() -> str:
    return "own"

"""`CORS` itself: how it is put into an application, and what it refuses."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable

import click
import pytest
from flask import Flask

import envcors
from envcors import CORS, BootRefused, CORSSettings, Policy
from envcors.flask.neighbours import has_socketio
from envcors.flask.recorded import recording
from tests.booting import Setup, boot, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, preflight, send


def test_the_extension_is_made_with_or_without_its_application() -> None:
    def at_once(app: Flask) -> None:
        CORS(app, origins=ORIGIN, **numbered(1))

    def later(app: Flask) -> None:
        CORS(origins=ORIGIN, max_age=1, expose_headers="X-Policy-1").init_app(app)

    def at_last(app: Flask) -> None:
        CORS(origins="https://other.example.com", max_age=2).init_app(app, origins=ORIGIN, **numbered(1))

    uses: list[Callable[[Flask], None]] = [at_once, later, at_last]
    for use in uses:
        app = Flask("application")
        with surroundings(Setup()):
            use(app)
        assert governs(app, "/") == both(1)


def test_one_extension_serves_several_applications() -> None:
    cors = CORS(origins=ORIGIN)
    apps = [Flask("one"), Flask("two")]
    for number, app in enumerate(apps, 1):
        with surroundings(Setup({"CORS_MAX_AGE": str(number), "CORS_EXPOSE_HEADERS": f"X-Policy-{number}"})):
            cors.init_app(app)
    assert [governs(app, "/") for app in apps] == [both(1), both(2)]


def test_the_policy_in_force_can_be_asked_for() -> None:
    app = boot(Setup({"CORS_ORIGINS": ORIGIN})).app
    assert app is not None
    enforcement = enforcement_of(app)
    assert isinstance(enforcement.policy, Policy)
    assert enforcement.policy.origins == (ORIGIN,)
    assert isinstance(enforcement.settings, CORSSettings)


def test_a_second_extension_on_one_application_is_refused_and_the_first_stays() -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, **numbered(1))
        with pytest.raises(BootRefused) as refusal:
            CORS(app, origins="https://other.example.com", **numbered(2))
    assert [problem.rule for problem in refusal.value.problems] == ["usage"]
    assert governs(app, "/") == both(1)


@pytest.mark.parametrize("thing", ["app", 7, object(), Flask, CORS])
def test_anything_but_an_application_or_a_blueprint_is_refused(thing: object) -> None:
    with pytest.raises(BootRefused) as refusal:
        CORS(thing)  # type: ignore[arg-type]  # what a checker would refuse as well
    assert [problem.rule for problem in refusal.value.problems] == ["usage"]


def test_settings_are_refused_that_are_no_settings() -> None:
    for wrong in (dict, CORSSettings(_env_file=None), "CORSSettings"):
        assert boot(Setup(code={"settings": wrong})).rules() == ["usage"]


@pytest.mark.parametrize("env_file", [7, b".env", [None], {"a.env": 1}, object()])
def test_an_env_file_that_is_no_path_is_refused(env_file: object) -> None:
    assert boot(Setup(code={"env_file": env_file})).rules() == ["usage"]


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 5_000, "a/b/c"])
def test_a_file_that_cannot_be_opened_is_refused(name: str) -> None:
    outcome = boot(Setup(code={"env_file": name}))
    assert outcome.rules() == ["source-unreadable"]
    assert str(outcome.refusal).encode()


def test_an_application_whose_boot_was_refused_is_left_as_it_was() -> None:
    app = Flask("application")
    before = app.wsgi_app
    with surroundings(Setup({"CORS_ORIGINS": "*"})), pytest.raises(BootRefused):
        CORS(app)
    assert app.wsgi_app == before
    assert "envcors" not in app.extensions
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        CORS(app)
    assert send(app, "/", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_refusal_is_a_click_exception_that_prints_the_report_alone() -> None:
    refusal = boot(Setup({"CORS_ORIGINS": "*"})).refusal
    assert isinstance(refusal, click.ClickException)
    assert not isinstance(refusal, SystemExit)
    assert refusal.exit_code == 78
    printed = io.StringIO()
    refusal.show(printed)
    assert printed.getvalue().rstrip() == str(refusal).rstrip()
    assert printed.getvalue().startswith("envcors refused to boot: 1 problem in a production policy\n")


def test_a_refusal_survives_the_way_to_another_process() -> None:
    refusal = boot(Setup({"CORS_ORIGINS": "*", "CORS_MAX_AGE": "x"})).refusal
    assert refusal is not None
    copy = pickle.loads(pickle.dumps(refusal))
    assert (str(copy), copy.problems, copy.exit_code) == (str(refusal), refusal.problems, 78)


def test_the_names_that_the_package_hands_out() -> None:
    assert set(envcors.__all__) == {"CORS", "BootRefused", "CORSSettings", "Policy", "cross_origin"}
    assert all(getattr(envcors, name) for name in envcors.__all__)


def test_a_refusal_in_a_pod_is_also_written_to_the_termination_log() -> None:
    with surroundings(Setup({"CORS_ORIGINS": "*", "CORS_TERMINATION_LOG": "termination-log"})) as directory:
        with pytest.raises(BootRefused) as refusal:
            CORS(Flask("application"))
        assert (directory / "termination-log").read_text() == str(refusal.value)


def test_a_termination_log_that_cannot_be_written_hides_no_refusal(caplog: pytest.LogCaptureFixture) -> None:
    setup = Setup({"CORS_ORIGINS": "*", "CORS_TERMINATION_LOG": "/nowhere/termination-log"})
    assert boot(setup).rules() == ["origin-any"]
    assert "/nowhere/termination-log" in caplog.text


def test_reading_anew_puts_view_policies_in_force_as_well() -> None:
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})) as directory:
        (directory / ".env").write_text("CORS_MAX_AGE=1\nCORS_EXPOSE_HEADERS=X-Policy-1\n")
        app = Flask("application")
        CORS(app)
        app.add_url_rule("/own", "own", envcors.cross_origin(methods=["GET"])(lambda: ""))
        (directory / ".env").write_text("CORS_MAX_AGE=2\nCORS_EXPOSE_HEADERS=X-Policy-2\n")
        enforcement_of(app).reconfigure()
        assert (governs(app, "/"), governs(app, "/own")) == (both(2), both(2))
        (directory / ".env").write_text("CORS_MAX_AGE=3\nCORS_METHODS=*\n")
        with pytest.raises(BootRefused):
            enforcement_of(app).reconfigure()
        assert (governs(app, "/"), governs(app, "/own")) == (both(2), both(2))


def test_a_preflight_that_is_refused_in_development_says_why_and_what_to_do() -> None:
    app = boot(Setup({"CORS_ENV": "development", "CORS_ORIGINS": ORIGIN}), serve).app
    assert app is not None
    answer = preflight(app, "/", "PUT")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert b"method-not-allowed" in answer.body
    assert b"CORS_METHODS=GET,HEAD,POST,PUT" in answer.body
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("text", ["\x1b[31m", "https://a\r\nX: y", "<script>", "\x00", "\xff" * 50, "x" * 100_000])
def test_what_a_refused_preflight_says_is_printable_whatever_was_asked(text: str) -> None:
    app = boot(Setup({"CORS_ENV": "development", "CORS_ORIGINS": ORIGIN}), serve).app
    assert app is not None
    asked = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"}
    for name in ("HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
        answer = send(app, "/", "OPTIONS", environ={**asked, name: text})
        assert answer.status == 200
        assert all(line.isprintable() for line in answer.body.decode().split("\n"))
        assert len(answer.body) < 2_000


def serve(app: Flask) -> None:
    app.add_url_rule("/", "index", lambda: "index", methods=["GET", "PUT"])


ALLOWED = [
    ("the policy of the application", ORIGIN, "/", "GET", True),
    ("a method that it lacks", ORIGIN, "/", "DELETE", False),
    ("another origin", "https://evil.example", "/", "GET", False),
    ("no origin", None, "/", "GET", False),
    ("null", "null", "/", "GET", False),
    ("a view's own policy", "https://own.example.com", "/own/7", "PUT", True),
    ("the view's policy for another origin", ORIGIN, "/own/7", "PUT", False),
    ("a query", "https://own.example.com", "/own/7?x=1", "PUT", True),
    ("a path that is not ASCII", "https://own.example.com", "/café", "GET", True),
    ("a path that does not exist", ORIGIN, "/nothing", "GET", True),
]


@pytest.mark.parametrize("case", ALLOWED, ids=lambda case: case[0])
def test_code_may_ask_whether_an_origin_is_allowed(case: tuple[str, str | None, str, str, bool]) -> None:
    _, origin, path, method, expected = case
    app = boot(Setup({"CORS_ORIGINS": ORIGIN})).app
    assert app is not None
    own = envcors.cross_origin(origins="https://own.example.com", methods=["PUT"])(lambda number=0: str(number))
    app.add_url_rule("/own/<int:number>", "own", own, methods=["GET", "PUT"])
    app.add_url_rule("/café", "café", own)
    assert enforcement_of(app).allows(origin, path, method) is expected


def test_a_path_that_no_policy_governs_allows_nothing() -> None:
    app = boot(Setup({"CORS_ORIGINS": ORIGIN, "CORS_RESOURCES": '{"/api/*": {}}'})).app
    assert app is not None
    assert [enforcement_of(app).allows(ORIGIN, path) for path in ("/api/x", "/")] == [True, False]
    assert not enforcement_of(app).allows(ORIGIN)


def test_every_configuration_that_is_read_is_recorded_also_a_refused_one() -> None:
    with recording() as found:
        assert boot(Setup({"CORS_ORIGINS": "*"})).rules() == []
        boot(Setup({"CORS_ORIGINS": ORIGIN}))
    read = found.configurations
    assert [[problem.rule for problem in each.problems] for each in read] == [["origin-any"], []]
    assert [problem.rule for problem in found.problems] == ["origin-any"]
    boot(Setup({"CORS_ORIGINS": ORIGIN}))
    assert len(read) == 2


def test_flask_socketio_is_noticed() -> None:
    app = Flask("application")
    assert not has_socketio(app)
    app.extensions["socketio"] = object()  # which Flask-SocketIO puts there
    assert has_socketio(app)

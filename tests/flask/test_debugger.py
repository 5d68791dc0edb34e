"""An exception that nobody handles: under the debugger the script of an allowed page can read it, and nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.debug import DebuggedApplication
from werkzeug.test import EnvironBuilder

from envcors import CORS, cross_origin
from envcors.wsgi import DEBUGGER
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, Answer, send
from tests.processes import PATIENCE, Running, free_port, running

FOREIGN = "https://evil.example"


@pytest.fixture
def app() -> Flask:
    app = Flask("application")
    app.debug = True  # what makes Flask raise on
    with surroundings(Setup({"CORS_SUPPORTS_CREDENTIALS": "true"})):
        CORS(app, origins=ORIGIN, expose_headers=["X-Own"])

    @app.get("/fails")
    def fails() -> str:
        raise LookupError("no such thing")

    @app.get("/streams")
    def streams() -> Iterator[bytes]:
        yield b"begun"
        raise LookupError("in the middle")

    @app.get("/own")
    @cross_origin(origins="https://own.example.com")
    def own() -> str:
        raise LookupError("its own")

    return app


def debugged(app: Flask, path: str, origin: str | None) -> Answer:
    headers = {} if origin is None else {"Origin": origin}
    return send(DebuggedApplication(app, evalex=True), path, headers=headers)


def test_the_script_of_an_allowed_page_reads_a_500_with_the_traceback(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = debugged(app, "/fails", ORIGIN)
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Vary"] == "Origin"
    assert b"LookupError: no such thing" in answer.body
    assert b"SECRET" not in answer.body
    assert "LookupError: no such thing" in capsys.readouterr().err


@pytest.mark.parametrize("origin", [None, FOREIGN, "null", "https://own.example.com"])
def test_everybody_else_gets_the_debuggers_page_without_cors_headers(app: Flask, origin: str | None) -> None:
    answer = debugged(app, "/fails", origin)
    assert answer.status == 500
    assert b"<!doctype html>" in answer.body
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_the_policy_of_the_view_says_who_reads_its_traceback(app: Flask) -> None:
    assert debugged(app, "/own", "https://own.example.com").headers["Content-Type"].startswith("text/plain")
    assert debugged(app, "/own", ORIGIN).headers["Content-Type"].startswith("text/html")


def test_a_stream_that_has_begun_is_not_answered_anew(app: Flask) -> None:
    environ = EnvironBuilder("/streams", headers=[("Origin", ORIGIN)]).get_environ() | {DEBUGGER: lambda _: None}
    started: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
        started.append(status)
        return lambda _: None

    chunks = iter(app(environ, start))
    assert next(chunks) == b"begun"
    with pytest.raises(LookupError, match="in the middle"):
        next(chunks)
    assert started == ["200 OK"]


def test_without_the_debugger_the_exception_is_raised_on(app: Flask) -> None:
    with pytest.raises(LookupError, match="no such thing"):
        app.test_client().get("/fails", headers={"Origin": ORIGIN})


def test_without_debug_mode_the_500_of_flask_can_be_read(app: Flask) -> None:
    app.debug = False
    answer = debugged(app, "/fails", ORIGIN)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (500, ORIGIN)
    assert b"no such thing" not in answer.body


PROGRAM = """
from flask import Flask

from envcors import CORS, cross_origin

app = Flask(__name__)
CORS(app)


@app.get("/fails")
def fails():
    raise LookupError("no such thing")


@app.get("/own")
@cross_origin(origins="https://own.example.com")
def own():
    raise LookupError("its own")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    directory = tmp_path_factory.mktemp("debugged")
    Path(directory, "app.py").write_text(PROGRAM)
    port = free_port()
    command = [sys.executable, "-m", "flask", "run", "--debug", "--no-reload", "--port", str(port)]
    with running(command, {"CORS_ORIGINS": ORIGIN}, cwd=directory, port=port) as server:
        yield server, port


def fetched(port: int, path: str, origin: str) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Origin": origin})
    response = connection.getresponse()
    try:
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


@pytest.mark.parametrize(("path", "origin"), [("/fails", ORIGIN), ("/own", "https://own.example.com")])
def test_under_flask_run_an_allowed_page_reads_the_traceback(
    server: tuple[Running, int], path: str, origin: str
) -> None:
    answer = fetched(server[1], path, origin)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (500, origin)
    assert b"LookupError" in answer.body
    assert b"<html" not in answer.body
    assert "LookupError" in server[0].output


@pytest.mark.parametrize(("path", "origin"), [("/fails", FOREIGN), ("/own", ORIGIN), ("/fails", "null")])
def test_under_flask_run_nobody_else_reads_anything(server: tuple[Running, int], path: str, origin: str) -> None:
    answer = fetched(server[1], path, origin)
    assert answer.status == 500
    assert b"<html" in answer.body
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.fixture(scope="module")
def without_debugger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    directory = tmp_path_factory.mktemp("without_debugger")
    Path(directory, "app.py").write_text(PROGRAM + '\napp.config["PROPAGATE_EXCEPTIONS"] = True\n')
    port = free_port()
    command = [sys.executable, "-m", "flask", "run", "--no-debugger", "--no-reload", "--port", str(port)]
    with running(command, {"CORS_ORIGINS": ORIGIN}, cwd=directory, port=port) as server:
        yield server, port


@pytest.mark.parametrize(("path", "origin"), [("/fails", ORIGIN), ("/own", "https://own.example.com")])
def test_without_the_debugger_an_allowed_page_reads_a_500_that_shows_nothing(
    without_debugger: tuple[Running, int], path: str, origin: str
) -> None:
    answer = fetched(without_debugger[1], path, origin)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (500, origin)
    assert answer.headers["Vary"] == "Origin"
    assert answer.body == b"Internal Server Error\n"
    assert "LookupError" in without_debugger[0].output


@pytest.mark.parametrize(("path", "origin"), [("/fails", FOREIGN), ("/own", ORIGIN), ("/fails", "null")])
def test_without_the_debugger_nobody_else_sees_a_difference(
    without_debugger: tuple[Running, int], path: str, origin: str
) -> None:
    answer = fetched(without_debugger[1], path, origin)
    assert answer.status == 500
    assert b"<!doctype html>" in answer.body
    assert not [name for name in answer.headers if name.startswith("Access-Control")]

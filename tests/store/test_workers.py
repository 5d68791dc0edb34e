"""Many workers of real servers hear of each change within a second."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.processes import Running, free_port, run, running, wait_until
from tests.store.redis_server import RedisServer

pytestmark = pytest.mark.store

ORIGIN = "https://a.customer.io"
APPLICATION = """
import os
from flask import Flask
from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/")
def index():
    return str(os.getpid())
"""


def ask(port: int, origin: str = ORIGIN) -> tuple[str, bool]:
    """The process that answers a request, and whether it allows the origin."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/", headers={"Origin": origin, "Connection": "close"})
        response = connection.getresponse()
        return response.read().decode(), response.getheader("Access-Control-Allow-Origin") == origin
    finally:
        connection.close()


def answers(port: int, workers: int, origin: str = ORIGIN) -> dict[str, bool]:
    """What each worker answers at last."""
    found: dict[str, bool] = {}
    asked = 0
    while len(found) < workers or asked < 8 * workers:
        process, allowed = ask(port, origin)
        found[process] = allowed
        asked += 1
        assert asked < 2_000, found
    return found


@contextmanager
def gunicorn(server: RedisServer, directory: Path, *options: str) -> Iterator[tuple[int, Running]]:
    (directory / "shop.py").write_text(APPLICATION)
    port = free_port()
    variables = {"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": server.url}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--no-control-socket",
        *options,
        "shop:app",
    ]
    with running(command, variables, cwd=directory, port=port) as process:
        yield port, process


def origins(server: RedisServer, *arguments: str) -> None:
    variables = {"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": server.url}
    ended = run([sys.executable, "-m", "envcors.cli", "origins", *arguments], variables, cwd=server.directory)
    assert ended.status == 0, ended.output


@pytest.mark.parametrize("options", [(), ("--preload",), ("--threads", "4")])
def test_every_worker_hears_of_each_change(server: RedisServer, tmp_path: Path, options: tuple[str, ...]) -> None:
    with gunicorn(server, tmp_path, "--workers", "4", *options) as (port, _):
        assert not any(answers(port, 4).values())
        origins(server, "add", ORIGIN)
        wait_until(lambda: all(answers(port, 4).values()), "all workers allow the origin")
        origins(server, "remove", ORIGIN)
        wait_until(lambda: not any(answers(port, 4).values()), "no worker allows the origin")


def test_a_worker_that_replaces_a_killed_one_knows_what_was_removed(server: RedisServer, tmp_path: Path) -> None:
    origins(server, "add", ORIGIN)
    with gunicorn(server, tmp_path, "--workers", "2", "--preload") as (port, _):
        wait_until(lambda: all(answers(port, 2).values()), "all workers allow the origin")
        origins(server, "remove", ORIGIN)
        before = answers(port, 2)
        for process in before:
            os.kill(int(process), signal.SIGKILL)

        def replaced() -> bool:
            try:
                return not before.keys() & answers(port, 2).keys()
            except OSError:
                time.sleep(0.05)
                return False

        wait_until(replaced, "new workers answer")
        assert not any(answers(port, 2).values())


@pytest.mark.parametrize("threads", [True, False])
def test_uwsgi_without_threads_refuses_to_boot(server: RedisServer, tmp_path: Path, threads: bool) -> None:
    (tmp_path / "shop.py").write_text(APPLICATION)
    port = free_port()
    variables = {"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": server.url}
    options = ["--http-socket", f"127.0.0.1:{port}", "--wsgi", "shop:app", "--need-app", "--master"]
    command = [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()", *options]
    if not threads:
        ended = run(command, variables, cwd=tmp_path)
        assert ended.status != 0
        assert "enable-threads" in ended.output
        return
    with running([*command, "--enable-threads"], variables, cwd=tmp_path, port=port):
        origins(server, "add", ORIGIN)
        wait_until(lambda: ask(port)[1], "the worker allows the origin")

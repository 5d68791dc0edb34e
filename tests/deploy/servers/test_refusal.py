"""A permissive production policy under each server: it fails with a report, also in the termination log."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.deploy.servers.commands import SERVERS, Server
from tests.processes import Finished, free_port, run, running

PERMISSIVE = {"CORS_ORIGINS": "*", "CORS_ALLOW_HEADERS": "*", "SECRET_KEY": "fresnel-lens"}
REPORT = """\
envcors refused to boot: 2 problems in a production policy

  origin-any     CORS_ORIGINS=*    (environment)
    Any site on the Internet could read this API's answers.
    Fix: CORS_ORIGINS=https://app.example.com

  headers-any    CORS_ALLOW_HEADERS=*    (environment)
"""


def refused(server: Server, directory: Path, **variables: str) -> Finished:
    return run(server.words(free_port()), {**PERMISSIVE, **variables}, cwd=directory)


def own_gunicorn(directory: Path, text: str, **variables: str) -> Finished:
    (directory / "own.py").write_text(text)
    words = ["gunicorn", "-c", "own.py", "--no-control-socket", "--check-config", "tests.deploy.servers.api:app"]
    return run(words, variables, cwd=directory)


@pytest.mark.parametrize("server", SERVERS.values(), ids=list(SERVERS))
def test_every_server_exits_with_a_status_and_the_report_of_a_refused_policy(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    ended = refused(server, tmp_path, KUBERNETES_SERVICE_HOST="10.0.0.1", CORS_TERMINATION_LOG=str(log))
    assert ended.status in server.statuses
    assert REPORT in ended.output
    assert log.read_text(encoding="utf-8").startswith(REPORT)
    assert "fresnel-lens" not in ended.output
    if server.report_alone:
        assert ended.output.strip() == log.read_text(encoding="utf-8").strip()


def test_with_a_full_disk_the_report_is_still_printed(tmp_path: Path) -> None:
    server = SERVERS["gunicorn -c python:envcors.gunicorn"]
    ended = refused(server, tmp_path, KUBERNETES_SERVICE_HOST="10.0.0.1", CORS_TERMINATION_LOG="/dev/full")
    assert ended.status == 78
    assert ended.stderr.startswith("the refusal could not be written to /dev/full: No space left on device\n" + REPORT)


def test_a_configuration_file_of_gunicorn_checks_by_an_import(tmp_path: Path) -> None:
    ended = own_gunicorn(tmp_path, "import envcors.gunicorn\nworkers = 4\n", **PERMISSIVE)
    assert ended.status == 78
    assert ended.stderr.startswith(REPORT)


def test_a_configuration_file_of_gunicorn_checks_another_prefix(tmp_path: Path) -> None:
    text = "from envcors.boot import check\ncheck(prefix='SHOP_CORS_')\n"
    ended = own_gunicorn(tmp_path, text, SHOP_CORS_ORIGINS="*", CORS_ORIGINS="https://app.example.com")
    assert ended.status == 78
    assert "origin-any    SHOP_CORS_ORIGINS=*" in ended.stderr


def test_gunicorn_exits_before_it_forks_if_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "CORS_ORIGINS").write_text("http://localhost:3000\n")
    server = SERVERS["gunicorn -c python:envcors.gunicorn"]
    ended = run(server.words(free_port()), {"CORS_CONFIG_DIR": str(tmp_path)}, cwd=tmp_path)
    assert ended.status == 78
    assert f"CORS_ORIGINS=http://localhost:3000    ({tmp_path}/CORS_ORIGINS)" in ended.stderr
    assert "\n  origin-local " in ended.stderr


@pytest.mark.parametrize("name", ["gunicorn with one worker", "gunicorn -c python:envcors.gunicorn"])
def test_gunicorn_exits_with_the_report_if_restarted_workers_refuse_the_policy(name: str, tmp_path: Path) -> None:
    """SIGHUP boots new workers, and gunicorn exits if a new worker cannot boot."""
    directory = tmp_path / "cors"
    directory.mkdir()
    (directory / "CORS_ORIGINS").write_text("https://app.example.com")
    port = free_port()
    variables = {"CORS_CONFIG_DIR": str(directory), "CORS_RELOAD_SECONDS": "0"}
    with running(SERVERS[name].words(port), variables, cwd=tmp_path, port=port) as server:
        (directory / "CORS_ORIGINS").write_text("*")
        server.send_signal(signal.SIGHUP)
        assert server.wait() in (1, 3)
        assert "envcors refused to boot: 1 problem in a production policy" in server.output

"""``envcors inspect``: the page of the inspector for a configuration."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.command import Shell
from tests.processes import free_port, running


def test_the_page_shows_a_production_configuration(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CORS_ORIGINS=https://app.acme.io\nCORS_RESOURCES__A__PATHS=/a/*\n")
    command = [sys.executable, "-m", "envcors.cli", "inspect", "--port", "0", "--env-file", ".env", "--no-environ"]
    with running(command, {"CI": "true"}, cwd=tmp_path) as process:
        line = process.wait_for_line(r"The inspector is at http://localhost:\d+/_cors .*")
        address = re.search(r"http://localhost:\d+/_cors", line)
        assert address is not None
        with urlopen(address[0], timeout=60) as response:
            page = response.read().decode()
        assert "production policy" in page
        assert "/a/*" in page
        assert ".env line 1" in page
        assert "Last decisions" not in page
        with urlopen(f"{address[0]}/explain?origin=https://evil.example&path=/a/b", timeout=60) as response:
            assert "origin-not-allowed" in response.read().decode()


def test_a_refused_configuration_is_reported(shell: Shell) -> None:
    assert shell.envcors("inspect", CORS_ORIGINS="*").status == 1


def test_a_port_that_is_taken_is_a_usage_error(shell: Shell) -> None:
    port = free_port()
    with running([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], port=port):
        ended = shell.envcors("inspect", "--port", str(port), CORS_ORIGINS="https://app.acme.io")
    assert ended.status == 2
    assert "choose another one" in ended.stderr


@pytest.mark.parametrize("port", ["-1", "70000", "x"])
def test_an_invalid_port_is_a_usage_error(shell: Shell, port: str) -> None:
    assert shell.envcors("inspect", "--port", port).status == 2

"""A valid production policy under each server: it boots, and responds to a preflight."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from tests.deploy.servers.commands import HOST, SERVERS, Server
from tests.processes import PATIENCE, free_port, run, running

GOOD = {"CORS_ORIGINS": "https://app.example.com", "CORS_METHODS": "PUT"}
SERVING = {name: server for name, server in SERVERS.items() if server.serves}
CHECKING = {name: server for name, server in SERVERS.items() if not server.serves}


def preflight(port: int) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}
        connection.request("OPTIONS", "/nowhere", headers=asked)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name: value for name, value in answer.getheaders() if name.startswith("Access-Control")}
    finally:
        connection.close()


@pytest.mark.parametrize("server", SERVING.values(), ids=list(SERVING))
def test_a_valid_policy_boots_and_responds_to_a_preflight_under_every_server(server: Server, tmp_path: Path) -> None:
    port = free_port()
    with running(server.words(port), GOOD, cwd=tmp_path, port=port):
        assert preflight(port) == (
            204,
            {
                "Access-Control-Allow-Origin": "https://app.example.com",
                "Access-Control-Allow-Methods": "PUT",
                "Access-Control-Max-Age": "600",
            },
        )


@pytest.mark.parametrize("server", CHECKING.values(), ids=list(CHECKING))
def test_a_valid_policy_passes_every_check(server: Server, tmp_path: Path) -> None:
    assert run(server.words(free_port()), GOOD, cwd=tmp_path).status == 0

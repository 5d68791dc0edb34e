"""`docker-compose.yml`: its very commands, variables and health checks, run as processes of this machine.

What a container would have of its own is mapped: the ports to free ones, every address to the loopback one,
`/tmp` and the working directory to directories of the test. A health check gets the time of a test: Compose repeats one
that fails on a busy machine, and a test does not.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from tests.processes import PATIENCE, REPOSITORY, Finished, free_port, run, running

# One worker runs all of them, so that the services are started once.
pytestmark = pytest.mark.xdist_group("compose")

COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
PORTS = ("8000", "8080", "8081")


@dataclass(frozen=True, slots=True)
class Containers:
    """This machine in the place of the containers."""

    ports: Mapping[str, int]
    directory: Path

    def mapped(self, text: str) -> str:
        for inside, outside in self.ports.items():
            text = text.replace(f":{inside}", f":{outside}")
        return text.replace("0.0.0.0", "127.0.0.1").replace("/tmp/", f"{self.directory}/")

    def command(self, service: str) -> list[str]:
        return [self.mapped(word) for word in SERVICES[service]["command"]]

    def health_check(self, service: str) -> list[str]:
        kind, *words = SERVICES[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return [re.sub(r"timeout=\d+", f"timeout={PATIENCE}", self.mapped(word)) for word in words]

    def variables(self, service: str) -> dict[str, str]:
        given = SERVICES[service].get("environment", {})
        return {"PYTHONPATH": "", **{name: self.mapped(value) for name, value in given.items()}}

    @property
    def working_directory(self) -> Path:
        return self.directory / "srv"

    def run(self, service: str, command: list[str], **changed: str) -> Finished:
        return run(command, {**self.variables(service), **changed}, cwd=self.working_directory)


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Containers:
    directory = tmp_path_factory.mktemp("containers")
    shutil.copytree(REPOSITORY / "examples", directory / "srv" / "examples")
    return Containers({port: free_port() for port in PORTS}, directory)


@pytest.fixture(scope="module")
def up(containers: Containers) -> Iterator[Containers]:
    with ExitStack() as stack:
        for service, port in (("api", "8000"), ("page", "8080")):
            stack.enter_context(
                running(
                    containers.command(service),
                    containers.variables(service),
                    cwd=containers.working_directory,
                    port=containers.ports[port],
                )
            )
        yield containers


def preflight(up: Containers, origin: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", up.ports["8000"], timeout=PATIENCE)
    try:
        headers = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
        connection.request("OPTIONS", "/api/ships/1", headers=headers)
        response = connection.getresponse()
        return response.status, response.getheader("Access-Control-Allow-Origin")
    finally:
        connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_up_is_healthy(up: Containers, service: str) -> None:
    assert up.run(service, up.health_check(service)).status == 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_not_up_is_not_healthy(up: Containers, service: str) -> None:
    elsewhere = Containers({port: free_port() for port in PORTS}, up.directory)
    assert elsewhere.run(service, elsewhere.health_check(service)).status != 0


def test_the_page_is_served_and_finds_the_api_from_an_origin_that_the_api_names(up: Containers) -> None:
    page = f"http://127.0.0.1:{up.ports['8080']}"
    with urlopen(f"{page}/config.json", timeout=PATIENCE) as answer:
        api = json.load(answer)["api"]
    assert api == f"http://127.0.0.1:{up.ports['8000']}"
    assert preflight(up, page) == (204, page)


def test_the_stranger_is_served_the_page_and_gets_nothing_from_the_api(up: Containers) -> None:
    stranger = f"http://127.0.0.1:{up.ports['8081']}"
    with urlopen(f"{stranger}/stranger.html", timeout=PATIENCE) as answer:
        assert answer.status == 200
    assert preflight(up, stranger)[1] is None


def test_a_policy_that_the_check_refuses_is_never_served(containers: Containers) -> None:
    ended = containers.run("api", containers.command("api"), CORS_ENV="production", CORS_ORIGINS="*")
    assert ended.status == 1
    assert "origin-any" in ended.output
    assert "gunicorn" not in ended.output


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_write_nowhere_but_in_tmp_and_gains_no_privileges(service: str) -> None:
    given = SERVICES[service]
    assert given["read_only"] is True
    assert given["tmpfs"] == ["/tmp"]
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_cannot_start_is_not_restarted_for_ever(service: str) -> None:
    policy, _, times = SERVICES[service]["restart"].partition(":")
    assert policy == "on-failure"
    assert int(times) > 0


@pytest.mark.parametrize("image", sorted({given["image"] for given in SERVICES.values()}))
def test_an_image_is_built_once_and_before_whatever_else_runs_it(image: str) -> None:
    services = {name: given for name, given in SERVICES.items() if given["image"] == image}
    (builder,) = [name for name, given in services.items() if "build" in given]
    for given in [given for name, given in services.items() if name != builder]:
        assert given["pull_policy"] == "never"
        assert builder in given["depends_on"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_published_on_this_machine_only(service: str) -> None:
    for published in SERVICES[service]["ports"]:
        address, outside, inside = published.split(":")
        assert (address, outside) == ("127.0.0.1", inside)

"""The two servers of the demo, each a process of its own on a free port."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from examples.demo.programs import program

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"
PASSWORD = "fresnel"  # noqa: S105 - the demo prints it
START_SECONDS = 60

GUNICORN = ("gunicorn", "-c", "python:envcors.gunicorn", "examples.api.app:app")


class DemoError(Exception):
    """Something did not behave as the demo claims."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The three origins of the demo."""

    api: str
    page: str
    stranger: str


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves ``url``, and the file that holds its output."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def wait_for(self, path: str) -> None:
        """Return as soon as it answers there.

        Raises:
            DemoError: It ended, or did not answer in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self.ended and time.monotonic() < deadline:
            connection = http.client.HTTPConnection(without_scheme(self.url), timeout=START_SECONDS)
            try:
                connection.request("GET", path)
                if connection.getresponse().status == http.client.OK:
                    return
            except OSError:
                time.sleep(0.05)
            finally:
                connection.close()
        raise DemoError(f"{self.url} does not answer.\n{self.log.read_text(errors='replace')}")


def without_scheme(url: str) -> str:
    return url.removeprefix("http://")


def free_port(preferred: int) -> int:
    """The port ``preferred`` if nothing listens there, else any that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError("No port is free.")


def surroundings(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what could change the demo, and with ``variables``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORS_", "GUNICORN_"))}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**kept, "PATH": programs, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}


@contextmanager
def server(url: str, command: Sequence[str], variables: Mapping[str, str], directory: Path) -> Iterator[Server]:
    """Run a server in ``directory`` until the end of the block."""
    log = directory / f"{without_scheme(url)}.log"
    with log.open("wb") as output, program(command, surroundings(variables), directory, output) as process:
        yield Server(url, process, log)


def policy(addresses: Addresses) -> dict[str, str]:
    """The API's policy: the page alone, with its cookies."""
    return {
        "CORS_ENV": "development",
        "CORS_ORIGINS": addresses.page,
        "CORS_METHODS": "GET,POST,PUT,DELETE",
        "CORS_EXPOSE_HEADERS": "X-Total-Count",
        "CORS_SUPPORTS_CREDENTIALS": "true",
        "CORS_INSPECTOR": "true",
    }


def api_server(addresses: Addresses, directory: Path) -> AbstractContextManager[Server]:
    """The lighthouse log under gunicorn."""
    variables = {
        **policy(addresses),
        "LIGHTHOUSE_PASSWORD": PASSWORD,
        "LIGHTHOUSE_PLAIN_COOKIE": "yes",
        "LIGHTHOUSE_DATABASE": str(directory / "lighthouse.sqlite3"),
    }
    command = [*GUNICORN, "--bind", without_scheme(addresses.api), "--threads", "8", "--no-control-socket"]
    return server(addresses.api, command, variables, directory)


def page_server(addresses: Addresses, directory: Path) -> AbstractContextManager[Server]:
    """The page, on its own origin and on that of the other site."""
    command = [sys.executable, "-m", "examples.page.serve"]
    command += ["--api", addresses.api, "--stranger", addresses.stranger]
    command += ["--bind", without_scheme(addresses.page), "--bind", without_scheme(addresses.stranger)]
    return server(addresses.page, command, {}, directory)


@contextmanager
def serving(addresses: Addresses, directory: Path) -> Iterator[tuple[Server, Server]]:
    """Run the API and its page until the end of the block; their files are in ``directory``."""
    with api_server(addresses, directory) as api, page_server(addresses, directory) as page:
        api.wait_for("/health")
        page.wait_for("/")
        yield api, page

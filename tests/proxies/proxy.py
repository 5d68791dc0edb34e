"""Real proxies in front of a real application, each with the configuration that deploy/proxies ships."""

from __future__ import annotations

import getpass
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.finding import NoBrowserError, missing
from tests.processes import REPOSITORY, free_port, running

APPLICATION = """
from flask import Flask, abort
from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.route("/items", methods=["GET", "PUT"])
def items():
    return "items", {"Cache-Control": "public, max-age=60"}


@app.get("/broken")
def broken():
    abort(500)
"""
VARIABLES = {
    "CORS_ORIGINS": "https://app.example.com,https://admin.example.com",
    "CORS_METHODS": "GET,PUT",
    "CORS_EXPOSE_HEADERS": "X-Total-Count",
}
PROXIES = {
    "nginx": ("nginx.conf", "nginx"),
    "haproxy": ("haproxy.cfg", "haproxy"),
    "apache": ("apache.conf", "apache2"),
    "varnish": ("varnish.vcl", "varnishd"),
}
MARK = "# your own directives\n"
OF_RESPONSES = "# your own directives for responses\n"


def program(name: str) -> str:
    """The path of a proxy. Raises NoBrowserError where it is missing."""
    path = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if path is None:
        raise NoBrowserError(name, [name])
    return path


def command(name: str, directory: Path, port: int) -> list[str]:
    path, file = program(PROXIES[name][1]), str(directory / PROXIES[name][0])
    match name:
        case "nginx":
            return [path, "-p", str(directory), "-c", file, "-g", f"daemon off; user {getpass.getuser()};"]
        case "haproxy":
            return [path, "-W", "-f", file]
        case "apache":
            return [path, "-f", file, "-D", "FOREGROUND"]
    return [
        path,
        "-F",
        "-j",
        "none",
        "-n",
        str(directory / "varnish"),
        "-a",
        f"127.0.0.1:{port}",
        "-f",
        file,
        "-s",
        "malloc,10m",
    ]


@contextmanager
def proxied(
    name: str, directory: Path, request: str = "", response: str = "", *, application: bool = True
) -> Iterator[str]:
    """The address of a proxy in front of the application.

    Args:
        name: One of ``PROXIES``.
        directory: Where its files are.
        request: Directives in place of the mark of its configuration.
        response: The same, for Varnish's responses.
        application: Whether the application runs.
    """
    port, behind = free_port(), free_port()
    text = (REPOSITORY / "deploy" / "proxies" / PROXIES[name][0]).read_text()
    for old, new in (("8080", str(port)), ("8000", str(behind)), ("/tmp/apache.pid", str(directory / "apache.pid"))):
        text = text.replace(old, new)
    (directory / PROXIES[name][0]).write_text(text.replace(OF_RESPONSES, f"{response}\n").replace(MARK, f"{request}\n"))
    (directory / "shop.py").write_text(APPLICATION)
    server = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{behind}", "--no-control-socket", "shop:app"]
    try:
        start = command(name, directory, port)
    except NoBrowserError as error:
        missing(error)
    if not application:
        with running(start, cwd=directory, port=port):
            yield f"http://127.0.0.1:{port}"
        return
    with running(server, VARIABLES, cwd=directory, port=behind), running(start, cwd=directory, port=port):
        yield f"http://127.0.0.1:{port}"

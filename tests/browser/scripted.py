"""A server that answers what a case says, and records what arrived."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; ``{page}``, ``{api}`` and ``{elsewhere}`` in a header stand for the origins of this run.

    ``{elsewhere_host}`` stands for the host and the port of one.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """How one path answers a preflight, and how it answers everything else."""

    preflight: Answer
    actual: Answer


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a server can see of a request that matters to CORS."""

    method: str
    path: str
    origin: str | None
    asked_method: str | None
    asked_headers: str | None
    cookie: str | None
    authorization: str | None
    content_type: str | None
    body: str


@dataclass
class Scripted:
    """The application, the same at every origin: `answers[case][path]` says how `/case/path` is answered."""

    origins: Mapping[str, str]
    answers: Mapping[str, Mapping[str, Answers]]
    arrivals: dict[str, list[Arrival]] = field(default_factory=dict)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _, case, path = environ["PATH_INFO"].split("/", 2) if environ["PATH_INFO"].count("/") > 1 else ("", "", "")
        if case not in self.answers:
            start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "0")])
            return [b""]
        self.arrivals.setdefault(case, []).append(_arrival(environ, path))
        answers = self.answers[case][path]
        asked = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ and environ["REQUEST_METHOD"] == "OPTIONS"
        answer = answers.preflight if asked else answers.actual
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" or answer.status in {204, 304} else b"body"
        headers = [(name, self._filled(value)) for name, value in answer.headers]
        headers += [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response(f"{answer.status} Scripted", headers)
        return [body]

    def _filled(self, text: str) -> str:
        return filled(text, self.origins)


def filled(text: str, origins: Mapping[str, str]) -> str:
    """A text of the table with the origins of this run in it, and the hosts of them."""
    for name, origin in origins.items():
        text = text.replace(f"{{{name}}}", origin).replace(f"{{{name}_host}}", origin.partition("//")[2])
    return text


def _arrival(environ: WSGIEnvironment, path: str) -> Arrival:
    size = int(environ.get("CONTENT_LENGTH") or 0)
    return Arrival(
        method=environ["REQUEST_METHOD"],
        path=path,
        origin=environ.get("HTTP_ORIGIN"),
        asked_method=environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
        asked_headers=environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"),
        cookie=environ.get("HTTP_COOKIE"),
        authorization=environ.get("HTTP_AUTHORIZATION"),
        content_type=environ.get("CONTENT_TYPE") or None,
        body=environ["wsgi.input"].read(size).decode("latin-1"),
    )


class _SilentHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def served(application: WSGIApplication) -> Iterator[str]:
    """Serve an application on a free port of 127.0.0.1, with a thread for each request; yields its origin."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def three_origins(answers: Mapping[str, Mapping[str, Answers]]) -> Iterator[Scripted]:
    """Serve one scripted application at three origins: ``page``, ``api`` and ``elsewhere``."""
    origins: dict[str, str] = {}
    server = Scripted(origins, answers)
    with ExitStack() as stack:
        origins.update({name: stack.enter_context(served(server)) for name in ("page", "api", "elsewhere")})
        yield server

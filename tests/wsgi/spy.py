"""A WSGI application that remembers its requests, and a server's side that remembers what was answered."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]


@dataclass
class Spy:
    """Answers every request alike, and counts them."""

    headers: Headers = field(default_factory=lambda: [("Content-Type", "text/plain")])
    status: str = "200 OK"
    calls: int = 0

    def __call__(self, _: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.calls += 1
        start_response(self.status, self.headers)
        return [b"from the app"]


@dataclass
class Answer:
    """What a server would have sent."""

    status: str
    headers: Headers
    body: bytes
    errors: str

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Server:
    """The server's side of PEP 3333: headers leave with the first chunk that is not empty."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: Headers = []
        self.sent: list[bytes] = []
        self.errors = io.StringIO()

    def start_response(self, status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
        if isinstance(exc_info, tuple) and self.sent and isinstance(exc_info[1], BaseException):
            raise exc_info[1]
        assert not self.status or exc_info, "start_response was called twice without exc_info"
        self.status, self.headers = status, headers
        return self.send

    def send(self, chunk: bytes) -> None:
        if chunk:
            assert self.status
            self.sent.append(chunk)

    def serve(self, app: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
        chunks = app({**environ, "wsgi.errors": self.errors}, self.start_response)
        try:
            for chunk in chunks:
                self.send(chunk)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return Answer(self.status, self.headers, b"".join(self.sent), self.errors.getvalue())


def request(method: str = "GET", path: str = "/", **headers: str) -> dict[str, object]:
    """An environment; `headers` are named as in `Access_Control_Request_Method="PUT"`."""
    environ: dict[str, object] = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": ""}
    return environ | {f"HTTP_{name.upper()}": value for name, value in headers.items()}


def preflight(origin: str, method: str = "PUT", names: str | None = None, path: str = "/") -> dict[str, object]:
    """The environment of a preflight."""
    environ = request("OPTIONS", path, Origin=origin, Access_Control_Request_Method=method)
    return environ if names is None else environ | {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": names}

"""A WSGI application that counts its requests, and a WSGI server that records the response."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]


@dataclass
class Spy:
    """An application that gives the same response to all requests and counts them."""

    headers: Headers = field(default_factory=lambda: [("Content-Type", "text/plain")])
    status: str = "200 OK"
    calls: int = 0

    def __call__(self, _: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.calls += 1
        start_response(self.status, self.headers)
        return [b"from the app"]


@dataclass
class Answer:
    """The response that a server would send."""

    status: str
    headers: Headers
    body: bytes
    errors: str

    def values(self, name: str) -> list[str]:
        """Return all values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Server:
    """A server as in PEP 3333, which sends the headers with the first chunk that is not empty."""

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
    """Return a WSGI environment; name ``headers`` as in ``Access_Control_Request_Method="PUT"``."""
    environ: dict[str, object] = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": ""}
    return environ | {f"HTTP_{name.upper()}": value for name, value in headers.items()}


def preflight(origin: str, method: str = "PUT", names: str | None = None, path: str = "/") -> dict[str, object]:
    """Return the WSGI environment of a preflight."""
    environ = request("OPTIONS", path, Origin=origin, Access_Control_Request_Method=method)
    return environ if names is None else environ | {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": names}

"""Calls WSGI applications in process, each at its origin, with one cookie jar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request as WSGIRequest

from .errors import NetworkError
from .exchange import SentRequest, ServerResponse
from .headers import combined
from .origins import origin_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Transport:
    """The network between the browser and the applications.

    Args:
        servers: The application that answers at each origin.
    """

    def __init__(self, servers: Mapping[str, WSGIApplication]) -> None:
        self._servers = dict(servers)
        self._with_cookies = Client(self._serve)
        self._without_cookies = Client(self._serve, use_cookies=False)

    def send(self, request: SentRequest, *, credentials: bool) -> tuple[SentRequest, ServerResponse]:
        """Send a request to the application at the URL's origin.

        Args:
            request: What to send, without ``Cookie``.
            credentials: Whether cookies are sent, and stored from the response.

        Returns:
            The request with the cookies that were sent, and the response.

        Raises:
            NetworkError: There is no application at that origin.
            Exception: Whatever the application does not handle itself.
        """
        if origin_of(request.url) not in self._servers:
            raise NetworkError(f"nothing answers at {origin_of(request.url)}: pass its application in `elsewhere`")
        environ = _environ(request)
        client = self._with_cookies if credentials else self._without_cookies
        answer = client.open(WSGIRequest(environ, populate_request=False), buffered=True)
        cookies = environ.get("HTTP_COOKIE")
        headers = request.headers if cookies is None else (*request.headers, ("Cookie", cookies))
        return (
            SentRequest(request.method, request.url, headers, request.body),
            ServerResponse(answer.status_code, tuple(answer.headers.to_wsgi_list()), answer.get_data()),
        )

    def forget_cookies(self) -> None:
        """Delete all cookies."""
        self._with_cookies = Client(self._serve)

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        origin = origin_of(f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}")
        return self._servers[origin](environ, start_response)


def _environ(request: SentRequest) -> WSGIEnvironment:
    parts = urlsplit(request.url)
    builder = EnvironBuilder(
        method=request.method,
        base_url=origin_of(request.url),
        headers=list(combined(request.headers)),
        data=request.body,
    )
    environ = builder.get_environ()
    # Set by hand: for the builder, a path that begins with two slashes is a host.
    path = parts.path or "/"
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    environ["QUERY_STRING"] = parts.query
    environ["REQUEST_URI"] = environ["RAW_URI"] = f"{path}?{parts.query}" if parts.query else path
    return environ

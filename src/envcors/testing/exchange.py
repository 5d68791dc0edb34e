"""One request as it was sent, and its response as it came, before any check and any filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from . import headers as header_lists
from .headers import HeaderList

_DECISIVE_REQUEST_HEADERS = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
_DECISIVE_RESPONSE_HEADERS = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Location",
)


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as the server received it, ``Origin`` and ``Cookie`` included."""

    method: str
    url: str
    headers: HeaderList
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The values of a header, joined; ``None`` if it was not sent."""
        return header_lists.get(self.headers, name)


@dataclass(frozen=True, slots=True)
class ServerResponse:
    """A response as the server sent it."""

    status: int
    headers: HeaderList
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The values of a header, joined; ``None`` if it was not sent."""
        return header_lists.get(self.headers, name)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response. The browser sends a ``preflight`` by itself, an ``actual`` request for a script."""

    kind: Literal["preflight", "actual"]
    request: SentRequest
    response: ServerResponse

    def transcript(self) -> Iterator[str]:
        """The lines that decide on CORS: ``>`` was sent, ``<`` was received. Cookies are not shown."""
        yield f"> {self.request.method} {self.request.url}"
        for name in _DECISIVE_REQUEST_HEADERS:
            if (value := self.request.header(name)) is not None:
                yield f"> {name}: {value}"
        yield f"< {self.response.status}"
        for name in _DECISIVE_RESPONSE_HEADERS:
            if (value := self.response.header(name)) is not None:
                yield f"< {name}: {value}"

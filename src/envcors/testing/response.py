"""The response as a script can read it (Fetch standard, §2.2.6: filtered responses)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from . import headers as header_lists
from .exchange import ServerResponse
from .headers import ReadableHeaders
from .request import Request

Tainting: TypeAlias = Literal["basic", "cors", "opaque"]

SAFELISTED_NAMES = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)
"""Response headers that every script can read, in lower case."""

_FORBIDDEN_NAMES = frozenset({"set-cookie", "set-cookie2"})


@dataclass(frozen=True, slots=True)
class Response:
    """What ``fetch()`` resolves to.

    Attributes:
        status: The HTTP status; 0 for an opaque response (mode ``no-cors``, or a redirect that is not followed).
        headers: The headers that a script can read, by name in any case; never ``Set-Cookie``.
        content: The body, in bytes; empty for an opaque response.
        url: The URL that answered, after redirects.
        redirected: Whether a redirect was followed.
        preflighted: Whether a preflight was sent for it; false if the cache of preflights made one unnecessary.
        type: ``basic`` (same origin), ``cors``, ``opaque`` or ``opaqueredirect``.
    """

    status: int
    headers: ReadableHeaders
    content: bytes
    url: str
    redirected: bool
    preflighted: bool
    type: Literal["basic", "cors", "opaque", "opaqueredirect"]

    @property
    def ok(self) -> bool:
        """Whether the status is from 200 to 299."""
        return 200 <= self.status <= 299

    @property
    def text(self) -> str:
        """The body as text, always decoded as UTF-8, as ``Response.text()`` does."""
        return self.content.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            json.JSONDecodeError: It is not JSON.
        """
        return json.loads(self.text)


def filtered(
    response: ServerResponse, request: Request, tainting: Tainting, *, redirected: bool, preflighted: bool
) -> Response:
    """What the script that sent ``request`` can read of ``response``."""
    if tainting == "opaque":
        return opaque("opaque", preflighted=preflighted)
    names = frozenset(name.lower() for name, _ in response.headers)
    readable = names if tainting == "basic" else names & (SAFELISTED_NAMES | _exposed(response, request))
    readable -= _FORBIDDEN_NAMES
    return Response(
        status=response.status,
        headers=ReadableHeaders(header_lists.without(response.headers, names - readable), names - readable),
        content=response.body,
        url=request.url,
        redirected=redirected,
        preflighted=preflighted,
        type=tainting,
    )


def opaque(kind: Literal["opaque", "opaqueredirect"], *, url: str = "", preflighted: bool) -> Response:
    """A response of which a script learns only that there was one."""
    return Response(0, ReadableHeaders(()), b"", url, redirected=False, preflighted=preflighted, type=kind)


def _exposed(response: ServerResponse, request: Request) -> frozenset[str]:
    given = header_lists.tokens(response.header("Access-Control-Expose-Headers")) or ()
    if "*" in given and request.credentials != "include":
        return frozenset(name.lower() for name, _ in response.headers)
    return frozenset(name.lower() for name in given)

"""A request of a page's script, as a browser sends it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote_to_bytes

import click

from envcors.problems import printable
from envcors.protocol.names import NORMALISED_METHODS, is_forbidden_method, is_forbidden_request_header, is_token
from envcors.protocol.safelist import RequestHeader, needs_preflight, unsafe_names


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """A call of ``fetch()``. ``path`` has no query; ``credentials`` is the mode ``include``."""

    origin: str
    method: str = "GET"
    headers: tuple[RequestHeader, ...] = ()
    path: str = "/"
    credentials: bool = False

    @classmethod
    def of(cls, origin: str, method: str, headers: Iterable[str], path: str, *, credentials: bool) -> Self:
        """Make the request of a command line. Raises click.BadParameter for what scripts cannot send."""
        if not origin:
            raise click.BadParameter("Expected an origin, such as https://app.example.com", param_hint="--origin")
        return cls(origin, sendable_method(method), tuple(map(_header, headers)), _path(path), credentials)

    @property
    def needs_preflight(self) -> bool:
        """Whether the browser sends a preflight first."""
        return needs_preflight(self.method, self.headers)

    @property
    def request_headers(self) -> str | None:
        """``Access-Control-Request-Headers`` of the preflight."""
        return ",".join(unsafe_names(self.headers)) or None

    @property
    def path_info(self) -> str:
        """The path as WSGI's ``PATH_INFO`` holds it: decoded, its bytes as Latin-1."""
        return unquote_to_bytes(os.fsencode(self.path)).decode("latin-1")


def sendable_method(text: str) -> str:
    """Return the method as a browser sends it (Fetch §2.2.1). Raises click.BadParameter if scripts cannot send it."""
    if not is_token(text):
        raise click.BadParameter(f"{printable(text)!r} is not a valid method.", param_hint="--method")
    if is_forbidden_method(text):
        raise click.BadParameter(f"Browsers do not let scripts send {text.upper()}.", param_hint="--method")
    return text.upper() if text.upper() in NORMALISED_METHODS else text


def _header(text: str) -> RequestHeader:
    name, colon, value = text.partition(":")
    name = name.strip()
    if not is_token(name):
        raise click.BadParameter(f"{printable(name)!r} is not a valid header name.", param_hint="--header")
    if is_forbidden_request_header(name):
        raise click.BadParameter(f"Browsers do not let scripts set {name}.", param_hint="--header")
    return name, value.strip() if colon else None


def _path(text: str) -> str:
    if not text.startswith("/"):
        raise click.BadParameter("A path begins with /.", param_hint="--path")
    return text.partition("#")[0].partition("?")[0]

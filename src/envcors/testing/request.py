"""The request that a script makes (Fetch standard, §5.4: the ``Request`` constructor)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from . import headers as header_lists
from . import safelist
from .headers import HeaderList
from .origins import includes_credentials, without_empty_userinfo

Credentials: TypeAlias = Literal["omit", "same-origin", "include"]
Mode: TypeAlias = Literal["cors", "same-origin", "no-cors"]
Redirect: TypeAlias = Literal["follow", "error", "manual"]
Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

WEB_SCHEMES = frozenset({"http", "https"})

_NORMALIZED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_FORBIDDEN_HEADERS = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


@dataclass(frozen=True, slots=True)
class Request:
    """What a script asks for. A redirect makes another of it: a new URL, perhaps another method."""

    method: str
    url: str
    headers: HeaderList
    body: bytes | None
    credentials: Credentials
    mode: Mode
    redirect: Redirect

    @property
    def unsafe_names(self) -> tuple[str, ...]:
        """The names of the headers that need a preflight, in lower case, sorted."""
        return safelist.unsafe_names(self.headers)

    @property
    def needs_preflight(self) -> bool:
        """Whether a preflight is sent before it to a server of another origin."""
        return self.method not in safelist.METHODS or bool(self.unsafe_names)

    def without_body(self) -> Request:
        """The same as a ``GET`` without a body and the headers that describe one."""
        body_headers = ("Content-Encoding", "Content-Language", "Content-Location", "Content-Type")
        return replace(self, method="GET", body=None, headers=header_lists.without(self.headers, body_headers))


def new_request(
    url: str,
    *,
    method: str,
    headers: Headers | None,
    body: str | bytes | None,
    credentials: Credentials,
    mode: Mode,
    redirect: Redirect,
) -> Request:
    """Check and normalize the arguments of ``fetch()``.

    Raises:
        ValueError: ``fetch()`` throws a ``TypeError`` for them, or drops a header silently.
    """
    _one_of("credentials", credentials, Credentials)
    _one_of("mode", mode, Mode)
    _one_of("redirect", redirect, Redirect)
    parts = urlsplit(url)
    if parts.scheme not in WEB_SCHEMES or not parts.hostname:
        raise ValueError(f"{url}: expected an http or https URL, as only these have an application behind them")
    if includes_credentials(url):
        raise ValueError(f"fetch() accepts no URL with a user name or a password: {url}")
    normalized = _normalize(method)
    given = header_lists.header_list(headers.items() if isinstance(headers, Mapping) else headers or ())
    for name, value in given:
        _refuse_forbidden(name, value)
    if body is not None and normalized in {"GET", "HEAD"}:
        raise ValueError(f"a {normalized} request cannot have a body")
    if isinstance(body, str):
        if header_lists.get(given, "Content-Type") is None:
            given += (("Content-Type", "text/plain;charset=UTF-8"),)
        body = body.encode()
    if mode == "no-cors":
        _refuse_beyond_no_cors(normalized, given, redirect)
    return Request(normalized, without_empty_userinfo(url), given, body, credentials, mode, redirect)


def _normalize(method: str) -> str:
    if not header_lists.is_token(method):
        raise ValueError(f"{method!r} is not a method")
    if method.upper() in _FORBIDDEN_METHODS:
        raise ValueError(f"scripts cannot use the method {method}")
    return method.upper() if method.upper() in _NORMALIZED_METHODS else method


def _refuse_forbidden(name: str, value: str) -> None:
    lower = name.lower()
    overrides = _METHOD_OVERRIDES & {lower} and any(
        method.strip(" \t").upper() in _FORBIDDEN_METHODS for method in value.split(",")
    )
    if lower in _FORBIDDEN_HEADERS or lower.startswith(("proxy-", "sec-")) or overrides:
        raise ValueError(f"scripts cannot set the request header {name}; a browser drops it silently")


def _refuse_beyond_no_cors(method: str, headers: HeaderList, redirect: Redirect) -> None:
    if method not in safelist.METHODS:
        raise ValueError(f"a no-cors request is GET, HEAD or POST, not {method}")
    if redirect != "follow":
        raise ValueError("a no-cors request must follow redirects")
    for name, value in header_lists.combined(headers):
        if not safelist.is_no_cors_safelisted(name, value):
            raise ValueError(f"a no-cors request cannot have the header {name}: {value}; a browser drops it silently")


def _one_of(what: str, value: str, allowed: object) -> None:
    if value not in get_args(allowed):
        raise ValueError(f"{what} is one of {', '.join(get_args(allowed))}; not {value!r}")

"""The CORS check of a response (Fetch standard, §4.9), in the order in which Chromium reports failures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from .errors import CORSError

if TYPE_CHECKING:
    from .exchange import ServerResponse
    from .request import Credentials

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_SCHEMES_WITH_HOST = frozenset({"http", "https", "ws", "wss", "ftp"})
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#/<>?@\[\\\]^|%\x7f]")


class Failure(NamedTuple):
    """The reason, and the value that decides."""

    reason: CORSError
    detail: str = ""


def cors_check(response: ServerResponse, origin: str, credentials: Credentials) -> Failure | None:
    """Why scripts of ``origin`` (serialized, or ``null``) cannot read ``response``; ``None`` if they can."""
    allowed = response.header("Access-Control-Allow-Origin")
    if allowed is None:
        return Failure(CORSError.MISSING_ALLOW_ORIGIN_HEADER)
    if allowed == "*":
        return Failure(CORSError.WILDCARD_ORIGIN_NOT_ALLOWED) if credentials == "include" else None
    if allowed != origin:
        return Failure(_mismatch(allowed), allowed)
    if credentials == "include":
        value = response.header("Access-Control-Allow-Credentials")
        if value != "true":
            return Failure(CORSError.INVALID_ALLOW_CREDENTIALS, value or "")
    return None


def _mismatch(allowed: str) -> CORSError:
    if "," in allowed or " " in allowed:
        return CORSError.MULTIPLE_ALLOW_ORIGIN_VALUES
    if allowed == "null" or _is_url(allowed):
        return CORSError.ALLOW_ORIGIN_MISMATCH
    return CORSError.INVALID_ALLOW_ORIGIN_VALUE


def _is_url(text: str) -> bool:
    """Whether Chromium considers it a URL: it has a scheme and, if that is a web scheme, a host."""
    if not _SCHEME.match(text):
        return False
    try:
        parts = urlsplit(text)
        if parts.scheme not in _SCHEMES_WITH_HOST:
            return True
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.netloc.startswith("[") or not _FORBIDDEN_IN_HOST.search(host))

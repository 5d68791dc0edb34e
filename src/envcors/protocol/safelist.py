"""Which requests need no preflight: CORS-safelisted methods and request headers (Fetch §2.2.1, §2.2.2)."""

import re
from collections.abc import Iterable

from envcors.protocol.names import SAFELISTED_METHODS, SAFELISTED_REQUEST_HEADERS, is_token

_LONGEST_VALUE = 128
_LONGEST_TOGETHER = 1024
_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

_unsafe_byte = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_language = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_range = re.compile(r"bytes=([0-9]+)-([0-9]*)")

RequestHeader = tuple[str, str | None]
"""A name and its value; None if only the name is known."""


def needs_preflight(method: str, headers: Iterable[RequestHeader]) -> bool:
    """Return whether a browser sends a preflight before such a request. ``method`` is as the browser sends it."""
    return method not in SAFELISTED_METHODS or bool(unsafe_names(headers))


def unsafe_names(headers: Iterable[RequestHeader]) -> tuple[str, ...]:
    """Return the names that the preflight requests: in lower case, sorted, without duplicates (Fetch, "CORS-unsafe
    request-header names").

    Values that are safe one by one need a preflight if they have more than 1,024 bytes together.
    """
    headers = tuple(headers)
    safe = [(name, value) for name, value in headers if is_safelisted(name, value)]
    if sum(len(value or "") for _, value in safe) > _LONGEST_TOGETHER:
        safe = []
    return tuple(sorted({name.lower() for name, value in headers if (name, value) not in safe}))


def is_safelisted(name: str, value: str | None) -> bool:
    """Return whether a script can send the header without a preflight.

    Without a value, ``Content-Type`` and ``Range`` are not safelisted, because their usual values are not.
    """
    lower = name.lower()
    if lower not in SAFELISTED_REQUEST_HEADERS:
        return False
    if value is None:
        return lower not in ("content-type", "range")
    if len(value) > _LONGEST_VALUE:
        return False
    match lower:
        case "accept":
            return _unsafe_byte.search(value) is None
        case "content-type":
            return _unsafe_byte.search(value) is None and _essence(value) in _CONTENT_TYPES
        case "range":
            return _is_simple_range(value)
    return _language.fullmatch(value) is not None


def _essence(value: str) -> str | None:
    """Return a MIME type without its parameters; None if the text is not a MIME type."""
    essence = value.partition(";")[0].strip(" \t")
    return essence.lower() if all(map(is_token, essence.split("/", 1))) else None


def _is_simple_range(value: str) -> bool:
    match = _range.fullmatch(value)
    return match is not None and (not match[2] or int(match[1]) <= int(match[2]))

"""What needs no preflight: CORS-safelisted methods and request headers (Fetch standard, §2.2.1, §2.2.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .headers import is_token

if TYPE_CHECKING:
    from .headers import HeaderList

METHODS = frozenset({"GET", "HEAD", "POST"})
CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

_MAX_VALUE_BYTES = 128
_MAX_BYTES_TOGETHER = 1024

_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE_VALUE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_SINGLE_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")


def unsafe_names(headers: HeaderList) -> tuple[str, ...]:
    """The CORS-unsafe request-header names, in lower case, sorted, each once.

    A name that occurs several times is checked value by value. Values that are safelisted one by one are not if they
    are more than 1,024 bytes together.
    """
    unsafe = {name.lower() for name, value in headers if not is_safelisted(name, value)}
    safelisted = [(name, value) for name, value in headers if is_safelisted(name, value)]
    if sum(len(value) for _, value in safelisted) > _MAX_BYTES_TOGETHER:
        unsafe |= {name.lower() for name, _ in safelisted}
    return tuple(sorted(unsafe))


def is_safelisted(name: str, value: str) -> bool:
    """Whether this is a CORS-safelisted request-header: one of five names, with a harmless value of up to 128 bytes."""
    if len(value) > _MAX_VALUE_BYTES:
        return False
    match name.lower():
        case "accept":
            return not _UNSAFE_BYTE.search(value)
        case "accept-language" | "content-language":
            return _LANGUAGE_VALUE.fullmatch(value) is not None
        case "content-type":
            return not _UNSAFE_BYTE.search(value) and _essence(value) in CONTENT_TYPES
        case "range":
            return _is_simple_range(value)
    return False


def is_no_cors_safelisted(name: str, value: str) -> bool:
    """Whether a script may set this header in mode ``no-cors``; ``value`` is the combined one."""
    return name.lower() != "range" and is_safelisted(name, value)


def _essence(value: str) -> str | None:
    main, slash, sub = value.split(";", 1)[0].strip(" \t").partition("/")
    return f"{main}/{sub}".lower() if slash and is_token(main) and is_token(sub) else None


def _is_simple_range(value: str) -> bool:
    found = _SINGLE_RANGE.fullmatch(value)
    return found is not None and (not found[2] or int(found[1]) <= int(found[2]))

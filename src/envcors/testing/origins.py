"""The origin of a URL, serialized (HTML standard, §7.1.1)."""

from __future__ import annotations

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

OPAQUE = "null"
"""How the origin of a sandboxed frame or a local file is serialized. It is same origin with nothing."""


def origin_of(url: str) -> str:
    """The serialized origin of an absolute URL: `scheme://host` and the port unless it is the scheme's own.

    Raises:
        ValueError: the URL has no scheme, no host, or a port that is none.
    """
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname:
        raise ValueError(f"{url!r} is not an absolute URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_same_origin(one: str, other: str) -> bool:
    """Whether two serialized origins are the same; an opaque one is the same as no other, itself included."""
    return one == other != OPAQUE


def page_origin(text: str) -> str:
    """The serialized origin of a page, checked.

    Raises:
        ValueError: it is neither `null` nor exactly `scheme://host[:port]`.
    """
    if text != OPAQUE and origin_of(text) != text:
        raise ValueError(f"{text!r} is not an origin; a browser would send {origin_of(text)!r}")
    return text

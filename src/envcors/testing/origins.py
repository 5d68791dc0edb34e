"""The origin of a URL, serialized (HTML standard, §7.1.1), and the credentials in a URL (URL standard, §4)."""

from __future__ import annotations

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

OPAQUE = "null"
"""How the origin of a sandboxed frame or a local file is serialized. No origin is the same as it."""


def origin_of(url: str) -> str:
    """The serialized origin of an absolute URL: ``scheme://host``, and the port if it is not the scheme's default.

    A dot at the end of the host makes another origin.

    Raises:
        ValueError: The URL has no scheme, no host, or an invalid port.
    """
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname:
        raise ValueError(f"{url!r} is not an absolute URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_same_origin(one: str, other: str) -> bool:
    """Whether two serialized origins are the same. An opaque one is the same as none, not even as itself."""
    return one == other != OPAQUE


def page_origin(text: str) -> str:
    """The serialized origin of a page, checked.

    Raises:
        ValueError: It is neither ``null`` nor exactly ``scheme://host[:port]``.
    """
    if text != OPAQUE and origin_of(text) != text:
        raise ValueError(f"{text!r} is not an origin; a browser would send {origin_of(text)!r}")
    return text


def includes_credentials(url: str) -> bool:
    """Whether a URL has a user name or a password that is not empty: ``https://:@host/`` has neither."""
    parts = urlsplit(url)
    return bool(parts.username or parts.password)


def without_empty_userinfo(url: str) -> str:
    """A URL without credentials as the URL standard serializes it: ``https://@host/`` is ``https://host/``."""
    parts = urlsplit(url)
    if "@" not in parts.netloc or includes_credentials(url):
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

"""The headers of responses: their types, and those that are the same in every policy."""

from collections.abc import Iterable

Header = tuple[str, str]
Headers = tuple[Header, ...]

ANY = "*"

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_CREDENTIALS: Header = ("Access-Control-Allow-Credentials", "true")
_ORIGIN = "Origin"
_PREFLIGHT = ("Access-Control-Request-Method", "Access-Control-Request-Headers")


def vary_by_origin(others: Iterable[str] = ()) -> Header:
    """Return the ``Vary`` of an actual response; ``others`` are request headers that decide beside ``Origin``."""
    return ("Vary", ", ".join((_ORIGIN, *others)))


def vary_by_preflight(others: Iterable[str] = ()) -> Header:
    """Return the ``Vary`` of a response to a preflight; ``others`` as for an actual response."""
    return ("Vary", ", ".join((_ORIGIN, *_PREFLIGHT, *others)))


def allow_header_names(names: str) -> Headers:
    """The header that allows request headers. ``names`` are separated by ``, ``; no names, no header."""
    return (("Access-Control-Allow-Headers", names),) if names else ()


def expose_header_names(names: str) -> Headers:
    """The header that exposes response headers. ``names`` are separated by ``, ``; no names, no header."""
    return (("Access-Control-Expose-Headers", names),) if names else ()

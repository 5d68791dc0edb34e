"""The headers of responses: their types, and those that are the same in every policy."""

Header = tuple[str, str]
Headers = tuple[Header, ...]

ANY = "*"

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_CREDENTIALS: Header = ("Access-Control-Allow-Credentials", "true")
VARY_BY_ORIGIN: Header = ("Vary", "Origin")
VARY_BY_PREFLIGHT: Header = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


def allow_header_names(names: str) -> Headers:
    """The header that allows request headers. ``names`` are separated by ``, ``; no names, no header."""
    return (("Access-Control-Allow-Headers", names),) if names else ()


def expose_header_names(names: str) -> Headers:
    """The header that exposes response headers. ``names`` are separated by ``, ``; no names, no header."""
    return (("Access-Control-Expose-Headers", names),) if names else ()

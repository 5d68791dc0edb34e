"""Names of methods and headers, and the sets of names that the Fetch standard defines."""

import re

SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
"""Methods that need no preflight and that every policy allows (Fetch §2.2.1)."""

FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
"""Methods that no script can use, in any letter case (Fetch §2.2.1)."""

NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""Methods that a browser converts to upper case; it sends others as written (Fetch §2.2.1)."""

# fmt: off
REGISTERED_METHODS = frozenset({
    "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD",
    "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE",
    "MOVE", "OPTIONS", "ORDERPATCH", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PUT", "QUERY", "REBIND",
    "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
})
# fmt: on
"""The IANA registry of HTTP methods, without its two entries that no client can request (``*`` and ``PRI``)."""

SAFELISTED_REQUEST_HEADERS = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})
"""CORS-safelisted request-header names, lower case (Fetch §2.2.2). Some values need a preflight."""

SAFELISTED_RESPONSE_HEADERS = frozenset(
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
"""Response-header names, lower case, that a script can read without ``expose_headers`` (Fetch §2.2.2)."""

# fmt: off
_FORBIDDEN_REQUEST_HEADERS = frozenset({
    "accept-charset", "accept-encoding", "connection", "content-length", "cookie", "cookie2", "date", "dnt",
    "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding",
    "upgrade", "via",
})
# fmt: on
_FORBIDDEN_REQUEST_HEADER_PREFIXES = ("access-control-request-", "proxy-", "sec-")
_FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def is_token(text: str) -> bool:
    """Return whether ``text`` is a token (RFC 9110 §5.6.2), as every method and every header name must be."""
    return _TOKEN.fullmatch(text) is not None


def is_forbidden_method(text: str) -> bool:
    """Return whether no script can use the method, in any letter case (Fetch §2.2.1)."""
    return text.upper() in FORBIDDEN_METHODS


def is_forbidden_request_header(name: str) -> bool:
    """Return whether no script can set the request header, so that allowing it has no effect (Fetch §2.2.2)."""
    lower = name.lower()
    return lower in _FORBIDDEN_REQUEST_HEADERS or lower.startswith(_FORBIDDEN_REQUEST_HEADER_PREFIXES)


def is_forbidden_response_header_name(name: str) -> bool:
    """Return whether no script can read the response header, so that exposing it has no effect (Fetch §2.2.2)."""
    return name.lower() in _FORBIDDEN_RESPONSE_HEADERS

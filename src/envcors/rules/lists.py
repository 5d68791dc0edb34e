"""Rules about methods, header names and the age of a preflight."""

from __future__ import annotations

from collections.abc import Iterator

from envcors.protocol import names
from envcors.protocol.policy import MAX_MAX_AGE
from envcors.rules.catalogue import RULES
from envcors.rules.finding import Finding, shown
from envcors.rules.scope import Scope
from envcors.rules.spelling import NAME_IN_FRONT

ANY = "*"


def judge_methods(scope: Scope, *, production: bool) -> Iterator[Finding]:
    """All findings about the methods of one scope."""
    for method in scope.options.methods:
        name = shown(scope, "methods", method)
        upper = method.upper()
        if method == ANY:
            if production:
                yield Finding("methods-any", "methods", method, RULES["methods-any"].why, _COMMON_METHODS)
        elif not _is_name(method):
            yield Finding("method-malformed", "methods", method, f"{name} is no method.", _spelled(upper))
        elif ANY in method:
            yield Finding("method-malformed", "methods", method, f"{name}: {_NO_PATTERN}")
        elif names.is_forbidden_method(method):
            yield Finding("method-forbidden", "methods", method, f"Browsers let no script send {name}.")
        elif method != upper and upper in names.REGISTERED_METHODS and upper not in names.NORMALISED_METHODS:
            message = (
                f"Methods are case-sensitive: a browser sends {name} as it is, and means another method by {upper}."
            )
            yield Finding("method-malformed", "methods", method, message, (upper,))


def judge_allow_headers(scope: Scope, *, production: bool) -> Iterator[Finding]:
    """All findings about the request headers that scripts may set."""
    for header in scope.options.allow_headers:
        name = shown(scope, "allow_headers", header)
        if header == ANY:
            if production:
                yield Finding("headers-any", "allow_headers", header, RULES["headers-any"].why, _COMMON_HEADERS)
        elif not _is_name(header):
            yield Finding("header-malformed", "allow_headers", header, f"{name} is no header name.", _spelled(header))
        elif ANY in header:
            yield Finding("header-malformed", "allow_headers", header, f"{name}: {_NO_PATTERN}")
        elif names.is_forbidden_request_header(header):
            yield Finding(
                "header-forbidden",
                "allow_headers",
                header,
                f"Browsers let no script set {name}; allowing it means nothing.",
            )


def judge_expose_headers(scope: Scope) -> Iterator[Finding]:
    """All findings about the response headers that scripts may read."""
    for header in scope.options.expose_headers:
        name = shown(scope, "expose_headers", header)
        if header == ANY:
            if scope.options.supports_credentials:
                yield Finding(
                    "expose-any-with-credentials",
                    "expose_headers",
                    header,
                    RULES["expose-any-with-credentials"].why,
                    ("X-Request-Id",),
                    with_option="supports_credentials",
                )
        elif not _is_name(header):
            yield Finding("header-malformed", "expose_headers", header, f"{name} is no header name.", _spelled(header))
        elif ANY in header:
            yield Finding("header-malformed", "expose_headers", header, f"{name}: {_NO_PATTERN}")
        elif names.is_forbidden_response_header_name(header):
            yield Finding("expose-forbidden", "expose_headers", header, f"Browsers show {name} to no script.")


def judge_max_age(scope: Scope) -> Iterator[Finding]:
    """The age of a preflight's answer must be one that browsers understand."""
    age = scope.options.max_age
    if not 0 <= age <= MAX_MAX_AGE:
        nearest = MAX_MAX_AGE if age > 0 else 0
        yield Finding("max-age-out-of-range", "max_age", age, RULES["max-age-out-of-range"].why, (nearest,))


_NO_PATTERN = "names are compared whole. Only * alone stands for any."
_COMMON_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_COMMON_HEADERS = ("Content-Type", "Authorization")


def _is_name(text: str) -> bool:
    """Whether this is a token (RFC 9110 §5.6.2) that somebody meant: it may begin with a quote, a name never does."""
    return names.is_token(text) and text[0] not in "'`"


def _spelled(text: str) -> tuple[str, ...]:
    """What remains of a name without quotes and the like, or of several with semicolons between: the tokens."""
    bare = (part.strip("\"'` \t:[]") for part in NAME_IN_FRONT.sub("", text).split(";"))
    return tuple(part for part in bare if _is_name(part))

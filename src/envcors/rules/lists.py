"""Rules about methods, header names and the age of a preflight."""

from __future__ import annotations

import re
from collections.abc import Iterator

from envcors.problems import decapitalised
from envcors.protocol import names
from envcors.protocol.policy import MAX_MAX_AGE
from envcors.repair import Kind, repair
from envcors.repair.names import NO_NAMES
from envcors.rules.catalogue import RULES
from envcors.rules.item_problem import ItemProblem, shown
from envcors.rules.scope import Scope

ANY = "*"

_COMMON_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_COMMON_HEADERS = ("Content-Type", "Authorization")
_NO_PATTERN = "names are compared whole. Only * alone means any."


def check_methods(scope: Scope, *, production: bool) -> Iterator[ItemProblem]:
    """Yield the problems of the methods of one scope."""
    for method in scope.options.methods:
        name = shown(scope, "methods", method)
        upper = method.upper()
        if method == ANY:
            if production:
                yield ItemProblem("methods-any", "methods", method, instead=_COMMON_METHODS)
        elif ANY in method and names.is_token(method):
            yield ItemProblem("method-malformed", "methods", method, f"{name}: {_NO_PATTERN}")
        elif not _is_method(method):
            yield _malformed(scope, "methods", method, "method")
        elif names.is_forbidden_method(method):
            yield ItemProblem("method-forbidden", "methods", method, f"Browsers let no script send {name}.")
        elif method != upper and upper in names.REGISTERED_METHODS and upper not in names.NORMALISED_METHODS:
            message = f"Methods are case-sensitive: browsers send {name} as it is, which is not the method {upper}."
            yield ItemProblem("method-malformed", "methods", method, message, (upper,))


def check_allow_headers(scope: Scope, *, production: bool) -> Iterator[ItemProblem]:
    """Yield the problems of the request headers that scripts may set."""
    for header in scope.options.allow_headers:
        name = shown(scope, "allow_headers", header)
        if header == ANY:
            if production:
                yield ItemProblem("headers-any", "allow_headers", header, instead=_COMMON_HEADERS)
        elif not _is_header(header):
            yield _malformed(scope, "allow_headers", header, "header name")
        elif ANY in header:
            yield ItemProblem("header-malformed", "allow_headers", header, f"{name}: {_NO_PATTERN}")
        elif names.is_forbidden_request_header(header):
            message = f"Browsers let no script set {name}; allowing it means nothing."
            yield ItemProblem("header-forbidden", "allow_headers", header, message)


def check_expose_headers(scope: Scope) -> Iterator[ItemProblem]:
    """Yield the problems of the response headers that scripts may read."""
    for header in scope.options.expose_headers:
        name = shown(scope, "expose_headers", header)
        if header == ANY:
            if scope.options.supports_credentials:
                yield ItemProblem(
                    "expose-any-with-credentials",
                    "expose_headers",
                    header,
                    instead=("X-Request-Id",),
                    with_option="supports_credentials",
                )
        elif not _is_header(header):
            yield _malformed(scope, "expose_headers", header, "header name")
        elif ANY in header:
            yield ItemProblem("header-malformed", "expose_headers", header, f"{name}: {_NO_PATTERN}")
        elif names.is_forbidden_response_header_name(header):
            yield ItemProblem("expose-forbidden", "expose_headers", header, f"Browsers show {name} to no script.")


def advise_about_headers(scope: Scope) -> Iterator[ItemProblem]:
    """Yield advice about headers of CORS itself in the lists of request headers and of exposed response headers."""
    for option in ("allow_headers", "expose_headers"):
        headers: tuple[str, ...] = getattr(scope.options, option)
        for header in headers:
            lower = header.lower()
            is_forbidden = option == "allow_headers" and names.is_forbidden_request_header(header)
            if not is_forbidden and (lower.startswith("access-control-") or lower == "origin"):
                message = f"{shown(scope, option, header)}: {decapitalised(RULES['header-of-response'].why)}"
                yield ItemProblem("header-of-response", option, header, message)


def check_max_age(scope: Scope) -> Iterator[ItemProblem]:
    """Yield the problem of an age that browsers do not accept."""
    age = scope.options.max_age
    if not 0 <= age <= MAX_MAX_AGE:
        yield ItemProblem("max-age-out-of-range", "max_age", age, instead=(MAX_MAX_AGE if age > 0 else 0,))


_KINDS = {"methods": Kind.METHODS, "allow_headers": Kind.REQUEST_HEADERS, "expose_headers": Kind.RESPONSE_HEADERS}


def _malformed(scope: Scope, option: str, item: str, noun: str) -> ItemProblem:
    rule = "method-malformed" if option == "methods" else "header-malformed"
    secret = scope.located(option).secret
    repaired = repair(item, _KINDS[option])
    values = repaired.value if isinstance(repaired.value, tuple) and not secret else ()
    why = f" {repaired.why}" if values and repaired.why else ""
    message = f"{shown(scope, option, item)} is not a valid {noun}.{why}"
    return ItemProblem(rule, option, item, message, values)


_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_HEADER = re.compile(r"[A-Za-z0-9_][^|`']*")


def _is_method(text: str) -> bool:
    """Return whether a text is probably a method: ``GET|PUT``, ``$X`` and ``!PUT`` are tokens too (RFC 9110 §5.6.2)."""
    return _METHOD.fullmatch(text) is not None and text.lower() not in NO_NAMES


def _is_header(text: str) -> bool:
    """Return whether a text is probably a header name: a token can also begin with a quote, or be ``X-A|X-B``."""
    return names.is_token(text) and _HEADER.fullmatch(text) is not None and text.lower() not in NO_NAMES

"""Requests with a preflight: when one is needed, what its response must contain, how long it is cached."""

from __future__ import annotations

from tests.browser.case import (
    ALLOWED,
    NOT_ASKED,
    WITH_CREDENTIALS,
    Case,
    Fetch,
    Outcome,
    Reads,
    answer,
    blocked,
    case,
)
from tests.browser.scripted import Answer, Answers

PUT = Fetch("PUT")
PUT_WITH_CREDENTIALS = Fetch("PUT", credentials="include")
JSON = Fetch("POST", headers={"Content-Type": "application/json"}, body="{}")
ANY = answer(origin="*", methods="*", headers="*")


def permits(
    status: int = 200,
    *,
    origin: str = "{page}",
    credentials: str | None = None,
    methods: str = "PUT",
    max_age: str | None = None,
) -> Answer:
    return answer(status, origin=origin, credentials=credentials, methods=methods, headers="X-A", max_age=max_age)


def put(name: str, outcome: Outcome, preflight: Answer, *, fetch: Fetch = PUT) -> Case:
    """A PUT whose actual response is valid."""
    sent = "OPTIONS PUT" if isinstance(outcome, Reads) else "OPTIONS"
    return case(name, fetch, outcome, sent, preflight=preflight, actual=WITH_CREDENTIALS)


CORS_CHECK = [
    put("an allowed PUT is preflighted", Reads(), permits()),
    put("a preflight with status 204", Reads(), permits(204)),
    put("a preflight with status 404", blocked("PreflightInvalidStatus", "404"), permits(404)),
    put("a preflight with status 401", blocked("PreflightInvalidStatus", "401"), permits(401)),
    put("a preflight with status 304", blocked("PreflightInvalidStatus", "304"), permits(304)),
    case(
        "a preflight without the header fails for that, whatever its status",
        PUT,
        blocked("PreflightMissingAllowOriginHeader"),
        "OPTIONS",
        preflight=answer(403),
    ),
    put("a preflight can allow every origin", Reads(), permits(origin="*")),
    put(
        "a preflight names another origin",
        blocked("PreflightAllowOriginMismatch", "http://b.example"),
        permits(origin="http://b.example"),
    ),
    put("a preflight names no origin", blocked("PreflightInvalidAllowOriginValue", "b"), permits(origin="b")),
    put(
        "a preflight names two origins",
        blocked("PreflightMultipleAllowOriginValues", "{page},http://b"),
        permits(origin="{page},http://b"),
    ),
    put(
        "a wildcard in a preflight fails with credentials",
        blocked("PreflightWildcardOriginNotAllowed"),
        permits(origin="*"),
        fetch=PUT_WITH_CREDENTIALS,
    ),
    put(
        "a preflight must allow credentials",
        blocked("PreflightInvalidAllowCredentials"),
        permits(),
        fetch=PUT_WITH_CREDENTIALS,
    ),
    put("a preflight allows credentials", Reads(), permits(credentials="true"), fetch=PUT_WITH_CREDENTIALS),
    case(
        "a redirected preflight fails",
        PUT,
        blocked("PreflightDisallowedRedirect"),
        "OPTIONS",
        preflight=answer(301, origin="{page}", also=(("Location", "next"),)),
    ),
    case(
        "a preflight with a redirect status and no Location has an invalid status",
        PUT,
        blocked("PreflightInvalidStatus", "302"),
        "OPTIONS",
        preflight=answer(302, origin="{page}"),
    ),
    case(
        "the actual request is checked after a valid preflight",
        PUT,
        blocked("MissingAllowOriginHeader"),
        "OPTIONS PUT",
        preflight=answer(origin="{page}", methods="PUT"),
        actual=answer(),
    ),
]

METHODS = [
    put(
        "a method that is not listed",
        blocked("MethodDisallowedByPreflightResponse", "PUT"),
        permits(methods="GET, POST"),
    ),
    put(
        "a method that is part of another",
        blocked("MethodDisallowedByPreflightResponse", "PUT"),
        permits(methods="PUTS"),
    ),
    put(
        "a method in lower case does not match",
        blocked("MethodDisallowedByPreflightResponse", "PUT"),
        permits(methods="put"),
    ),
    put("a wildcard covers a method", Reads(), permits(methods="*")),
    put(
        "a wildcard covers no method with credentials",
        blocked("MethodDisallowedByPreflightResponse", "PUT"),
        permits(credentials="true", methods="*"),
        fetch=PUT_WITH_CREDENTIALS,
    ),
    put(
        "a malformed list of methods",
        blocked("InvalidAllowMethodsPreflightResponse", "PUT POST"),
        permits(methods="PUT POST"),
    ),
    put("empty elements in a list of methods", Reads(), permits(methods=", ,PUT,")),
    case(
        "patch in lower case is another method than PATCH",
        Fetch("patch"),
        blocked("MethodDisallowedByPreflightResponse", "patch"),
        "OPTIONS",
        preflight=answer(origin="*", methods="PATCH"),
    ),
    case(
        "PATCH in upper case matches",
        Fetch("PATCH"),
        Reads(),
        "OPTIONS PATCH",
        preflight=answer(origin="*", methods="PATCH"),
    ),
    case(
        "a custom method",
        Fetch("PURGE"),
        Reads(),
        "OPTIONS PURGE",
        preflight=answer(origin="*", methods="PURGE"),
    ),
    case(
        "a safelisted method need not be listed",
        JSON,
        Reads(),
        "OPTIONS POST",
        preflight=answer(origin="*", headers="content-type"),
    ),
    case(
        "methods on two lines are one list",
        Fetch("DELETE"),
        Reads(),
        "OPTIONS DELETE",
        preflight=answer(origin="*", methods="PUT", also=(("Access-Control-Allow-Methods", "DELETE"),)),
    ),
]


def headers(
    name: str,
    outcome: Outcome,
    sent: dict[str, str],
    allow: str | None,
    *,
    method: str = "GET",
    credentials: str = "omit",
) -> Case:
    return case(
        name,
        Fetch(method, headers=sent, credentials=credentials),
        outcome,
        "OPTIONS GET" if isinstance(outcome, Reads) else "OPTIONS",
        preflight=answer(origin="{page}", credentials="true", headers=allow),
        actual=WITH_CREDENTIALS,
    )


def disallowed(name: str, *others: str) -> Outcome:
    return blocked("HeaderDisallowedByPreflightResponse", name, *others)


HEADERS = [
    headers("a header that is allowed", Reads(), {"X-A": "1"}, "x-a"),
    headers("a header is allowed in any case", Reads(), {"x-a": "1"}, "X-A"),
    headers("a header that is not allowed", disallowed("x-a"), {"X-A": "1"}, None),
    headers(
        "of several headers one is not allowed",
        disallowed("x-b"),
        {"X-C": "1", "X-B": "1", "X-A": "1"},
        "X-A, X-C",
    ),
    headers(
        "of several headers that are not allowed one is named",
        disallowed("x-a", "x-b", "x-d"),
        {"X-D": "1", "X-C": "1", "X-B": "1", "X-A": "1"},
        "x-c",
    ),
    headers(
        "a malformed list of headers",
        blocked("InvalidAllowHeadersPreflightResponse", "x-a x-b"),
        {"X-A": "1"},
        "x-a x-b",
    ),
    headers("a wildcard covers a header", Reads(), {"X-A": "1"}, "*"),
    headers(
        "a wildcard covers no header with credentials",
        disallowed("x-a"),
        {"X-A": "1"},
        "*",
        credentials="include",
    ),
    headers(
        "a wildcard beside authorization covers it",
        Reads(),
        {"Authorization": "Basic eDp5", "X-A": "1"},
        "*, authorization",
    ),
    headers("a wildcard does not cover authorization", disallowed("authorization"), {"Authorization": "x"}, "*"),
    headers("authorization is allowed by name", Reads(), {"Authorization": "Basic eDp5"}, "authorization"),
    headers(
        "the method comes before the headers",
        blocked("MethodDisallowedByPreflightResponse", "PUT"),
        {"X-A": "1"},
        None,
        method="PUT",
    ),
    headers(
        "headers are asked for sorted and in lower case",
        Reads(),
        {"X-Zeta": "1", "authorization": "x", "X-Alpha": "1"},
        "x-zeta, authorization, x-alpha",
    ),
]


def safelisted(name: str, header: str, value: str) -> Case:
    return case(name, Fetch(headers={header: value}), Reads(), "GET", preflight=NOT_ASKED)


def unsafe(name: str, header: str, value: str) -> Case:
    return case(name, Fetch(headers={header: value}), Reads(), "OPTIONS GET", preflight=ANY)


SAFELIST = [
    case(
        "values of one name are checked one by one",
        Fetch(headers=(("Accept", "a" * 64), ("Accept", "b" * 64))),
        Reads(),
        "GET",
        preflight=ANY,
    ),
    case(
        "two content types that are safelisted one by one",
        Fetch("POST", headers=(("Content-Type", "text/plain"), ("content-type", "text/plain")), body="x"),
        Reads(),
        "POST",
        preflight=ANY,
    ),
    case(
        "one of two values is not safelisted",
        Fetch(headers=(("Accept-Language", "de"), ("Accept-Language", "de/CH"))),
        Reads(),
        "OPTIONS GET",
        preflight=ANY,
    ),
    case(
        "safelisted values of 1024 bytes together",
        Fetch(headers=tuple(("Accept", "a" * 128) for _ in range(8))),
        Reads(),
        "GET",
        preflight=ANY,
    ),
    case(
        "safelisted values of more than 1024 bytes together",
        Fetch(headers=(*(("Accept", "a" * 128) for _ in range(8)), ("Accept-Language", "de"))),
        Reads(),
        "OPTIONS GET",
        preflight=ANY,
    ),
    safelisted("accept is safelisted", "Accept", "application/json"),
    unsafe("accept with a quote is not", "Accept", 'text/html;a="b"'),
    safelisted("128 bytes are safelisted", "Accept", "a" * 128),
    unsafe("129 bytes are not", "Accept", "a" * 129),
    safelisted("accept-language is safelisted", "Accept-Language", "de-CH, en;q=0.5"),
    unsafe("accept-language with a slash is not", "Accept-Language", "de/CH"),
    unsafe("content-language with an underscore is not", "Content-Language", "de_CH"),
    safelisted("a content type of a form is safelisted", "Content-Type", "application/x-www-form-urlencoded"),
    safelisted(
        "a content type in upper case with a parameter is safelisted",
        "Content-Type",
        "TEXT/Plain; charset=utf-8",
    ),
    unsafe("the content type of JSON is not", "Content-Type", "application/json"),
    unsafe("two content types are not", "Content-Type", "text/plain, application/json"),
    unsafe("a content type with a quote is not", "Content-Type", 'text/plain; a="b"'),
    safelisted("a range with both ends is safelisted", "Range", "bytes=0-99"),
    safelisted("an open range is safelisted", "Range", "bytes=5-"),
    unsafe("a range from the end is not", "Range", "bytes=-5"),
    unsafe("two ranges are not", "Range", "bytes=0-1,3-4"),
    unsafe("a range backwards is not", "Range", "bytes=9-1"),
    unsafe("any other header is not", "X-Requested-With", "fetch"),
    unsafe("a client hint is not", "Save-Data", "on"),
]


def twice(name: str, sent: str, max_age: str | None = None, *, first: Fetch = PUT, second: Fetch = PUT) -> Case:
    server = permits(credentials="true", methods="PUT, DELETE", max_age=max_age)
    return Case(
        name,
        ((first, Reads()), (second, Reads())),
        {"": Answers(server, WITH_CREDENTIALS), "other": Answers(server, ALLOWED)},
        sent,
    )


CACHE = [
    twice("a response without an age is cached", "OPTIONS PUT PUT"),
    twice("a response with an age is cached", "OPTIONS PUT PUT", "600"),
    twice("an age of 0 is not cached", "OPTIONS PUT OPTIONS PUT", "0"),
    twice("a negative age is not cached", "OPTIONS PUT OPTIONS PUT", "-1"),
    twice("an invalid age is the default one", "OPTIONS PUT PUT", "x"),
    twice("an age with a fraction is the default one", "OPTIONS PUT PUT", "600.5"),
    twice("two ages are the default one", "OPTIONS PUT PUT", "600,600"),
    twice("another URL is preflighted again", "OPTIONS PUT OPTIONS PUT", second=Fetch("PUT", path="other")),
    twice("another permitted method is not preflighted again", "OPTIONS PUT DELETE", second=Fetch("DELETE")),
    twice(
        "another permitted header is not preflighted again",
        "OPTIONS PUT PUT",
        second=Fetch("PUT", headers={"X-A": "1"}),
    ),
    twice(
        "credentials are preflighted again",
        "OPTIONS PUT OPTIONS PUT",
        second=Fetch("PUT", credentials="include"),
    ),
    twice(
        "a response with credentials is cached for requests without",
        "OPTIONS PUT PUT",
        first=Fetch("PUT", credentials="include"),
    ),
    Case(
        "another method that is not permitted is preflighted again",
        (
            (PUT, Reads()),
            (Fetch("PATCH"), blocked("MethodDisallowedByPreflightResponse", "PATCH")),
        ),
        {"": Answers(answer(origin="*", methods="PUT"), ALLOWED)},
        "OPTIONS PUT OPTIONS",
    ),
]

ALL = CORS_CHECK + METHODS + HEADERS + SAFELIST + CACHE

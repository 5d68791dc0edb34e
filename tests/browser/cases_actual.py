"""Requests without a preflight: the CORS check, what may be read, credentials, modes."""

from __future__ import annotations

from tests.browser.case import (
    NOT_ASKED,
    WITH_CREDENTIALS,
    Case,
    Fetch,
    Outcome,
    Reads,
    Throws,
    answer,
    blocked,
    case,
)
from tests.browser.scripted import Answers

GET = Fetch()
INCLUDE = Fetch(credentials="include")


def check(name: str, origin: str | None, outcome: Outcome, *, fetch: Fetch = GET) -> Case:
    return case(name, fetch, outcome, "GET", actual=answer(origin=origin))


CORS_CHECK = [
    check("the page's own origin allows reading", "{page}", Reads()),
    check("a wildcard allows reading", "*", Reads()),
    check("no header blocks reading", None, blocked("MissingAllowOriginHeader")),
    check("an empty value is not an origin", "", blocked("InvalidAllowOriginValue")),
    check("a word is not an origin", "app", blocked("InvalidAllowOriginValue", "app")),
    check("a host alone is not an origin", "a.example", blocked("InvalidAllowOriginValue", "a.example")),
    check(
        "a port that is too high is not an origin",
        "http://a:65536",
        blocked("InvalidAllowOriginValue", "http://a:65536"),
    ),
    check(
        "a host and a port look like a URL",
        "localhost:3000",
        blocked("AllowOriginMismatch", "localhost:3000"),
    ),
    check(
        "another origin blocks reading",
        "http://a.example",
        blocked("AllowOriginMismatch", "http://a.example"),
    ),
    check(
        "a pattern is not a wildcard",
        "http://*.example",
        blocked("AllowOriginMismatch", "http://*.example"),
    ),
    check("a slash at the end is another origin", "{page}/", blocked("AllowOriginMismatch", "{page}/")),
    check("null is another origin", "null", blocked("AllowOriginMismatch", "null")),
    check(
        "two origins are too many",
        "{page}, http://b",
        blocked("MultipleAllowOriginValues", "{page}, http://b"),
    ),
    check("two wildcards are too many", "*, *", blocked("MultipleAllowOriginValues", "*, *")),
    check(
        "two origins with a space are too many",
        "{page} http://b",
        blocked("MultipleAllowOriginValues", "{page} http://b"),
    ),
    case(
        "the header sent twice is two values",
        GET,
        blocked("MultipleAllowOriginValues", "{page}, {page}"),
        "GET",
        actual=answer(origin="{page}", also=(("Access-Control-Allow-Origin", "{page}"),)),
    ),
    case(
        "an error that allows reading is a response",
        GET,
        Reads(401),
        "GET",
        actual=answer(401, origin="{page}"),
    ),
    case(
        "a server error that allows reading is a response",
        GET,
        Reads(500),
        "GET",
        actual=answer(500, origin="*"),
    ),
    case("a POST of plain text needs no preflight", Fetch("POST", body="x"), Reads(), "POST"),
    case("a HEAD needs no preflight", Fetch("HEAD"), Reads(), "HEAD"),
    case("a method in lower case is normalized", Fetch("post", body="x"), Reads(), "POST"),
    case("TRACE is forbidden", Fetch("TRACE"), Throws(), ""),
    case("connect in lower case is forbidden", Fetch("connect"), Throws(), ""),
    case("a method that is not a token is invalid", Fetch("GE T"), Throws(), ""),
    case("a GET with a body is invalid", Fetch(body="x"), Throws(), ""),
    case("a header name with a space is invalid", Fetch(headers={"X A": "1"}), Throws(), ""),
    case("a header value with a line break is invalid", Fetch(headers={"X-A": "1\n2"}), Throws(), ""),
]

CREDENTIALS = [
    check(
        "a wildcard fails with credentials",
        "*",
        blocked("WildcardOriginNotAllowed"),
        fetch=INCLUDE,
    ),
    check(
        "credentials need their own header",
        "{page}",
        blocked("InvalidAllowCredentials"),
        fetch=INCLUDE,
    ),
    case("credentials are allowed by true", INCLUDE, Reads(), "GET", actual=WITH_CREDENTIALS),
    case(
        "True in upper case is not true",
        INCLUDE,
        blocked("InvalidAllowCredentials", "True"),
        "GET",
        actual=answer(origin="{page}", credentials="True"),
    ),
    case(
        "without credentials the header is ignored",
        GET,
        Reads(),
        "GET",
        actual=answer(origin="{page}", credentials="no"),
    ),
    Case(
        "a cookie is sent with include only",
        (
            (Fetch(path="login", credentials="include"), Reads()),
            (INCLUDE, Reads()),
            (GET, Reads()),
            (Fetch(credentials="omit"), Reads()),
        ),
        {
            "": Answers(NOT_ASKED, WITH_CREDENTIALS),
            "login": Answers(
                NOT_ASKED,
                answer(
                    origin="{page}",
                    credentials="true",
                    also=(("Set-Cookie", "who=me; Path=/a-cookie-is-sent-with-include-only"),),
                ),
            ),
        },
        "GET GET GET GET",
    ),
    Case(
        "a cookie set without credentials is not stored",
        ((Fetch(path="login"), Reads()), (INCLUDE, Reads())),
        {
            "": Answers(NOT_ASKED, WITH_CREDENTIALS),
            "login": Answers(
                NOT_ASKED,
                answer(
                    origin="{page}",
                    also=(("Set-Cookie", "who=me; Path=/a-cookie-set-without-credentials-is-not-stored"),),
                ),
            ),
        },
        "GET GET",
    ),
    Case(
        "a blocked response still sets its cookie",
        (
            (Fetch(path="login", credentials="include"), blocked("MissingAllowOriginHeader")),
            (INCLUDE, Reads()),
        ),
        {
            "": Answers(NOT_ASKED, WITH_CREDENTIALS),
            "login": Answers(
                NOT_ASKED,
                answer(also=(("Set-Cookie", "who=me; Path=/a-blocked-response-still-sets-its-cookie"),)),
            ),
        },
        "GET GET",
    ),
]


def reading(name: str, expose: str | None, readable: str, *, fetch: Fetch = GET) -> Case:
    extra = (
        ("X-Total", "7"),
        ("X-Next", "2"),
        ("Cache-Control", "no-store"),
        ("Set-Cookie", f"a=b; Path=/{name}"),
    )
    server = answer(origin="{page}", credentials="true", expose=expose, also=extra)
    return case(name, fetch, Reads(headers=frozenset(readable.split())), "GET", actual=server)


EVERYTHING = (
    "access-control-allow-origin access-control-allow-credentials access-control-expose-headers "
    "cache-control x-total x-next"
)

FILTERED = [
    reading("only safelisted headers can be read", None, "cache-control"),
    reading("an exposed header can be read", "X-Total", "cache-control x-total"),
    reading("names are exposed in any case", "x-TOTAL , x-next", "cache-control x-total x-next"),
    reading("empty elements expose nothing", ",X-Total,,", "cache-control x-total"),
    reading("a wildcard exposes everything", "*", EVERYTHING),
    reading("a wildcard exposes nothing with credentials", "*", "cache-control", fetch=INCLUDE),
    reading(
        "a wildcard beside a name exposes the name with credentials",
        "*, X-Total",
        "cache-control x-total",
        fetch=INCLUDE,
    ),
    reading("a set-cookie is never exposed", "Set-Cookie, X-Total", "cache-control x-total"),
    reading("a malformed list exposes nothing", "X-Total, X Next", "cache-control"),
]

MODES = [
    case("the same origin needs no header", Fetch(at="{page}"), Reads(type="basic"), "GET", actual=answer()),
    case(
        "a POST to the same origin sends its origin",
        Fetch("POST", at="{page}", body="x"),
        Reads(type="basic"),
        "POST",
        actual=answer(),
    ),
    case(
        "a PUT to the same origin has no preflight",
        Fetch("PUT", at="{page}"),
        Reads(type="basic"),
        "PUT",
        actual=answer(),
    ),
    case(
        "the same origin hides set-cookie alone",
        Fetch(at="{page}"),
        Reads(type="basic", headers=frozenset({"x-total"})),
        "GET",
        actual=answer(also=(("X-Total", "7"), ("Set-Cookie", "a=b; Path=/nowhere"))),
    ),
    case("the mode same-origin blocks another origin", Fetch(mode="same-origin"), blocked("DisallowedByMode"), ""),
    case("a no-cors response is opaque", Fetch(mode="no-cors"), Reads(0, type="opaque"), "GET", actual=answer()),
    case(
        "a no-cors POST sends its origin",
        Fetch("POST", mode="no-cors", body="x"),
        Reads(0, type="opaque"),
        "POST",
        actual=answer(),
    ),
    case("a no-cors PUT is invalid", Fetch("PUT", mode="no-cors"), Throws(), ""),
]

ALL = CORS_CHECK + CREDENTIALS + FILTERED + MODES

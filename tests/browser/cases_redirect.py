"""Redirects: each is checked, and one from a foreign origin to another makes the origin `null`."""

from __future__ import annotations

from tests.browser.case import (
    ALLOWED,
    NOT_ASKED,
    Case,
    Fails,
    Fetch,
    Outcome,
    Reads,
    answer,
    blocked,
)
from tests.browser.scripted import Answer, Answers

GET = Fetch()
POST = Fetch("POST", body="x")
JSON = Fetch("POST", headers={"Content-Type": "application/json"}, body="{}")
ANYBODY = answer(origin="*")
ANYTHING = answer(origin="*", methods="*", headers="*, authorization")


def redirect(
    name: str,
    fetch: Fetch,
    to: str,
    outcome: Outcome,
    sent: str,
    *,
    status: int = 302,
    origin: str | None = "*",
    last: Answer = ANYBODY,
) -> Case:
    """A fetch that is answered with a redirect; `{case}` in `to` stands for the case, whose `next` answers."""
    slug = Case(name, (), {}, "").slug
    first = answer(status, origin=origin, also=(("Location", to.replace("{case}", slug)),))
    return Case(name, ((fetch, outcome),), {"": Answers(ANYTHING, first), "next": Answers(ANYTHING, last)}, sent)


THERE = Reads(redirected=True)
AUTHORIZED = Fetch(headers={"Authorization": "x"})
AT_HOME = Fetch(at="{page}")
HOME, ABROAD, ELSEWHERE = "{page}/{case}/next", "{api}/{case}/next", "{elsewhere}/{case}/next"

ALL = [
    redirect("a redirect on the same origin", GET, "next", THERE, "GET GET"),
    redirect("a redirect is checked itself", GET, "next", blocked("MissingAllowOriginHeader"), "GET", origin=None),
    redirect("a redirect to another origin makes the origin null", GET, ELSEWHERE, THERE, "GET GET"),
    redirect(
        "after it the page's own origin does not match",
        GET,
        ELSEWHERE,
        blocked("AllowOriginMismatch", "{page}"),
        "GET GET",
        last=ALLOWED,
    ),
    redirect("after it null matches", GET, ELSEWHERE, THERE, "GET GET", last=answer(origin="null")),
    redirect("a redirect back to the page's origin is still cross-origin", GET, HOME, THERE, "GET GET"),
    redirect(
        "a redirect back to the page's origin is still checked",
        GET,
        HOME,
        blocked("MissingAllowOriginHeader"),
        "GET GET",
        last=answer(),
    ),
    redirect(
        "a redirect from the page's origin to another keeps the origin",
        AT_HOME,
        ABROAD,
        THERE,
        "GET GET",
        origin=None,
        last=ALLOWED,
    ),
    redirect(
        "a redirect from the page's origin to itself",
        AT_HOME,
        "next",
        Reads(type="basic", redirected=True),
        "GET GET",
        origin=None,
        last=answer(),
    ),
    redirect("302 makes a POST a GET", POST, "next", THERE, "POST GET"),
    redirect("303 makes a PUT a GET", Fetch("PUT"), "next", THERE, "OPTIONS PUT GET", status=303),
    redirect(
        "302 leaves a PUT a PUT, and it is preflighted again", Fetch("PUT"), "next", THERE, "OPTIONS PUT OPTIONS PUT"
    ),
    redirect("307 keeps method and body", POST, "next", THERE, "POST POST", status=307),
    redirect("308 of JSON is preflighted again", JSON, "next", THERE, "OPTIONS POST OPTIONS POST", status=308),
    redirect(
        "301 drops the body of JSON and with it the preflight", JSON, "next", THERE, "OPTIONS POST GET", status=301
    ),
    redirect("authorization is dropped on the way to another origin", AUTHORIZED, ELSEWHERE, THERE, "OPTIONS GET GET"),
    redirect("authorization stays at the same origin", AUTHORIZED, "next", THERE, "OPTIONS GET OPTIONS GET"),
    redirect(
        "a user name and a password in a Location are blocked",
        GET,
        "http://me:pw@127.0.0.1:1/",
        blocked("RedirectContainsCredentials", "http://me:pw@127.0.0.1:1/"),
        "GET",
    ),
    redirect(
        "a Location with another scheme",
        GET,
        "ftp://127.0.0.1/",
        blocked("CorsDisabledScheme", "ftp://127.0.0.1/"),
        "GET",
    ),
    redirect("a redirect in the mode error", Fetch(redirect="error"), "next", Fails(), "GET"),
    redirect("a redirect in the mode manual", Fetch(redirect="manual"), "next", Reads(0, type="opaqueredirect"), "GET"),
    redirect("an empty Location is the same URL", GET, "", Fails(), " ".join(["GET"] * 21)),
    redirect(
        "an empty Location in the mode manual",
        Fetch(redirect="manual"),
        "",
        Reads(0, type="opaqueredirect"),
        "GET",
    ),
    redirect("an empty user name is no credential", GET, "//@{elsewhere_host}/{case}/next", THERE, "GET GET"),
    redirect("an empty password is no credential", GET, "//:@{elsewhere_host}/{case}/next", THERE, "GET GET"),
    redirect(
        "a user name alone in a Location is blocked",
        GET,
        "http://me@127.0.0.1:1/",
        blocked("RedirectContainsCredentials", "http://me@127.0.0.1:1/"),
        "GET",
    ),
    redirect("an endless redirect", GET, "?", Fails(), " ".join(["GET"] * 21)),
    redirect(
        "the mode same-origin blocks a redirect to another origin",
        Fetch(at="{page}", mode="same-origin"),
        ABROAD,
        blocked("DisallowedByMode"),
        "GET",
    ),
    Case(
        "a redirect status without a Location is a response",
        ((GET, Reads(302)),),
        {"": Answers(NOT_ASKED, answer(302, origin="*"))},
        "GET",
    ),
]

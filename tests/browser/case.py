"""A case of the table: what a script fetches, how the server answers, what the script gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from envcors.testing import CORSError
from tests.browser.scripted import Answer, Answers


@dataclass(frozen=True, slots=True)
class Fetch:
    """`fetch(at + path, {method, headers, …})` of a page at `{page}`."""

    method: str = "GET"
    path: str = ""
    at: str = "{api}"
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"
    redirect: str = "follow"


@dataclass(frozen=True, slots=True)
class Reads:
    """The script gets a response; `headers` can be read beside `Content-Type` and `Content-Length`."""

    status: int = 200
    headers: frozenset[str] = frozenset()
    type: str = "cors"
    redirected: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """The fetch fails for this reason, which the browser tells the developer, not the script.

    ``others`` are details that a browser may give in place of this one, where several apply.
    """

    reason: CORSError
    detail: str = ""
    others: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Fails:
    """The fetch fails for a reason that is not CORS."""


@dataclass(frozen=True, slots=True)
class Throws:
    """`fetch()` refuses its arguments."""


Outcome = Reads | Blocked | Fails | Throws


@dataclass(frozen=True, slots=True)
class Case:
    """One or more fetches, one after the other, of one page.

    `sent` are the methods of the requests that arrive at any server, in their order.
    """

    name: str
    steps: tuple[tuple[Fetch, Outcome], ...]
    answers: Mapping[str, Answers]
    sent: str

    @property
    def slug(self) -> str:
        """The name as the first segment of a path."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def answer(
    status: int = 200,
    *,
    origin: str | None = None,
    credentials: str | None = None,
    methods: str | None = None,
    headers: str | None = None,
    max_age: str | None = None,
    expose: str | None = None,
    also: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """A response with the CORS headers that are given, and others."""
    named = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": credentials,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": headers,
        "Access-Control-Max-Age": max_age,
        "Access-Control-Expose-Headers": expose,
    }
    return Answer(status, (*((name, value) for name, value in named.items() if value is not None), *also))


ALLOWED = answer(origin="{page}")
WITH_CREDENTIALS = answer(origin="{page}", credentials="true")
NOT_ASKED = answer(500)
"""What a preflight would get where none may be sent."""


def case(
    name: str,
    fetch: Fetch,
    outcome: Outcome,
    sent: str,
    *,
    actual: Answer = ALLOWED,
    preflight: Answer = NOT_ASKED,
    paths: Mapping[str, Answers] | None = None,
) -> Case:
    """A case of one fetch; `paths` are the answers of further paths, for redirects."""
    return Case(name, ((fetch, outcome),), {"": Answers(preflight, actual), **(paths or {})}, sent)


def blocked(reason: str, detail: str = "", *others: str) -> Blocked:
    """Blocked for ``reason``, one of ``CORSError``; the detail is the method, name, value or URL that decides."""
    return Blocked(CORSError(reason), detail, frozenset(others))

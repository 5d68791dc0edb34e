"""The cost of a request: on bare Flask, with a hand-written ``if``, with envcors, with Flask-CORS.

What envcors and the ``if`` add is measured around a trivial WSGI application, because Flask's noise would hide it.
What Flask-CORS adds can only be measured in a Flask application. If a middleware responds to a preflight, no
application is called, so its whole cost is compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

import flask_cors
from flask import Flask

import envcors
from benchmarks.measure import Effort, Trial, seconds_each
from benchmarks.report import Result, Section, microseconds, share
from benchmarks.serving import PAGE, PATH, STRANGER, Header, actual, answer, nothing, preflight, serving, trivial
from envcors.wsgi import CORSMiddleware

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from envcors.flask.options import CORSOptions

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

ACTUAL_SHARE = 1 / 25
FOREIGN_SHARE = 1 / 10
PREFLIGHT_SHARE = 1 / 75
_PAGES = [f"https://app{number}.example.com" for number in range(100)]
_FOREIGN = [f"https://evil{number}.example.net" for number in range(100)]


class Options(TypedDict):
    """One policy, in the options that envcors and Flask-CORS share."""

    origins: list[str]
    methods: list[str]
    allow_headers: list[str]
    expose_headers: list[str]
    supports_credentials: bool
    max_age: int
    resources: NotRequired[dict[str | re.Pattern[str], dict[str, Any]]]  # as Flask-CORS types it


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of request with its own policy, and whether the page can read the response."""

    name: str
    requests: Sequence[WSGIEnvironment]
    origins: Sequence[str] = (PAGE,)
    resources: Sequence[str] = ()
    allowed: bool = True
    is_preflight: bool = False

    @property
    def options(self) -> Options:
        """The policy; without credentials if it allows any origin."""
        options = Options(
            origins=list(self.origins),
            methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
            allow_headers=["Content-Type", "Authorization"],
            expose_headers=["X-Request-Id"],
            supports_credentials="*" not in self.origins,
            max_age=600,
        )
        if self.resources:
            options["resources"] = {path: {} for path in self.resources}
        return options


CASES = (
    Case("allowed origin", [actual(PAGE)]),
    Case("no Origin", [actual(None)], allowed=False),
    Case("foreign origin", [actual(STRANGER)], allowed=False),
    Case("any origin (*)", [actual(PAGE)], ["*"]),
    Case("100 origins in turn", [actual(origin) for origin in _PAGES], _PAGES),
    Case("one of 10 resources", [actual(PAGE)], resources=[*(f"/v{number}/*" for number in range(9)), "/api/*"]),
    Case("100 foreign origins in turn", [actual(origin) for origin in _FOREIGN], allowed=False),
    Case("preflight", [preflight(PAGE)], is_preflight=True),
    Case("preflight, 100 origins", [preflight(origin) for origin in _PAGES], _PAGES, is_preflight=True),
)


def run(effort: Effort) -> Section:
    """Measure every case with all libraries in one run."""
    trials: dict[tuple[str, str], Trial] = {}
    for case in CASES:
        for name, app in _apps(case).items():
            _check(case, name, app)
            trials[name, case.name] = serving(app, case.requests)
        trials["nothing", case.name] = serving(nothing, case.requests)
    costs = seconds_each(trials, effort)
    rows = []
    results = []
    for case in CASES:
        cost = {name: seconds for (name, of), seconds in costs.items() if of == case.name}
        base = "nothing" if case.is_preflight else "trivial"
        by_hand, ours = cost["if"] - cost[base], cost["envcors"] - cost[base]
        theirs = cost["flask + flask-cors"] - cost["nothing" if case.is_preflight else "flask"]
        ratio = max(ours, 0) / theirs if theirs > 0 else 0
        rows.append(
            [
                case.name,
                *(microseconds(cost[name]) for name in ("flask", "flask + envcors", "flask + flask-cors")),
                *(microseconds(max(seconds, 0)) for seconds in (by_hand, ours, theirs)),
                share(ratio),
            ]
        )
        limit = PREFLIGHT_SHARE if case.is_preflight else ACTUAL_SHARE if case.allowed else FOREIGN_SHARE
        verb = "takes" if case.is_preflight else "adds"
        what = f"{case.name}: part of what Flask-CORS {verb}"
        results.append(Result(what, ratio, limit, share, in_summary=case.name in {"allowed origin", "preflight"}))
    return Section(
        "What a request costs",
        ("request", "Flask", "with envcors", "with Flask-CORS", "if adds", "envcors adds", "Flask-CORS adds", "ratio"),
        rows,
        results,
        "Each figure is the best of many rounds. For a preflight, `adds` is its whole cost.",
    )


def _apps(case: Case) -> dict[str, WSGIApplication]:
    with_envcors, with_flask_cors = _flask(), _flask()
    envcors.CORS(with_envcors, **cast("CORSOptions", {**case.options, "env_file": None}))
    flask_cors.CORS(with_flask_cors, **case.options)
    policies = with_envcors.extensions["envcors"].policies
    return {
        "trivial": trivial,
        "if": by_hand(trivial, case.origins),
        "envcors": CORSMiddleware(trivial, policies),
        "flask": _flask(),
        "flask + envcors": with_envcors,
        "flask + flask-cors": with_flask_cors,
    }


def _flask() -> Flask:
    app = Flask("shop")

    for version in range(9):
        app.add_url_rule(f"/v{version}/items", "items")  # what each resource of a case governs

    @app.get(PATH)
    def items() -> str:
        return "ok"

    return app


def by_hand(app: WSGIApplication, origins: Iterable[str]) -> WSGIApplication:
    """Return hand-written code for exactly one policy: the lowest possible cost."""
    allowed = frozenset(origins)
    any_origin = "*" in allowed

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        may = any_origin or origin in allowed
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            headers = [("Vary", "Origin")]
            if may:
                headers += [
                    ("Access-Control-Allow-Origin", "*" if any_origin else origin),
                    ("Access-Control-Allow-Credentials", "true"),
                    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE"),
                    ("Access-Control-Allow-Headers", "Content-Type, Authorization"),
                    ("Access-Control-Max-Age", "600"),
                ]
            start_response("204 No Content" if may else "403 Forbidden", headers)
            return []

        def start(status: str, headers: list[Header], exc_info: ExcInfo | None = None, /) -> Callable[[bytes], object]:
            if not any_origin:
                headers.append(("Vary", "Origin"))
            if may:
                headers.append(("Access-Control-Allow-Origin", "*" if any_origin else origin))
                headers.append(("Access-Control-Expose-Headers", "X-Request-Id"))
                headers.append(("Access-Control-Allow-Credentials", "true"))
            return start_response(status, headers, exc_info)

        return app(environ, start)

    return middleware


def _check(case: Case, name: str, app: WSGIApplication) -> None:
    """Raise an error if a library does not respond as expected."""
    if name in {"trivial", "flask"}:
        return
    for environ in case.requests:
        allowed = dict(answer(app, environ)).get("Access-Control-Allow-Origin")
        may_read = allowed is not None and allowed in {"*", environ.get("HTTP_ORIGIN")}
        if may_read != case.allowed:
            raise AssertionError(f"{name} answers {case.name} with Access-Control-Allow-Origin: {allowed}")

"""One policy for a preflight and its request, whatever middlewares stand around `CORS(app)`, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from envcors import CORS, cross_origin
from envcors.flask.neighbours import method_overrides, middlewares
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, Answer, Governs, both, numbered, resource, send
from tests.flask.stacks import (
    Buffered,
    Lazy,
    Override,
    Script,
    Stripper,
    catching,
    in_a_closure,
    proxied,
    wrap,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from tests.flask.stacks import Wrap

OTHER = "https://other.example.com"


def ask(app: WSGIApplication, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Governs:
    """The policies of a preflight and of its request, both with the same headers of proxies."""
    sent = {"Origin": ORIGIN, **(headers or {})}
    base = "http://10.0.0.1"
    asked = send(app, path, "OPTIONS", {**sent, "Access-Control-Request-Method": method}, base_url=base)
    answer = send(app, path, method, sent, base_url=base)
    return Governs(number_of(asked, "Access-Control-Max-Age"), number_of(answer, "Access-Control-Expose-Headers"))


def number_of(answer: Answer, name: str) -> int | None:
    value = answer.headers.get(name)
    return None if value is None else int(value.removeprefix("X-Policy-"))


@dataclass(frozen=True)
class Case:
    """A stack, a request, and the number of the policy that governs it and its preflight."""

    name: str
    wraps: Sequence[Wrap]
    path: str
    number: int
    headers: Mapping[str, str]
    host: str | None = None
    trusted: Sequence[str] | None = None


FORWARDED = {"X-Forwarded-Host": "api.example.com", "X-Forwarded-Prefix": "/mounted"}
CASES = [
    Case("ProxyFix, a host of its own", [proxied], "/view", 1, FORWARDED, host="api.example.com"),
    Case("ProxyFix, another host", [proxied], "/view", 9, {"X-Forwarded-Host": "x.example.com"}, "api.example.com"),
    Case("ProxyFix, no header", [proxied], "/view", 9, {}, host="api.example.com"),
    Case("ProxyFix, trusted hosts", [proxied], "/view", 1, FORWARDED, trusted=["api.example.com"]),
    Case("ProxyFix, trusted hosts, untrusted", [proxied], "/view", 9, {}, trusted=["api.example.com"]),
    Case("trusted hosts alone", [], "/view", 1, {}, trusted=["10.0.0.1"]),
    Case("trusted hosts alone, untrusted", [], "/view", 9, {}, trusted=["api.example.com"]),
    Case("X-Script-Name", [Script], "/api/view", 1, {"X-Script-Name": "/api"}),
    Case("X-Script-Name, a resource", [Script], "/api/area/x", 5, {"X-Script-Name": "/api"}),
    Case("X-Script-Name left out", [Script], "/api/view", 9, {}),
    Case("a stripper", [Stripper], "/prefix/view", 1, {}),
    Case("a stripper, a resource", [Stripper], "/prefix/area/x", 5, {}),
    Case("a stripper that answers itself", [Stripper], "/view", 9, {}),
    Case("a closure that copies", [in_a_closure], "/closure/view", 1, {}),
    Case("a closure that copies, a resource", [in_a_closure], "/closure/area/x", 5, {}),
    Case("a buffer around a copy", [in_a_closure, Buffered], "/closure/view", 1, {}),
    Case("a generator", [Lazy], "/view", 1, {}),
    Case("a generator around a stripper", [Stripper, Lazy], "/prefix/view", 1, {}),
    Case("one that catches exceptions", [catching], "/view", 1, {}),
    Case("all of them", [catching, Lazy, in_a_closure, Stripper, Buffered, Script, proxied],
         "/api/prefix/closure/view", 1, {**FORWARDED, "X-Script-Name": "/api"}),
    Case("an override that is not used", [Override], "/view", 1, {}),
]  # fmt: skip


def build(case: Case, *, before: int) -> Flask:
    """The application of a case, `before` of whose middlewares are installed before `CORS(app)`."""
    app = Flask("application", host_matching=case.host is not None, static_host=case.host)
    app.config["TRUSTED_HOSTS"] = case.trusted
    wrap(app, *case.wraps[:before])
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/area/*": resource(5)}, **numbered(9))
    wrap(app, *case.wraps[before:])
    app.add_url_rule("/view", "view", cross_origin(**numbered(1))(lambda: "view"), host=case.host)
    return app


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_policy_is_the_same_before_and_after_cors(case: Case) -> None:
    if case.trusted and "TRUSTED_HOSTS" not in Flask.default_config:
        pytest.skip("This Flask has no TRUSTED_HOSTS: it trusts every host.")
    for before in range(len(case.wraps) + 1):
        app = build(case, before=before)
        found = ask(app, case.path, headers=case.headers)
        # In front of CORS(app) nothing of what a middleware answers itself is governed.
        expected = both(case.number) if "itself" not in case.name or before else both(None)
        assert found == expected, before


def test_a_preflight_runs_nothing_of_the_application_behind_middlewares() -> None:
    seen: list[str] = []
    app = build(CASES[-2], before=7)
    app.before_request(lambda: seen.append("before"))
    app.teardown_request(lambda _: seen.append("teardown"))
    app.teardown_appcontext(lambda _: seen.append("context"))
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", **CASES[-2].headers}
    assert send(app, CASES[-2].path, "OPTIONS", asked).status == 204
    assert seen == []


def test_a_middleware_that_fails_changes_nothing_about_the_preflight() -> None:
    def failing(app: WSGIApplication) -> WSGIApplication:
        def middleware(environ: object, start_response: object) -> list[bytes]:
            raise LookupError

        return middleware

    app = build(Case("failing", [failing], "/view", 9, {}), before=1)
    answer = send(app, "/view", "OPTIONS", {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"})
    assert (answer.status, answer.headers["Access-Control-Max-Age"]) == (204, "9")


def test_an_application_that_is_mounted_in_front_is_asked_no_more_than_its_options() -> None:
    methods: list[str] = []

    def mounted(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
        methods.append(environ["REQUEST_METHOD"])
        start_response("200 OK", [])
        return []

    app = build(Case("", [lambda inner: DispatcherMiddleware(inner, {"/other": mounted})], "", 0, {}), before=1)
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "DELETE"}
    assert send(app, "/other/x", "OPTIONS", asked).headers.get("Access-Control-Allow-Origin") == ORIGIN
    assert "DELETE" not in methods


OVERRIDES = ["X-HTTP-Method-Override", "x-http-method-override", "X-HTTP-Method", "x-method-override"]


@pytest.mark.parametrize("before", [0, 1], ids=["after CORS(app)", "before CORS(app)"])
@pytest.mark.parametrize("name", OVERRIDES)
def test_a_preflight_that_announces_another_method_needs_every_view_to_allow_it(name: str, before: int) -> None:
    app = build(Case("", [Override], "", 0, {}), before=before)
    app.add_url_rule("/items", "add", cross_origin(allow_headers=[name], **numbered(2))(lambda: ""), methods=["POST"])
    strict = cross_origin(origins=OTHER, allow_headers=[name], **numbered(3))(lambda: "removed")
    app.add_url_rule("/items", "remove", strict, methods=["DELETE"])
    app.add_url_rule("/free", "free", cross_origin(allow_headers=[name], **numbered(4))(lambda: ""), methods=["POST"])
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": name.lower(),
    }
    assert send(app, "/items", "OPTIONS", asked).status == 403
    assert send(app, "/free", "OPTIONS", asked).headers["Access-Control-Max-Age"] == "4"
    plain = {name: value for name, value in asked.items() if not name.endswith("Headers")}
    assert send(app, "/items", "OPTIONS", plain).headers["Access-Control-Max-Age"] == "2"
    removed = send(app, "/items", "POST", {"Origin": ORIGIN, "X-HTTP-Method-Override": "DELETE"})
    assert removed.body == b"removed"
    assert "Access-Control-Allow-Origin" not in removed.headers


@pytest.mark.parametrize("before", [0, 1], ids=["after CORS(app)", "before CORS(app)"])
def test_a_middleware_that_changes_methods_is_named_once(before: int, caplog: pytest.LogCaptureFixture) -> None:
    app = build(Case("", [Override], "", 0, {}), before=before)
    if before:
        assert "Override changes the method" in caplog.text
    for _ in range(2):
        ask(app, "/view")
    assert caplog.text.count("Override changes the method") == 1
    assert method_overrides(app) == ["Override"]


def test_other_middlewares_are_not_taken_for_such_a_one() -> None:
    app = build(CASES[-2], before=3)
    assert method_overrides(app) == []
    names = [getattr(found, "__name__", type(found).__name__) for found in middlewares(app)]
    assert names == ["ProxyFix", "Script", "Buffered", "Stripper", "CORSMiddleware", "middleware", "Lazy", "middleware"]


# What properties draw from: middlewares, rules and resources that meet in many ways.
SAFE: dict[str, Wrap] = {
    "proxy": proxied,
    "script": Script,
    "stripper": lambda app: Stripper(app, "/p"),
    "buffer": Buffered,
    "lazy": Lazy,
    "closure": in_a_closure,
    "catching": catching,
}
RULES = ["/", "/a", "/a/", "/a/<int:n>", "/a/<int:n>/", "/<name>", "/p/a", "/a/<path:rest>", "/b/<float:f>", "/b/1.5"]
RESOURCES = ["/*", "/a", "/a/", "/a/*", "/a/1", "/a/1/", "/p/*", "/b/*", "/b/1.5", "/name"]
SEGMENTS = ["", "a", "p", "b", "1", "01", "1.5", "1.50", "closure", "name", "é", "%2F", "a\n"]
paths = st.lists(st.sampled_from(SEGMENTS), max_size=4).map(lambda parts: "/" + "/".join(parts))


@settings(max_examples=150)
@given(
    wraps=st.lists(st.sampled_from(sorted(SAFE)), max_size=4),
    before=st.integers(0, 4),
    rules=st.lists(st.sampled_from(RULES), unique=True, min_size=1, max_size=5),
    declared=st.sets(st.integers(0, 4)),
    resources=st.lists(st.sampled_from(RESOURCES), unique=True, max_size=4),
    strict=st.booleans(),
    requests=st.lists(st.tuples(paths, st.sampled_from(["GET", "PUT", "put", "DELETE"])), min_size=1, max_size=4),
    script=st.sampled_from(["", "/p", "/a"]),
)
def test_the_policy_of_a_preflight_is_that_of_the_answer(
    *,
    wraps: list[str],
    before: int,
    rules: list[str],
    declared: set[int],
    resources: list[str],
    strict: bool,
    requests: list[tuple[str, str]],
    script: str,
) -> None:
    app = Flask("application")
    app.url_map.strict_slashes = strict
    wrap(app, *(SAFE[name] for name in wraps[:before]))
    given_resources = {path: resource(20 + number) for number, path in enumerate(resources)} or None
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, methods=["PUT", "DELETE"], resources=given_resources, **numbered(9))
    wrap(app, *(SAFE[name] for name in wraps[before:]))
    for number, rule in enumerate(rules):
        view: Callable[..., str] = lambda **_: ""  # noqa: E731 - a new one for each rule
        if number in declared:
            view = cross_origin(**numbered(100 + number))(view)
        app.add_url_rule(rule, f"view{number}", view, methods=["GET", "PUT"])
    for path, method in requests:
        found = ask(app, path, method, {"X-Script-Name": script, "X-Forwarded-Prefix": script})
        if method == "put":  # which no policy allows: the preflight names no age
            assert found.preflight is None
        else:
            assert found.preflight == found.actual, (path, method)

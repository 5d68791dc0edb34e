"""`Access-Control-Request-Headers` of any bytes: decided in linear time; no name is allowed that was not asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import mul
from types import FrameType
from typing import Any, TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from envcors.protocol.decision import MAX_REQUEST_HEADERS, MAX_REQUEST_HEADERS_LENGTH, Decision, decide
from envcors.protocol.policy import Policy
from envcors.wsgi import CORSMiddleware
from tests.fuzz.depth import few
from tests.wsgi.spy import Server, Spy, preflight

ORIGIN = "https://app.example.com"
ALLOWED = st.lists(st.sampled_from(["X-A", "x-b", "Authorization", "Content-Type", "*"]), max_size=4)
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
ELEMENTS = st.one_of(
    st.sampled_from(
        ["x-a", "X-B", "authorization", "content-type", "*", "", " ", "\t x-a \t", "x a", "x-a\x00", "x-\xe9"]
    ),
    st.binary(max_size=8).map(lambda text: text.decode("latin-1")),
)
TEXTS = st.one_of(
    st.lists(ELEMENTS, max_size=8).map(",".join),
    st.binary(max_size=60).map(lambda text: text.decode("latin-1")),
    st.builds(mul, st.sampled_from([",", "x-a,", " ,", "\t", "a"]), st.integers(0, 9000)),
)
T = TypeVar("T")


def lines_run(call: Callable[[], T]) -> tuple[T, int]:
    """What a call returns, and how many lines of Python it runs: the same in every run, on any machine."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:  # Any: as sys.settrace declares it
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return call(), count
    finally:
        sys.settrace(before)


def header(decision: Decision, name: str) -> str | None:
    return dict(decision.headers).get(name)


@few(80)
@given(ALLOWED, TEXTS)
@example(["X-A"], "," * 8192)
@example(["*"], "*")
@example(["*"], "authorization")
@example(["X-A"], "x-a," * MAX_REQUEST_HEADERS)
def test_request_headers_of_any_bytes_are_decided_by_name(allowed: list[str], text: str) -> None:
    policy = Policy(origins=[ORIGIN], allow_headers=allowed)
    decision, lines = lines_run(lambda: decide(policy, "OPTIONS", ORIGIN, "GET", text))
    elements = text.split(",")
    assert lines < 100 + 10 * min(len(elements), MAX_REQUEST_HEADERS)
    asked = {element.strip(" \t").lower() for element in elements} - {""}
    listed = {name.lower() for name in allowed} - {"*"}
    of_any = {name for name in asked if set(name) <= TOKEN} - {"authorization", "*"} if "*" in allowed else set()
    covered = (asked & listed) | of_any
    too_many = len(text) > MAX_REQUEST_HEADERS_LENGTH or len(elements) > MAX_REQUEST_HEADERS
    assert decision.allowed is (covered == asked and not (too_many and text not in policy.prepared.preflight_endings))
    assert decision.reason == ("allowed" if decision.allowed else "header-not-allowed")
    granted = header(decision, "Access-Control-Allow-Headers") or ""
    names = [name for name in granted.split(", ") if name]
    assert {name.lower() for name in names} <= covered
    assert len({name.lower() for name in names}) == len(names)
    assert not decision.allowed or {name.lower() for name in names} == asked


@few(30)
@given(ALLOWED, TEXTS, st.binary(max_size=20), st.binary(max_size=60))
def test_a_preflight_of_any_bytes_is_answered(allowed: list[str], text: str, method: bytes, origin: bytes) -> None:
    app = Spy()
    middleware = CORSMiddleware(app, Policy(origins=[ORIGIN], allow_headers=allowed))
    for sent in (ORIGIN, origin.decode("latin-1")):
        answer = Server().serve(middleware, preflight(sent, method.decode("latin-1"), text))
        assert answer.status.split()[0] in ("204", "403")
        assert answer.values("Access-Control-Allow-Origin") in ([], [ORIGIN])
        assert all(value.isascii() and value.isprintable() for _, value in answer.headers)
    assert app.calls == 0

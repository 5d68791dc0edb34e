"""Which policy governs a request, and when it is looked up."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.wsgi import CORSMiddleware
from tests.wsgi.spy import Server, Spy, preflight, request

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ONE, TWO = "https://one.example.com", "https://two.example.com"
FOR_ONE, FOR_TWO = Policy(origins=[ONE]), Policy(origins=[TWO])


def allowed(middleware: CORSMiddleware, environ: dict[str, object]) -> list[str]:
    return Server().serve(middleware, environ).values("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("path", "origin", "expected"), [("/one/x", ONE, [ONE]), ("/one/x", TWO, []), ("/two", TWO, [])]
)
def test_a_path_has_its_own_policy_for_both_kinds_of_requests(path: str, origin: str, expected: list[str]) -> None:
    middleware = CORSMiddleware(Spy(), PolicyTable(FOR_TWO, {"/one/*": FOR_ONE}))
    assert allowed(middleware, request(path=path, Origin=origin)) == expected
    assert allowed(middleware, preflight(origin, "GET", path=path)) == expected


def test_a_request_without_a_path_is_for_the_root() -> None:
    middleware = CORSMiddleware(Spy(), PolicyTable(None, {"/": FOR_ONE}))
    environ = request(Origin=ONE)
    del environ["PATH_INFO"]
    assert allowed(middleware, environ) == [ONE]


def test_an_application_cannot_change_the_path_that_selects_the_policy() -> None:
    def mounting(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ.update(SCRIPT_NAME="/one", PATH_INFO="/two", HTTP_ORIGIN=TWO, REQUEST_METHOD="POST")
        start_response("200 OK", [])
        return []

    middleware = CORSMiddleware(mounting, PolicyTable(None, {"/one/*": FOR_ONE, "/two": FOR_TWO}))
    assert allowed(middleware, request(path="/one/two", Origin=ONE)) == [ONE]


def test_a_new_table_applies_from_the_next_request_on() -> None:
    def reloading(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        middleware.policies = PolicyTable(FOR_TWO)
        start_response("200 OK", [])
        return []

    middleware = CORSMiddleware(reloading, FOR_ONE)
    assert allowed(middleware, request(Origin=ONE)) == [ONE]
    assert allowed(middleware, request(Origin=ONE)) == []


@pytest.mark.parametrize("environ", [request(Origin=TWO), preflight(TWO, "GET")], ids=["actual", "preflight"])
def test_refresh_is_called_before_the_table_is_used(environ: dict[str, object]) -> None:
    middleware = CORSMiddleware(Spy(), FOR_ONE)

    def refresh() -> None:
        middleware.policies = PolicyTable(FOR_TWO)

    middleware.refresh = refresh
    assert allowed(middleware, environ) == [TWO]


class Route:
    """A route that returns ``answer`` and records each call, with how often the application was called before it."""

    def __init__(self, app: Spy, answer: Policy | None) -> None:
        self.app = app
        self.answer = answer
        self.calls: list[tuple[str, str, bool, int]] = []

    def __call__(self, _: PolicyTable, __: "WSGIEnvironment", method: str, path: str, preflight: bool) -> Policy | None:
        self.calls.append((method, path, preflight, self.app.calls))
        return self.answer


def test_the_route_of_an_actual_request_is_called_when_the_app_responds() -> None:
    app = Spy()
    middleware = CORSMiddleware(app, FOR_ONE)
    middleware.route = route = Route(app, FOR_TWO)
    assert allowed(middleware, request("PATCH", Origin=TWO)) == [TWO]
    assert route.calls == [("PATCH", "/", False, 1)]


def test_the_route_of_a_preflight_is_called_with_the_requested_method_and_without_the_app() -> None:
    app = Spy()
    middleware = CORSMiddleware(app, PolicyTable(None, {"/x": FOR_ONE}))
    middleware.route = route = Route(app, FOR_TWO)
    assert allowed(middleware, preflight(TWO, "POST")) == [TWO]
    assert route.calls == [("POST", "/", True, 0)]
    assert app.calls == 0


@pytest.mark.parametrize("environ", [request(Origin=ONE), preflight(ONE, "GET")], ids=["actual", "preflight"])
def test_a_request_whose_route_has_no_policy_is_not_changed(environ: dict[str, object]) -> None:
    app = Spy([("Access-Control-Allow-Origin", "own")])
    middleware = CORSMiddleware(app, FOR_ONE)
    middleware.route = Route(app, None)
    assert Server().serve(middleware, environ).headers == app.headers
    assert app.calls == 1


def test_cors_headers_of_the_app_are_removed_if_the_route_has_a_policy() -> None:
    app = Spy([("Access-Control-Allow-Origin", "own"), ("Vary", "Cookie")])
    middleware = CORSMiddleware(app, FOR_ONE)
    middleware.route = Route(app, FOR_TWO)
    assert Server().serve(middleware, request(Origin=ONE)).headers == [("Vary", "Cookie, Origin")]


def test_the_function_that_explains_a_denied_preflight_gets_the_decision_and_the_request() -> None:
    policy = Policy(development=True)
    environ = preflight(ONE, "GET")
    middleware = CORSMiddleware(
        Spy(), policy, explain=lambda decision, environ: f"{decision.reason} → {environ['HTTP_ORIGIN']} \udc80"
    )
    answer = Server().serve(middleware, environ)
    assert answer.body == f"origin-not-allowed → {ONE} \\udc80".encode()
    assert answer.values("Content-Length") == [str(len(answer.body))]


def test_a_denied_preflight_is_not_explained_in_production() -> None:
    middleware = CORSMiddleware(Spy(), FOR_ONE, explain=lambda *_: "a reason")
    assert Server().serve(middleware, preflight(TWO, "GET")).body == b""

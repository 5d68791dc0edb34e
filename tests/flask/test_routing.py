"""The policy of a preflight is that of the view which answers, however the path is spelled and the app is mounted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask, request
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from envcors import CORS, cross_origin
from envcors.flask.options import Resources
from tests.booting import Setup, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, preflight, resource, send
from tests.flask.stacks import Buffered

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def install(app: Flask, resources: Resources | None = None) -> Flask:
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources=resources, **numbered(9))
    return app


def add(app: Flask, rule: str, number: int, *, host: str | None = None, subdomain: str | None = None) -> None:
    """A view that has the policy of this number and says so."""
    view = cross_origin(**numbered(number))(lambda **_: str(number))
    app.add_url_rule(rule, f"view{number}", view, host=host, subdomain=subdomain)


def test_the_policy_of_a_redirect_for_a_slash_is_that_of_its_target() -> None:
    app = install(Flask("application"))
    add(app, "/branch/", 1)
    add(app, "/leaf", 2)
    assert send(app, "/branch", headers={"Origin": ORIGIN}).status == 308
    assert governs(app, "/branch") == both(1)
    assert governs(app, "/branch/") == both(1)
    assert governs(app, "/leaf/") == both(9)


def test_without_strict_slashes_both_spellings_have_the_policy_of_the_view() -> None:
    app = Flask("application")
    app.url_map.strict_slashes = False
    install(app)
    add(app, "/branch/", 1)
    assert [governs(app, path) for path in ("/branch", "/branch/")] == [both(1), both(1)]


@pytest.mark.parametrize("merge", [True, False])
def test_doubled_slashes_have_the_policy_of_the_view_that_answers(merge: bool) -> None:
    app = Flask("application")
    app.url_map.merge_slashes = merge
    install(app)
    add(app, "/a/b", 1)
    merged = send(app, "//a///b", headers={"Origin": ORIGIN}).status == 308
    assert merge or not merged  # Werkzeug 3.0 merges inner slashes alone, and answers 404 to the leading ones
    assert governs(app, "//a///b") == both(1 if merged else 9)


def test_a_redirect_of_a_rule_has_the_policy_of_its_target() -> None:
    app = install(Flask("application"))
    app.add_url_rule("/old/<int:item>", redirect_to="/new/<item>", endpoint="old")
    add(app, "/new/<int:item>", 1)
    assert governs(app, "/old/7") == both(1)


def test_a_default_that_redirects_to_the_shorter_path_has_its_policy() -> None:
    app = install(Flask("application"))
    view = cross_origin(**numbered(1))(lambda page: f"page {page}")
    app.add_url_rule("/pages/", "pages", view, defaults={"page": 1})
    app.add_url_rule("/pages/<int:page>", "pages", view)
    assert [governs(app, path) for path in ("/pages", "/pages/", "/pages/1", "/pages/2")] == [both(1)] * 4


def test_converters_tell_views_apart() -> None:
    app = install(Flask("application"))
    for number, rule in enumerate(("<int:x>", "<float:x>", "<uuid:x>", "<any(new,old):x>", "<string(length=2):x>"), 1):
        add(app, f"/items/{rule}", number)
    paths = ["7", "7.5", "9f6a3c1e-0000-4000-8000-000000000000", "new", "ab", "-7", "other"]
    assert [governs(app, f"/items/{path}").actual for path in paths] == [1, 2, 3, 4, 5, 5, 9]
    assert all(len(set(governs(app, f"/items/{path}"))) == 1 for path in paths)


def test_views_are_told_apart_by_subdomain() -> None:
    app = Flask("application", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"
    install(app)
    add(app, "/", 1, subdomain="one")
    add(app, "/", 2, subdomain="<tenant>")
    hosts = {"one": 1, "two": 2}
    assert {host: governs(app, "/", base_url=f"https://{host}.example.com") for host in hosts} == {
        host: both(number) for host, number in hosts.items()
    }


def test_views_are_told_apart_by_host() -> None:
    app = Flask("application", host_matching=True, static_host="static.example.com")
    install(app)
    add(app, "/", 1, host="one.example.com")
    add(app, "/", 2, host="two.example.com:8443")
    assert governs(app, "/", base_url="https://one.example.com") == both(1)
    assert governs(app, "/", base_url="https://two.example.com:8443") == both(2)
    assert governs(app, "/", base_url="https://three.example.com") == both(9)


def test_an_application_that_is_mounted_is_governed_below_its_mount() -> None:
    app = install(Flask("application"))
    add(app, "/view/", 1)
    mounted = DispatcherMiddleware(Flask("front"), {"/mounted": app})
    assert governs(mounted, "/mounted/view/") == both(1)
    assert governs(mounted, "/mounted/view") == both(1)
    assert governs(mounted, "/mounted/other") == both(9)
    assert governs(mounted, "/view/") == both(None)


def test_paths_of_resources_begin_below_the_mount() -> None:
    app = install(Flask("application"), resources={"/api/*": {}})
    mounted = DispatcherMiddleware(Flask("front"), {"/mounted": app})
    assert governs(mounted, "/mounted/api/x") == both(9)
    assert governs(mounted, "/mounted/other") == both(None)


@pytest.mark.parametrize("inside", [False, True], ids=["in front of CORS", "behind CORS"])
def test_an_application_that_mounts_others_keeps_its_own_policies(inside: bool) -> None:
    app, other = Flask("application"), Flask("other")
    other.add_url_rule("/view", "view", lambda: "other")
    if not inside:
        install(app)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": other})  # type: ignore[method-assign]  # as one does
    if inside:
        install(app)
    add(app, "/view", 1)
    assert governs(app, "/view") == both(1)
    assert send(app, "/mounted/view").body == b"other"
    assert governs(app, "/mounted/view") == both(9 if inside else None)


def test_each_of_two_mounted_applications_has_its_own_policies() -> None:
    apps: dict[str, WSGIApplication] = {}
    for number in (1, 2):
        app = install(Flask(f"application{number}"))
        add(app, "/view", number)
        apps[f"/{number}"] = app
    mounted = DispatcherMiddleware(Flask("front"), apps)
    assert [governs(mounted, f"/{number}/view") for number in (1, 2)] == [both(1), both(2)]


def test_the_host_that_a_proxy_forwards_decides_where_proxyfix_stands_in_front() -> None:
    app = Flask("application", host_matching=True, static_host="static.example.com")
    install(app)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1, x_prefix=1)  # type: ignore[method-assign]  # as its manual says
    add(app, "/view/", 1, host="api.example.com")
    headers = {"X-Forwarded-Host": "api.example.com", "X-Forwarded-Prefix": "/prefix", "Origin": ORIGIN}
    asked = {**headers, "Access-Control-Request-Method": "GET"}
    for path in ("/view/", "/view"):
        answer = send(app, path, "OPTIONS", asked, base_url="http://10.0.0.1")
        assert answer.headers["Access-Control-Max-Age"] == "1"
        actual = send(app, path, headers=headers, base_url="http://10.0.0.1")
        assert actual.headers["Access-Control-Expose-Headers"] == "X-Policy-1"


def test_a_middleware_that_holds_the_response_back_changes_no_policy() -> None:
    app = Flask("application")
    app.wsgi_app = Buffered(app.wsgi_app)  # type: ignore[method-assign]  # as one does
    install(app)
    add(app, "/view/", 1)
    assert governs(app, "/view/") == both(1)
    assert governs(app, "/view") == both(1)
    assert governs(app, "/other") == both(9)


def test_an_application_mounted_behind_such_a_middleware_gets_the_policy_of_the_path() -> None:
    app, other = Flask("application"), Flask("other")
    other.add_url_rule("/view", "view", lambda: "other")
    app.wsgi_app = Buffered(DispatcherMiddleware(app.wsgi_app, {"/mounted": other}))  # type: ignore[method-assign]
    install(app)
    add(app, "/view", 1)
    assert governs(app, "/mounted/view").actual == 9
    assert governs(app, "/view") == both(1)


def test_a_request_inside_the_context_of_another_has_its_own_policy() -> None:
    app = install(Flask("application"))
    add(app, "/one", 1)
    add(app, "/two", 2)
    with app.test_request_context("/one"):
        assert governs(app, "/two") == both(2)


def test_errors_in_a_view_have_its_policy_and_404_and_405_that_of_the_path() -> None:
    app = install(Flask("application"), resources={"/v/*": resource(5), "/*": {}})

    @app.get("/v/fails")
    @cross_origin(**numbered(1))
    def fails() -> str:
        raise LookupError

    @app.get("/v/gone")
    @cross_origin(**numbered(2))
    def gone() -> tuple[str, int]:
        return "gone", 410

    @app.errorhandler(LookupError)
    def handle(error: LookupError) -> tuple[str, int]:
        return "handled", 500

    assert governs(app, "/v/fails") == both(1)
    assert governs(app, "/v/gone") == both(2)
    assert governs(app, "/v/nothing") == both(5)
    assert governs(app, "/v/gone", "POST") == both(5)
    assert governs(app, "/nothing") == both(9)


def test_a_redirect_of_a_hook_has_the_policy_of_the_view() -> None:
    app = install(Flask("application"))
    add(app, "/view", 1)
    app.before_request(lambda: ("", 302, {"Location": "/login"}))
    assert send(app, "/view", headers={"Origin": ORIGIN}).status == 302
    assert governs(app, "/view") == both(1)


# One view of each kind, resources on top of each other: whichever answers shows the number of its policy.
RULES = [
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/<x>",
    "/A",
    "/b/<path:x>",
    "/é",
    "/a b",
    "/a+b",
    "/a%2Fb",
    "/c/<int:x>/",
    "/.",
    "/a.b",
]
SEGMENTS = [
    "a",
    "A",
    "b",
    "c",
    "7",
    "é",
    "e\u0301",
    "a b",
    "a+b",
    "a%2Fb",
    "%2F",
    "..",
    ".",
    "",
    "%",
    "a.b",
    "\\",
    ";x",
    "*",
]
PATHS = st.lists(st.one_of(st.sampled_from(SEGMENTS), st.text(max_size=3)), max_size=5).map(
    lambda segments: "/" + "/".join(segment.encode("utf-8", "replace").decode() for segment in segments)
)


def spelled_application(rules: Iterable[str]) -> Flask:
    app = install(Flask("application"), resources={"/*": {}, "/a/*": resource(8), "/a": resource(7)})
    for number, rule in enumerate(rules, 100):
        view = cross_origin(**numbered(number))(lambda **_: str(request.url_rule))
        app.add_url_rule(rule, f"view{number}", view)
    return app


SPELLED = spelled_application(RULES)


@given(PATHS)
@example("/a//b")
@example("//a/")
@example("/a/../a/b")
@example("/%61")
def test_no_spelling_of_a_path_picks_another_policy_than_that_of_the_view_which_answers(path: str) -> None:
    found = governs(SPELLED, path)
    assert found.preflight == found.actual
    answer = send(SPELLED, path)
    if found.actual is None and {".", ".."} & set(unquote(path).split("/")):
        return  # no origin is allowed: what answers may read the dots either way
    if answer.status == 200:
        assert found.actual == 100 + RULES.index(answer.body.decode())
    elif answer.status == 308:
        target = unquote(urlsplit(answer.headers["Location"]).path)
        assert found == governs(SPELLED, target)
    else:
        assert found.actual in {7, 8, 9}


@given(PATHS, st.sampled_from(["PUT", "put", "GET", "HEAD", "DELETE", "OPTIONS", "NONSENSE", "x y", ""]))
def test_tools_find_the_policy_that_serving_finds(path: str, method: str) -> None:
    answer = preflight(SPELLED, path, method)
    policy = enforcement_of(SPELLED).policy_for({"PATH_INFO": path.encode().decode("latin-1")} | BASE, method)
    assert policy is not None
    if "Access-Control-Max-Age" in answer.headers:
        assert answer.headers["Access-Control-Max-Age"] == str(policy.max_age)


BASE = {"REQUEST_METHOD": "OPTIONS", "SERVER_NAME": "api.example.com", "SERVER_PORT": "443", "wsgi.url_scheme": "https"}

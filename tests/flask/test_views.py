"""`@cross_origin`: a policy of its own for a view, wherever the decorator may stand."""

from __future__ import annotations

import functools
import sys
from collections import ChainMap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, ClassVar, ParamSpec, TypeVar, cast

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView, View
from werkzeug.routing import Rule

from envcors import CORS, BootRefused, cross_origin
from envcors.flask.options import PolicyOptions
from tests.booting import Setup, boot, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, preflight, resource, send
from tests.processes import run

if TYPE_CHECKING:
    from flask.typing import RouteCallable

P = ParamSpec("P")
R = TypeVar("R")


def traced(function: Callable[P, R]) -> Callable[P, R]:
    """A decorator as people write them."""

    @functools.wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return inner


@pytest.fixture
def app() -> Flask:
    """An application whose own policy has the number 9."""
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, **numbered(9))
    return app


def test_a_function_has_its_own_policy_and_the_others_keep_theirs(app: Flask) -> None:
    @app.route("/own")
    @cross_origin(**numbered(1))
    def own() -> str:
        return "own"

    @app.get("/other")
    def other() -> str:
        return "other"

    assert governs(app, "/own") == both(1)
    assert governs(app, "/other") == both(9)
    assert send(app, "/own").body == b"own"
    assert own.__name__ == "own"


def test_an_async_function_has_its_own_policy(app: Flask) -> None:
    @app.get("/own")
    @cross_origin(**numbered(1))
    async def own() -> str:
        return "own"

    assert governs(app, "/own") == both(1)
    assert send(app, "/own", headers={"Origin": ORIGIN}).body == b"own"


def test_the_decorator_works_above_and_below_others(app: Flask) -> None:
    @app.get("/above")
    @cross_origin(**numbered(1))
    @traced
    def above() -> str:
        return ""

    @app.get("/below")
    @traced
    @cross_origin(**numbered(2))
    def below() -> str:
        return ""

    assert (governs(app, "/above"), governs(app, "/below")) == (both(1), both(2))


@pytest.mark.parametrize("decorate", [cross_origin, cross_origin()], ids=["without parentheses", "with parentheses"])
def test_a_decorator_without_options_inherits_all(app: Flask, decorate: Callable[..., Callable[[], str]]) -> None:
    def view() -> str:
        return ""

    app.add_url_rule("/view", view_func=decorate(view))
    assert governs(app, "/view") == both(9)


def test_a_view_inherits_what_it_leaves_out(app: Flask) -> None:
    @app.put("/own")
    @cross_origin(methods=["PUT"], supports_credentials=True)
    def own() -> str:
        return ""

    answer = preflight(app, "/own", "PUT")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Access-Control-Max-Age"] == "9"


def test_class_based_views_have_their_own_policy(app: Flask) -> None:
    @cross_origin(**numbered(1))
    class Whole(MethodView):
        def get(self) -> str:
            return ""

    class Listed(View):
        decorators: ClassVar = [traced, cross_origin(**numbered(2))]

        def dispatch_request(self) -> str:
            return ""

    class Below(MethodView):
        decorators: ClassVar = [cross_origin(**numbered(3)), traced]

        def get(self) -> str:
            return ""

    class Heir(Whole):
        def put(self) -> str:
            return ""

    for view in (Whole, Listed, Below, Heir):
        app.add_url_rule(f"/{view.__name__}", view_func=view.as_view(view.__name__))
    assert [governs(app, f"/{name}") for name in ("Whole", "Listed", "Below", "Heir")] == [
        both(1),
        both(2),
        both(3),
        both(1),
    ]


def test_a_method_of_a_view_class_has_its_own_policy(app: Flask) -> None:
    @cross_origin(methods=["PUT", "DELETE"], **numbered(1))
    class Items(MethodView):
        def get(self) -> str:
            return "get"

        @cross_origin(**numbered(2))
        def put(self) -> str:
            return "put"

        @cross_origin
        async def delete(self) -> str:
            return "delete"

    app.add_url_rule("/items", view_func=Items.as_view("items"))
    found = {method: governs(app, "/items", method) for method in ("GET", "HEAD", "PUT", "DELETE")}
    assert found == {"GET": both(1), "HEAD": both(1), "PUT": both(2), "DELETE": both(1)}
    assert send(app, "/items", "PUT", {"Origin": ORIGIN}).body == b"put"


def test_the_policy_of_get_governs_head(app: Flask) -> None:
    class Items(MethodView):
        @cross_origin(**numbered(2))
        def get(self) -> str:
            return ""

        def post(self) -> str:
            return ""

    app.add_url_rule("/items", view_func=Items.as_view("items"))
    found = {method: governs(app, "/items", method) for method in ("GET", "HEAD", "POST")}
    assert found == {"GET": both(2), "HEAD": both(2), "POST": both(9)}


def test_two_views_of_one_path_are_told_apart_by_the_method_asked_for(app: Flask) -> None:
    @app.get("/items")
    @cross_origin(**numbered(1))
    def read() -> str:
        return ""

    @app.post("/items")
    @cross_origin(**numbered(2))
    def write() -> str:
        return ""

    assert (governs(app, "/items", "GET"), governs(app, "/items", "POST")) == (both(1), both(2))
    assert governs(app, "/items", "DELETE").actual == 9


def test_one_view_may_have_several_paths_each_with_what_it_inherits() -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/a": resource(1), "/b/*": resource(2)})

    @app.get("/a")
    @app.get("/b/<name>")
    @app.get("/c")
    @cross_origin(methods=["GET"])
    def view(name: str = "") -> str:
        return name

    assert (governs(app, "/a"), governs(app, "/b/x")) == (both(1), both(2))
    assert governs(app, "/c").preflight == 600


def test_a_view_under_a_catch_all_inherits_from_the_resource_of_each_path() -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/x": resource(1), "/x/y/*": resource(2)})

    @app.get("/<path:rest>")
    @cross_origin
    def view(rest: str) -> str:
        return rest

    assert (governs(app, "/x"), governs(app, "/x/y/z")) == (both(1), both(2))


def test_views_that_stand_before_the_extension_have_their_policies_too() -> None:
    app = Flask("application")

    @app.get("/own")
    @cross_origin(**numbered(1))
    def own() -> str:
        return ""

    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, **numbered(9))
    assert governs(app, "/own") == both(1)


def test_a_function_may_serve_with_and_without_the_decorator_of_another_application() -> None:
    def view() -> str:
        return ""

    decorated = cross_origin(**numbered(1))(view)
    apps = [Flask(name) for name in ("one", "two")]
    with surroundings(Setup()):
        for app in apps:
            CORS(app, origins=ORIGIN, **numbered(9))
            app.add_url_rule("/view", view_func=decorated)
    assert [governs(app, "/view") for app in apps] == [both(1), both(1)]


REFUSED_ANYWHERE = [
    ("unknown-variable", {"orgins": ["https://a.example.com"]}),
    ("unknown-variable", {"resources": {}}),
    ("value-invalid", {"max_age": "soon"}),
    ("origin-malformed", {"origins": ["https://a.example.com/"]}),
    ("origin-any-with-credentials", {"origins": "*", "supports_credentials": True}),
    ("usage", {"send_wildcard": False}),
]


@pytest.mark.parametrize(("rule", "options"), REFUSED_ANYWHERE)
def test_what_no_policy_may_hold_is_refused_when_the_decorator_is_made(rule: str, options: PolicyOptions) -> None:
    with pytest.raises(BootRefused) as refusal:
        cross_origin(**options)(lambda: "")
    assert [problem.rule for problem in refusal.value.problems] == [rule]


REFUSED_IN_PRODUCTION = [
    ("origin-any", {"origins": "*"}),
    ("origin-plain-http", {"origins": "http://a.example.com"}),
    ("methods-any", {"methods": "*"}),
    ("headers-any", {"allow_headers": "*"}),
]


@pytest.mark.parametrize(("rule", "options"), REFUSED_IN_PRODUCTION)
@pytest.mark.parametrize("late", [False, True], ids=["before CORS(app)", "after CORS(app)"])
def test_a_view_is_checked_when_it_is_registered_and_named(rule: str, options: PolicyOptions, late: bool) -> None:
    def build() -> None:
        app = Flask("application")
        if late:
            CORS(app, origins=ORIGIN)
        app.add_url_rule("/own", "own", cross_origin(**options)(lambda: ""))
        CORS(app, origins=ORIGIN)

    with surroundings(Setup()), pytest.raises(BootRefused) as refusal:
        build()
    (problem,) = refusal.value.problems
    assert problem.rule == rule
    assert "view" in problem.message


def test_a_view_is_checked_with_what_it_inherits() -> None:
    with surroundings(Setup({"CORS_ENV": "development", "CORS_ORIGINS": "*"})):
        app = Flask("application")
        CORS(app)
        with pytest.raises(BootRefused) as refusal:

            @app.get("/own")
            @cross_origin(supports_credentials=True)
            def own() -> str:
                return ""

    assert [problem.rule for problem in refusal.value.problems] == ["origin-any-with-credentials"]
    assert not refusal.value.production


def above_the_route(app: Flask) -> None:
    @cross_origin(**numbered(1))
    @app.route("/own")
    @traced
    def own() -> str:
        return ""


def above_the_route_of_a_blueprint(app: Flask) -> None:
    shop = Blueprint("shop", "shop")

    @cross_origin(**numbered(1))
    @shop.get("/own")
    def own() -> str:
        return ""

    app.register_blueprint(shop)


def above_the_route_and_async(app: Flask) -> None:
    @cross_origin
    @app.get("/own")
    async def own() -> str:
        return ""


def above_two_routes(app: Flask) -> None:
    @cross_origin(origins="https://own.example.com")
    @app.get("/own")
    @app.post("/own")
    def own() -> str:
        return ""


@pytest.mark.parametrize("late", [False, True], ids=["before CORS(app)", "after CORS(app)"])
@pytest.mark.parametrize(
    "build", [above_the_route, above_the_route_of_a_blueprint, above_the_route_and_async, above_two_routes]
)
def test_a_decorator_above_the_route_is_refused_before_anything_is_served(
    build: Callable[[Flask], None], late: bool
) -> None:
    app = Flask("application")
    with surroundings(Setup()):
        if late:
            CORS(app, origins=ORIGIN)
        build(app)
        if not late:
            CORS(app, origins=ORIGIN)
    (problem,) = enforcement_of(app).declaration_problems()
    for _ in range(2):
        with pytest.raises(BootRefused) as refusal:
            preflight(app, "/other")
        assert refusal.value.problems == (problem,)
    assert problem.rule == "usage"
    assert problem.fix == "put @cross_origin below @app.route"


def test_a_function_may_be_registered_plainly_in_one_place_and_decorated_in_another(app: Flask) -> None:
    def items() -> str:
        return ""

    app.add_url_rule("/plain", "plain", items)
    app.add_url_rule("/own", "own", cross_origin(**numbered(1))(items))
    app.add_url_rule("/another", "another", cross_origin(**numbered(2))(items))
    assert [governs(app, path) for path in ("/plain", "/own", "/another")] == [both(9), both(1), both(2)]


def test_a_class_that_is_registered_already_is_refused(app: Flask) -> None:
    class Own(MethodView):
        def get(self) -> str:
            return "own"

    class Other(Own):
        pass

    app.add_url_rule("/own", view_func=Own.as_view("own"))
    with pytest.raises(BootRefused, match="comes after the class was registered"):
        cross_origin(**numbered(1))(Own)
    app.add_url_rule("/other", view_func=cross_origin(**numbered(2))(Other).as_view("other"))
    assert governs(app, "/other") == both(2)


def test_two_decorators_on_one_view_are_refused() -> None:
    once = cross_origin(max_age=2)(lambda: "")
    with pytest.raises(BootRefused) as refusal:
        cross_origin(max_age=1)(once)
    assert [problem.rule for problem in refusal.value.problems] == ["usage"]


def test_a_refused_view_can_be_registered_after_it_was_fixed(app: Flask) -> None:
    with pytest.raises(BootRefused):
        app.add_url_rule("/own", "own", cross_origin(origins="*")(lambda: ""))
    app.add_url_rule("/fine", "fine", cross_origin(**numbered(1))(lambda: ""))
    assert governs(app, "/fine") == both(1)
    assert boot(Setup()).rules() == []


def test_a_view_class_may_be_decorated_at_the_method_that_dispatches(app: Flask) -> None:
    class Own(View):
        @cross_origin(**numbered(1))
        def dispatch_request(self) -> str:
            return ""

    app.add_url_rule("/own", view_func=Own.as_view("own"))
    assert governs(app, "/own") == both(1)


def added_by_or(app: Flask, view: Callable[[], str]) -> None:
    app.view_functions |= {"own": view}


def in_another_dictionary(app: Flask, view: Callable[[], str]) -> None:
    app.view_functions = {**app.view_functions, "own": view}


def in_another_mapping(app: Flask, view: Callable[[], str]) -> None:
    app.view_functions = cast(dict[str, "RouteCallable"], ChainMap({"own": view}, dict(app.view_functions)))


WAYS: list[Callable[[Flask, Callable[[], str]], object]] = [
    lambda app, view: app.view_functions.__setitem__("own", view),
    lambda app, view: app.view_functions.update({"own": view}),
    lambda app, view: app.view_functions.update(own=view),
    lambda app, view: app.view_functions.setdefault("own", view),
    lambda app, view: app.endpoint("own")(view),
    added_by_or,
    in_another_dictionary,
    in_another_mapping,
]


@pytest.mark.parametrize("has_served", [False, True])
@pytest.mark.parametrize("add", WAYS)
def test_a_view_is_noticed_however_it_comes_among_the_views(
    app: Flask, add: Callable[[Flask, Callable[[], str]], object], has_served: bool
) -> None:
    app.add_url_rule("/own", "own")
    if has_served:
        app.view_functions["own"] = lambda: ""
        assert governs(app, "/own") == both(9)
        del app.view_functions["own"]
        app._got_first_request = False
    add(app, cross_origin(**numbered(1))(lambda: ""))
    assert governs(app, "/own") == both(1)


def test_a_rule_that_comes_into_the_map_by_itself_is_noticed(app: Flask) -> None:
    app.view_functions["own"] = cross_origin(**numbered(1))(lambda: "")
    app.url_map.add(Rule("/own", endpoint="own"))
    assert governs(app, "/own") == both(1)


def test_the_first_declaration_of_a_process_is_noticed_by_applications_that_serve_already() -> None:
    program = """
from flask import Flask
from envcors import CORS, cross_origin
from envcors.testing import Browser, CORSBlocked

app = Flask("application")
CORS(app, origins="https://app.example.com", env_file=None)
app.add_url_rule("/own", "own", lambda: "own")
browser = Browser(app, "https://app.example.com")
assert browser.fetch("/own").text == "own"
assert app.wsgi_app.route is None
app.view_functions["own"] = cross_origin(origins="https://other.example.com")(lambda: "own")
try:
    browser.fetch("/own")
except CORSBlocked as blocked:
    print(blocked.reason)
"""
    assert run([sys.executable, "-c", program]).stdout == "MissingAllowOriginHeader\n"


@pytest.mark.parametrize("options", [{"origins": "*"}, {"methods": "*"}, {"allow_headers": "*"}])
def test_a_refused_view_that_came_unnoticed_allows_no_origin_and_is_told_once(
    app: Flask, options: PolicyOptions, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_url_rule("/own", "own")
    app.view_functions |= {"own": cross_origin(**options)(lambda: "own")}
    for _ in range(3):
        assert preflight(app, "/own", "GET").status == 403
        answer = send(app, "/own", headers={"Origin": ORIGIN})
        assert answer.body == b"own"
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert len([record for record in caplog.records if "is refused, so it allows no origin" in record.message]) == 1


def test_threads_that_come_first_together_check_a_view_once(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.add_url_rule("/own", "own")
    app.view_functions |= {"own": cross_origin(origins="*")(lambda: "own")}
    together = Barrier(8)

    def ask(_: int) -> int:
        together.wait()
        return preflight(app, "/own", "GET").status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {403}
    assert len([record for record in caplog.records if "is refused, so it allows no origin" in record.message]) == 1


def test_a_view_that_takes_the_place_of_a_declared_one_has_the_policy_of_the_application(app: Flask) -> None:
    app.add_url_rule("/own", "own", cross_origin(**numbered(1))(lambda: ""))
    app.view_functions["own"] = lambda: ""
    assert governs(app, "/own") == both(9)


@pytest.mark.parametrize("thing", ["https://app.example.com", [ORIGIN], 7, Flask("other")])
def test_what_is_no_view_is_refused_by_the_decorator(thing: object) -> None:
    with pytest.raises(BootRefused) as refusal:
        cross_origin(thing)  # type: ignore[call-overload]  # that it is wrong is the point
    assert [problem.rule for problem in refusal.value.problems] == ["usage"]

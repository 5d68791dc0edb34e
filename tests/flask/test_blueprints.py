"""`CORS(blueprint)`: a policy for all views of a blueprint."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Unpack

import pytest
from flask import Blueprint, Flask

from envcors import CORS, BootRefused, cross_origin
from envcors.flask.options import CORSOptions
from tests.booting import Setup, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, Governs, both, governs, numbered, preflight, resource, send


def blueprint(name: str, number: int | None = None) -> Blueprint:
    """A blueprint with the views `/plain`, and `/own`, which has the policy that is ten times the number."""
    made = Blueprint(name, name)
    if number is not None:
        CORS(made, **numbered(number))

    @made.get("/plain")
    def plain() -> str:
        return name

    @made.get("/own")
    @cross_origin(**numbered((number or 0) * 10 + 1))
    def own() -> str:
        return name

    return made


def application() -> Flask:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, **numbered(9))
    return app


def test_a_view_overrides_its_blueprint_and_that_overrides_the_application() -> None:
    app = application()
    app.register_blueprint(blueprint("shop", 2), url_prefix="/shop")
    app.register_blueprint(blueprint("plain"), url_prefix="/other")
    app.add_url_rule("/", "index", lambda: "")
    assert governs(app, "/shop/own") == both(21)
    assert governs(app, "/shop/plain") == both(2)
    assert governs(app, "/other/plain") == both(9)
    assert governs(app, "/") == both(9)


def test_a_blueprint_overrides_the_resource_and_inherits_from_it() -> None:
    app = Flask("application")
    made = blueprint("shop")
    CORS(made, max_age=3)
    app.register_blueprint(made, url_prefix="/shop")
    with surroundings(Setup()):
        CORS(app, resources={"/shop/*": {"origins": ORIGIN, "max_age": 5, "expose_headers": ["X-Policy-5"]}})
    assert governs(app, "/shop/plain") == Governs(3, 5)


def test_nested_blueprints_inherit_from_the_outer_ones() -> None:
    app = application()
    outer, inner, innermost = Blueprint("outer", "outer"), blueprint("inner"), blueprint("innermost", 4)
    CORS(outer, **numbered(3))
    inner.register_blueprint(innermost, url_prefix="/innermost")
    outer.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(outer, url_prefix="/outer")
    assert governs(app, "/outer/inner/plain") == both(3)
    assert governs(app, "/outer/inner/own") == both(1)
    assert governs(app, "/outer/inner/innermost/plain") == both(4)


def test_a_blueprint_registered_twice_under_two_names_keeps_its_policy_in_both() -> None:
    app = application()
    made = blueprint("shop", 2)
    app.register_blueprint(made, url_prefix="/one")
    app.register_blueprint(made, url_prefix="/two", name="second")
    assert [governs(app, f"/{place}/plain") for place in ("one", "two")] == [both(2), both(2)]


def test_a_nested_blueprint_registered_in_two_others_inherits_from_each() -> None:
    app = application()
    shared = blueprint("shared")
    for number in (2, 3):
        outer = Blueprint(f"outer{number}", "outer")
        CORS(outer, **numbered(number))
        outer.register_blueprint(shared, url_prefix="/shared")
        app.register_blueprint(outer, url_prefix=f"/{number}")
    assert (governs(app, "/2/shared/plain"), governs(app, "/3/shared/plain")) == (both(2), both(3))


def test_a_blueprint_registered_before_the_application_has_its_policy_too() -> None:
    app = Flask("application")
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        app.register_blueprint(blueprint("shop", 2), url_prefix="/shop")
        CORS(app, **numbered(9))
    app.add_url_rule("/", "index", lambda: "")
    assert (governs(app, "/shop/plain"), governs(app, "/")) == (both(2), both(9))


def test_a_blueprint_alone_governs_its_views_and_nothing_else() -> None:
    app = Flask("application")
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        app.register_blueprint(blueprint("shop", 2), url_prefix="/shop")
    app.add_url_rule("/", "index", lambda: "")
    seen: list[str] = []
    app.before_request(lambda: seen.append("hook"))
    assert preflight(app, "/shop/plain", "GET").headers["Access-Control-Max-Age"] == "2"
    assert not seen
    assert governs(app, "/") == both(None)
    assert "Vary" not in send(app, "/").headers


def test_a_path_that_does_not_exist_below_a_blueprint_gets_the_policy_of_the_path() -> None:
    app = application()
    app.register_blueprint(blueprint("shop", 2), url_prefix="/shop")
    assert send(app, "/shop/nothing").status == 404
    assert governs(app, "/shop/nothing") == both(9)
    assert governs(app, "/shop/plain", "POST") == both(9)


def test_a_blueprint_is_checked_when_it_is_registered_also_where_it_has_no_view() -> None:
    with surroundings(Setup()):
        app = Flask("application")
        CORS(app, origins=ORIGIN)
        empty = Blueprint("empty", "empty")
        CORS(empty, origins="*")
        with pytest.raises(BootRefused) as refusal:
            app.register_blueprint(empty)
    (problem,) = refusal.value.problems
    assert problem.rule == "origin-any"
    assert "blueprint empty" in problem.message


def test_a_blueprint_is_checked_in_the_mode_of_its_application() -> None:
    with surroundings(Setup({"CORS_ENV": "development"})):
        app = Flask("application")
        CORS(app)
        everybody = blueprint("everybody")
        CORS(everybody, origins="*")
        app.register_blueprint(everybody)
    assert send(app, "/plain", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == "*"


def twice() -> None:
    made = Blueprint("shop", "shop")
    CORS(made)
    CORS(made)


def too_late() -> None:
    made = Blueprint("shop", "shop")
    application().register_blueprint(made)
    CORS(made)


def with_another_prefix() -> None:
    app = application()
    for name, prefix in (("shop", "SHOP_CORS_"), ("bank", "BANK_CORS_")):
        made = Blueprint(name, name)
        CORS(made, env_prefix=prefix)
        app.register_blueprint(made)


def with_a_file_of_its_own() -> None:
    made = Blueprint("shop", "shop")
    CORS(made, env_file="shop.env")
    application().register_blueprint(made)


def with_malformed_resources() -> None:
    CORS(Blueprint("shop", "shop"), resources={"x": {}})


def with_a_misspelt_resource_option() -> None:
    CORS(Blueprint("shop", "shop"), resources={"/x": {"orgins": "*"}})  # type: ignore[typeddict-unknown-key]


def with_a_resource_that_no_policy_may_have() -> None:
    CORS(Blueprint("shop", "shop"), supports_credentials=True, resources={"/x": {"origins": "*"}})


def misspelt() -> None:
    CORS(Blueprint("shop", "shop"), orgins="*")  # type: ignore[call-arg]  # that it is wrong is the point


@pytest.mark.parametrize(
    ("use", "rule"),
    [
        (twice, "usage"),
        (too_late, "usage"),
        (with_another_prefix, "usage"),
        (with_a_file_of_its_own, "usage"),
        (with_malformed_resources, "resource-malformed"),
        (with_a_misspelt_resource_option, "unknown-variable"),
        (with_a_resource_that_no_policy_may_have, "origin-any-with-credentials"),
        (misspelt, "unknown-variable"),
    ],
)
def test_a_blueprint_used_in_a_way_that_cannot_work_is_refused(use: Callable[[], None], rule: str) -> None:
    with pytest.raises(BootRefused) as refusal:
        use()
    assert [problem.rule for problem in refusal.value.problems] == [rule]


def test_the_policy_of_a_blueprint_is_not_that_of_the_application() -> None:
    app = application()
    app.register_blueprint(blueprint("shop", 2), url_prefix="/shop")
    policy = enforcement_of(app).policy
    assert policy is not None
    assert policy.max_age == 9


def test_blueprints_may_share_a_prefix() -> None:
    app = Flask("application")
    with surroundings(Setup({"SHOP_CORS_ORIGINS": ORIGIN, "SHOP_CORS_METHODS": "PUT"})):
        for number, name in enumerate(("shop", "bank"), start=1):
            made = Blueprint(name, name, url_prefix=f"/{name}")
            made.add_url_rule("/", "index", lambda: "index")
            CORS(made, env_prefix="SHOP_CORS_", **numbered(number))
            app.register_blueprint(made)
    assert (governs(app, "/shop/", "PUT").preflight, governs(app, "/bank/")) == (None, both(2))


def shop_with_resources(**options: Unpack[CORSOptions]) -> Blueprint:
    """A blueprint with the views `/items`, `/items/<int:number>`, `/users/<name>` and `/own`."""
    shop = Blueprint("shop", "shop", url_prefix="/shop")
    CORS(shop, **options)
    shop.add_url_rule("/items", "items", lambda: "")
    shop.add_url_rule("/items/<int:number>", "item", lambda number: f"{number}")
    shop.add_url_rule("/users/<name>", "user", lambda name: name)
    shop.add_url_rule("/own", "own", cross_origin(**numbered(5))(lambda: ""))
    return shop


@pytest.mark.parametrize("extended", ["before", "after", None])
def test_paths_of_a_blueprint_have_options_of_their_own(extended: str | None) -> None:
    shop = shop_with_resources(
        max_age=3,
        resources={"/shop/items": resource(1), "/shop/items/*": {"expose_headers": ["X-Policy-3"]}, "/shop/own": {}},
    )
    app = Flask("application")
    with surroundings(Setup({"CORS_ORIGINS": ORIGIN})):
        if extended == "before":
            CORS(app, **numbered(9))
        app.register_blueprint(shop)
        if extended == "after":
            CORS(app, **numbered(9))
    app.add_url_rule("/shop/items/other", "other", lambda: "")
    rest = both(9) if extended else both(None)
    assert governs(app, "/shop/items") == both(1)
    assert governs(app, "/shop/items/7") == both(3)
    assert governs(app, "/shop/own") == both(5)
    assert governs(app, "/shop/users/me") == rest
    assert governs(app, "/shop/items/other") == rest  # a route of the application
    assert governs(app, "/shop/items/nothing") == rest


@pytest.mark.parametrize("path", ["/shop/items/1", "/shop/items/01", "/shop/items/0001", "//shop//items/1"])
def test_no_spelling_of_a_path_picks_another_resource_of_a_blueprint(path: str) -> None:
    shop = shop_with_resources(resources={"/shop/items/*": resource(2), "/shop/items/1": resource(1)})
    app = application()
    app.register_blueprint(shop)
    assert governs(app, path) == both(1)
    assert governs(app, "/shop/items/2") == both(2)


def test_expressions_are_resources_of_a_blueprint_too() -> None:
    shop = shop_with_resources(
        resources={re.compile(r"/shop/users/[a-m].*"): resource(1), re.compile(r"/shop/users/.*"): resource(2)}
    )
    app = application()
    app.register_blueprint(shop)
    paths = ("/shop/users/ann", "/shop/users/zoe", "/shop/items")
    assert [governs(app, path) for path in paths] == [both(1), both(2), both(9)]


def test_a_list_of_paths_gives_a_blueprint_to_these_alone() -> None:
    shop = shop_with_resources(resources=["/shop/items", "/shop/users/*"], **numbered(4))
    app = application()
    app.register_blueprint(shop)
    paths = ("/shop/items", "/shop/users/me", "/shop/items/7")
    assert [governs(app, path) for path in paths] == [both(4), both(4), both(9)]


def test_a_resource_of_a_blueprint_is_checked_in_production_and_named() -> None:
    with surroundings(Setup()):
        app = application()
        with pytest.raises(BootRefused) as refusal:
            app.register_blueprint(shop_with_resources(resources={"/shop/items": {"origins": "*"}}))
    (problem,) = refusal.value.problems
    assert problem.rule == "origin-any"
    assert 'resource "/shop/items" of blueprint shop' in problem.message


def test_a_nested_blueprint_inherits_from_the_resource_of_the_outer_one() -> None:
    app = application()
    outer = Blueprint("outer", "outer", url_prefix="/outer")
    inner = Blueprint("inner", "inner", url_prefix="/inner")
    CORS(outer, resources={"/outer/inner/a": {"max_age": 7}, "/outer/*": resource(2)})
    CORS(inner, expose_headers=["X-Policy-7"])
    for name in ("a", "b"):
        inner.add_url_rule(f"/{name}", name, lambda: "")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    assert (governs(app, "/outer/inner/a"), governs(app, "/outer/inner/b")) == (both(7), Governs(2, 7))

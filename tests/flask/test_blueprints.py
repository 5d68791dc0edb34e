"""`CORS(blueprint)`: a policy for all views of a blueprint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask

from envcors import CORS, BootRefused, cross_origin
from tests.booting import Setup, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, Governs, both, governs, numbered, preflight, send


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


def test_a_view_stands_above_its_blueprint_and_that_above_the_application() -> None:
    app = application()
    app.register_blueprint(blueprint("shop", 2), url_prefix="/shop")
    app.register_blueprint(blueprint("plain"), url_prefix="/other")
    app.add_url_rule("/", "index", lambda: "")
    assert governs(app, "/shop/own") == both(21)
    assert governs(app, "/shop/plain") == both(2)
    assert governs(app, "/other/plain") == both(9)
    assert governs(app, "/") == both(9)


def test_a_blueprint_stands_above_the_resource_and_inherits_from_it() -> None:
    app = Flask("application")
    made = blueprint("shop")
    CORS(made, max_age=3)
    app.register_blueprint(made, url_prefix="/shop")
    with surroundings(Setup()):
        CORS(app, resources={"/shop/*": {"origins": ORIGIN, **numbered(5)}})
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


def test_a_blueprint_is_judged_when_it_is_registered_also_where_it_has_no_view() -> None:
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


def test_a_blueprint_is_judged_by_the_mode_of_its_application() -> None:
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


def with_resources() -> None:
    CORS(Blueprint("shop", "shop"), resources={"/x": {}})


def misspelt() -> None:
    CORS(Blueprint("shop", "shop"), orgins="*")


@pytest.mark.parametrize(
    ("use", "rule"),
    [
        (twice, "usage"),
        (too_late, "usage"),
        (with_another_prefix, "usage"),
        (with_a_file_of_its_own, "usage"),
        (with_resources, "unknown-variable"),
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

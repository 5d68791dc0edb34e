"""No spelling of a path picks another resource's policy than the path that the application builds for the view."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter

from envcors import CORS, cross_origin
from envcors.flask.options import PolicyOptions
from tests.booting import Setup, surroundings
from tests.flask.asking import ORIGIN, both, governs, numbered, resource

UUID_PATH = "/ids/9f6a3c1e-0000-4000-8000-00000000abcd"


class Slug(BaseConverter):
    """Values in lower case."""

    def to_python(self, value: str) -> str:
        return value.lower()


class Opaque(BaseConverter):
    """Makes objects that no path can be built from."""

    def to_python(self, value: str) -> object:
        return [value]

    def to_url(self, value: object) -> str:
        raise TypeError(value)


# A rule, a resource of the number 1 beside `/*` of the number 9, and spellings of its path.
CASES = [
    ("/admin", "/admin", ["/admin", "/admin/", "//admin", "//admin/"]),
    ("/admin/", "/admin/", ["/admin/", "/admin", "//admin"]),
    ("/a/b", "/a/b", ["/a/b", "/a/b/", "/a//b", "//a/b//"]),
    ("/users/<int:n>", "/users/1", ["/users/1", "/users/01", "/users/0001", "/users/1/"]),
    ("/users/<int:n>/edit", "/users/1/*", ["/users/1/edit", "/users/01/edit", "/users/001/edit/"]),
    ("/signed/<int(signed=True):n>", "/signed/-5", ["/signed/-5", "/signed/-05"]),
    ("/prices/<float:n>", "/prices/1.5", ["/prices/1.5", "/prices/1.50", "/prices/01.5"]),
    ("/ids/<uuid:n>", UUID_PATH, [UUID_PATH, UUID_PATH.replace("abcd", "ABCD"), UUID_PATH.replace("9f6a", "9F6A")]),
    ("/tags/<slug:n>", "/tags/news", ["/tags/news", "/tags/News", "/tags/NEWS"]),
    ("/<name>", "/secret", ["/secret", "/secret/", "//secret"]),
    ("/<path:rest>", "/deep/secret", ["/deep/secret", "//deep/secret", "/deep//secret"]),
    ("/café/<int:n>", "/café/1", ["/café/1", "/café/01"]),
    ("/opaque/<opaque:n>", "/opaque/1", ["/opaque/1"]),
    ("/users/<int:n>/", "/users/1", ["/users/1", "/users/1/", "/users/01", "/users/01/"]),
    ("/users/<int:n>", "/users/1/", ["/users/1", "/users/1/", "/users/01", "/users/01/"]),
    ("/prices/<float:n>/", "/prices/1.5", ["/prices/1.5/", "/prices/1.50/", "/prices/01.5"]),
    ("/prices/<float:n>", "/prices/1.5/", ["/prices/1.5", "/prices/1.50", "/prices/01.5/"]),
    ("/ids/<uuid:n>/", UUID_PATH, [UUID_PATH, UUID_PATH + "/", UUID_PATH.replace("abcd", "ABCD") + "/"]),
    ("/kinds/<any(a, b):n>/", "/kinds/a", ["/kinds/a", "/kinds/a/"]),
    ("/kinds/<any(a, b):n>", "/kinds/a/", ["/kinds/a", "/kinds/a/"]),
    ("/<name>/", "/secret", ["/secret", "/secret/", "//secret/"]),
    ("/users/<int:n>/edit/", "/users/1/edit", ["/users/1/edit", "/users/01/edit/", "/users/001/edit"]),
    ("/tags/<slug:n>/", "/tags/news", ["/tags/news", "/tags/News/", "/tags/NEWS"]),
]


@pytest.mark.parametrize(("rule", "path", "spellings"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("declared", [False, True], ids=["", "a declared view elsewhere"])
def test_every_spelling_that_the_view_answers_has_the_policy_of_its_path(
    rule: str, path: str, spellings: list[str], declared: bool
) -> None:
    app = Flask("application")
    app.url_map.strict_slashes = False
    app.url_map.converters.update(slug=Slug, opaque=Opaque)
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, path: resource(1)}, **numbered(9))
    app.add_url_rule(rule, "view", lambda **_: "view")
    if declared:
        app.add_url_rule("/declared", "declared", cross_origin(**numbered(3))(lambda: ""))
    client = app.test_client()
    answered = [spelling for spelling in spellings if client.get(spelling).status_code == 200]
    assert len(answered) >= len(spellings) - 2  # Werkzeug redirects some of them, or answers 404
    assert {spelling: governs(app, spelling) for spelling in spellings} == dict.fromkeys(answered, both(1)) | {
        spelling: governs(app, spelling) for spelling in spellings if spelling not in answered
    }
    assert all(len(set(governs(app, spelling))) == 1 for spelling in spellings)


class Folded(BaseConverter):
    """Values in lower case, from which no path can be built."""

    def to_python(self, value: str) -> str:
        return value.lower()

    def to_url(self, value: object) -> str:
        raise TypeError(value)


def test_where_no_path_can_be_built_another_spelling_of_a_resource_allows_no_origin(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Flask("application")
    app.url_map.converters["folded"] = Folded
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/tags/news": resource(1)}, **numbered(9))
    app.add_url_rule("/tags/<folded:name>", "tag", lambda **_: "tag")
    for path, expected in (("/tags/news", ORIGIN), ("/tags/NEWS", None), ("/other", ORIGIN)):
        answer = app.test_client().get(path, headers={"Origin": ORIGIN})
        assert answer.headers.get("Access-Control-Allow-Origin") == expected, path
    assert sum("spelled in several ways" in message for message in caplog.messages) == 1


DOTTED = ["/./cd/x", "/x/../cd/x", "/cd/./x", "/x/./../cd/x", "/../cd/x", "//./cd/x", "/cd/../cd/x", "/x/.././cd/x"]


@pytest.mark.parametrize("path", DOTTED)
@pytest.mark.parametrize("declared", [False, True], ids=["", "a declared view elsewhere"])
def test_dot_segments_pick_no_other_policy_of_a_file(path: str, declared: bool, tmp_path: Path) -> None:
    (tmp_path / "cd").mkdir()
    (tmp_path / "cd" / "x").write_text("secret")
    app = Flask("application", static_folder=str(tmp_path), static_url_path="")
    closed: PolicyOptions = {"origins": "https://admin.example.com"}
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, supports_credentials=True, resources={"/*": {}, "/cd/*": closed})
    if declared:
        app.add_url_rule("/declared", "declared", cross_origin(**numbered(3))(lambda: ""))
    client = app.test_client()
    with client.get("/cd/x") as answer:
        assert answer.get_data(as_text=True) == "secret"
    with client.get("/", environ_overrides={"PATH_INFO": path, "HTTP_ORIGIN": ORIGIN}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    asked = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET", "PATH_INFO": path}
    assert "Access-Control-Allow-Origin" not in client.options("/", environ_overrides=asked).headers


@pytest.mark.parametrize("path", ["/.well-known/x", "/a/.hidden", "/a..b/c", "/a/...", "/a.b/./c", "/x/../y"])
def test_a_path_whose_dots_change_no_policy_has_that_policy(path: str) -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/cd/*": resource(1)}, **numbered(9))
    app.add_url_rule("/<path:rest>", "all", lambda **_: "all")
    answer = app.test_client().get("/", environ_overrides={"PATH_INFO": path, "HTTP_ORIGIN": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@given(
    rule=st.sampled_from(
        ["/u/<int:n>", "/u/<int:n>/", "/u/<float:n>", "/u/<name>", "/u/<name>/", "/u/<path:p>", "/<a>/<b>"]
    ),
    named=st.sampled_from(["/u/1", "/u/1/", "/u/1/*", "/u/1.5", "/u/1.5/", "/u/a", "/u/*"]),
    spelling=st.sampled_from(
        ["/u/1", "/u/1/", "/u/01", "/u/01/", "//u/1", "/u//1", "/u/1.50", "/u/1.50/", "/u/a/", "/./u/1"]
    ),
    strict=st.booleans(),
)
def test_spellings_with_the_same_values_have_the_same_policy(
    rule: str, named: str, spelling: str, strict: bool
) -> None:
    app = Flask("application")
    app.url_map.strict_slashes = strict
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, named: {"origins": "https://admin.example.com"}})
    seen: dict[str, object] = {}
    app.add_url_rule(rule, "view", lambda **values: f"{seen.update(values)}")

    def ask(path: str) -> tuple[dict[str, object], bool, bool]:
        seen.clear()
        environ = {"PATH_INFO": path, "HTTP_ORIGIN": ORIGIN}
        answer = app.test_client().get("/", environ_overrides=environ)
        values = dict(seen) if answer.status_code == 200 else {}
        asked = environ | {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"}
        preflight = app.test_client().options("/", environ_overrides=asked)
        allowed = "Access-Control-Allow-Origin" in answer.headers
        return values, allowed, "Access-Control-Allow-Origin" in preflight.headers

    values, allowed, preflighted = ask(spelling)
    assert allowed is preflighted
    named_values, named_allowed, _ = ask(named.removesuffix("/*"))
    if values and values == named_values and allowed:
        assert named_allowed


def test_a_resource_that_only_names_the_other_spelling_governs_the_view() -> None:
    app = Flask("application")
    app.url_map.strict_slashes = False
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/admin/": resource(1), "/both": resource(2), "/both/": {}})
    app.add_url_rule("/admin", "admin", lambda: "")
    app.add_url_rule("/both", "both", lambda: "")
    paths = ("/admin", "/admin/", "/both", "/both/")
    assert [governs(app, path) for path in paths] == [both(1), both(1), both(2), both(2)]


def test_a_view_inherits_from_the_resource_of_the_path_that_is_built() -> None:
    app = Flask("application")
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/users/*": resource(2), "/users/1": resource(1)})
    view = cross_origin(methods=["GET"])(lambda n: f"{n}")
    app.add_url_rule("/users/<int:n>", "user", view)
    paths = ("/users/1", "/users/01", "/users/2", "/users/02")
    assert [governs(app, path) for path in paths] == [both(1), both(1), both(2), both(2)]


def test_a_preprocessor_that_takes_values_away_changes_no_policy() -> None:
    app = Flask("application")

    @app.url_value_preprocessor
    def pull(endpoint: str | None, values: dict[str, object] | None) -> None:
        if values:
            g.number = values.pop("number", None)

    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/users/1": resource(1)}, **numbered(9))
    app.add_url_rule("/users/<int:number>", "user", lambda: f"{g.number}")
    assert [governs(app, path) for path in ("/users/01", "/users/2")] == [both(1), both(9)]


@pytest.mark.parametrize("path", ["/admin/", "/users/01", "/users/0001", "/users/001/"])
def test_a_foreign_script_reads_nothing_by_another_spelling(path: str) -> None:
    app = Flask("application")
    app.url_map.strict_slashes = False
    closed: PolicyOptions = {"origins": "https://admin.example.com", "supports_credentials": True}
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/admin": closed, "/users/1": closed})
    app.add_url_rule("/admin", "admin", lambda: "secret")
    app.add_url_rule("/users/<int:n>", "user", lambda **_: "secret")
    answer = app.test_client().get(path, headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in answer.headers
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    assert app.test_client().options(path, headers=asked).status_code == 403

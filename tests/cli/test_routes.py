"""``flask cors routes``, the snapshot that it prints, and what compares snapshots."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask

from envcors import CORS, cross_origin
from tests.cli.command import Ended, Shell
from tests.cli.test_flask_cors import flask_cors

A, B = "https://a.acme.io", "https://b.acme.io"
Change = Callable[[Flask], None]


def envcors(*arguments: str) -> Ended:
    return Shell(Path()).envcors(*arguments)


def view(**_values: object) -> str:
    return ""


def made(change: Change = lambda _app: None, **options: Any) -> Callable[[], Flask]:
    def create_app() -> Flask:
        app = Flask("stock", static_folder=None)
        CORS(app, **{"origins": [A], "env_file": None, **options})
        app.add_url_rule("/items", "items", view, methods=["GET", "PUT"])
        app.add_url_rule("/v", "v", cross_origin(methods=["PUT"])(view), methods=["PUT"])
        change(app)
        return app

    return create_app


def rows(ended: Ended) -> dict[str, list[str]]:
    lines = ended.stdout.partition("\n\n")[0].splitlines()
    return {cells[0]: cells[1:] for cells in (re.split(r"\s{3,}", line) for line in lines[1:])}


def with_blueprint(app: Flask) -> None:
    shop = Blueprint("shop", "shop", url_prefix="/shop")
    CORS(shop, supports_credentials=True)
    shop.add_url_rule("/a", "a", view)
    app.register_blueprint(shop)


def test_each_route_has_its_policy_and_where_that_is_set() -> None:
    ended = flask_cors(made(with_blueprint), "routes")
    found = rows(ended)
    assert ended.status == 0
    assert {path: cells[:4] for path, cells in found.items()} == {
        "/items": ["GET,(PUT)", A, "no", "application"],
        "/v": ["PUT", A, "no", "view view"],
        "/shop/a": ["GET", A, "yes", "blueprint shop"],
    }
    assert all(re.fullmatch(r"(tests/cli/)?test_routes\.py:\d+", cells[4]) for cells in found.values())
    assert "3 routes; 1 method in (brackets)" in ended.stdout


def test_the_source_of_a_variable_is_shown() -> None:
    ended = flask_cors(made(origins=None), "routes", variables={"CORS_ORIGINS": A, "CI": "true"})
    assert rows(ended)["/items"][-1] == "environment"


RESOURCES = {"/items": {"origins": [B]}, "/api/*": {}, re.compile("/q.*"): {"supports_credentials": True}}


def with_paths(app: Flask) -> None:
    app.add_url_rule("/api/<path:p>", "api", view)
    app.add_url_rule("/q", "q", view)
    app.add_url_rule("/other", "other", view)


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (("--origin", A), {"/api/<path:p>", "/q", "/v"}),
        (("--origin", B), {"/items"}),
        (("--origin", "https://foreign.example"), set()),
        (("--path", "/api/x/y"), {"/api/<path:p>"}),
        (("--path", "/items"), {"/items"}),
        (("--path", "/nothing"), set()),
        ((), {"/items", "/v", "/api/<path:p>", "/q", "/other"}),
    ],
)
def test_routes_are_selected_by_origin_and_by_path(arguments: tuple[str, ...], paths: set[str]) -> None:
    ended = flask_cors(made(with_paths, resources=RESOURCES), "routes", *arguments)
    assert (ended.status, set(rows(ended))) == (0, paths)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--origin", "https://a.acme.io/"),
        ("--origin", ""),
        ("--origin", "*"),
        ("--origin", "null"),
        ("--path", "items"),
    ],
)
def test_what_is_no_origin_or_no_path_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert flask_cors(made(), "routes", *arguments).status == 2


def test_a_refused_application_gets_its_report() -> None:
    ended = flask_cors(made(origins="*"), "routes")
    assert (ended.status, "origin-any" in ended.stderr) == (1, True)


def test_hosts_and_subdomains_are_part_of_the_route() -> None:
    def change(app: Flask) -> None:
        app.config["SERVER_NAME"] = "acme.io"
        app.add_url_rule("/s", "s", view, subdomain="api")

    assert "api./s" in rows(flask_cors(made(change), "routes"))


def snapshot_of(directory: Path, name: str, create_app: Callable[[], Flask]) -> str:
    path = directory / name
    path.write_text(flask_cors(create_app, "routes", "--format", "json").stdout)
    return str(path)


def test_a_snapshot_is_the_same_for_the_same_application(tmp_path: Path) -> None:
    one, two = (Path(snapshot_of(tmp_path, name, made(with_blueprint))).read_text() for name in "ab")
    assert one == two
    assert json.loads(one)["envcors_snapshot"] == 1
    assert str(tmp_path) not in one


def add_route(app: Flask) -> None:
    app.add_url_rule("/new", "new", view)


def add_closed(app: Flask) -> None:
    app.add_url_rule("/new", "new", cross_origin(origins=[])(view))


def add_method(app: Flask) -> None:
    app.add_url_rule("/items", "items", view, methods=["POST"])


def open_view(app: Flask) -> None:
    app.add_url_rule("/w", "w", cross_origin(origins=[B])(view))


def closed_view(app: Flask) -> None:
    app.add_url_rule("/w", "w", cross_origin(origins=[])(view))


def tenants(origin: object, _environ: object) -> bool:
    return str(origin) == "https://tenant.acme.io"


def other_tenants(origin: object, _environ: object) -> bool:
    return str(origin) == "https://other.acme.io"


CHANGES: list[tuple[str, Callable[[], Flask], Callable[[], Flask], bool]] = [
    ("nothing", made(), made(), False),
    ("a new route that a page may read", made(), made(add_route), True),
    ("a new route that no page may read", made(), made(add_closed), False),
    ("a removed route", made(add_route), made(), False),
    ("a new method", made(), made(add_method), True),
    ("another origin", made(), made(origins=[A, B]), True),
    ("fewer origins", made(origins=[A, B]), made(), False),
    ("a wider pattern", made(), made(origins=["https://*.acme.io"]), True),
    ("a narrower pattern", made(origins=["https://*.acme.io"]), made(), False),
    ("credentials", made(), made(supports_credentials=True), True),
    ("no credentials", made(supports_credentials=True), made(), False),
    ("a method of the policy", made(), made(methods=["PUT"]), True),
    ("a request header", made(), made(allow_headers=["Content-Type", "X-A"]), True),
    ("an exposed header", made(), made(expose_headers=["X-A"]), True),
    ("the age alone", made(), made(max_age=5), False),
    (
        "a denied origin",
        made(origins=["https://*.acme.io"]),
        made(origins=["https://*.acme.io"], deny_origins=[A]),
        False,
    ),
    ("none denied", made(origins=["https://*.acme.io"], deny_origins=[A]), made(origins=["https://*.acme.io"]), True),
    ("a view of another origin", made(closed_view), made(open_view), True),
    ("a function", made(), made(origins=[A, tenants]), True),
    ("no function", made(origins=[A, tenants]), made(), False),
    ("credentials of a function", made(origins=[tenants]), made(origins=[tenants], supports_credentials=True), True),
    ("a header of a function", made(origins=[tenants]), made(origins=[tenants], allow_headers=["X-A"]), True),
    (
        "none denied of a function",
        made(origins=[B, tenants], deny_origins=[A]),
        made(origins=[B, tenants]),
        True,
    ),
    ("another function", made(origins=[tenants]), made(origins=[other_tenants]), True),
    ("protection", made(), made(csrf_protection="enforce"), False),
    ("no protection", made(csrf_protection="enforce"), made(csrf_protection="report"), True),
    ("no report", made(csrf_protection="report"), made(), True),
    ("paths that nothing governs", made(), made(resources={"/items": {}}), False),
    ("all paths", made(resources={"/items": {}}), made(), False),
]


@pytest.mark.parametrize(("before", "after", "is_wider"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_what_opens_more_is_wider(
    before: Callable[[], Flask], after: Callable[[], Flask], is_wider: bool, tmp_path: Path
) -> None:
    one, two = snapshot_of(tmp_path, "one.json", before), snapshot_of(tmp_path, "two.json", after)
    assert envcors("diff", one, two).status == int(is_wider)
    ended = flask_cors(after, "check", "--against", one)
    assert (ended.status, "wider-than-snapshot" in ended.output) == (int(is_wider), is_wider)


def test_development_and_a_waiver_are_wider(tmp_path: Path) -> None:
    one = snapshot_of(tmp_path, "one.json", made())
    for variables in ({"CORS_ENV": "development"}, {"CORS_DANGEROUSLY_ALLOW": "origin-any"}):
        ended = flask_cors(made(), "check", "--against", one, variables={"CI": "true", **variables})
        assert (ended.status, "wider-than-snapshot" in ended.output) == (1, True)


@pytest.mark.parametrize("style", ["text", "json", "github", "sarif"])
def test_what_is_wider_is_told_in_every_format(style: str, tmp_path: Path) -> None:
    one = snapshot_of(tmp_path, "one.json", made())
    ended = flask_cors(made(origins=[A, B]), "check", "--against", one, "--format", style)
    assert (ended.status, "wider-than-snapshot" in ended.output, B in ended.output) == (1, True, True)


GOOD = '{"envcors_snapshot": 1, "mode": "production", "waivers": ["x"], "routes": []'
BAD = {
    "truncated": (GOOD, "not valid JSON"),
    "foreign": ('{"kind": "ConfigMap", "data": {}}', "no snapshot"),
    "another version": (
        '{"envcors_snapshot": 2, "mode": "production", "waivers": [], "routes": []}',
        "another version",
    ),
    "incomplete": ('{"envcors_snapshot": 1, "mode": "production"}', "no complete snapshot"),
    "a wrong route": (GOOD.replace("[]", '[{"route": 1}]') + "}", "no complete snapshot"),
    "a wrong mode": (GOOD.replace("production", "test") + "}", "no complete snapshot"),
    "no methods": (
        GOOD.replace(
            "[]", '[{"route": "/", "endpoint": "e", "policy": "", "methods": [], "options": {"origins": ["*"]}}]'
        )
        + "}",
        "no complete snapshot",
    ),
    "a wrong expression": (
        GOOD.replace(
            "[]",
            '[{"route": "/", "endpoint": "e", "policy": "", "methods": [], "options": {"origin_regexes": [1]}}]',
        )
        + "}",
        "no complete snapshot",
    ),
    "selected": (GOOD + ', "only": {"path": "/"}}', "selected routes only"),
    "an array": ("[]", "no snapshot"),
    "empty": ("", "not valid JSON"),
    "deep": ("[" * 100_000, "not valid JSON"),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=list(BAD))
def test_what_is_no_snapshot_gets_a_sentence(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    good = snapshot_of(tmp_path, "good.json", made())
    for ended in (flask_cors(made(), "check", "--against", str(path)), envcors("diff", good, str(path))):
        assert (ended.status, reason in ended.output.replace("\n", " ")) == (2, True), ended.output


def test_a_file_that_cannot_be_read_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name, reason in (("missing.json", "No such file"), (".", "Is a directory"), ("bytes.json", "not UTF-8")):
        ended = flask_cors(made(), "check", "--against", str(tmp_path / name))
        assert (ended.status, reason in ended.output.replace("\n", " ")) == (2, True), ended.output

"""Policies by path: which one governs, whatever way and order they are written in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import permutations

import pytest
from flask import Flask

from tests.booting import Setup, boot
from tests.flask.asking import ORIGIN, both, governs, numbered, resource, send

PATHS = {"/api": 1, "/api/*": 2, "/api/items": 3, "/api/items/*": 4, "/health": 5, "/": 6}
EXPECTED = {
    "/api": 1,
    "/api/": 2,
    "/api/x": 2,
    "/api/items": 3,
    "/api/items/": 4,
    "/api/items/7": 4,
    "/api/items/7/parts": 4,
    "/api/itemsx": 2,
    "/health": 5,
    "/": 6,
    "/apiary": None,
    "/health/": None,
    "/healthy": None,
    "/other": None,
}


def serve(app: Flask) -> None:
    """Every path is served by one view."""

    @app.route("/", defaults={"path": ""}, methods=["GET", "PUT"])
    @app.route("/<path:path>", methods=["GET", "PUT"])
    def everything(path: str) -> str:
        return path


def app_of(setup: Setup) -> Flask:
    app = boot(setup, serve).app
    assert app is not None
    return app


def assert_governed(app: Flask, expected: Mapping[str, int | None]) -> None:
    assert {path: governs(app, path) for path in expected} == {path: both(number) for path, number in expected.items()}


def as_json() -> Setup:
    options = {path: {**numbered(number)} for path, number in PATHS.items()}
    return Setup({"CORS_ORIGINS": ORIGIN, "CORS_RESOURCES": json.dumps(options)})


def as_variables() -> Setup:
    variables = {"CORS_ORIGINS": ORIGIN}
    for path, number in PATHS.items():
        variables[f"CORS_RESOURCES__R{number}__PATHS"] = path
        variables[f"CORS_RESOURCES__R{number}__MAX_AGE"] = str(number)
        variables[f"CORS_RESOURCES__R{number}__EXPOSE_HEADERS"] = f"X-Policy-{number}"
    return Setup(variables)


def as_lines() -> Setup:
    return Setup(dotenv="".join(f"{name}='{value}'\n" for name, value in as_variables().environment.items()))


def as_keywords() -> Setup:
    return Setup(code={"origins": ORIGIN, "resources": {path: numbered(number) for path, number in PATHS.items()}})


def as_config() -> Setup:
    resources = {path: numbered(number) for path, number in PATHS.items()}
    return Setup(config={"CORS_ORIGINS": ORIGIN, "CORS_RESOURCES": resources})


@pytest.mark.parametrize("setup", [as_json(), as_variables(), as_lines(), as_keywords(), as_config()])
def test_the_most_specific_path_governs_however_resources_are_written(setup: Setup) -> None:
    assert_governed(app_of(setup), EXPECTED)


@pytest.mark.parametrize("order", list(permutations(["/*", "/api/*", "/api/items"])))
def test_the_order_of_paths_means_nothing(order: tuple[str, ...]) -> None:
    numbers = {"/*": 1, "/api/*": 2, "/api/items": 3}
    resources = {path: numbered(numbers[path]) for path in order}
    app = app_of(Setup(code={"origins": ORIGIN, "resources": resources}))
    assert_governed(app, {"/x": 1, "/api": 2, "/api/x": 2, "/api/items": 3, "/api/items/": 2})


def test_the_rest_is_added_by_the_path_of_everything() -> None:
    code = {"origins": ORIGIN, **numbered(9), "resources": {"/api/*": resource(1), "/*": {}}}
    assert_governed(app_of(Setup(code=code)), {"/api": 1, "/": 9, "/x": 9})


@pytest.mark.parametrize("resources", ["/api/*", ["/api/*"], ("/api/*",), {"/api/*"}, {"/api/*": {}}])
def test_paths_without_options_inherit_all_of_them(resources: object) -> None:
    app = app_of(Setup(code={"origins": ORIGIN, **numbered(7), "resources": resources}))
    assert_governed(app, {"/api/x": 7, "/": None})


def test_several_paths_share_one_resource() -> None:
    variables = {
        "CORS_ORIGINS": ORIGIN,
        "CORS_RESOURCES__API__PATHS": "/v1/*, /v2/*\n/health",
        "CORS_RESOURCES__API__MAX_AGE": "3",
        "CORS_RESOURCES__API__EXPOSE_HEADERS": "X-Policy-3",
    }
    assert_governed(app_of(Setup(variables)), {"/v1": 3, "/v2/x": 3, "/health": 3, "/v3": None})


def test_json_and_variables_may_both_give_resources() -> None:
    variables = {
        **as_variables().environment,
        "CORS_RESOURCES": json.dumps({"/json": {"max_age": 8, "expose_headers": "X-Policy-8"}}),
    }
    assert_governed(app_of(Setup(variables)), {**EXPECTED, "/json": 8})


def test_regular_expressions_come_after_plain_paths_in_their_order_and_match_whole() -> None:
    resources = {
        re.compile(r"/v\d+/.*"): resource(1),
        re.compile(r"/v1/.*|/café"): resource(2),
        "/v1/plain": resource(3),
        re.compile(r"/item"): resource(4),
    }
    app = app_of(Setup({"CORS_ENV": "development"}, code={"origins": ORIGIN, "resources": resources}))
    expected = {"/v1/x": 1, "/v1/plain": 3, "/café": 2, "/item": 4, "/items": None, "/an/item": None, "/v1": None}
    assert_governed(app, expected)


def test_a_regular_expression_and_a_path_of_the_same_text_are_two_resources() -> None:
    resources = {"/api": resource(1), re.compile("/api"): resource(2), re.compile("/API", re.IGNORECASE): resource(3)}
    app = app_of(Setup({"CORS_ENV": "development"}, code={"origins": ORIGIN, "resources": resources}))
    assert_governed(app, {"/api": 1, "/Api": 3})


def test_what_no_resource_governs_is_left_alone_preflights_included() -> None:
    app = app_of(Setup(code={"origins": ORIGIN, "resources": "/api/*"}))
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    answer = send(app, "/other", "OPTIONS", headers)
    assert answer.status == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}
    assert not [name for name in answer.headers if name.startswith("Access-Control") or name == "Vary"]
    assert "Vary" not in send(app, "/other", headers={"Origin": ORIGIN}).headers


def test_a_resource_sets_some_options_and_inherits_the_others() -> None:
    variables = {
        "CORS_ORIGINS": "https://a.example.com",
        "CORS_METHODS": "GET,PUT",
        "CORS_SUPPORTS_CREDENTIALS": "true",
        "CORS_RESOURCES": json.dumps({"/open": {"origins": "https://b.example.com", "supports_credentials": False}}),
    }
    table = boot(Setup(variables)).configuration.policies()
    policy = table.paths["/open"]
    assert (policy.origins, policy.methods, policy.supports_credentials) == (
        ("https://b.example.com",),
        ("GET", "PUT"),
        False,
    )


@pytest.mark.parametrize(
    "resources",
    [
        {"api": {}},
        {"": {}},
        {"/a/*/b": {}},
        {"/a*": {}},
        {"/a?b": {}},
        {"/a//b": {}},
        {"/a/../b": {}},
        {"/caf%C3%A9": {}},
        {"/a": []},
        {"/a": "https://a.example.com"},
        {7: {}},
        {re.compile(b"/a"): {}},
        ["/a", "/a"],
        ["/a/*", "/a/*"],
        [7],
        "/a /a",
        {re.compile("/a"): {}, re.compile("(/a)"): {}, "b": {}},
    ],
)
def test_a_resource_that_cannot_govern_is_refused(resources: object) -> None:
    assert boot(Setup(code={"resources": resources})).rules() == ["resource-malformed"]


def test_one_path_in_two_resources_is_refused_with_both_names() -> None:
    variables = {"CORS_RESOURCES__A__PATHS": "/x", "CORS_RESOURCES__B__PATHS": "/y /x"}
    (problem,) = boot(Setup(variables)).problems
    assert problem.rule == "resource-malformed"
    assert "resource A" in problem.message
    assert "resource B" in problem.message


@pytest.mark.parametrize(
    ("written", "meant"), [("orgins", "origins"), ("allow-headers", "allow_headers"), ("paths", "")]
)
def test_an_unknown_option_of_a_resource_is_refused_with_the_nearest_one(written: str, meant: str) -> None:
    (problem,) = boot(Setup({"CORS_RESOURCES": json.dumps({"/a": {written: "*"}})})).problems
    assert (problem.rule, problem.variable) == ("unknown-variable", "CORS_RESOURCES")
    assert f"did you mean {meant}?" in problem.message or not meant
    assert '"/a"' in problem.message

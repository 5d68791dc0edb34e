"""Regular expressions that people write as origins: the patterns that mean the same, in text and compiled."""

from __future__ import annotations

import re

import pytest

from envcors.repair import Kind, repair_items
from envcors.repair.expressions import UnreadableError
from envcors.repair.origins import expression_origins
from tests.booting import Setup, boot

APP, ADMIN = "https://app.acme.io", "https://admin.acme.io"
LOCAL = "http://localhost"

SHAPES: list[tuple[str, tuple[str, ...]]] = [
    # escaped dots and anchors
    (r"https://app\.acme\.io", (APP,)),
    (r"^https://app\.acme\.io$", (APP,)),
    (r"\Ahttps://app\.acme\.io\Z", (APP,)),
    (r"^https://app.acme\.io$", (APP,)),
    (r"^https:\/\/app\.acme\.io\/?$", (APP,)),
    # alternatives
    (r"https://(app|admin)\.acme\.io", (APP, ADMIN)),
    (r"https://(?:app|admin)\.acme\.io", (APP, ADMIN)),
    (r"https://(?P<page>app|admin)\.acme\.io", (APP, ADMIN)),
    (r"https://app\.acme\.(io|com)", (APP, "https://app.acme.com")),
    (r"(http|https)://app\.acme\.io", ("http://app.acme.io", APP)),
    (r"https://app\.acme\.io|https://admin\.acme\.io", (APP, ADMIN)),
    (r"^(https://app\.acme\.io|https://admin\.acme\.io)$", (APP, ADMIN)),
    # optional parts
    (r"https?://app\.acme\.io", ("http://app.acme.io", APP)),
    (r"http[s]?://app\.acme\.io", ("http://app.acme.io", APP)),
    (r"https://(www\.)?acme\.io", ("https://acme.io", "https://www.acme.io")),
    (r"https://app\.acme\.io(:8443)?", (APP, f"{APP}:8443")),
    (r"https://app\.acme\.io(:443)?", (APP,)),
    # ports
    (r"http://localhost:\d+", (f"{LOCAL}:*",)),
    (r"http://localhost:[0-9]+", (f"{LOCAL}:*",)),
    (r"http://localhost:\d{1,5}", (f"{LOCAL}:*",)),
    (r"http://localhost(:\d+)?", (LOCAL, f"{LOCAL}:*")),
    (r"http://localhost:.*", (f"{LOCAL}:*",)),
    (r"http://localhost:300[0-2]", (f"{LOCAL}:3000", f"{LOCAL}:3001", f"{LOCAL}:3002")),
    (r"http://localhost:(3000|5173)", (f"{LOCAL}:3000", f"{LOCAL}:5173")),
    (
        r"https?://(localhost|127\.0\.0\.1):3000",
        (f"{LOCAL}:3000", "http://127.0.0.1:3000", "https://localhost:3000", "https://127.0.0.1:3000"),
    ),
    # numbered hosts, and hosts of any name
    (r"https://app[12]\.acme\.io", ("https://app1.acme.io", "https://app2.acme.io")),
    (r"https://app\d\.acme\.io", tuple(f"https://app{number}.acme.io" for number in range(10))),
    (r"https://.*\.acme\.io", ("https://*.acme.io",)),
    (r"https://.+\.acme\.io$", ("https://*.acme.io",)),
    (r"https://[^/]+\.acme\.io", ("https://*.acme.io",)),
    (r"https://[a-z0-9.-]+\.acme\.io", ("https://*.acme.io",)),
    (r"https://(.*\.)?acme\.io", ("https://acme.io", "https://*.acme.io")),
    (r"https://([a-z0-9-]+\.)+acme\.io", ("https://*.acme.io",)),
    (r"https://([^.]+\.)*acme\.io", ("https://acme.io", "https://*.acme.io")),
    (r"https://.*acme\.io", ("https://acme.io", "https://*.acme.io")),
    (r"https://app\.acme\.io.*", (APP,)),
    (r"http://localhost.*", (LOCAL, f"{LOCAL}:*")),
    (r"https://app\.acme\.io(/.*)?", (APP,)),
]

UNREADABLE: list[tuple[str, str]] = [
    (r"https://[a-z]+\.acme\.io", "exactly one label"),
    (r"https://\w+\.acme\.io", "exactly one label"),
    (r"https://[^.]+\.acme\.io", "exactly one label"),
    (r"https://([a-z]+\.)?acme\.io", "exactly one label"),
    (r"http://localhost:\d{4}", "some ports"),
    (r"http://localhost:\d{4,5}", "some ports"),
    (r"http://localhost:30[0-9]{2}", "some ports"),
    (r"http://192\.168\.\d+\.\d+:3000", "no pattern means the same"),
    (r"https://pr-\d+--acme\.netlify\.app", "no pattern means the same"),
    (r"https://app\.acme\.io(?!\.evil)", "no pattern means the same"),
    (r"https://(a|b|c|d|e)(a|b|c|d|e)\.acme\.io", "no pattern means the same"),
    (r"https://app$\.acme\.io", "no pattern means the same"),
    (r"https://app\b\.acme\.io", "no pattern means the same"),
    (r"https://.*", "no pattern means the same"),
    (r"https://(app\.acme\.io", "no pattern means the same"),
]


@pytest.mark.parametrize(("expression", "patterns"), SHAPES)
def test_an_expression_means_these_patterns(expression: str, patterns: tuple[str, ...]) -> None:
    assert expression_origins(expression) == patterns


@pytest.mark.parametrize(("expression", "patterns"), SHAPES)
def test_a_text_means_what_the_expression_means(expression: str, patterns: tuple[str, ...]) -> None:
    repaired = repair_items([expression], Kind.ORIGINS)
    assert (repaired.value, repaired.dropped) == (patterns, ())


@pytest.mark.parametrize(("expression", "patterns"), SHAPES)
def test_a_pattern_allows_only_what_the_expression_matches(expression: str, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for labels, port in (("a", 1024), ("a.b-1", 65535), ("www", 3000)):
            origin = pattern.replace("*.", f"{labels}.").replace(":*", f":{port}")
            assert re.match(expression, origin)  # as Flask-CORS does


@pytest.mark.parametrize(("expression", "reason"), UNREADABLE)
def test_an_expression_that_no_pattern_can_replace_is_left_alone(expression: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        expression_origins(expression)


@pytest.mark.parametrize(("expression", "patterns"), SHAPES)
def test_in_production_the_fix_of_a_compiled_expression_keeps_what_production_can_have(
    expression: str, patterns: tuple[str, ...]
) -> None:
    (line,) = {
        problem.fix.partition("\n")[0] for problem in boot(Setup(code={"origins": re.compile(expression)})).problems
    }
    kept = [
        pattern
        for pattern in patterns
        if pattern.startswith("https://") and "localhost" not in pattern and "127." not in pattern
    ]
    assert all(f'"{pattern}"' in line for pattern in kept)
    assert "http://" not in line
    assert "localhost" not in line


@pytest.mark.parametrize(("expression", "patterns"), SHAPES)
def test_in_development_the_fix_of_a_text_keeps_everything(expression: str, patterns: tuple[str, ...]) -> None:
    outcome = boot(Setup({"CORS_ENV": "development"}, code={"origins": [expression]}))
    (line,) = {problem.fix.partition("\n")[0] for problem in outcome.problems}
    assert line == "origins=[" + ", ".join(f'"{pattern}"' for pattern in patterns) + "]"


def test_a_verbose_expression_is_read_without_its_comments() -> None:
    assert expression_origins("https://app [.] acme [.] io  # ours", re.VERBOSE) == (APP,)
    compiled = re.compile("https://app [.] acme [.] io  # ours", re.VERBOSE)
    (problem,) = boot(Setup(code={"origins": compiled})).problems
    assert (problem.rule, problem.fix) == ("origin-regex", f'origins=["{APP}"]')


def test_plain_http_is_left_to_development_and_the_fix_explains_it() -> None:
    (problem,) = boot(Setup(code={"origins": [r"https?://app\.acme\.io"]})).problems
    line, note = problem.fix.split("\n")
    assert line == f'origins=["{APP}"]'
    assert note.startswith(f"{APP}, not http://app.acme.io: ")


def test_a_local_expression_is_called_local_in_production() -> None:
    problems = boot(Setup(code={"origins": r"http://localhost:\d+"})).problems
    assert "origin-local" in {problem.rule for problem in problems}
    assert "Write http://localhost:*." in problems[0].message


@pytest.mark.parametrize(
    ("origins", "reason", "fix"),
    [
        ([""], '"".split(",")', 'origins=["https://app.example.com"]'),
        (f"{APP},".split(","), '"".split(",")', f'origins=["{APP}"]'),
        (f"{APP}, {ADMIN}".split(","), '"a, b".split(",")', f'origins=["{APP}", "{ADMIN}"]'),
        ([f"{APP}\n"], '"a, b".split(",")', f'origins=["{APP}"]'),
    ],
)
def test_what_split_leaves_in_a_list_is_named(origins: list[str], reason: str, fix: str) -> None:
    (problem,) = boot(Setup(code={"origins": origins})).problems
    assert reason in problem.message
    assert "x.strip()" in problem.message
    assert problem.fix == fix


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("/api/(users|orders)/.*", '"/api/users/*" and "/api/orders/*"'),
        (r"/v[12]/.*", '"/v1/*" and "/v2/*"'),
        (r"/v\d+/.*", r're.compile("/v\\d+/.*")'),
        ("/api/*/x", 're.compile("/api/[^/]+/x")'),
    ],
)
def test_a_path_that_is_an_expression_is_not_replaced_by_a_wider_one(path: str, instead: str) -> None:
    (problem,) = boot(Setup(code={"origins": APP, "resources": {path: {}}})).problems
    assert problem.fix == f'{instead} instead of "{path}" in CORS_RESOURCES'

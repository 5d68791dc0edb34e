"""`envcors diff`: what a change allows and blocks, compared with the decisions of both policies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.comparison import compare
from envcors.protocol.decision import decide
from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from tests.cli.command import Shell

BASE = "CORS_ORIGINS=https://app.acme.io\n"


def diff(shell: Shell, before: str, after: str, *, status: int) -> dict[str, Any]:
    shell.write("a.env", before)
    shell.write("b.env", after)
    ended = shell.envcors("diff", "a.env", "b.env", "--format", "json")
    assert ended.status == status, ended.output
    content: dict[str, Any] = ended.json
    return content


def said(differences: list[dict[str, str]]) -> list[str]:
    return [f"{one['path']} {one['what']} {one['value']}" for one in differences]


@pytest.mark.parametrize(
    ("before", "after", "opens", "closes"),
    [
        pytest.param(BASE, BASE, [], [], id="the-same"),
        pytest.param(BASE, "CORS_ORIGINS= https://app.acme.io \n", [], [], id="the-same-in-another-spelling"),
        pytest.param(
            BASE,
            "CORS_ORIGINS=",
            [],
            ["/* origin https://app.acme.io", "/* request header content-type"],
            id="no-origin",
        ),
        pytest.param(
            "CORS_ORIGINS=https://a.acme.io",
            "CORS_ORIGINS=https://*.acme.io",
            ["/* origin https://*.acme.io"],
            [],
            id="a-subdomain-pattern-covers-its-hosts",
        ),
        pytest.param(
            "CORS_ORIGINS=https://*.acme.io",
            "CORS_ORIGINS=https://a.acme.io",
            [],
            ["/* origin https://*.acme.io"],
            id="one-host-of-a-pattern",
        ),
        pytest.param(
            "CORS_ORIGINS=https://a.acme.io",
            "CORS_ORIGINS=https://b.acme.io",
            ["/* origin https://b.acme.io"],
            ["/* origin https://a.acme.io"],
            id="another-host",
        ),
        pytest.param(BASE, BASE + "CORS_METHODS=GET,PUT", ["/* method PUT"], [], id="method"),
        pytest.param(BASE, BASE + "CORS_METHODS=HEAD", [], [], id="safelisted-methods-always-pass"),
        pytest.param(
            BASE + "CORS_ALLOW_HEADERS=Content-Type,X-A",
            BASE + "CORS_ALLOW_HEADERS=content-type,X-B",
            ["/* request header x-b"],
            ["/* request header x-a"],
            id="header-without-case",
        ),
        pytest.param(
            BASE,
            BASE + "CORS_EXPOSE_HEADERS=X-A,ETag",
            ["/* response header x-a", "/* response header etag"],
            [],
            id="exposed",
        ),
        pytest.param(BASE, BASE + "CORS_EXPOSE_HEADERS=Expires", [], [], id="safelisted-response-header"),
        pytest.param(BASE, BASE + "CORS_SUPPORTS_CREDENTIALS=yes", ["/* credentials allowed"], [], id="credentials"),
        pytest.param(
            "CORS_ORIGINS=https://*.acme.io\nCORS_DENY_ORIGINS=https://old.acme.io",
            "CORS_ORIGINS=https://*.acme.io",
            ["/* origin https://old.acme.io"],
            [],
            id="no-longer-denied",
        ),
        pytest.param(
            BASE + "CORS_DENY_ORIGINS=https://old.acme.io",
            BASE,
            [],
            [],
            id="denying-what-nothing-allows-changes-nothing",
        ),
        pytest.param(
            "CORS_ORIGINS=https://*.acme.io",
            "CORS_ORIGINS=https://*.acme.io\nCORS_DENY_ORIGINS=https://*.old.acme.io",
            [],
            ["/* origin https://*.old.acme.io"],
            id="newly-denied",
        ),
        pytest.param(BASE, "CORS_ENV=development\n" + BASE, ["/* mode development"], [], id="to-development"),
        pytest.param("CORS_ENV=development\n" + BASE, BASE, [], ["/* mode development"], id="to-production"),
        pytest.param(
            "CORS_ENV=development\nCORS_ORIGINS=http://localhost:3000\nCORS_ALLOW_HEADERS=*",
            "CORS_ENV=development\nCORS_ORIGINS=http://localhost:*\nCORS_ALLOW_HEADERS=X-A,Authorization",
            ["/* origin http://localhost:*", "/* request header authorization"],
            ["/* request header *"],
            id="a-star-covers-every-header-but-authorization",
        ),
        pytest.param(
            BASE + 'CORS_RESOURCES={"/api/*": {}}',
            BASE,
            ["/* origin https://app.acme.io", "/* request header content-type"],
            [],
            id="every-path-instead-of-some",
        ),
        pytest.param(
            'CORS_RESOURCES={"/*": {"origins": ["https://wide.acme.io"]}, "/admin/*": {"origins": ["https://admin.acme.io"]}}',
            'CORS_RESOURCES={"/*": {"origins": ["https://wide.acme.io"]}}',
            ["/admin/* origin https://wide.acme.io"],
            ["/admin/* origin https://admin.acme.io"],
            id="without-a-narrow-resource-a-wider-one-governs",
        ),
        pytest.param(
            BASE + 'CORS_RESOURCES={"/api/*": {}, "/api/secret": {"origins": []}}',
            BASE + 'CORS_RESOURCES={"/api/*": {}}',
            ["/api/secret origin https://app.acme.io", "/api/secret request header content-type"],
            [],
            id="a-path-that-allowed-nothing",
        ),
    ],
)
def test_a_change_is_described_in_terms_of_policies(
    shell: Shell, before: str, after: str, opens: list[str], closes: list[str]
) -> None:
    content = diff(shell, before, after, status=1 if opens else 0)
    assert (said(content["opens"]), said(content["closes"])) == (opens, closes)
    assert content["wider"] is bool(opens)


def test_another_age_is_a_change_and_allows_nothing_new(shell: Shell) -> None:
    content = diff(shell, BASE, BASE + "CORS_MAX_AGE=60", status=0)
    assert said(content["changes"]) == ["/* max age 600 → 60 seconds"]


@pytest.mark.parametrize(
    ("before", "after", "printed"),
    [
        pytest.param(
            BASE,
            BASE + 'CORS_RESOURCES={"/api/*": {}}',
            [
                "b.env newly blocks:",
                "  every other path   origin           https://app.acme.io",
                "  every other path   request header   content-type",
            ],
            id="a-first-resource",
        ),
        pytest.param(
            BASE + 'CORS_RESOURCES={"/api/*": {}}',
            BASE,
            [
                "b.env newly allows:",
                "  every other path   origin           https://app.acme.io",
                "  every other path   request header   content-type",
            ],
            id="the-last-resource-is-removed",
        ),
        pytest.param(
            BASE, BASE + "CORS_METHODS=PUT", ["b.env newly allows:", "  method   PUT"], id="no-paths-on-either-side"
        ),
        pytest.param(
            BASE,
            "CORS_ENV=development\n" + BASE + "CORS_DANGEROUSLY_ALLOW=origin-local,methods-any",
            [
                "b.env newly allows:",
                "  mode     development",
                "  waiver   origin-local",
                "  waiver   methods-any",
            ],
            id="mode-and-waivers",
        ),
        pytest.param(
            BASE + "CORS_DANGEROUSLY_ALLOW=origin-local,methods-any",
            BASE + "CORS_DANGEROUSLY_ALLOW=methods-any",
            ["b.env newly blocks:", "  waiver   origin-local"],
            id="a-waiver-is-removed",
        ),
        pytest.param(
            BASE + 'CORS_RESOURCES={"/api/*": {}}',
            BASE + 'CORS_RESOURCES={"/api/*": {}}\nCORS_DANGEROUSLY_ALLOW=origin-local',
            ["b.env newly allows:", "  everywhere   waiver   origin-local"],
            id="a-waiver-beside-paths",
        ),
    ],
)
def test_the_text_names_paths_where_there_are_any_the_mode_and_waivers(
    shell: Shell, before: str, after: str, printed: list[str]
) -> None:
    shell.write("a.env", before)
    shell.write("b.env", after)
    ended = shell.envcors("diff", "a.env", "b.env")
    assert ended.stdout.splitlines() == printed
    assert ended.status == (1 if "allows" in printed[0] else 0)


def test_a_new_waiver_is_wider_although_nothing_uses_it_yet(shell: Shell) -> None:
    content = diff(shell, BASE, BASE + "CORS_DANGEROUSLY_ALLOW=origin-local", status=1)
    assert said(content["opens"]) == ["/* waiver origin-local"]


def test_files_manifests_and_directories_compare_with_each_other(shell: Shell) -> None:
    shell.write("a.env", BASE)
    shell.write("b.yaml", "kind: ConfigMap\ndata:\n  CORS_ORIGINS: https://app.acme.io\n")
    shell.write("c/CORS_ORIGINS", "https://app.acme.io\n")
    for before in ("a.env", "b.yaml", "c"):
        for after in ("a.env", "b.yaml", "c"):
            ended = shell.envcors("diff", before, after)
            same = "is compared with itself" if before == after else f"allows what {before} allows"
            assert (ended.status, ended.stdout) == (0, f"no difference: {after} {same}.\n")


def test_the_text_lists_what_is_newly_allowed_and_blocked_by_path(shell: Shell) -> None:
    shell.write("a.env", BASE + 'CORS_RESOURCES={"/api/*": {"methods": ["PUT"]}}')
    shell.write("b.env", "CORS_ENV=development\n" + BASE + 'CORS_RESOURCES={"/api/*": {}, "/v2": {}}\nCORS_MAX_AGE=5')
    ended = shell.envcors("diff", "a.env", "b.env")
    assert ended.status == 1
    assert ended.stdout.splitlines() == [
        "b.env newly allows:",
        "  everywhere   mode             development",
        "  /v2          origin           https://app.acme.io",
        "  /v2          request header   content-type",
        "b.env newly blocks:",
        "  /api/*   method   PUT",
        "b.env changes:",
        "  /api/*   max age   600 → 5 seconds",
    ]


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        ("none.env", "fine.env", ["none.env"]),
        ("fine.env", "none.yaml", ["none.yaml"]),
        ("wide.env", "fine.env", ["wide.env"]),
        ("wide.env", "none.env", ["wide.env", "none.env"]),
    ],
)
def test_a_refused_side_is_not_compared(shell: Shell, before: str, after: str, refused: list[str]) -> None:
    shell.write("fine.env", BASE)
    shell.write("wide.env", "CORS_ORIGINS=*")
    text = shell.envcors("diff", before, after)
    assert (text.status, text.stdout) == (2, "")
    assert all(f"cannot compare: {name} is invalid: 1 problem" in text.stderr for name in refused)
    content = shell.envcors("diff", before, after, "--format", "json").json
    assert (content["wider"], list(content["refused"])) == (None, refused)


def test_the_process_environment_and_the_env_file_of_the_directory_are_not_read(shell: Shell) -> None:
    shell.write(".env", "CORS_METHODS=PUT")
    shell.write("a.env", BASE)
    assert shell.envcors("diff", "a.env", "a.env", CORS_ORIGINS="*").status == 0


def test_a_review_in_a_container_does_not_check_files_as_if_that_container_served_them(shell: Shell) -> None:
    shell.write("a.env", "CORS_ENV=development\n" + BASE)
    assert shell.envcors("diff", "a.env", "a.env", CI="", KUBERNETES_SERVICE_HOST="10.0.0.1").status == 0


@pytest.mark.parametrize("arguments", [[], ["a.env"], ["a.env", "b.env", "c.env"], ["a.env", "b.env", "--env", "x"]])
def test_a_usage_error_has_exit_status_2(shell: Shell, arguments: list[str]) -> None:
    assert shell.envcors("diff", *arguments).status == 2


ORIGINS = [
    "https://a.io",
    "https://x.a.io",
    "https://y.x.a.io",
    "http://localhost:1",
    "http://localhost",
    "https://b.io",
]
PATTERNS = [
    *ORIGINS,
    "https://*.a.io",
    "https://*.x.a.io",
    "http://localhost:*",
    "https://*.a.io:*",
    "https://x.a.io:*",
]
PATHS = ["/", "/a", "/a/b", "/a/b/c", "/c"]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    patterns = st.lists(st.sampled_from(PATTERNS), max_size=3)
    wide = draw(st.integers(0, 4)) == 0
    return Policy(
        origins=["*"] if wide else draw(patterns),
        deny_origins=draw(patterns),
        methods=draw(st.sampled_from([(), ("PUT",), ("PUT", "DELETE"), ("*",)])),
        allow_headers=draw(st.sampled_from([(), ("X-A",), ("X-a", "Authorization"), ("*",)])),
        supports_credentials=not wide and draw(st.booleans()),
    )


tables = st.one_of(
    st.builds(PolicyTable, policies()),
    st.builds(
        PolicyTable,
        st.none(),
        st.dictionaries(st.sampled_from(["/*", "/a/*", "/a", "/a/b", "/a/b/*"]), policies(), min_size=1, max_size=3),
    ),
)


def permissions(table: PolicyTable) -> set[tuple[str, ...]]:
    """Everything that the table allows pages to do, for a few origins, paths and methods."""
    allowed: set[tuple[str, ...]] = set()
    for path in PATHS:
        for origin in ORIGINS:
            policy = table.for_path(path)
            if not decide(policy, "GET", origin).allowed or policy is None:
                continue
            allowed.add((path, origin))
            if policy.supports_credentials:
                allowed.add((path, origin, "credentials"))
            for method in ("PUT", "DELETE", "PATCH"):
                if decide(policy, "OPTIONS", origin, method).allowed:
                    allowed.add((path, origin, "method", method))
            for name in ("x-a", "x-b", "authorization"):
                if decide(policy, "OPTIONS", origin, "GET", name).allowed:
                    allowed.add((path, origin, "header", name))
    return allowed


@given(tables, tables)
def test_a_change_that_is_not_wider_allows_nothing_new(before: PolicyTable, after: PolicyTable) -> None:
    comparison = compare(before, after)
    if not comparison.opens:
        assert permissions(after) <= permissions(before)
    if not comparison.closes:
        assert permissions(before) <= permissions(after)


@given(tables)
def test_a_table_has_no_difference_from_itself(table: PolicyTable) -> None:
    comparison = compare(table, table)
    assert (comparison.opens, comparison.closes, comparison.changes) == ([], [], [])


@given(tables, tables)
def test_what_one_direction_allows_the_other_blocks(before: PolicyTable, after: PolicyTable) -> None:
    there, back = compare(before, after), compare(after, before)
    assert (there.opens, there.closes) == (back.closes, back.opens)


@pytest.mark.parametrize("side", ["app.py", "nothing", "cors.yaml", "empty.env"])
def test_a_side_without_a_variable_is_refused(shell: Shell, side: str) -> None:
    shell.write("a.env", BASE)
    shell.write("app.py", "import flask\n")
    shell.write("cors.yaml", "kind: ConfigMap\ndata: {OTHER: x}\n")
    shell.write("empty.env", "")
    (shell.directory / "nothing").mkdir()
    for pair in ((side, "a.env"), ("a.env", side)):
        ended = shell.envcors("diff", *pair)
        assert (ended.status, ended.stdout) == (2, "")
        assert f"{side} contains no variable that begins with CORS_." in ended.stderr
        assert list(shell.envcors("diff", *pair, "--format", "json").json["refused"]) == [side]

"""Which policy governs which path."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.protocol.policy import Policy
from envcors.protocol.table import CLOSED, PathError, PathPattern, PolicyTable

DEFAULT = Policy(max_age=1)


def table(*patterns: str) -> tuple[PolicyTable, dict[int, str]]:
    """Return a table with one policy for each pattern, and the pattern of each policy by its max_age."""
    policies = {pattern: Policy(max_age=100 + number) for number, pattern in enumerate(patterns)}
    return PolicyTable(DEFAULT, policies), {policy.max_age: pattern for pattern, policy in policies.items()}


GOVERNS = [
    (["/health"], "/health", "/health"),
    (["/health"], "/health/", None),
    (["/health"], "/health/x", None),
    (["/health"], "/healthz", None),
    (["/health"], "/Health", None),
    (["/health"], "/", None),
    (["/api/*"], "/api", "/api/*"),
    (["/api/*"], "/api/", "/api/*"),
    (["/api/*"], "/api/items/1", "/api/*"),
    (["/api/*"], "/apiary", None),
    (["/api/*"], "/", None),
    (["/api/*"], "/v1/api/x", None),
    (["/api/"], "/api/", "/api/"),
    (["/api/"], "/api", None),
    (["/api/"], "/api/x", None),
    (["/api/", "/api/*"], "/api/", "/api/"),
    (["/api/", "/api/*"], "/api", "/api/*"),
    (["/*"], "/", "/*"),
    (["/*"], "", "/*"),
    (["/*"], "*", "/*"),
    (["/*"], "/a/b/c", "/*"),
    (["/"], "/", "/"),
    (["/"], "", "/"),
    (["/"], "/a", None),
    (["/", "/*"], "/a", "/*"),
    (["/*", "/api/*", "/api/items/*", "/api/items"], "/api/items", "/api/items"),
    (["/*", "/api/*", "/api/items/*", "/api/items"], "/api/items/1", "/api/items/*"),
    (["/api/items/*", "/api/*", "/*"], "/api/other", "/api/*"),
    (["/*", "/api/items/*"], "/api/other", "/*"),
    (["/a/b/c/*", "/a/*"], "/a/b/x/y/z", "/a/*"),
    (["/a/b/c/*"], "/a/b", None),
    (["/api/*"], "//api/items", "/api/*"),
    (["/api/*"], "/api///items", "/api/*"),
    (["/api/items", "/api/*"], "/api//items", "/api/items"),
    (["/api/items", "/api/*"], "///api///items", "/api/items"),
    (["/api/*"], "api/items", "/api/*"),
    (["/caf\u00e9/*"], "/caf\u00c3\u00a9/x", "/caf\u00e9/*"),
    (["/caf\u00e9/*"], "/caf\u00e9/x", None),
    (["/api/*"], "/api/\xff\x00", "/api/*"),
]


@pytest.mark.parametrize(("patterns", "path", "governing"), GOVERNS)
def test_the_most_specific_pattern_governs_in_any_order(patterns: list[str], path: str, governing: str | None) -> None:
    for ordered in (patterns, patterns[::-1]):
        policies, by_age = table(*ordered)
        policy = policies.for_path(path)
        assert (None if policy is None else by_age[policy.max_age]) == governing


@pytest.mark.parametrize(
    ("patterns", "path", "is_closed"),
    [
        (["/api/*"], "/api/../admin", True),
        (["/api/*"], "/admin/../api/x", True),
        (["/api/*", "/admin/*"], "/admin/../api/x", True),
        (["/*", "/cd/*"], "/./cd/x", True),
        (["/*", "/cd/*"], "/cd/..", True),
        (["/*", "/cd/*"], "/cd/./x", False),
        (["/*"], "/a/../b", False),
        (["/api/*"], "/api/./x", False),
        (["/api/*"], "/api/.x/y", False),
        (["/api/*"], "/api/...", False),
        (["/api/*"], "/x/../y", False),
    ],
)
def test_dot_segments_allow_no_origin_where_they_may_mean_another_policy(
    patterns: list[str], path: str, is_closed: bool
) -> None:
    policies, _ = table(*patterns)
    assert (policies.for_path(path) is CLOSED) is is_closed
    assert not CLOSED.origins


def test_the_default_policy_governs_every_path_if_it_is_the_only_one() -> None:
    for policies in (PolicyTable(DEFAULT), PolicyTable(DEFAULT, {}), PolicyTable(DEFAULT, None, [])):
        assert policies.governs_all
        assert [policies.for_path(path) for path in ("/", "", "/a/b")] == [DEFAULT] * 3
        assert list(policies.policies()) == [DEFAULT]


def test_an_empty_table_governs_no_path() -> None:
    assert PolicyTable(None).for_path("/") is None
    assert list(PolicyTable(None).policies()) == []


def test_expressions_match_whole_paths_in_order_after_all_patterns() -> None:
    plain, first, second, accent = (Policy(max_age=age) for age in (2, 3, 4, 5))
    policies = PolicyTable(
        DEFAULT,
        {"/a/x": plain},
        [
            (re.compile("/a/[a-z]"), first),
            (re.compile("/a/.*"), second),
            (re.compile("/\u00e9"), accent),
        ],
    )
    assert not policies.governs_all
    assert list(policies.policies()) == [plain, first, second, accent]
    paths = ["/a/x", "/a/y", "//a//y", "/a/yy", "/b/a/y", "/\u00c3\u00a9", "/\xff", "/\u0100", "/"]
    expected = [plain, first, first, second, None, accent, None, None, None]
    assert [policies.for_path(path) for path in paths] == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no-slash"),
        ("*", "no-slash"),
        ("api/*", "no-slash"),
        (r"^/api/.*", "no-slash"),
        ("/api*", "wildcard"),
        ("/*/items", "wildcard"),
        ("/api/**", "wildcard"),
        ("/api/*/*", "wildcard"),
        (r"/items/\d", "expression"),
        ("/v[0-9]/items", "expression"),
        ("/api|/admin", "expression"),
        ("/api/.+", "expression"),
        ("/api$", "expression"),
        ("/^api", "expression"),
        ("/a?b", "query"),
        ("/a#b", "query"),
        ("//api", "double-slash"),
        ("/api//*", "double-slash"),
        ("//*", "double-slash"),
        ("/api/../x", "dot-segment"),
        ("/./x", "dot-segment"),
        ("/api/..", "dot-segment"),
        ("/caf%C3%A9", "percent-encoded"),
        ("/a\nb", "unprintable"),
        ("/a\udc80", "unprintable"),
    ],
)
def test_an_invalid_path_pattern_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(PathError) as error:
        PathPattern.parse(text)
    assert error.value.reason == reason
    with pytest.raises(PathError):
        PolicyTable(None, {text: DEFAULT})


@pytest.mark.parametrize(
    "text", ["/", "/*", "/a", "/a/", "/a/*", "/caf\u00e9/*", "/a b", "/$a(1)/b+c", "/a/.well-known", "/100%"]
)
def test_a_path_pattern_serialises_to_the_same_text(text: str) -> None:
    assert str(PathPattern.parse(text)) == text


SEGMENTS = st.sampled_from(["", "a", "b", "ab", "a b", "é", "..", "c"])
RELATIVE_PATHS = st.lists(SEGMENTS, max_size=4).map("/".join)
PATHS = RELATIVE_PATHS | RELATIVE_PATHS.map(lambda path: f"/{path}")
BELOW = st.sets(st.sampled_from(["/*", "/a/*", "/b/*", "/ab/*", "/c/*", "/a b/*"]))


@given(BELOW, PATHS)
def test_paths_of_one_segment_are_found_as_all_others_are(patterns: set[str], path: str) -> None:
    policies = {pattern: Policy(max_age=number) for number, pattern in enumerate(sorted(patterns))}
    path_info = path.encode().decode("latin-1")
    # A pattern that goes deeper, or one for an exact path, makes the table look at every segment.
    slow = PolicyTable(None, {**policies, "/x/y/*": Policy(), "/x": Policy()})
    assert PolicyTable(None, {**policies, "/x/*": Policy(max_age=60)}).for_path(path_info) is slow.for_path(path_info)

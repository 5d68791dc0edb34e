"""Regular expressions as paths: nothing escapes them by a line break, and those that never match are found."""

import re

import pytest

from envcors.protocol.policy import Policy
from envcors.protocol.shadowed import shadowed_expressions
from envcors.protocol.table import PolicyTable

NARROW, WIDE = Policy(origins=["https://narrow.example.com"]), Policy(origins=["https://wide.example.com"])

ESCAPES = [
    (r"/admin/.*", "/admin/x\n"),
    (r"/admin/.*", "/admin/\n"),
    (r"/admin/.*", "/admin/x\ny"),
    (r"/admin/.*", "/admin/x\r\n"),
    (r"/admin/.+", "/admin/\n\n"),
    (r"/admin(/.*)?", "/admin/\nx"),
    (r"(?i)/admin/.*", "/ADMIN/\n"),
    (r"/admin/.*", "/admin/\x0b"),
    (r"/admin/.*", "/admin/\u2028".encode().decode("latin-1")),
    (r"/admin/.*", "/admin/\x85"),
    (r"/admin/.*", "//admin//\n"),
    (r"^/admin/.*$", "/admin/x\n"),
]


@pytest.mark.parametrize(("expression", "path"), ESCAPES)
def test_a_line_break_leads_no_path_past_an_expression(expression: str, path: str) -> None:
    table = PolicyTable(None, {}, [(re.compile(expression), NARROW), (re.compile(r"[\s\S]*"), WIDE)])
    assert table.for_path(path) is NARROW


def test_an_expression_still_matches_whole_paths_in_the_order_given() -> None:
    table = PolicyTable(None, {"/plain": WIDE}, [(re.compile("/v[0-9]+"), NARROW), (re.compile("/v.*"), WIDE)])
    assert [table.for_path(path) for path in ("/v1", "/v1/x", "/plain", "/x")] == [NARROW, WIDE, WIDE, None]
    assert table.regexes[0][0].pattern == "/v[0-9]+"
    assert table.regexes[0][0].flags & re.DOTALL == 0  # what was given stays as it was


SHADOWED = [
    (["/*"], r"/api/v\d+", "/*"),
    (["/*"], r".*", "/*"),
    (["/*"], r"(/a|/b)", "/*"),
    (["/api/*"], r"/api/v\d+/.*", "/api/*"),
    (["/api/*"], r"^/api/v\d+/.*$", "/api/*"),
    (["/api/*"], r"/api/", "/api/*"),
    (["/api/*"], r"/api", "/api/*"),
    (["/api"], r"/api", "/api"),
    (["/a.b/*"], r"/a\.b/c", "/a.b/*"),
    (["/a-b/*"], r"/a\-b/.*", "/a-b/*"),
    (["/café/*"], r"/café/[a-z]+", "/café/*"),
    (["/other/*", "/api/*"], r"/api/x", "/api/*"),
    (["/api/*"], r"/api/?x", None),
    (["/api/*"], r"/api.*", None),
    (["/api/*"], r"/apiary/.*", None),
    (["/api/*"], r"/(api|other)/.*", None),
    (["/api/*"], r"/api/x|/other", None),
    (["/api/*"], r"(?i)/api/x", None),
    (["/api/*"], r"/ap(i)/x", None),
    (["/api"], r"/api/x", None),
    (["/api/x"], r"/api/.*", None),
    (["/api/*"], r"/\w+/x", None),
    ([], r"/api/.*", None),
]


@pytest.mark.parametrize(("paths", "expression", "by"), SHADOWED)
def test_an_expression_that_no_path_reaches_is_found(paths: list[str], expression: str, by: str | None) -> None:
    compiled = re.compile(expression)
    assert list(shadowed_expressions(paths, [compiled])) == ([] if by is None else [(compiled, by)])


@pytest.mark.parametrize(("paths", "expression", "by"), SHADOWED)
def test_what_is_found_has_no_path_of_its_own(paths: list[str], expression: str, by: str | None) -> None:
    table = PolicyTable(None, dict.fromkeys(paths, WIDE), [(re.compile(expression), NARROW)])
    samples = ["/api", "/api/", "/api/x", "/api/v1", "/api/v1/x", "/apix", "/a.b/c", "/other", "/API/x", "/apiary/x"]
    found = {table.for_path(path) for path in samples if re.fullmatch(expression, path)}
    assert by is None or NARROW not in found

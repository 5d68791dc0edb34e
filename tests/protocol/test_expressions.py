"""Regular expressions as paths: nothing escapes them by a line break."""

import re

import pytest

from envcors.protocol.policy import Policy
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

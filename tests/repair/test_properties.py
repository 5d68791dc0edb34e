"""Properties of every repair, for any text."""

from __future__ import annotations

import re
import time
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envcors.protocol.names import is_token
from envcors.protocol.origins import OriginPattern
from envcors.protocol.table import PathPattern
from envcors.repair import Kind, Repair, Syntax, line, read_back, repair, repair_items, text_of

CHOICES = ("off", "report", "enforce")
RULES = ("origin-any", "origin-any-port", "origin-local", "methods-any")
LISTS = [
    *(Kind.ORIGINS, Kind.DENY_ORIGINS, Kind.METHODS, Kind.REQUEST_HEADERS, Kind.RESPONSE_HEADERS),
    *(Kind.PATHS, Kind.RULES, Kind.VARIABLES),
]
FRAGMENTS = st.sampled_from(
    [
        *("https://a.io", "http://B.io:80/", "localhost:3000", "*.c.io", "https://", "*", "null", "[::1]", r"\.", ".*"),
        *("GET", "patch", "PUT", "!DELETE", "X-A", "X-B:", "Content-Type: x", "/api/*", "/v%41", "^/a/.*$", "api"),
        *("origin-any", "ORIGIN_LOCAL", "CORS_X", "true", "off", "600", "1h", "0.5", "dev", "report", "redis://x"),
        *(",", ", ", ";", " ", "\n", "|", "/", "\\n", "\\", "\\\n", "#", " # ", "//", "/*", "*/", "<!--", "-->", "- "),
        *("'", '"', '\\"', "[", "]", "(", ")", "{", "}", "['", "']", '["', '"]', '","', ":", "=", "$", "${X}", "$X"),
        *(
            "CORS_ORIGINS=",
            "export CORS_METHODS=",
            "no",
            "not ",
            "-",
            "!",
            "?",
            "(a|b)",
            "s?",
            r":\d+",
            "\t",
            "é",
            "\x00",
        ),
        *('{"/a": {}}', "{'/a': {'max_age': 5}}", "True", "None", "@", "%", "https?://", "a.io", "://"),
    ]
)
TEXTS = st.one_of(st.lists(FRAGMENTS, max_size=8).map("".join), st.text(max_size=20))
WORDS = st.sampled_from(["https://one.example", "https://two.example:8443", "http://localhost:3000"])


def repaired(text: str, kind: Kind) -> Repair:
    return repair(text, kind, choices={Kind.CHOICE: CHOICES, Kind.RULES: RULES}.get(kind, ()))


def values_of(found: Repair) -> tuple[str, ...]:
    return found.value if isinstance(found.value, tuple) else ()


@given(TEXTS, st.sampled_from(Kind))
@example(",CORS_ORIGINS=", Kind.PATH)
def test_a_repaired_value_is_valid_and_needs_no_second_repair(text: str, kind: Kind) -> None:
    value = repaired(text, kind).value
    if value is None:
        return
    again = repaired(text_of(value), kind)
    assert again.value == value
    assert (again.dropped, again.why, [item.why for item in again.items if item.why]) == ((), "", [])


@given(TEXTS, st.sampled_from(Kind))
def test_a_repaired_value_can_be_read_from_every_source(text: str, kind: Kind) -> None:
    value = repaired(text, kind).value
    for syntax in Syntax if value is not None else ():
        pasted = line(value, syntax, variable="CORS_X", option="x", source="cors/CORS_X")
        found = read_back(pasted, syntax, "CORS_X", "x", source="cors/CORS_X")
        assert found in (value, text_of(value))


@given(TEXTS, st.sampled_from([Kind.ORIGINS, Kind.DENY_ORIGINS]))
def test_each_repaired_origin_has_a_host_that_was_written(text: str, kind: Kind) -> None:
    for value in values_of(repaired(text, kind)):
        if (kind, value) != (Kind.ORIGINS, "*"):
            pattern = OriginPattern.parse(value)
            written = text.lower()
            assert (
                pattern.host.lower() in written.replace("\\", "")
                or "xn--" in pattern.host
                or "(" in text
                or "?" in text
                or re.search(r"\[[^\]]*\]", text)  # a class of characters, of which one is in the host
            )
            assert pattern.port is None or str(pattern.port) in written or r"\d" in text


@given(TEXTS, st.sampled_from([Kind.METHODS, Kind.REQUEST_HEADERS, Kind.RESPONSE_HEADERS, Kind.VARIABLES]))
def test_each_repaired_name_is_a_name_that_was_written(text: str, kind: Kind) -> None:
    for value in values_of(repaired(text, kind)):
        assert is_token(value)
        assert value.upper() in text.upper()


@given(TEXTS)
@example('localhost:3000\\"https://a.io')
def test_each_repaired_path_is_a_pattern_that_was_written(text: str) -> None:
    for value in values_of(repaired(text, Kind.PATHS)):
        PathPattern.parse(value)
        written = unquote(text.replace("\\/", "/"))
        assert all(segment in written for segment in value.split("/"))


@given(
    st.lists(st.tuples(st.lists(WORDS, max_size=2), st.lists(WORDS.map(str.upper), max_size=2)), max_size=4),
    st.sampled_from([", ", ",", " ", ";"]),
    st.sampled_from(["#", "# ", "//", "// ", "#!", "/* ", "<!-- "]),
    st.sampled_from(["{}", "'{}'", '"{}"', "[{}]", "CORS_ORIGINS={}", "('{}')"]),
    st.sampled_from(["\n", "\r\n", "\\n\n"]),
)
def test_text_in_a_comment_is_never_allowed(
    lines: list[tuple[list[str], list[str]]], separator: str, marker: str, around: str, end: str
) -> None:
    written = [separator.join([*kept, f"{marker}{separator.join(commented)}"]) for kept, commented in lines]
    found = repair(around.format(end.join(written)), Kind.ORIGINS)
    kept = {origin for origins, _ in lines for origin in origins}
    assert set(values_of(found)) <= kept
    assert not any(item.text.isupper() and item.values for item in found.items)


@given(TEXTS, TEXTS, st.sampled_from(["#", "//"]))
@example("https://a.io\\n", "\\nhttps://b.io", "#")
@example('["https://a.io', '\\nhttps://b.io"]', "#")
def test_text_after_a_comment_sign_on_the_same_line_is_never_a_value(before: str, after: str, marker: str) -> None:
    after = after.replace("\n", " ").replace("\r", " ")
    secret = "https://commented.example"
    found = repair(f"{before} {marker}{after} {secret}", Kind.ORIGINS)
    assert secret not in values_of(found)


@given(
    st.sampled_from(["DELETE", "https://a.io", "X-A", "/a", "origin-any"]),
    st.sampled_from(["!", "! ", "-", "- ", "~", "^!", "not ", "no ", "NOT, ", "except ", "without "]),
    st.sampled_from(["", "GET,", "https://b.io ", "X-B;"]),
    st.sampled_from(LISTS),
)
def test_a_negated_item_is_never_a_value(name: str, sign: str, before: str, kind: Kind) -> None:
    assert name not in values_of(repaired(f"{before}{sign}{name}", kind))


@given(TEXTS, st.sampled_from(LISTS))
def test_every_word_is_kept_or_dropped_with_a_reason(text: str, kind: Kind) -> None:
    found = repaired(text, kind)
    if found.value is None:
        return
    told = " ".join(item.text for item in found.items)
    for word in re.findall(r"[a-z0-9]{2,}", re.sub(r"\A(\W*(export )?CORS_[A-Z]+=)+|\\[nrt]", " ", text)):
        assert word in told
    assert all(item.why and (item.text, item.why) in found.dropped for item in found.items if not item.values)
    assert set(values_of(found)) == {value for item in found.items for value in item.values}


LABELS = st.sampled_from(["a", "www", "api", "x-1"])
HOST_PARTS = st.sampled_from(
    [
        r"(www\.)?",
        r"(.*\.)?",
        r".*\.",
        r".+\.",
        r"(a|b)\.",
        r"(?:a|www)\.",
        r"(.+\.)",
        "",
        r"[^.]+\.",
        r"\w+\.",
        "(a|b)?",
    ]
)


@given(
    st.sampled_from(["https://", "https?://", r"https:\/\/", "(http|https)://"]),
    st.lists(HOST_PARTS, max_size=2).map("".join),
    st.tuples(
        st.sampled_from([r"example\.com", "example.com", r"(a|b)\.io", r"example\.(com|org)", "localhost"]),
        st.sampled_from(["", r":\d+", r"(:\d+)?", ":[0-9]+", ":8080", "/?", r"(:\d+)?/?"]),
    ),
    st.sampled_from(["{}", "^{}$", "^{}", "{}$", r"\A{}\Z"]),
    st.tuples(st.lists(LABELS, min_size=1, max_size=3).map(".".join), st.integers(1024, 65535)),
)
def test_a_pattern_that_replaces_an_expression_allows_only_what_the_expression_matches(
    scheme: str, host: str, ends: tuple[str, str], around: str, instance: tuple[str, int]
) -> None:
    expression = around.format(scheme + host + "".join(ends))
    labels, number = instance
    for value in values_of(repair(expression, Kind.ORIGINS)):
        origin = value.replace("*.", f"{labels}.").replace(":*", f":{number}")
        assert re.fullmatch(expression, origin) or re.fullmatch(expression, f"{origin}/")


@given(st.lists(TEXTS, max_size=4), st.sampled_from(LISTS))
def test_a_list_of_items_is_repaired_to_a_valid_list(items: list[str], kind: Kind) -> None:
    value = repair_items(items, kind).value
    assert value is None or isinstance(value, tuple)
    if isinstance(value, tuple):
        assert repair_items(value, kind).value == value
        assert repair_items(value, kind).dropped == ()


SLOW = [
    *("(", ")", "[", "{", "'", '"', "\\", '\\"', "/*", "<!--", "#", "//", "-", "- ", "a?", "(a|b)", "(a)?", ".*", ","),
    *("CORS_", "A_", "$", "${", "{{", "%a", "1", "1_", "1h", "_", "|", "\\n", "\\\n", " \\", "\n;", "X: ", "*.", "'/*"),
    *("[[", "{'a':", '{"a":', '"a', "//\\\n", "\t", "<%", "$(a ", ":", "@", ".", "a.", "xn--", "é", "0", "](", "\x01"),
]


@pytest.mark.parametrize("kind", Kind)
def test_the_time_of_a_repair_has_a_limit(kind: Kind) -> None:
    started = time.process_time()
    for part in SLOW:
        for text in (
            part * 100_000,
            (part * 2000)[:1000],
            f"https://{(part * 2000)[:1000]}",
            f"[{(part * 2000)[:900]}]",
        ):
            repaired(text, kind)
    assert time.process_time() - started < 10
    assert repaired("x" * 100_000, kind).value is None

"""A line to paste: its syntax in each source, and that the same value is read from it there."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from envcors.repair import Syntax, line, python_of, read_back, text_of

ORIGINS = ("https://a.example.com", "https://b.example.com")
OWNER = 'resource "/api/*"'
STRUCTURED = (Syntax.CODE, Syntax.CONFIG, Syntax.MAPPING, Syntax.JSON)

# (source, a list, an empty list, a boolean, a number)
LINES = [
    (
        Syntax.VARIABLE,
        "CORS_X=https://a.example.com,https://b.example.com",
        "CORS_X=",
        "CORS_X=true",
        "CORS_X=600",
    ),
    (
        Syntax.DOTENV,
        "CORS_X=https://a.example.com,https://b.example.com",
        "CORS_X=",
        "CORS_X=true",
        "CORS_X=600",
    ),
    (
        Syntax.DIRECTORY,
        "write https://a.example.com,https://b.example.com into cors/CORS_X",
        "empty cors/CORS_X",
        "write true into cors/CORS_X",
        "write 600 into cors/CORS_X",
    ),
    (
        Syntax.MANIFEST,
        'CORS_X: "https://a.example.com,https://b.example.com"',
        'CORS_X: ""',
        'CORS_X: "true"',
        'CORS_X: "600"',
    ),
    (
        Syntax.LITERAL,
        "CORS_X=https://a.example.com,https://b.example.com",
        "CORS_X=",
        "CORS_X=true",
        "CORS_X=600",
    ),
    (
        Syntax.CONFIG,
        'app.config["CORS_X"] = ["https://a.example.com", "https://b.example.com"]',
        'app.config["CORS_X"] = []',
        'app.config["CORS_X"] = True',
        'app.config["CORS_X"] = 600',
    ),
    (
        Syntax.CODE,
        'x=["https://a.example.com", "https://b.example.com"] of resource "/api/*"',
        'x=[] of resource "/api/*"',
        'x=True of resource "/api/*"',
        'x=600 of resource "/api/*"',
    ),
    (
        Syntax.MAPPING,
        '"x": ["https://a.example.com", "https://b.example.com"] of resource "/api/*"',
        '"x": [] of resource "/api/*"',
        '"x": True of resource "/api/*"',
        '"x": 600 of resource "/api/*"',
    ),
    (
        Syntax.JSON,
        '"x": ["https://a.example.com", "https://b.example.com"] of resource "/api/*" in CORS_X',
        '"x": [] of resource "/api/*" in CORS_X',
        '"x": true of resource "/api/*" in CORS_X',
        '"x": 600 of resource "/api/*" in CORS_X',
    ),
]


def pasted(value: object, syntax: Syntax) -> object:
    text = line(value, syntax, variable="CORS_X", option="x", owner=OWNER, source="cors/CORS_X")
    return read_back(text, syntax, "CORS_X", "x", owner=OWNER, source="cors/CORS_X")


@pytest.mark.parametrize(
    ("syntax", "value", "expected"),
    [
        (syntax, value, text)
        for syntax, *texts in LINES
        for value, text in zip((ORIGINS, (), True, 600), texts, strict=True)
    ],
)
def test_a_line_has_the_syntax_of_its_source(syntax: Syntax, value: object, expected: str) -> None:
    assert line(value, syntax, variable="CORS_X", option="x", owner=OWNER, source="cors/CORS_X") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", "CORS_X='a b'"),
        ("a #b", "CORS_X='a #b'"),
        ("#a", "CORS_X='#a'"),
        ("it's", "CORS_X='it\\'s'"),
        ("a\\b", "CORS_X='a\\\\b'"),
        ("$a", "CORS_X='$a'"),
        ("a\nb", 'CORS_X="a\\nb"'),
        ('{"/a": {}}', "CORS_X='{\"/a\": {}}'"),
        ("https://*.a.io:*", "CORS_X=https://*.a.io:*"),
    ],
)
def test_a_line_of_dotenv_has_quotes_if_python_dotenv_needs_them(text: str, expected: str) -> None:
    assert line(text, Syntax.DOTENV, variable="CORS_X", option="x") == expected


HOSTILE = [
    *("", "#", "# a", "a # b", "'", '"', "'a'", '"a"', "it's", "$", "$X", "a$", "\\", "a\\", "\\n", "\\'", '\\"'),
    *("a\nb", "a\r\nb", "\ta", "a\\\nb", "y", "no", "1e3", "null", "~", "*", "&a", "!x", "%x", "@x", "`x`", "09"),
    *("a: b", "a:", "- a", "? a", "[a", "{a", "{{ x }}", "a=b", "=", "a of b", "a in b", "a into b", "…", "é", "🦊"),
    *("\u2028", "\x7f", "\x1b[31m", "\ufeff", "\U000e0001", "\x85", "\x00", '{"/a": {"max_age": 5}}', "${", "$(X)"),
]
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)


def is_replaced(text: str) -> bool:
    return "${" in text and "}" in text.partition("${")[2]


@pytest.mark.parametrize("syntax", Syntax)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_read_back_unchanged(syntax: Syntax, text: str) -> None:
    assert pasted(text, syntax) == text


@given(st.sampled_from(Syntax), TEXTS)
def test_every_text_is_read_back_unchanged(syntax: Syntax, text: str) -> None:
    expected = None if syntax is Syntax.DOTENV and is_replaced(text) else text
    assert pasted(text, syntax) == expected


@given(
    st.sampled_from(Syntax),
    st.one_of(st.lists(TEXTS, max_size=3).map(tuple), st.booleans(), st.integers(), st.floats(allow_nan=False)),
)
def test_every_list_boolean_and_number_is_read_back_unchanged(syntax: Syntax, value: object) -> None:
    text = text_of(value)
    if syntax in STRUCTURED:
        if value not in (float("inf"), float("-inf")):
            assert pasted(value, syntax) == value
    elif not (syntax is Syntax.DOTENV and is_replaced(text)):
        assert pasted(value, syntax) == text
        if isinstance(value, tuple) and text.startswith("["):
            assert tuple(json.loads(text)) == value


@given(TEXTS)
def test_yaml_reads_a_line_of_a_config_map_and_a_literal(text: str) -> None:
    written = line(text, Syntax.MANIFEST, variable="CORS_X", option="x")
    assert yaml.safe_load(written) == {"CORS_X": text}
    literal = line(text, Syntax.LITERAL, variable="CORS_X", option="x")
    name, _, value = yaml.safe_load(f"- {literal}")[0].partition("=")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":  # as Kustomize does
        value = value[1:-1]
    assert (name, value) == ("CORS_X", text)


@given(TEXTS)
def test_python_reads_a_text_as_python(text: str) -> None:
    assert "\n" not in python_of(text)
    assert pasted(text, Syntax.CODE) == text


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ("CORS_Y=1", Syntax.VARIABLE),
        ("CORS_X='a", Syntax.DOTENV),
        ("CORS_X=1\nCORS_Y=2", Syntax.DOTENV),
        ("CORS_X=${Y}", Syntax.DOTENV),
        ("CORS_X: yes", Syntax.MANIFEST),
        ("x=open('a')", Syntax.CODE),
        ('"x": [1,] in CORS_X', Syntax.JSON),
        ("", Syntax.CONFIG),
    ],
)
def test_a_line_without_a_value_is_read_as_none(text: str, syntax: Syntax) -> None:
    assert read_back(text, syntax, "CORS_X", "x") is None

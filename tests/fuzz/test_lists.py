"""Lists: never an item that is not in the text, and never one that somebody commented out."""

from __future__ import annotations

import json
import string

from hypothesis import example, given
from hypothesis import strategies as st

from envcors.settings.inputs import Inputs
from tests.fuzz.depth import few
from tests.fuzz.readable import configuration
from tests.fuzz.texts import changed

OPTIONS = ("origins", "deny_origins", "methods", "allow_headers", "expose_headers", "resources__a__paths")
ITEMS = st.one_of(
    st.sampled_from(
        [
            *("GET", "put", "DELETE", "PATCH", "X-A", "Content-Type", "authorization", "https://a.io", "/a", "*"),
            *("# PUT", "#PUT", "//PUT", "// https://b.io", "!PUT", "GET|PUT", "PUT;", "$X", "null", "/* PUT */"),
        ]
    ),
    st.text("aPUT#/!-_*'\"", min_size=1, max_size=5),
)  # fmt: skip
SPACES = [" ", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\xa0", "\u2028", "\u3000", "\x1c"]
SEPARATORS = st.sampled_from([",", ", ", ",,", *SPACES, ";", "|", ", # "])
PLAIN = st.lists(st.builds("{}{}".format, ITEMS, SEPARATORS), max_size=5).map("".join)
JSON = st.one_of(
    st.lists(ITEMS, max_size=4).map(json.dumps),
    st.lists(st.one_of(ITEMS, st.none(), st.integers(), st.lists(ITEMS, max_size=1)), max_size=3).map(json.dumps),
    st.dictionaries(ITEMS, ITEMS, max_size=2).map(json.dumps),
)
TEXTS = st.one_of(changed(PLAIN, ",# \n\t[]{}\"'\\/;*\u200b"), changed(JSON, ',# \n[]{}"\\'))


def items_of(text: str) -> list[str] | None:
    """The items of a list, one character after another; None where it begins like JSON and is no list of strings."""
    text = text.strip()
    if text[:1] in ("[", "{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    items = [""]
    for character in text:
        if character == "," or character.isspace():
            items.append("")
        else:
            items[-1] += character
    return [item for item in items if item]


@few(60)
@given(st.sampled_from(OPTIONS), TEXTS, st.sampled_from(["production", "development"]))
@example("methods", "GET,POST # PUT", "production")
@example("methods", '["GET", "# PUT"]', "production")
@example("methods", "GET\n//PUT", "production")
def test_a_list_has_the_items_of_its_text_or_is_refused(option: str, text: str, mode: str) -> None:
    environ = {f"CORS_{option.upper()}": text, "CORS_ENV": mode, "CI": "1"}
    found = configuration(Inputs(environ=environ, env_files=()))
    if found.table is None:
        return
    expected = items_of(text)
    assert expected is not None
    assert not any(item.startswith(("#", "//")) for item in expected)
    settings = found.settings
    read = [path for resource in settings.resources for path in resource.paths] if "__" in option else None
    assert list(getattr(settings, option) if read is None else read) == expected
    for policy in found.table.policies():
        assert {*policy.methods} <= {"GET", "HEAD", "POST", *map(_as_sent, expected)}
        assert {*policy.allow_headers} <= {"Content-Type", *expected}
        assert {*policy.expose_headers, *policy.origins, *policy.deny_origins} <= {*expected}


def _as_sent(method: str) -> str:
    """A method as browsers send it: they turn six of them, in ASCII, into upper case."""
    upper = method.translate(str.maketrans(string.ascii_lowercase, string.ascii_uppercase))
    return upper if upper in {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"} else method

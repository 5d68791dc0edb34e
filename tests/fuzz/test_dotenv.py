"""`.env` files of any bytes: read as python-dotenv reads them, or refused readably."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st

from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.names import Names
from tests.fuzz.depth import few
from tests.fuzz.readable import configuration
from tests.fuzz.texts import changed

ENVIRON = {"HOME": "/root", "DOMAIN": "example.com", "EMPTY": ""}
NAMES = st.sampled_from(
    [
        "CORS_ORIGINS",
        "CORS_METHODS",
        "CORS_MAX_AGE",
        "CORS_ENV",
        "CORS_RESOURCES__A__PATHS",
        "CORS_IGNORE",
        "DOMAIN",
        "A",
    ]
)
BEFORE = st.sampled_from(["", "", "", "export ", "  ", "'", '"', "set ", "- ", "\ufeff", "export\t", "# "])
EQUALS = st.sampled_from(["=", "=", "=", " = ", "=\t", ":", "", "==", "= \n", " ="])
CONTENTS = st.one_of(
    st.sampled_from(["https://a.example.com", "GET,PUT", "600", "development", "/a", "https://${DOMAIN}", "${A:-5}"]),
    st.lists(
        st.sampled_from(
        [
            *("${", "}", "A", "${DOMAIN}", "${NONE}", "${NONE:-x}", "$A", "\\", "\\n", "\\'", '\\"', "'", '"', "#"),
            *(" # no", " ", ",", "\t", "\\u00e9", "\u2028", "\x0b", "\x0c", "\x85", "\x1c", "x", "é", "=", "CORS_ENV="),
        ]
        ),
        max_size=6,
    ).map("".join),
)  # fmt: skip
QUOTED = st.one_of(CONTENTS, CONTENTS.map("'{}'".format), CONTENTS.map('"{}"'.format), CONTENTS.map('"{}\n'.format))
ENDINGS = st.sampled_from(["\n", "\n", "\r\n", "\r", "", " # comment\n", "#\n", " \n", "\n\n", "\\\n"])
LINES = st.builds("{}{}{}{}{}".format, BEFORE, NAMES, EQUALS, QUOTED, ENDINGS)
FILES = changed(st.lists(LINES, max_size=5).map("".join), "'\"\\\n\r =#${}\ufeff\0").map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


def in_force(content: bytes) -> Mapping[str, str]:
    """The values that python-dotenv reads; none where a file is not UTF-8 text or binary."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}
    if "\0" in text:
        return {}
    with patch.dict(os.environ, ENVIRON, clear=True):
        return {name: value or "" for name, value in dotenv_values(stream=io.StringIO(text, newline=None)).items()}


@few(60)
@given(st.one_of(FILES, FILES, FILES, st.binary(max_size=200)))
@example(b"CORS_METHODS=PUT\nCORS_METHODS")
@example(b"\xef\xbb\xbfCORS_METHODS=PUT")
@example(b"CORS_METHODS='PUT\r\nPATCH'")
def test_a_dotenv_file_is_read_as_python_dotenv_reads_it_or_refused_readably(content: bytes) -> None:
    expected = in_force(content)
    path = Path.cwd() / "fuzz.env"
    path.write_bytes(content)
    found = configuration(Inputs(environ=ENVIRON, env_files=(str(path),), optional=frozenset()))
    if found.table is None:
        return
    reading = found.settings.reading
    for variable, located in reading.located.items():
        assert located.value == expected[variable]
    names = Names("CORS_", CORSSettings.declared())
    for name, value in expected.items():
        if names.is_ours(name) and value.strip():
            assert reading.located[name].value == value

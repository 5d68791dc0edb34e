"""Writing one variable into a ``.env`` file: everything else stays."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envcors.inspector.env_writer import WriteError, digest_of, write_line

LINE = "CORS_METHODS=GET,PUT"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "CORS_METHODS=GET,PUT\n"),
        ("A=1\n", "A=1\nCORS_METHODS=GET,PUT\n"),
        ("A=1", "A=1\nCORS_METHODS=GET,PUT\n"),
        ("CORS_METHODS=GET\nA=1\n", "CORS_METHODS=GET,PUT\nA=1\n"),
        ("# mine\n\nCORS_METHODS=GET # old\nB='${A}'\n", "# mine\n\nCORS_METHODS=GET,PUT\nB='${A}'\n"),
        ("export CORS_METHODS=GET\n", "export CORS_METHODS=GET,PUT\n"),
        ("A=1\r\nCORS_METHODS=GET\r\n", "A=1\r\nCORS_METHODS=GET,PUT\r\n"),
        ("A=1\r\n", "A=1\r\nCORS_METHODS=GET,PUT\r\n"),
        ("CORS_METHODS=GET\nCORS_METHODS=POST\n", "CORS_METHODS=GET\nCORS_METHODS=GET,PUT\n"),
        ('CORS_METHODS="GET,\nPOST"\nA=1\n', "CORS_METHODS=GET,PUT\nA=1\n"),
        ("#CORS_METHODS=GET\n", "#CORS_METHODS=GET\nCORS_METHODS=GET,PUT\n"),
    ],
)
def test_one_line_changes_and_all_others_stay(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / ".env"
    path.write_bytes(before.encode())
    write_line(str(path), LINE)
    assert path.read_bytes().decode() == after


def test_the_mode_and_a_link_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.env", tmp_path / ".env"
    real.write_text("A=1\n")
    real.chmod(0o640)
    link.symlink_to(real)
    write_line(str(link), LINE)
    assert link.is_symlink()
    assert real.read_text() == f"A=1\n{LINE}\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_missing_file_is_created(tmp_path: Path) -> None:
    write_line(str(tmp_path / ".env"), LINE)
    assert (tmp_path / ".env").read_text() == f"{LINE}\n"


def test_a_file_that_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    seen = digest_of(str(path))
    path.write_text("A=2\n")
    with pytest.raises(WriteError, match="changed meanwhile"):
        write_line(str(path), LINE, expected=seen)
    assert path.read_text() == "A=2\n"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"A=\xe9\n"])
def test_a_file_of_another_encoding_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".env"
    path.write_bytes(content)
    with pytest.raises(WriteError, match="UTF-8"):
        write_line(str(path), LINE)
    assert path.read_bytes() == content


def test_a_directory_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(WriteError, match="cannot be written"):
        write_line(str(tmp_path / ".env"), LINE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_a_read_only_file_stays(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0o400)
    with pytest.raises(WriteError, match="read-only"):
        write_line(str(path), LINE)


@pytest.mark.parametrize("line", ["", "CORS_METHODS", "A=1\nB=2", "A=1\r", "a=1", "A=\0", "A B=1", "A=\x1b"])
def test_anything_but_one_line_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(WriteError):
        write_line(str(tmp_path / ".env"), line)
    assert not (tmp_path / ".env").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["A=1", "B='x'", 'C="${A}"', "# note", "", "CORS_METHODS=GET", "export D=4", "broken line", "E="]
            ),
            st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20),
        ),
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_every_other_variable_keeps_its_value(tmp_path: Path, lines: list[str], new_line: str) -> None:
    text = new_line.join(lines)
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    before = dotenv_values(stream=io.StringIO(text))
    write_line(str(path), LINE)
    after = dotenv_values(stream=io.StringIO(path.read_bytes().decode()))
    written = after.pop("CORS_METHODS", None)
    before.pop("CORS_METHODS", None)
    if written is not None:  # an unterminated quote above swallows what follows
        assert written == "GET,PUT"
        assert after == before

"""Writes one variable into a ``.env`` file; everything else in the file stays as it is."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tempfile
from contextlib import suppress

from dotenv.parser import parse_stream

from envcors.problems import printable

_LINE = re.compile(r"[A-Z][A-Z0-9_]*=[^\r\n\0]*")
_LARGEST = 1_000_000


class WriteError(Exception):
    """The file was not changed. ``str()`` is a sentence that says why."""


def digest_of(path: str) -> str:
    """Return what tells one content of a file from another; empty for a file that does not exist."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(_LARGEST)).hexdigest()[:16]
    except OSError:
        return ""


def write_line(path: str, line: str, *, expected: str | None = None) -> None:
    """Set one variable in a file, in place of its last line there or at the end.

    Other lines, comments, new lines, the mode of the file and a symbolic link stay. The file is replaced at once.

    Args:
        path: The file; it is created if it does not exist.
        line: ``NAME=value``, as python-dotenv reads it.
        expected: The digest that the file must have; None for any.

    Raises:
        WriteError: The file cannot be written, or was changed meanwhile.
    """
    if not _LINE.fullmatch(line) or not line.isprintable():
        raise WriteError("Only one line NAME=value can be written.")
    real = os.path.realpath(path)
    if expected is not None and digest_of(real) != expected:
        raise WriteError(f"{printable(path)} was changed meanwhile: look at the page again.")
    try:
        text = _read(real)
        _replace(real, _with_line(text, line))
    except UnicodeDecodeError:
        raise WriteError(f"{printable(path)} is not UTF-8 text.") from None
    except OSError as error:
        raise WriteError(f"{printable(path)} cannot be written: {error.strerror}.") from None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read(_LARGEST)
    except FileNotFoundError:
        return ""


def _with_line(text: str, line: str) -> str:
    name = line.partition("=")[0]
    new_line = "\r\n" if "\r\n" in text else "\n"
    parts: list[str] = []
    found: int | None = None
    for binding in parse_stream(io.StringIO(text, newline="")):
        parts.append(binding.original.string)
        if binding.key == name and not binding.error:
            found = len(parts) - 1
    if found is None:
        end = "" if not text or text.endswith(("\n", "\r")) else new_line
        return f"{text}{end}{line}{new_line}"
    old = parts[found]
    before = old[: len(old) - len(old.lstrip())]
    export = "export " if old.lstrip().startswith("export ") else ""
    end = old[len(old.rstrip("\r\n")) :]
    parts[found] = f"{before}{export}{line}{end}"
    return "".join(parts)


def _replace(path: str, text: str) -> None:
    """Replace a file with the same mode, so that no reader sees a half of it."""
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise PermissionError(13, "it is read-only")
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".env-")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            shutil.copymode(path, temporary)
        else:
            os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise

"""What is wrong with a configuration: a problem, and the source of the value that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Self

Severity = Literal["refuse", "advise"]

_SHOWN_CHARACTERS = 100
_STORE_IN_JSON = re.compile(r"""(["']origins_store\\*["']\s*:\s*\\*["'])[^"'\\]*""")
_USER_AND_PASSWORD = re.compile(r"""(?i)(rediss?[\w.+-]*:/*)[^\s"'<>]*@""")


class Source(str):
    """Where a value came from, as a person reads it: ``environment``, ``.env line 3``, ``code``.

    ``path`` and ``line`` (from 1) name the position in a file, for tools that annotate files.
    """

    __slots__ = ("line", "path")

    path: str | None
    line: int | None

    def __new__(cls, text: str, path: str | None = None, line: int | None = None) -> Self:
        """Make a source that reads as ``text``; ``path`` and ``line`` where it is a position in a file."""
        source = super().__new__(cls, text)
        source.path = path
        source.line = line
        return source

    @classmethod
    def in_file(cls, path: str, line: int) -> Self:
        """Make the source of a line in a file with many variables."""
        return cls(f"{path} line {line}", path, line)

    @classmethod
    def whole_file(cls, path: str) -> Self:
        """Make the source of a file that holds one value, or that cannot be read."""
        return cls(path, path, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, for a person and for a program.

    ``rule`` names an entry of the catalogue of rules. ``value`` is what was written; it is None where there is none
    or where it must not be shown. ``fix`` begins with the line to paste.
    """

    rule: str
    severity: Severity
    variable: str
    value: str | None
    source: str
    message: str
    fix: str

    def as_dict(self) -> dict[str, str | None]:
        """Return the fields by name, for JSON."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "variable": self.variable,
            "value": self.value,
            "source": str(self.source),
            "message": self.message,
            "fix": self.fix,
        }


def printable(text: str, characters: int = _SHOWN_CHARACTERS) -> str:
    """Return ``text`` on one line, cut to ``characters``, with unprintable characters escaped."""
    cut = text[:characters]
    shown = cut if cut.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in cut)
    return shown if len(text) <= characters else f"{shown}…"


def masked(text: str) -> str:
    """Return ``text`` without the user and the password of a Redis URL in it, also of a misspelled one."""
    if "origins_store" in text:
        text = _STORE_IN_JSON.sub(r"\1***", text)
    return _USER_AND_PASSWORD.sub(r"\1:***@", text) if "@" in text else text


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def decapitalised(sentence: str) -> str:
    """Return a sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def counted(number: int, noun: str) -> str:
    """Return ``1 problem``, ``2 problems``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

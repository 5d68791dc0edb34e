"""What is wrong with a configuration, and the report that says so."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, repeat
from typing import IO, Literal, Self

import click

Severity = Literal["refuse", "advise"]

REPORT_BYTES = 4096
"""The most that Kubernetes keeps of a termination message."""

_SHOWN_CHARACTERS = 100
_COLUMNS = 92
_BRIEF_CHARACTERS = 200
_MORE_BYTES = 80


class Source(str):
    """Where a value came from, as a person reads it: ``environment``, ``.env line 3``, ``code``.

    ``path`` and ``line`` (from 1) name the place in a file, for tools that annotate files.
    """

    __slots__ = ("line", "path")

    path: str | None
    line: int | None

    def __new__(cls, text: str, path: str | None = None, line: int | None = None) -> Self:
        """A source that reads as ``text``; ``path`` and ``line`` where it is a place in a file."""
        source = super().__new__(cls, text)
        source.path = path
        source.line = line
        return source

    @classmethod
    def in_file(cls, path: str, line: int) -> Self:
        """The given line of a file with many variables."""
        return cls(f"{path} line {line}", path, line)

    @classmethod
    def whole_file(cls, path: str) -> Self:
        """A file that holds one value, or cannot be read at all."""
        return cls(path, path, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, for a person and for a program.

    ``rule`` names an entry of the catalogue of rules. ``value`` is what was written; it is None where it must
    not be shown or there is none. ``fix`` begins with the line to paste.
    """

    rule: str
    severity: Severity
    variable: str
    value: str | None
    source: str
    message: str
    fix: str

    def as_dict(self) -> dict[str, str | None]:
        """The fields by name, for JSON."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "variable": self.variable,
            "value": self.value,
            "source": str(self.source),
            "message": self.message,
            "fix": self.fix,
        }


class BootRefused(click.ClickException):
    """The configuration breaks rules; the application must not start.

    ``problems`` holds all of them; ``str()`` is the report. A ``click.ClickException``, so that Flask's command
    line prints the report alone and ends with 78 (``EX_CONFIG``). ``production`` says whose rules held; None where
    that is not known yet, as for a decorator. ``configuration`` is the ``Configuration`` that is refused, for tools
    that show its values; None where none could be read.
    """

    exit_code = 78

    def __init__(
        self, problems: Iterable[Problem], *, production: bool | None = None, configuration: object = None
    ) -> None:
        self.problems = tuple(problems)
        self.production = production
        self.configuration = configuration
        super().__init__(report(self.problems, production=production))

    def __reduce__(self) -> tuple[object, ...]:
        return _refuse, (self.problems, self.production)

    def show(self, file: IO[str] | None = None) -> None:
        """Print the report, without click's own ``Error:`` in front."""
        click.echo(self.message, file=file, err=file is None)


def _refuse(problems: tuple[Problem, ...], production: bool | None) -> BootRefused:
    return BootRefused(problems, production=production)


def printable(text: str, characters: int = _SHOWN_CHARACTERS) -> str:
    """``text`` on one line, cut to ``characters``, with everything that a terminal would not print escaped."""
    cut = text[:characters]
    shown = cut if cut.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in cut)
    return shown if len(text) <= characters else f"{shown}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def report(
    problems: Iterable[Problem],
    *,
    production: bool | None = None,
    limit: int | None = REPORT_BYTES,
    outcome: str = "refused to boot",
) -> str:
    """All problems in at most ``limit`` bytes of UTF-8, or all of them; the last line, which no new line ends, says how
    many did not fit.

    Problems of one value stand together, with the value once, and so does a line that mends several of them.
    ``outcome`` is what envcors did about them.
    """
    problems = tuple(problems)
    where = {True: " in a production policy", False: " in a development policy", None: ""}[production]
    head = f"envcors {outcome}: {counted(len(problems), 'problem')}{where}\n"
    if limit is None:
        width = _width(problems)
        return (head + "".join(f"\n{_entry(group, width)}" for group in _groups(problems))).rstrip("\n")
    return (head + "".join(_fitting(problems, limit - len(head.encode())))).rstrip("\n")


def counted(number: int, noun: str) -> str:
    """``1 problem``, ``2 problems``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _width(problems: Iterable[Problem]) -> int:
    return max((len(problem.rule) for problem in problems), default=0)


def _groups(problems: Iterable[Problem]) -> list[list[Problem]]:
    """The problems of each value, those that one line mends together; all in the order of their first."""
    groups: dict[tuple[str, str | None, str], dict[str, list[Problem]]] = {}
    for problem in problems:
        group = groups.setdefault((problem.variable, problem.value, problem.source), {})
        group.setdefault(_line(problem), []).append(problem)
    return [list(chain.from_iterable(group.values())) for group in groups.values()]


def _line(problem: Problem) -> str:
    """The line to paste."""
    return problem.fix.partition("\n")[0]


def _fitting(problems: tuple[Problem, ...], room: int) -> list[str]:
    width = _width(problems)
    left = len(problems)
    shown: list[str] = []
    for group in _groups(problems):
        entry, number = _largest(group, width, left, room)
        if not number and not shown:
            entry, number = f"\n{_entry([_brief(group[0])], width)}", 1
        if number:
            shown.append(entry)
            room -= _size(entry)
            left -= number
        if number < len(group):
            shown.append(f"\n  … and {counted(left, 'more problem')}: run `envcors check` to see all\n")
            break
    return shown


def _largest(group: Sequence[Problem], width: int, left: int, room: int) -> tuple[str, int]:
    """The entry of the most problems of a group that fit, and their number; ``left`` are not shown yet."""
    fitting = ("", 0)
    for number in range(1, len(group) + 1):
        entry = f"\n{_entry(group[:number], width)}"
        reserve = _MORE_BYTES if number < left else 0
        if _size(entry) > room:
            break
        if _size(entry) + reserve <= room:
            fitting = (entry, number)
    return fitting


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _brief(problem: Problem) -> Problem:
    """The problem cut to what fits in any report."""
    message, fix = (printable(text, _BRIEF_CHARACTERS) for text in (problem.message, problem.fix))
    return replace(problem, message=message, fix=fix)


def entry_of(problem: Problem, width: int = 0) -> str:
    """One problem as three lines or more: what and where, why, the line to paste."""
    return _entry([problem], width)


def _entry(group: Sequence[Problem], width: int) -> str:
    """The problems of one value: the value with the first of them, a line to paste after the last that it mends."""
    first = group[0]
    name = printable(first.variable)
    value = "" if first.value is None else f"={printable(first.value)}"
    heads = chain([f"{name}{value}    ({printable(first.source)})"], repeat(name))
    entry = ""
    for _, mended in groupby(group, _line):
        notes: dict[str, None] = {}
        for problem in mended:
            entry += f"  {problem.rule:<{width}}    {next(heads)}\n{_wrapped(problem.message)}\n"
            notes.update(dict.fromkeys(problem.fix.split("\n")))
        fix = "\n         ".join(printable(note, len(note)) for note in notes)  # a line to paste is never wrapped
        entry += f"    Fix: {fix}\n"
    return entry


def _wrapped(message: str) -> str:
    return textwrap.fill(
        printable(message, len(message)),
        _COLUMNS,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )

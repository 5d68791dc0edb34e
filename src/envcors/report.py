"""The report of problems that a person reads."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, groupby, repeat

from envcors.problems import Problem, counted, printable

REPORT_BYTES = 4096
"""The most that Kubernetes keeps of a termination message."""

_COLUMNS = 92
_BRIEF_CHARACTERS = 200
_MORE_BYTES = 80
_MORE = "\n  … and "


def report(
    problems: Iterable[Problem],
    *,
    production: bool | None = None,
    limit: int | None = REPORT_BYTES,
    outcome: str = "envcors refused to boot",
    hint: str = "",
    command: str = "",
) -> str:
    """Return the report of all problems.

    Problems of one value are grouped: the value is shown once, and so is a fix that several of them share.

    Args:
        problems: What to report.
        production: Which mode's rules were checked; None where the mode is not known.
        limit: The most bytes of UTF-8; a last line then counts the problems that are left out. None for no limit.
        outcome: How the first line begins.
        hint: A sentence before the problems, for a way out of all of them.
        command: The command that shows all problems of an application; a last line names it.
    """
    problems = tuple(problems)
    where = {True: " in a production policy", False: " in a development policy", None: ""}[production]
    head = f"{outcome}: {counted(len(problems), 'problem')}{where}\n"
    if hint:
        head += f"\n  {hint}\n"
    tail = f"\n  All problems of an application at once: {command}" if command else ""
    if limit is None:
        width = _width(problems)
        entries = ["".join(f"\n{_entry(group, width)}" for group in _groups(problems))]
    else:
        entries = _fitting(problems, limit - _size(head + tail), command or "envcors check")
    if entries[-1:] and entries[-1].startswith(_MORE):
        tail = ""  # that line names the command
    return f"{head}{''.join(entries)}{tail}".rstrip("\n")


def entry_of(problem: Problem, width: int = 0) -> str:
    """Return one problem as three lines or more: what and where, why, the fix."""
    return _entry([problem], width)


def _width(problems: Iterable[Problem]) -> int:
    return max((len(problem.rule) for problem in problems), default=0)


def _groups(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Group the problems by value, and within a value by fix; all in the order of their first."""
    groups: dict[tuple[str, str | None, str], dict[str, list[Problem]]] = {}
    for problem in problems:
        group = groups.setdefault((problem.variable, problem.value, problem.source), {})
        group.setdefault(_line(problem), []).append(problem)
    return [list(chain.from_iterable(group.values())) for group in groups.values()]


def _line(problem: Problem) -> str:
    """Return the line to paste."""
    return problem.fix.partition("\n")[0]


def _fitting(problems: tuple[Problem, ...], room: int, command: str) -> list[str]:
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
            shown.append(f"{_MORE}{counted(left, 'more problem')}: run `{command}` to see all\n")
            break
    return shown


def _largest(group: Sequence[Problem], width: int, left: int, room: int) -> tuple[str, int]:
    """Return the entry of the most problems of a group that fit, and their number; ``left`` are not shown yet."""
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
    """Cut the problem to what fits in any report."""
    message, fix = (printable(text, _BRIEF_CHARACTERS) for text in (problem.message, problem.fix))
    return replace(problem, message=message, fix=fix)


def _entry(group: Sequence[Problem], width: int) -> str:
    """Return the problems of one value: the value beside the first of them, each fix below the last that shares it."""
    first = group[0]
    name = printable(first.variable)
    value = "" if first.value is None else f"={printable(first.value)}"
    heads = chain([f"{name}{value}    ({printable(first.source)})"], repeat(name))
    entry = ""
    for _, fixed in groupby(group, _line):
        notes: dict[str, None] = {}
        for problem in fixed:
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

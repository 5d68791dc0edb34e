"""What commands print: text for people, JSON for programs, the report of a refusal for both."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from envcors.problems import Problem, counted
from envcors.report import entry_of, report

if TYPE_CHECKING:
    from envcors.cli.subject import Subject

_SEEN_AT_ONCE = 10
"""Problems whose report fits on most screens."""


def say(text: str = "", *, err: bool = False) -> None:
    """Print a line; colours only on a terminal, and none under NO_COLOR."""
    click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)


def good(text: str) -> str:
    """Text for what is as it should be."""
    return click.style(text, fg="green", bold=True)


def bad(text: str) -> str:
    """Text for what is not."""
    return click.style(text, fg="red", bold=True)


def document(value: object) -> None:
    """Print JSON."""
    click.echo(json.dumps(value, indent=2))


def say_report(subject: Subject, outcome: str = "invalid configuration") -> None:
    """Print the report of all problems where a refused application would print it; ``outcome`` as for ``report``.

    Where its head is long gone from the screen, a last line counts what there is.
    """
    text = report(subject.problems, production=subject.production, limit=None, outcome=outcome)
    head, _, entries = text.partition("\n")
    say(f"{bad(head)}\n{entries.rstrip()}", err=True)
    if len(subject.problems) > _SEEN_AT_ONCE:
        rules = Counter(problem.rule for problem in subject.problems).most_common()
        numbers = ", ".join(f"{number} {rule}" for rule, number in rules)
        say(f"\n{bad(counted(len(subject.problems), 'problem'))}: {numbers}", err=True)


def say_entries(heading: str, problems: Iterable[Problem], *, err: bool = False) -> None:
    """Print problems under a heading; nothing where there are none."""
    problems = tuple(problems)
    if not problems:
        return
    width = max(len(problem.rule) for problem in problems)
    say(f"\n{heading}\n", err=err)
    say("\n".join(entry_of(problem, width) for problem in problems).rstrip(), err=err)


def say_refused(subject: Subject, style: str) -> int:
    """Say that a configuration is refused, for commands that need its policies; the status to end with."""
    if style == "json":
        document({"ok": False, "problems": [problem.as_dict() for problem in subject.problems]})
    else:
        say_report(subject)
    return 1


def columns(rows: Iterable[tuple[str, ...]], indent: int = 2) -> str:
    """Rows of text as aligned columns."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(" " * indent + line.rstrip() for line in lines)

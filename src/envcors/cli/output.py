"""What commands print: text for people, JSON for programs, and the report of a refused configuration."""

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
    from envcors.cli.target import Target

_ON_ONE_SCREEN = 10
"""The number of problems whose report fits on most screens."""


def print_line(text: str = "", *, err: bool = False) -> None:
    """Print a line, in colours on a terminal unless NO_COLOR is set."""
    click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)


def good(text: str) -> str:
    """Return text in green."""
    return click.style(text, fg="green", bold=True)


def bad(text: str) -> str:
    """Return text in red."""
    return click.style(text, fg="red", bold=True)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2))


def print_report(target: Target, outcome: str = "invalid configuration") -> None:
    """Print the report of all problems to standard error; ``outcome`` is how its first line begins.

    After a long report, whose first line has left the screen, a last line counts the problems of each rule.
    """
    hint = target.configuration.hint(target.problems) if target.configuration else ""
    text = report(target.problems, production=target.production, limit=None, outcome=outcome, hint=hint)
    head, _, entries = text.partition("\n")
    print_line(f"{bad(head)}\n{entries.rstrip()}", err=True)
    if len(target.problems) > _ON_ONE_SCREEN:
        rules = Counter(problem.rule for problem in target.problems).most_common()
        numbers = ", ".join(f"{number} {rule}" for rule, number in rules)
        print_line(f"\n{bad(counted(len(target.problems), 'problem'))}: {numbers}", err=True)


def print_entries(heading: str, problems: Iterable[Problem], *, err: bool = False) -> None:
    """Print problems under a heading; print nothing if there are no problems."""
    problems = tuple(problems)
    if not problems:
        return
    width = max(len(problem.rule) for problem in problems)
    print_line(f"\n{heading}\n", err=err)
    print_line("\n".join(entry_of(problem, width) for problem in problems).rstrip(), err=err)


def refused(target: Target, style: str) -> int:
    """Print the problems of a target whose policies a command needs, and return the exit status."""
    if style == "json":
        print_json({"ok": False, "problems": [problem.as_dict() for problem in target.problems]})
    else:
        print_report(target)
    return 1


def columns(rows: Iterable[tuple[str, ...]], indent: int = 2) -> str:
    """Return rows of text as aligned columns."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(" " * indent + line.rstrip() for line in lines)

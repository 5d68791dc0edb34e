"""``envcors diff``: what a change of files opens and closes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from envcors.cli import output
from envcors.cli.comparison import EVERYWHERE, Comparison, Difference, compare
from envcors.cli.subject import Subject, checked
from envcors.problems import Problem, Source, printable
from envcors.protocol.table import PolicyTable
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import problem
from envcors.settings.inputs import Inputs

_MANIFESTS = (".yaml", ".yml", ".json")
_REVIEW: Mapping[str, str] = {"CI": "true"}
"""A review serves nobody, wherever it runs: what only holds in a serving container is not asked."""


def run(before: str, after: str, *, prefix: str, style: str) -> int:
    """Print the comparison; the status to end with: 0 not wider, 1 wider, 2 where one side has no policies."""
    sides = [(path, _read(path, prefix)) for path in (before, after)]
    refused = [(path, subject) for path, subject in sides if subject.problems]
    if refused:
        _say_refused(refused, style)
        return 2
    comparison = compare(*(_table(subject) for _, subject in sides))
    _compare_modes(comparison, *(subject.production for _, subject in sides))
    if style == "json":
        output.document({"wider": bool(comparison.opens), **asdict(comparison)})
    else:
        _print_text(comparison, printable(before), printable(after))
    return 1 if comparison.opens else 0


def _read(path: str, prefix: str) -> Subject:
    """Read a directory, a manifest or a file in ``.env`` syntax, each for itself."""
    if os.path.isdir(path):
        inputs = Inputs(environ=_REVIEW, env_files=(), command_line={"config_dir": path})
    elif path.lower().endswith(_MANIFESTS):
        inputs = Inputs(environ=_REVIEW, env_files=(), manifests=(path,))
    else:
        inputs = Inputs(environ=_REVIEW, env_files=(path,), optional=frozenset())
    subject = checked(inputs, prefix)
    return (
        subject if subject.problems or _holds_variable(subject) else replace(subject, problems=(_empty(path, prefix),))
    )


def _holds_variable(subject: Subject) -> bool:
    if subject.configuration is None:
        return False
    located = subject.configuration.settings.reading.located
    return any(value.syntax is not Syntax.COMMAND for value in located.values())


def _empty(path: str, prefix: str) -> Problem:
    """A wrong file that counted as an empty policy would make every change look like one that opens or closes."""
    return problem(
        "source-unreadable",
        path,
        None,
        Source.whole_file(path),
        message=f"{printable(path)} contains no variable that begins with {prefix}.",
        fix=f"name a .env file, a ConfigMap or a directory with {prefix} variables, or use --prefix",
    )


def _table(subject: Subject) -> PolicyTable:
    table = None if subject.configuration is None else subject.configuration.table
    return table if table is not None else PolicyTable(None)


def _compare_modes(comparison: Comparison, before: bool | None, after: bool | None) -> None:
    """A development policy keeps no rule of production, and tells strangers why it refuses them."""
    if before is not after:
        found = comparison.closes if after else comparison.opens
        found.insert(0, Difference(EVERYWHERE, "mode", "development"))


def _say_refused(refused: Iterable[tuple[str, Subject]], style: str) -> None:
    if style == "json":
        sides = {path: [problem.as_dict() for problem in subject.problems] for path, subject in refused}
        output.document({"wider": None, "refused": sides})
        return
    for number, (path, subject) in enumerate(refused):
        if number:
            output.say(err=True)
        output.say_report(subject, outcome=f"cannot compare: {printable(path)} is invalid")


def _print_text(comparison: Comparison, before: str, after: str) -> None:
    if before == after:
        output.say(f"no difference: {after} is compared with itself.")
    elif not (comparison.opens or comparison.closes):
        same = "" if comparison.changes else "no difference: "
        output.say(f"{same}{after} lets in what {before} lets in.")
    _print_side(f"{output.bad(f'{after} opens')}:", comparison.opens)
    _print_side(f"{output.good(f'{after} closes')}:", comparison.closes)
    _print_side(f"{after} changes:", comparison.changes)


def _print_side(heading: str, differences: list[Difference]) -> None:
    if not differences:
        return
    output.say(heading)
    if all(difference.path == EVERYWHERE for difference in differences):
        rows: list[tuple[str, ...]] = [(difference.what, difference.value) for difference in differences]
    else:
        rows = [(_path(difference), difference.what, difference.value) for difference in differences]
    output.say(output.columns(rows))


def _path(difference: Difference) -> str:
    if difference.path != EVERYWHERE:
        return printable(difference.path)
    return "everywhere" if difference.what == "mode" else "every other path"

"""``envcors diff``: shows what one configuration allows or blocks compared with another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

import click

from envcors.cli import output, snapshot
from envcors.cli.target import Target, from_inputs
from envcors.comparison import EVERY_PATH, Comparison, Difference, compare
from envcors.problems import Problem, Source, printable
from envcors.protocol.table import PolicyTable
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import problem
from envcors.settings.inputs import Inputs

_MANIFESTS = (".yaml", ".yml", ".json")
_REVIEW: Mapping[str, str] = {"CI": "true"}
"""A review serves no requests, wherever it runs, so rules about the serving container do not apply."""
_BEGINNING = 1000
"""Characters of a file that tell whether it is a snapshot."""
_WHOLE_CONFIGURATION = ("mode", "waiver")


def run(before: str, after: str, *, prefix: str, style: str) -> int:
    """Print the comparison and return the exit status: 0 not wider, 1 wider, 2 if one side has no policies."""
    snapshots = [_is_snapshot(path) for path in (before, after)]
    if any(snapshots):
        comparison = _of_snapshots(before, after)
        _print(comparison, before, after, style)
        return 1 if comparison.opens else 0
    sides = [(path, _read(path, prefix)) for path in (before, after)]
    refused = [(path, target) for path, target in sides if target.problems]
    if refused:
        _print_refused(refused, style)
        return 2
    first, second = (target for _, target in sides)
    comparison = compare(_table(first), _table(second))
    _compare_waivers(comparison, _waivers(first), _waivers(second))
    _compare_modes(comparison, first.production, second.production)
    _print(comparison, before, after, style)
    return 1 if comparison.opens else 0


def _is_snapshot(path: str) -> bool:
    """Return whether a file is a snapshot; a manifest in JSON is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return snapshot.is_snapshot(file.read(_BEGINNING))
    except (OSError, ValueError):
        return False


def _of_snapshots(before: str, after: str) -> Comparison:
    try:
        return snapshot.compare_snapshots(snapshot.read(before), snapshot.read(after))
    except snapshot.SnapshotError as error:
        raise click.UsageError(f"{error} A snapshot is compared with another snapshot.") from None


def _print(comparison: Comparison, before: str, after: str, style: str) -> None:
    if style == "json":
        sections = {name: list(map(asdict, getattr(comparison, name))) for name in ("opens", "closes", "changes")}
        output.print_json({"wider": bool(comparison.opens), **sections})
    else:
        _print_text(comparison, printable(before), printable(after))


def _read(path: str, prefix: str) -> Target:
    """Read a directory, a manifest or a file in ``.env`` syntax, and nothing else."""
    if os.path.isdir(path):
        inputs = Inputs(environ=_REVIEW, env_files=(), command_line={"config_dir": path})
    elif path.lower().endswith(_MANIFESTS):
        inputs = Inputs(environ=_REVIEW, env_files=(), manifests=(path,))
    else:
        inputs = Inputs(environ=_REVIEW, env_files=(path,), optional=frozenset())
    target = from_inputs(inputs, prefix)
    return target if target.problems or _has_variable(target) else replace(target, problems=(_empty(path, prefix),))


def _has_variable(target: Target) -> bool:
    if target.configuration is None:
        return False
    located = target.configuration.settings.reading.located
    return any(value.syntax is not Syntax.COMMAND for value in located.values())


def _empty(path: str, prefix: str) -> Problem:
    """Return the problem of a file without a variable: as an empty policy, every change would look like a wider one."""
    return problem(
        "source-unreadable",
        path,
        None,
        Source.whole_file(path),
        message=f"{printable(path)} contains no variable that begins with {prefix}.",
        fix=f"name a .env file, a ConfigMap or a directory with {prefix} variables, or use --prefix",
    )


def _table(target: Target) -> PolicyTable:
    table = None if target.configuration is None else target.configuration.table
    return table if table is not None else PolicyTable(None)


def _waivers(target: Target) -> tuple[str, ...]:
    return () if target.configuration is None else target.configuration.settings.waivers


def _compare_waivers(comparison: Comparison, before: Iterable[str], after: Iterable[str]) -> None:
    """Add each rule that only one side waives: whatever the rule refuses can be added to that side later."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    comparison.opens[:0] = [Difference(EVERY_PATH, "waiver", rule) for rule in new if rule not in old]
    comparison.closes[:0] = [Difference(EVERY_PATH, "waiver", rule) for rule in old if rule not in new]


def _compare_modes(comparison: Comparison, before: bool | None, after: bool | None) -> None:
    """Add the mode: a development policy follows no rule of production, and explains to anyone why it blocks them."""
    if before is not after:
        found = comparison.closes if after else comparison.opens
        found.insert(0, Difference(EVERY_PATH, "mode", "development"))


def _print_refused(refused: Iterable[tuple[str, Target]], style: str) -> None:
    if style == "json":
        sides = {path: [problem.as_dict() for problem in target.problems] for path, target in refused}
        output.print_json({"wider": None, "refused": sides})
        return
    for number, (path, target) in enumerate(refused):
        if number:
            output.print_line(err=True)
        output.print_report(target, outcome=f"cannot compare: {printable(path)} is invalid")


def _print_text(comparison: Comparison, before: str, after: str) -> None:
    if before == after:
        output.print_line(f"no difference: {after} is compared with itself.")
    elif not (comparison.opens or comparison.closes):
        same = "" if comparison.changes else "no difference: "
        output.print_line(f"{same}{after} allows what {before} allows.")
    _print_section(f"{output.bad(f'{after} newly allows')}:", comparison.opens, has_paths=comparison.has_paths)
    _print_section(f"{output.good(f'{after} newly blocks')}:", comparison.closes, has_paths=comparison.has_paths)
    _print_section(f"{after} changes:", comparison.changes, has_paths=comparison.has_paths)


def _print_section(heading: str, differences: list[Difference], *, has_paths: bool) -> None:
    if not differences:
        return
    output.print_line(heading)
    rows: list[tuple[str, ...]] = [(difference.what, difference.value) for difference in differences]
    if has_paths:
        rows = [(_path(difference), *row) for difference, row in zip(differences, rows, strict=True)]
    output.print_line(output.columns(rows))


def _path(difference: Difference) -> str:
    if difference.path != EVERY_PATH:
        return printable(difference.path)
    return "everywhere" if difference.what in _WHOLE_CONFIGURATION else "every other path"

"""``envcors check``: checks a configuration against all rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from envcors.cli import github, output, sarif
from envcors.cli.target import Target
from envcors.comparison import EVERY_PATH, Difference
from envcors.configuration import Configuration
from envcors.observe.termination_log import write_termination_log
from envcors.problems import Problem, counted, printable
from envcors.protocol.policy import ANY
from envcors.repair.names import nearest_rule
from envcors.report import entry_of
from envcors.rules.catalogue import RULES, problem

if TYPE_CHECKING:
    from envcors.cli.migration.plan import Plan


@dataclass(frozen=True, slots=True)
class Result:
    """The problems of a target.

    Attributes:
        problems: What is refused.
        advice: What is advised against.
        waived: What ``CORS_DANGEROUSLY_ALLOW`` waives.
        not_accepted: The advice that ``--strict`` refuses.
    """

    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...]
    waived: tuple[Problem, ...]
    not_accepted: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, target: Target, *, strict: bool, accept: Iterable[str] = ()) -> Result:
        """Return the result of a target. Raises click.BadParameter for the name of a rule that is no advice."""
        accepted = _accepted(accept)
        waived = target.configuration.waived if target.configuration else ()
        if not strict:
            return cls(target.problems, target.advice, waived)
        kept = tuple(found for found in target.advice if found.rule in accepted)
        refused = tuple(replace(found, severity="refuse") for found in target.advice if found.rule not in accepted)
        return cls(target.problems, kept, waived, refused)

    @property
    def refused(self) -> tuple[Problem, ...]:
        """All problems that must be fixed."""
        return (*self.problems, *self.not_accepted)


def _accepted(lists: Iterable[str]) -> set[str]:
    """Return the rules in lists with commas between their names."""
    advice = [rule.name for rule in RULES.values() if rule.holds == "advice"]
    names = [name.strip() for text in lists for name in text.split(",") if name.strip()]
    for name in names:
        if name not in advice:
            near = nearest_rule(name.lower().replace("_", "-"), advice)
            hint = f" Did you mean {near}?" if near else ""
            why = "is refused, not advised against" if name in RULES else "is not a rule"
            raise click.BadParameter(f"{printable(name)} {why}.{hint}", param_hint="--accept")
    return set(names)


def run(target: Target, *, strict: bool, accept: Iterable[str] = (), style: str, against: str | None = None) -> int:
    """Print the result in one of the formats, write a refusal to the termination log, and return the exit status."""
    if against is not None:
        target = _compared(target, against)
    result = Result.of(target, strict=strict, accept=accept)
    if target.configuration is not None and target.problems:
        refusal = target.configuration.refusal(target.problems)
        write_termination_log(target.configuration.settings, str(refusal))
    match style:
        case "json":
            _print_json(result, target.migration)
        case "github":
            for line in github.lines(result.refused, result.advice, result.waived):
                click.echo(line)
        case "sarif":
            output.print_json(sarif.log(result.refused, result.advice, result.waived, target.prefix))
        case _:
            _print_text(target, result)
    return 1 if result.refused else 0


def _compared(target: Target, against: str) -> Target:
    """Return the target with a problem for everything that it allows and the snapshot does not."""
    from envcors.cli import snapshot

    try:
        before = snapshot.read(against)
    except snapshot.SnapshotError as error:
        raise click.BadParameter(str(error), param_hint="--against") from None
    if target.enforcement is None or target.problems:
        return target  # it is refused anyway
    content = snapshot.content_of(target, target.enforcement, target.enforcement.routes())
    opened = snapshot.compare_snapshots(before, snapshot.of_content(content)).opens
    return replace(target, problems=tuple(_wider(difference, against) for difference in opened))


def _wider(difference: Difference, against: str) -> Problem:
    where = "" if difference.path == EVERY_PATH else f" at {printable(difference.path)}"
    what = f"{difference.what} {printable(difference.value)}{where}"
    return problem(
        "wider-than-snapshot",
        difference.path if where else difference.what,
        None,
        against,
        message=f"The application allows {what}; the snapshot does not.",
        fix=f"if this is meant: flask cors routes --format json > {printable(against)}",
    )


def _print_json(result: Result, migration: Plan | None) -> None:
    content: dict[str, object] = {
        "ok": not result.refused,
        "problems": [problem.as_dict() for problem in (*result.refused, *result.advice)],
    }
    if result.waived:
        content["waived"] = [problem.as_dict() for problem in result.waived]
    if migration is not None:
        content["migration"] = migration.as_dict()
    output.print_json(content)


def _print_text(target: Target, result: Result) -> None:
    refused = bool(result.refused)
    if result.problems:
        output.print_report(target)
        if target.migration is not None:
            from envcors.cli.migration.text import text_of_plan

            output.print_line(f"\n{text_of_plan(target.migration)}")
    elif target.configuration is not None:
        word = output.bad("refused by --strict") if refused else output.good("ok")
        output.print_line(f"{word}: {_summary(target, target.configuration)}", err=refused)
    output.print_entries("Refused by --strict:", result.not_accepted, err=refused)
    output.print_entries("Advice:", result.advice, err=refused)
    if result.waived:
        output.print_line(f"\nWaived by {target.prefix}DANGEROUSLY_ALLOW:\n", err=refused)
        width = max(len(problem.rule) for problem in result.waived)
        for problem in result.waived:
            output.print_line(entry_of(problem, width).partition("\n")[0], err=refused)


def _summary(target: Target, configuration: Configuration) -> str:
    """Return one line about a valid configuration: its mode, which origins it allows, its digest."""
    table = target.enforcement.policies if target.enforcement else configuration.table
    policies = [] if table is None else list(table.policies())
    origins = {origin for policy in policies for origin in policy.origins}
    allowed = "any origin" if ANY in origins else counted(len(origins), "origin pattern")
    if any(policy.origin_regexes or policy.admit for policy in policies):
        allowed += " and what code allows"
    allowed += "".join(
        f" and those of {store}" for store in dict.fromkeys(policy.store for policy in policies) if store
    )
    resources = len(configuration.settings.resources)
    where = f" in {counted(resources, 'resource')}" if resources else ""
    return f"{configuration.settings.env} policy, {allowed}{where}, digest {configuration.digest}"

"""``envcors check``: checks a configuration against all rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

import click

from envcors.cli import github, output, sarif
from envcors.cli.target import Target
from envcors.configuration import Configuration
from envcors.observe.termination_log import write_termination_log
from envcors.problems import Problem, counted
from envcors.protocol.policy import ANY
from envcors.report import entry_of


@dataclass(frozen=True, slots=True)
class Result:
    """The problems of a target.

    Attributes:
        problems: What is refused.
        advice: What is advised against.
        waived: What ``CORS_DANGEROUSLY_ALLOW`` waives.
        strict: Whether advice is refused too.
    """

    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...]
    waived: tuple[Problem, ...]
    strict: bool

    @classmethod
    def of(cls, target: Target, *, strict: bool) -> Result:
        """Return the result of a target."""
        configuration = target.configuration
        advice = configuration.advice if configuration else ()
        if strict:
            advice = tuple(replace(problem, severity="refuse") for problem in advice)
        return cls(target.problems, advice, configuration.waived if configuration else (), strict)

    @property
    def refused(self) -> tuple[Problem, ...]:
        """All problems that must be fixed."""
        return (*self.problems, *self.advice) if self.strict else self.problems

    @property
    def advised(self) -> tuple[Problem, ...]:
        """The problems that may stay."""
        return () if self.strict else self.advice


def run(target: Target, *, strict: bool, style: str) -> int:
    """Print the result in one of the formats, write a refusal to the termination log, and return the exit status."""
    if target.configuration is not None and target.problems:
        refusal = target.configuration.refusal(target.problems)
        write_termination_log(target.configuration.settings, str(refusal))
    result = Result.of(target, strict=strict)
    match style:
        case "json":
            _print_json(result)
        case "github":
            for line in github.lines(result.refused, result.advised, result.waived):
                click.echo(line)
        case "sarif":
            output.print_json(sarif.log(result.refused, result.advised, result.waived, target.prefix))
        case _:
            _print_text(target, result)
    return 1 if result.refused else 0


def _print_json(result: Result) -> None:
    content: dict[str, object] = {
        "ok": not result.refused,
        "problems": [problem.as_dict() for problem in (*result.refused, *result.advised)],
    }
    if result.waived:
        content["waived"] = [problem.as_dict() for problem in result.waived]
    output.print_json(content)


def _print_text(target: Target, result: Result) -> None:
    refused = bool(result.refused)
    if result.problems:
        output.print_report(target)
    elif target.configuration is not None:
        word = output.bad("refused by --strict") if refused else output.good("ok")
        output.print_line(f"{word}: {_summary(target, target.configuration)}", err=refused)
    output.print_entries("Refused by --strict:" if result.strict else "Advice:", result.advice, err=refused)
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
    resources = len(configuration.settings.resources)
    where = f" in {counted(resources, 'resource')}" if resources else ""
    return f"{configuration.settings.env} policy, {allowed}{where}, digest {configuration.digest}"

"""``envcors check``: the verdict of every rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import click

from envcors.cli import github, output, sarif
from envcors.cli.subject import Subject
from envcors.configuration import Configuration
from envcors.observe.termination_log import write_termination_log
from envcors.problems import Problem, counted
from envcors.protocol.policy import ANY
from envcors.refusal import BootRefused
from envcors.report import entry_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is refused, what is advised against, what is waived; ``strict`` refuses advice too."""

    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...]
    waived: tuple[Problem, ...]
    strict: bool

    @classmethod
    def of(cls, subject: Subject, *, strict: bool) -> Verdict:
        """The verdict on a subject."""
        configuration = subject.configuration
        advice = configuration.advice if configuration else ()
        if strict:
            advice = tuple(replace(problem, severity="refuse") for problem in advice)
        return cls(subject.problems, advice, configuration.waived if configuration else (), strict)

    @property
    def refused(self) -> tuple[Problem, ...]:
        """Everything that must change."""
        return (*self.problems, *self.advice) if self.strict else self.problems

    @property
    def advised(self) -> tuple[Problem, ...]:
        """What may stay as it is."""
        return () if self.strict else self.advice


def run(subject: Subject, *, strict: bool, style: str) -> int:
    """Print the verdict in one of the formats; the status to end with. A refusal also goes to a pod's log."""
    if subject.configuration is not None and subject.problems:
        refusal = BootRefused(subject.problems, production=subject.production)
        write_termination_log(subject.configuration.settings, str(refusal))
    verdict = Verdict.of(subject, strict=strict)
    match style:
        case "json":
            _print_json(verdict)
        case "github":
            for line in github.lines(verdict.refused, verdict.advised, verdict.waived):
                click.echo(line)
        case "sarif":
            output.document(sarif.log(verdict.refused, verdict.advised, verdict.waived))
        case _:
            _print_text(subject, verdict)
    return 1 if verdict.refused else 0


def _print_json(verdict: Verdict) -> None:
    content: dict[str, object] = {
        "ok": not verdict.refused,
        "problems": [problem.as_dict() for problem in (*verdict.refused, *verdict.advised)],
    }
    if verdict.waived:
        content["waived"] = [problem.as_dict() for problem in verdict.waived]
    output.document(content)


def _print_text(subject: Subject, verdict: Verdict) -> None:
    refused = bool(verdict.refused)
    if verdict.problems:
        output.say_report(subject)
    elif subject.configuration is not None:
        word = output.bad("refused by --strict") if refused else output.good("ok")
        output.say(f"{word}: {_summary(subject, subject.configuration)}", err=refused)
    output.say_entries("Refused by --strict:" if verdict.strict else "Advice:", verdict.advice, err=refused)
    if verdict.waived:
        output.say(f"\nWaived by {subject.prefix}DANGEROUSLY_ALLOW:\n", err=refused)
        width = max(len(problem.rule) for problem in verdict.waived)
        for problem in verdict.waived:
            output.say(entry_of(problem, width).partition("\n")[0], err=refused)


def _summary(subject: Subject, configuration: Configuration) -> str:
    """One line about what is not refused: its mode, whom it lets in, its digest."""
    table = subject.enforcement.policies if subject.enforcement else configuration.table
    policies = [] if table is None else list(table.policies())
    origins = {origin for policy in policies for origin in policy.origins}
    who = "any origin" if ANY in origins else counted(len(origins), "origin pattern")
    if any(policy.origin_regexes or policy.admit for policy in policies):
        who += " and what code lets in"
    resources = len(configuration.settings.resources)
    where = f" in {counted(resources, 'resource')}" if resources else ""
    return f"{configuration.settings.env} policy, {who}{where}, digest {configuration.digest}"

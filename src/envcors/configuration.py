"""Settings and rules put together: the policies of an application, or all the reasons why it must not start."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from envcors.problems import BootRefused, Problem, printable
from envcors.protocol.policy import Policy, PolicyError
from envcors.protocol.table import PolicyTable
from envcors.rules import deployment
from envcors.rules.admission import admission
from envcors.rules.judgement import Judgement, judge, judge_overridden
from envcors.rules.scope import Scope
from envcors.settings import container
from envcors.settings.model import CORSSettings
from envcors.settings.options import POLICY_OPTIONS
from envcors.settings.provenance import Given
from envcors.settings.resources import Resource
from envcors.settings.sources.code import CODE
from envcors.settings.typing import typed

_logger = logging.getLogger("envcors")


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that was read and judged.

    ``problems`` are the refusals of all variables; ``table`` holds the policies and is None where there are any.
    ``lifted`` are the problems that ``CORS_DANGEROUSLY_ALLOW`` accepts on purpose. ``scopes`` are those of the
    settings' resources, in their order. ``serving`` says that an earlier configuration is in force: then a refusal ends
    nothing, and no termination log is written.
    """

    settings: CORSSettings
    scope: Scope
    problems: tuple[Problem, ...]
    lifted: tuple[Problem, ...]
    advice: tuple[Problem, ...]
    table: PolicyTable | None
    scopes: tuple[Scope, ...] = ()
    serving: bool = False

    @property
    def production(self) -> bool:
        """Whether the rules of production hold."""
        return self.settings.env == "production"

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that stand for the policies: two configurations with the same digest let in
        the same. Empty where the configuration is refused."""
        if self.table is None:
            return ""
        table = self.table
        content = {
            "default": table.default.canonical() if table.governs_all and table.default else None,
            "paths": {path: policy.canonical() for path, policy in table.paths.items()},
            "regexes": [[regex.pattern, regex.flags, policy.canonical()] for regex, policy in table.regexes],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def policies(self) -> PolicyTable:
        """The policies. Raises BootRefused, and writes the report to the termination log, where there are problems."""
        if self.table is None:
            raise self.refusal()
        return self.table

    def refusal(self) -> BootRefused:
        """The refusal of this configuration, its report also written to the termination log in a pod."""
        return self._refusal(self.problems)

    def derive(self, base: Scope, steps: Iterable[tuple[str, Mapping[str, Given]]]) -> tuple[Scope, Policy]:
        """The scope of a blueprint or a view, and its policy.

        ``base`` is what it inherits from; each step names a scope and what that one sets, the outermost first. Raises
        BootRefused for what breaks a rule; logs what is lifted and what is advised against.
        """
        scope, problems = base, list[Problem]()
        for label, givens in steps:
            scope, faults = scope.child(label, givens)
            problems += faults
        judgement = judge(scope, production=self.production, waivers=self.settings.dangerously_allow)
        problems += judgement.refused
        if problems:
            raise self._refusal(problems)
        known = {*self.lifted, *self.advice}
        log(problem for problem in (*judgement.lifted, *judgement.advice) if problem not in known)
        return scope, policy_of(scope, self.settings)

    def refuse(self, message: str, fix: str) -> BootRefused:
        """The refusal of a use of envcors that cannot work."""
        return self._refusal([usage_problem(message, fix)])

    def _refusal(self, problems: Iterable[Problem]) -> BootRefused:
        refusal = BootRefused(problems, production=self.production, configuration=self)
        if not self.serving:
            write_termination_log(self.settings, str(refusal))
        return refusal


def usage_problem(message: str, fix: str) -> Problem:
    """A use of envcors in code that cannot work."""
    return Problem("usage", "refuse", "envcors", None, CODE, message, fix)


def configure(settings: CORSSettings, *, debug: bool = False, serving: bool = False) -> Configuration:
    """Judge settings by every rule. Raises nothing: what is wrong is in ``problems``.

    ``serving`` says that an application serves an earlier configuration.
    """
    judgement = Judgement(
        refused=[
            *settings.problems,
            *deployment.waiver_problems(settings),
            *deployment.inspector_problems(settings),
        ],
        lifted=list(settings.lifted),
        advice=list(deployment.advice(settings, debug=debug)),
    )
    production = settings.env == "production"
    scope = Scope(settings.options(), _policy_givens(settings.givens), settings.prefix)
    judgement.add(judge(scope, production=production, waivers=settings.dangerously_allow))
    children: list[tuple[Resource, Scope]] = []
    for resource in settings.resources:
        child, problems = scope.child(resource.label, resource.options)
        judgement.add(Judgement(refused=problems))
        judgement.add(judge(child, production=production, waivers=settings.dangerously_allow))
        children.append((resource, child))
    judgement.add(judge_overridden(settings.overridden, settings.prefix))
    judgement = judgement.without_doubles()
    judgement.advice.extend(deployment.unused_waivers(settings, judgement.lifted + judgement.refused))
    governing = [child for _, child in children] or [scope]
    if not judgement.refused and not any(child.options.origins for child in governing):
        judgement.advice.append(deployment.no_origins(settings))
    table = None
    if not judgement.refused:
        table = _table(settings, scope, children, judgement)
    return Configuration(
        settings,
        scope,
        tuple(judgement.refused),
        tuple(judgement.lifted),
        tuple(judgement.advice),
        table,
        tuple(child for _, child in children),
        serving,
    )


def policy_of(scope: Scope, settings: CORSSettings) -> Policy:
    """The compiled policy of a scope that broke no rule."""
    options = scope.options
    return Policy(
        origins=[item for item in options.origins if isinstance(item, str)],
        deny_origins=options.deny_origins,
        methods=options.methods,
        allow_headers=options.allow_headers,
        expose_headers=options.expose_headers,
        supports_credentials=options.supports_credentials,
        max_age=options.max_age,
        development=settings.env == "development",
        origin_regexes=[item for item in options.origins if isinstance(item, re.Pattern)],
        admit=admission(scope, production=settings.env == "production", waivers=settings.dangerously_allow),
    )


def log(problems: Iterable[Problem]) -> None:
    """One warning for each lifted problem and each piece of advice, which the record has as ``envcors``."""
    for problem in problems:
        lifted = "lifted on purpose: " if problem.severity == "refuse" else ""
        shown = printable(problem.variable)
        if problem.value is not None:
            shown += f"={printable(problem.value)}"
        text = "%s: %s%s (%s): %s"
        about = {"envcors": problem}
        _logger.warning(text, problem.rule, lifted, shown, problem.source, problem.message, extra=about)


def write_termination_log(settings: CORSSettings, text: str) -> None:
    """Write a refusal where Kubernetes picks it up: into the file that was named, or the usual one in a pod."""
    named = settings.givens.get("termination_log")
    if named is not None and typed(named)[1] is not None:
        named = None  # refused itself; the usual place is none that anybody named
    if not named and not container.in_cluster(settings.environ):
        return
    try:
        with open(
            settings.termination_log, "w" if named else "r+", encoding="utf-8", errors="backslashreplace"
        ) as file:
            if not named:  # "w" has emptied a named file already, and a device cannot be truncated
                file.truncate()
            file.write(text)
    except OSError as error:
        if named:
            _logger.warning("the refusal could not be written to %s: %s", printable(named.shown), error.strerror)


def _policy_givens(givens: Mapping[str, Given]) -> dict[str, Given]:
    return {option: given for option, given in givens.items() if option in POLICY_OPTIONS}


def _table(
    settings: CORSSettings, scope: Scope, children: list[tuple[Resource, Scope]], judgement: Judgement
) -> PolicyTable | None:
    try:
        default = policy_of(scope, settings)
        paths: dict[str, Policy] = {}
        regexes: list[tuple[re.Pattern[str], Policy]] = []
        for resource, child in children:
            policy = policy_of(child, settings)
            for path in resource.paths:
                if isinstance(path, re.Pattern):
                    regexes.append((path, policy))
                else:
                    paths[path] = policy
        return PolicyTable(default, paths, regexes)
    except PolicyError as error:  # a rule that is missing here must not open anything
        judgement.refused.append(
            Problem(
                "usage",
                "refuse",
                settings.variable(error.option),
                None,
                "the whole policy",
                str(error),
                "see docs/rules.md",
            )
        )
        return None

"""All rules over one scope: what is refused, what was lifted on purpose, what is advised against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from envcors.problems import Problem
from envcors.rules.catalogue import RULES
from envcors.rules.finding import problems_of
from envcors.rules.lists import judge_allow_headers, judge_expose_headers, judge_max_age, judge_methods
from envcors.rules.origins import judge_advice, judge_origins
from envcors.rules.scope import Scope

_NEVER_WITH_CREDENTIALS = frozenset({"origin-any", "origin-public-suffix"})


@dataclass(slots=True)
class Judgement:
    """The verdict over one scope or several, without doubles."""

    refused: list[Problem] = field(default_factory=list)
    lifted: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)

    def add(self, other: Judgement) -> None:
        """Take over another verdict; what two scopes share is said once."""
        for mine, theirs in (
            (self.refused, other.refused),
            (self.lifted, other.lifted),
            (self.advice, other.advice),
        ):
            known = set(mine)
            mine.extend(problem for problem in theirs if problem not in known)


def judge(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Judgement:
    """Judge one scope. ``waivers`` are the names of rules that ``CORS_DANGEROUSLY_ALLOW`` lifts."""
    judgement = Judgement(advice=problems_of(scope, judge_advice(scope)))
    findings = [
        *judge_origins(scope, production=production),
        *judge_methods(scope, production=production),
        *judge_allow_headers(scope, production=production),
        *judge_expose_headers(scope),
        *judge_max_age(scope),
    ]
    lifted = lifted_rules(waivers, credentials=scope.options.supports_credentials)
    for problem in problems_of(scope, findings):
        (judgement.lifted if problem.rule in lifted else judgement.refused).append(problem)
    return judgement


def lifted_rules(waivers: Iterable[str], *, credentials: bool) -> set[str]:
    """The rules that are lifted in a policy with or without credentials."""
    lifted = {name for name in waivers if name in RULES and RULES[name].liftable}
    return lifted - _NEVER_WITH_CREDENTIALS if credentials else lifted

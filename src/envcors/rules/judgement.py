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
from envcors.settings.options import PolicyOptions
from envcors.settings.provenance import Given

_NEVER_WITH_CREDENTIALS = frozenset({"origin-any", "origin-public-suffix"})


@dataclass(slots=True)
class Judgement:
    """The verdict over one scope or several."""

    refused: list[Problem] = field(default_factory=list)
    lifted: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)

    def add(self, other: Judgement) -> None:
        """Take over another verdict."""
        for mine, theirs in (
            (self.refused, other.refused),
            (self.lifted, other.lifted),
            (self.advice, other.advice),
        ):
            mine.extend(theirs)

    def without_doubles(self) -> Judgement:
        """The same, where what several scopes share is said once."""
        return Judgement(*(list(dict.fromkeys(found)) for found in (self.refused, self.lifted, self.advice)))


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
    # Apart, so that the line to paste keeps what is lifted.
    judgement.lifted = problems_of(scope, [finding for finding in findings if finding.rule in lifted])
    judgement.refused = problems_of(scope, [finding for finding in findings if finding.rule not in lifted])
    return judgement


def judge_overridden(overridden: Iterable[tuple[str, Given]], prefix: str) -> Judgement:
    """Judge what is not in force for its form: each value by itself, for it is combined with no other."""
    judgement = Judgement()
    for label, given in overridden:
        scope, _ = Scope(PolicyOptions(), {}, prefix).child(label, {given.option: given})
        judgement.refused += judge(scope, production=False, waivers=()).refused
    return judgement


def lifted_rules(waivers: Iterable[str], *, credentials: bool) -> set[str]:
    """The rules that are lifted in a policy with or without credentials."""
    lifted = {name for name in waivers if name in RULES and RULES[name].liftable}
    return lifted - _NEVER_WITH_CREDENTIALS if credentials else lifted

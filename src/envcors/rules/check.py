"""Checks one scope against all rules: what is refused, waived, or only advice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from envcors.problems import Problem
from envcors.rules.catalogue import RULES
from envcors.rules.item_problem import ItemProblem, problems_of
from envcors.rules.lists import (
    advise_about_headers,
    check_allow_headers,
    check_expose_headers,
    check_max_age,
    check_methods,
)
from envcors.rules.origins import advise_about_origins, check_origins
from envcors.rules.scope import Scope

_NEVER_WITH_CREDENTIALS = frozenset({"origin-any", "origin-public-suffix"})


@dataclass(slots=True)
class Checked:
    """The problems of one scope or several, by their effect on a boot."""

    refused: list[Problem] = field(default_factory=list)
    waived: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)

    def add(self, other: Checked) -> None:
        """Add the problems of another scope; a problem of several scopes is kept once."""
        self.refused = list(dict.fromkeys((*self.refused, *other.refused)))
        self.waived = list(dict.fromkeys((*self.waived, *other.waived)))
        self.advice = list(dict.fromkeys((*self.advice, *other.advice)))


def check(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Checked:
    """Check one scope against all rules. ``waivers`` are the names of rules in ``CORS_DANGEROUSLY_ALLOW``."""
    waivers = tuple(waivers)
    items = list(_items(scope, production=production))
    waived = waived_rules(waivers, credentials=scope.options.supports_credentials)

    def violations(candidate: Scope) -> list[ItemProblem]:
        return refused_items(candidate, production=production, waivers=waivers)

    # Separately, so that the line to paste keeps what is waived.
    return Checked(
        refused=problems_of(scope, [item for item in items if item.rule not in waived], violations),
        waived=problems_of(scope, [item for item in items if item.rule in waived], violations),
        advice=problems_of(scope, [*advise_about_origins(scope), *advise_about_headers(scope)], violations),
    )


def refused_items(scope: Scope, *, production: bool, waivers: Iterable[str]) -> list[ItemProblem]:
    """Return the items of a scope that violate a rule which is not waived."""
    waived = waived_rules(waivers, credentials=scope.options.supports_credentials)
    return [item for item in _items(scope, production=production) if item.rule not in waived]


def _items(scope: Scope, *, production: bool) -> Iterator[ItemProblem]:
    yield from check_origins(scope, production=production)
    yield from check_methods(scope, production=production)
    yield from check_allow_headers(scope, production=production)
    yield from check_expose_headers(scope)
    yield from check_max_age(scope)


def waived_rules(waivers: Iterable[str], *, credentials: bool) -> set[str]:
    """Return the rules that are waived in a policy with or without credentials."""
    waived = {name for name in waivers if name in RULES and RULES[name].waivable}
    return waived - _NEVER_WITH_CREDENTIALS if credentials else waived

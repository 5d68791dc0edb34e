"""Origins that a store allows at run time: each is checked against the same rules as those of the configuration."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass

from envcors.problems import Problem, printable
from envcors.protocol.members import Members
from envcors.protocol.origins import OriginPattern
from envcors.repair import Kind, repair
from envcors.rules.catalogue import problem
from envcors.rules.check import waived_rules
from envcors.rules.origins import rules_of_pattern, spelling_problem
from envcors.rules.scope import Scope
from envcors.settings.store_url import StoreURL

LONGEST = 300
"""Characters. No browser sends a longer origin: a host has 253 at most."""


@dataclass(frozen=True, slots=True)
class MemberRules:
    """The rules for the members of a store in one kind of policy.

    Attributes:
        production: Whether the rules of production apply.
        waived: The rules that are waived in this policy.
    """

    production: bool
    waived: frozenset[str]

    def violated(self, text: str) -> tuple[str, str] | None:
        """Return the first rule that a member violates and one sentence about it; None for a valid member."""
        if text == "*":
            return "origin-any", "A store allows single origins, never every one."
        if text.lower() == "null":
            return "origin-null", ""
        sentence = spelling_problem(text) if len(text) <= LONGEST else "It is longer than any origin."
        if sentence is not None:
            return "origin-malformed", sentence
        if self.production:
            for rule in rules_of_pattern(OriginPattern.parse(text)):
                if rule not in self.waived:
                    return rule, ""
        return None

    def problem(self, text: str, source: str) -> Problem | None:
        """Return the problem of a member that violates a rule; None for a valid member."""
        found = self.violated(text)
        if found is None:
            return None
        rule, sentence = found
        repaired = repair(text, Kind.ORIGINS).value if rule == "origin-malformed" else None
        instead = repaired[0] if isinstance(repaired, tuple) and len(repaired) == 1 else ""
        if not instead or self.violated(instead) is not None:
            instead = "an origin such as https://app.example.com"
        return problem(rule, "origin", printable(text), source, message=sentence, fix=instead)


class StoredMembers(Members):
    """The members of one store that violate no rule of one kind of policy.

    Attributes:
        url: The store.
        rules: The rules of these policies.
    """

    __slots__ = ("rules", "url")

    def __init__(self, url: StoreURL, rules: MemberRules) -> None:
        super().__init__()
        self.url = url
        self.rules = rules


_known: weakref.WeakValueDictionary[tuple[StoreURL, MemberRules], StoredMembers] = weakref.WeakValueDictionary()


def members_of(scope: Scope, *, production: bool, waivers: Iterable[str]) -> StoredMembers | None:
    """Return the members of a store that a scope allows; None without a store.

    Policies of the same kind share them in all configurations of the process, so that a reload starts with what is
    known.
    """
    url = scope.options.origins_store
    if url is None:
        return None
    waived = waived_rules(waivers, credentials=scope.options.supports_credentials)
    key = url, MemberRules(production, frozenset(waived))
    found = _known.get(key)
    if found is None:
        found = _known[key] = StoredMembers(*key)
    return found

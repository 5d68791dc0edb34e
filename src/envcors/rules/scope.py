"""A scope, which is checked as a whole: the options of the application, a resource, a blueprint or a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from envcors.problems import Problem, Source
from envcors.repair.syntax import Syntax
from envcors.settings.located import Located
from envcors.settings.options import POLICY_OPTIONS, PolicyOptions
from envcors.settings.validation import parse


@dataclass(frozen=True, slots=True)
class Scope:
    """Options, each with where it was set.

    Attributes:
        options: The options, typed.
        values: The options that were set, as they were written.
        prefix: What the names of variables begin with.
        label: What messages call the scope; empty for the application.
        own: The options that the scope sets itself; it inherits the others.
    """

    options: PolicyOptions
    values: Mapping[str, Located]
    prefix: str
    label: str = ""
    own: frozenset[str] = field(default_factory=frozenset)

    def located(self, option: str) -> Located:
        """Return where an option was set; the default if it was not set."""
        found = self.values.get(option)
        if found is not None:
            return found
        value: object = getattr(self.options, option)
        return Located(self.prefix + option.upper(), option, value, Source("default"), Syntax.DEFAULT)

    def child(self, label: str, values: Mapping[str, Located]) -> tuple[Scope, list[Problem]]:
        """Return a scope that sets ``values`` and inherits the rest, and the problems of values that do not parse."""
        typed: dict[str, object] = {}
        problems: list[Problem] = []
        for option, located in values.items():
            value, problem = parse(located, POLICY_OPTIONS[option], label)
            if problem is None:
                typed[option] = value
            else:
                problems.append(problem)
        if "origins" in typed:
            typed.setdefault("origins_store", None)  # a store adds to the origins that a scope inherits
        options = self.options.model_copy(update=typed)
        return Scope(options, {**self.values, **values}, self.prefix, label, frozenset(values)), problems

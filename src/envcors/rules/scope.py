"""What is judged as one: the options of the application, a resource, a blueprint or a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from envcors.problems import Problem, Source
from envcors.settings.options import PolicyOptions
from envcors.settings.provenance import Given, Place
from envcors.settings.typing import typed_options


@dataclass(frozen=True, slots=True)
class Scope:
    """Options with their provenance.

    ``label`` is empty for the application, else how messages call the scope; ``own`` are the options that it sets
    itself, the others are inherited.
    """

    options: PolicyOptions
    givens: Mapping[str, Given]
    prefix: str
    label: str = ""
    own: frozenset[str] = field(default_factory=frozenset)

    def given(self, option: str) -> Given:
        """Where an option was written; the default where nobody wrote it."""
        found = self.givens.get(option)
        if found is not None:
            return found
        value: object = getattr(self.options, option)
        return Given(self.prefix + option.upper(), option, value, Source("default"), Place.DEFAULT)

    def child(self, label: str, givens: Mapping[str, Given]) -> tuple[Scope, list[Problem]]:
        """A scope that sets ``givens`` and inherits the rest, and the problems with the form of what it sets."""
        values, problems = typed_options(label, givens)
        options = self.options.model_copy(update=values)
        own = frozenset(givens)
        return Scope(options, {**self.givens, **givens}, self.prefix, label, own), problems

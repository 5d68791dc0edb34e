"""What one source gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from envcors.problems import Problem
from envcors.settings.provenance import Given


@dataclass(slots=True)
class Layer:
    """The values of one source, by name as they stand there, and what is wrong with the source itself.

    One name may be bound several times in a source: that is judged where layers are put together. ``mark`` stands for
    the moment at which a source was read that is followed later on; ``passed_over`` is the number of its files that are
    not meant for us.
    """

    bindings: dict[str, list[Given]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    mark: str = ""
    passed_over: int = 0

    def bind(self, given: Given) -> None:
        """Add one value."""
        self.bindings.setdefault(given.variable, []).append(given)

    def last(self, name: str) -> Given | None:
        """The value in force of ``name`` in this source."""
        given = self.bindings.get(name)
        return given[-1] if given else None

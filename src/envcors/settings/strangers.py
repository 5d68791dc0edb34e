"""Variables under our prefix that are none of ours: which are other programs', and the line that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from envcors.problems import printable
from envcors.settings import forms
from envcors.settings.names import Names
from envcors.settings.provenance import LONGEST_LINE, Given, Place
from envcors.settings.sources.layer import Layer

_PLAIN_NAME = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Strangers:
    """``ignored`` are the names in force of other programs' variables, ``untold`` says that they may not be shown.

    ``unknown`` are the names that nobody has ignored, those aside that probably are a misspelling of ours.
    """

    names: Names
    ignored: tuple[str, ...]
    unknown: tuple[str, ...]
    untold: bool

    def include(self, given: Given) -> bool:
        """Whether a variable that is none of ours was never meant for us. A keyword always was."""
        return _is_a_stranger(given, self.ignored, self.names)

    def fix(self, name: str) -> str:
        """What has ``name`` ignored together with all others; empty where no list can hold it."""
        if not is_plain(name):
            return ""
        variable = self.names.variable("ignore")
        kept = (printable(other) for other in self.ignored if not self.names.is_ours(other))
        line = f"{variable}={','.join(dict.fromkeys((*kept, *self.unknown, name)))}"
        return f"{name} added to {variable}" if self.untold or len(line) > LONGEST_LINE else line


def strangers(layers: Iterable[Layer], names: Names) -> Strangers:
    """The strangers of all sources, the highest first. A value of the list without form ignores nothing."""
    layers = tuple(layers)
    variable = names.variable("ignore")
    given = next((given for layer in layers if (given := layer.last(variable)) is not None), None)
    ignored = _listed(given)
    unknown = (
        name
        for layer in layers
        for name, (bound, *_) in layer.bindings.items()
        if bound.place is not Place.CODE and is_plain(name) and not names.is_ours(name)
        if not _is_a_stranger(bound, ignored, names) and names.meant(name) is None
    )
    return Strangers(names, ignored, tuple(dict.fromkeys(unknown)), untold=given is not None and given.secret)


def is_plain(name: str) -> bool:
    """Whether a message can show a name as it stands: it holds no more than names do."""
    return _PLAIN_NAME.fullmatch(name) is not None


def _listed(given: Given | None) -> tuple[str, ...]:
    try:
        return () if given is None else forms.name_list(given.value)
    except forms.FormError:
        return ()


def _is_a_stranger(given: Given, ignored: tuple[str, ...], names: Names) -> bool:
    if given.place is Place.CODE:
        return False
    return given.variable in ignored or names.is_service_link(given.variable)

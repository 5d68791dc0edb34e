"""An option: everything about one setting that is not its type, its default and its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from envcors.repair import unexpanded
from envcors.settings.kinds import ValueKind
from envcors.settings.located import Located
from envcors.settings.parsers import ParseError


@dataclass(frozen=True, slots=True)
class Option:
    """The metadata of a field: with the field's type, default and description, the one declaration of an option.

    Attributes:
        kind: How a value is parsed and described.
        permits: Examples of valid values.
        refuses: Examples of values that are refused, each with the rule.
        standard: The section of the standard that defines what the option controls; empty if none does.
        boot_only: Whether a change takes effect when the application starts, not at a reload.
        environment_only: Whether code may not set it.
    """

    kind: ValueKind
    permits: tuple[str, ...] = ()
    refuses: Mapping[str, str] | None = None
    standard: str = ""
    boot_only: bool = False
    environment_only: bool = False

    def parse(self, located: Located) -> object:
        """Parse a written value. Raises ParseError."""
        return self.kind.parse(expanded(located, self.kind))


def expanded(located: Located, kind: ValueKind) -> object:
    """Return a located value. Raises ParseError if its text has a reference that was not expanded."""
    if not located.in_code and isinstance(located.value, str):
        sentence = unexpanded(located.value, kind.expected)
        if sentence:
            raise ParseError(sentence)
    return located.value


def option_of(field: FieldInfo) -> Option | None:
    """Return the option that a field declares; None for a plain field of a subclass."""
    return next((entry for entry in field.metadata if isinstance(entry, Option)), None)

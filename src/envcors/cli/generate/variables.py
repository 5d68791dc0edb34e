"""The description of each variable, in the order in which people need them, derived from its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from envcors.repair.syntax import text_of
from envcors.settings.model import CORSSettings
from envcors.settings.option import Option
from envcors.settings.options import POLICY_OPTIONS


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable. ``default`` and ``example`` are texts of the variable; the default may be empty."""

    option: str
    name: str
    meaning: str
    declared: Option
    default: str
    example: str


def variables(prefix: str, settings: type[CORSSettings] = CORSSettings) -> Iterator[Variable]:
    """Yield every variable except those of single resources: the mode first, then the options of the policy."""
    declared = settings.declared()
    names = ["env", *(name for name in declared if name in POLICY_OPTIONS), "resources"]
    names += [name for name in declared if name not in names]
    for name in names:
        option = declared[name]
        if option is not None:
            yield _variable(name, prefix, settings.model_fields[name], option)


def _variable(name: str, prefix: str, field: FieldInfo, option: Option) -> Variable:
    default: object = field.default
    return Variable(
        name,
        prefix + name.upper(),
        field.description or "",
        option,
        "" if default is None else text_of(default),
        str((field.examples or [""])[0]),
    )

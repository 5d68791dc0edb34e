"""What there is to say about each variable, in the order in which people need them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from envcors.settings.forms import LISTS
from envcors.settings.model import CORSSettings
from envcors.settings.options import POLICY_OPTIONS
from envcors.settings.provenance import text_of

_KINDS = {
    "env": "`production` or `development`",
    "resources": "JSON object",
    "supports_credentials": "boolean",
    "inspector": "boolean",
    "max_age": "whole seconds",
    "reload_seconds": "seconds",
    "config_dir": "path",
    "termination_log": "path",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable. ``default`` and ``example`` are as the variable would hold them; the default may be empty."""

    option: str
    name: str
    meaning: str
    kind: str
    default: str
    example: str


def variables(prefix: str) -> Iterator[Variable]:
    """Every variable but those of single resources, whose names are free."""
    yield _field("env", prefix)
    for option in POLICY_OPTIONS:
        yield _field(option, prefix)
    yield Variable(
        "resources",
        f"{prefix}RESOURCES",
        "Paths with options of their own, which inherit what they leave out. Where it is given, these paths alone have "
        "a policy.",
        _KINDS["resources"],
        "",
        '{"/api/*": {}, "/admin/*": {"origins": ["https://admin.example.com"]}}',
    )
    for option in CORSSettings.model_fields:
        if option != "env" and option not in POLICY_OPTIONS:
            yield _field(option, prefix)


def _field(option: str, prefix: str) -> Variable:
    field = CORSSettings.model_fields[option]
    default: object = field.default
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return Variable(
        option,
        prefix + option.upper(),
        field.description or "",
        "list" if option in LISTS else _KINDS[option],
        "" if default is None else text_of(default),
        str((field.examples or [""])[0]),
    )

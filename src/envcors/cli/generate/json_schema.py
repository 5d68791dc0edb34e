"""A JSON Schema (2020-12) of the variables in an environment, in the ``data`` of a ConfigMap or in ``app.config``.

It accepts everything that the settings accept. It also accepts what only the rules check, such as the spelling of an
origin. It checks a JSON object and a misspelled name only as far as a pattern can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from envcors.cli.generate.variables import Variable, variables
from envcors.settings.model import CORSSettings
from envcors.settings.names import SERVICE_LINK
from envcors.settings.option import Option
from envcors.settings.options import RESOURCE_OPTIONS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_RESOURCE_NAMES = [name.upper() for name in RESOURCE_OPTIONS]


def text(prefix: str, settings: type[CORSSettings] = CORSSettings) -> str:
    """Return the schema as JSON."""
    return json.dumps(schema(prefix, settings), indent=2, ensure_ascii=False) + "\n"


def schema(prefix: str, settings: type[CORSSettings] = CORSSettings) -> dict[str, object]:
    """Return the schema. A name with the prefix must be known, unless ``<PREFIX>IGNORE`` is set, which names others."""
    known = {variable.name: _property(variable) for variable in variables(prefix, settings)}
    return {
        "$schema": _DIALECT,
        "title": f"Variables of envcors that begin with {prefix}",
        "type": "object",
        "properties": known,
        "patternProperties": {
            f"^{prefix}RESOURCES__[A-Za-z0-9_]+__{name.upper()}$": _value(option)
            for name, option in RESOURCE_OPTIONS.items()
        },
        "if": {"not": {"required": [f"{prefix}IGNORE"]}},
        "then": {
            "propertyNames": {
                "anyOf": [
                    {"not": {"pattern": f"^{prefix}|{_any_spelling(known, prefix)}"}},
                    {"enum": list(known)},
                    {"pattern": f"^{prefix}RESOURCES__[A-Za-z0-9_]+__({'|'.join(_RESOURCE_NAMES)})$"},
                    {"pattern": f"^{prefix}{SERVICE_LINK.pattern}$"},
                ]
            }
        },
    }


def _any_spelling(known: Iterable[str], prefix: str) -> str:
    """Return a pattern that matches the names in any case, with ``.`` and ``-`` for ``_``."""
    names = map(_spelled, known)
    options = "|".join(map(_spelled, _RESOURCE_NAMES))
    return f"^({'|'.join(names)}|{_spelled(f'{prefix}RESOURCES__')}[A-Za-z0-9_.-]+{_spelled('__')}({options}))$"


def _spelled(name: str) -> str:
    return "".join("[_.-]" if c == "_" else f"[{c}{c.lower()}]" if c.isalpha() else c for c in name)


def _property(variable: Variable) -> dict[str, object]:
    described: dict[str, object] = {"description": variable.meaning.replace("`", "")}
    if variable.default:
        described["default"] = variable.default
    return {**described, "examples": [variable.example], **_value(variable.declared)}


def _value(option: Option) -> dict[str, object]:
    """Return the schema of the variable's text, and of the values that code may set instead."""
    kind = option.kind
    texts: dict[str, object] = {"type": "string"}
    if kind.pattern:
        texts["pattern"] = rf"^\s*({kind.pattern})?\s*$"
    return texts if option.environment_only or not kind.types else {"anyOf": [texts, dict(kind.types)]}

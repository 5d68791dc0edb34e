"""A JSON Schema (2020-12) of the variables, as an environment, a ConfigMap's ``data`` or ``app.config`` holds them.

It accepts whatever the settings accept. What only the rules can judge, such as an origin's spelling, it accepts too; of
a JSON object and a misspelt name it sees no more than a pattern can.
"""

from __future__ import annotations

import json

from envcors.cli.generated.variables import Variable, variables
from envcors.settings.forms import LISTS
from envcors.settings.model import CORSSettings
from envcors.settings.options import POLICY_OPTIONS
from envcors.settings.sources.code import ENVIRONMENT_ONLY

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SERVICE_LINK = "([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_[A-Z0-9_]+)?)?)"
_BOOLEANS = ("true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0")
_MAX_AGE = "0*([0-9]{1,4}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)"

_STRING = r'"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_JSON_LIST = rf"\[[ \t\n\r]*({_STRING}[ \t\n\r]*(,[ \t\n\r]*{_STRING}[ \t\n\r]*)*)?\]"
_LIST = rf"^\s*({_JSON_LIST}\s*|[^\s\[{{][\s\S]*)?$"

_RESOURCE_OPTIONS = [option.upper() for option in (*POLICY_OPTIONS, "paths")]

_ARRAY = {"type": "array", "items": {"type": "string"}}
_TEXTS = {
    "env": "production|development",
    "max_age": f"[+-]?{_MAX_AGE}",
    "reload_seconds": r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}",
    "supports_credentials": "|".join("".join(f"[{c}{c.upper()}]" for c in word) for word in _BOOLEANS),
}
_TEXTS["inspector"] = _TEXTS["supports_credentials"]
_VALUES: dict[str, dict[str, object]] = {
    "max_age": {"type": "integer", "minimum": 0, "maximum": 86400},
    "reload_seconds": {"type": "number", "minimum": 0},
    "supports_credentials": {"type": "boolean"},
    "inspector": {"type": "boolean"},
    "resources": {"type": ["object", "array"]},
}


def text(prefix: str) -> str:
    """The schema as JSON."""
    return json.dumps(schema(prefix), indent=2, ensure_ascii=False) + "\n"


def schema(prefix: str) -> dict[str, object]:
    """The schema. A name with the prefix must be known, unless ``<PREFIX>IGNORE`` is there to name others."""
    known = {variable.name: _property(variable) for variable in variables(prefix)}
    return {
        "$schema": _DIALECT,
        "title": f"Variables of envcors that begin with {prefix}",
        "type": "object",
        "properties": known,
        "patternProperties": {
            f"^{prefix}RESOURCES__[A-Za-z0-9_]+__{option}$": _value(option.lower()) for option in _RESOURCE_OPTIONS
        },
        "if": {"not": {"required": [f"{prefix}IGNORE"]}},
        "then": {
            "propertyNames": {
                "anyOf": [
                    {"not": {"pattern": f"^{prefix}|{_any_spelling(prefix)}"}},
                    {"enum": list(known)},
                    {"pattern": f"^{prefix}RESOURCES__[A-Za-z0-9_]+__({'|'.join(_RESOURCE_OPTIONS)})$"},
                    {"pattern": f"^{prefix}{_SERVICE_LINK}$"},
                ]
            }
        },
    }


def _any_spelling(prefix: str) -> str:
    """A pattern for the names in whatever case, with ``.`` and ``-`` as good as ``_``."""
    names = [_spelled(variable.name) for variable in variables(prefix)]
    options = "|".join(map(_spelled, _RESOURCE_OPTIONS))
    return f"^({'|'.join(names)}|{_spelled(f'{prefix}RESOURCES__')}[A-Za-z0-9_.-]+{_spelled('__')}({options}))$"


def _spelled(name: str) -> str:
    return "".join("[_.-]" if c == "_" else f"[{c}{c.lower()}]" if c.isalpha() else c for c in name)


def _property(variable: Variable) -> dict[str, object]:
    described: dict[str, object] = {"description": variable.meaning.replace("`", "")}
    if variable.option in CORSSettings.model_fields and variable.default:
        described["default"] = variable.default
    return {**described, "examples": [variable.example], **_value(variable.option)}


def _value(option: str) -> dict[str, object]:
    """Text as a variable holds it; beside it what code may give, where code may give anything."""
    texts: dict[str, object] = {"type": "string", **_text_pattern(option)}
    if option in ENVIRONMENT_ONLY:
        return texts
    values = _ARRAY if option in LISTS or option == "paths" else _VALUES.get(option)
    return texts if values is None else {"anyOf": [texts, values]}


def _text_pattern(option: str) -> dict[str, str]:
    if option in LISTS or option == "paths":
        return {"pattern": _LIST}
    if option == "resources":
        return {"pattern": r"^\s*(\{[\s\S]*\})?\s*$"}
    pattern = _TEXTS.get(option)
    return {} if pattern is None else {"pattern": rf"^\s*({pattern})?\s*$"}

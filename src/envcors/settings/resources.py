"""Resources: paths with options of their own, in JSON, in variables or in code.

This module only reads them. The rules check their paths and options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from envcors.problems import printable
from envcors.repair import Kind
from envcors.repair.syntax import Syntax, json_of, python_of
from envcors.settings import json_text
from envcors.settings.kinds import ValueKind
from envcors.settings.located import Located
from envcors.settings.option import Option, expanded
from envcors.settings.options import PATHS, POLICY_OPTIONS
from envcors.settings.parsers import ParseError, string_list

Path: TypeAlias = str | re.Pattern[str]
WHOLE = "*"
"""The key of resources that a source has as one value, next to those that it has as several variables."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Paths that share options.

    Attributes:
        label: What messages call it.
        located: Where its paths are written.
        paths: What was written as paths; anything in code.
        options: The options that it sets.
        unknown: The names of its options that do not exist, with their values.
        has_mapping: Whether a mapping was written where the options belong.
        error: Why the variable of its paths does not parse.
    """

    label: str
    located: Located
    paths: tuple[object, ...] = ()
    options: Mapping[str, Located] = field(default_factory=dict)
    unknown: Mapping[str, object] = field(default_factory=dict)
    has_mapping: bool = True
    error: ParseError | None = None

    @property
    def name(self) -> str:
        """The name in ``CORS_RESOURCES__NAME__PATHS``; empty if the resource has none."""
        return self.label.removeprefix("resource ") if self.located.option == "paths" else ""


def read_resources(value: object) -> tuple[Resource, ...]:
    """Read the resources of a located value, or of a mapping of one value and several variables.

    Raises:
        ParseError: The one value is neither JSON of an object nor, in code, a mapping or a list of paths.
    """
    if isinstance(value, tuple):
        return value  # the default, or read before
    if isinstance(value, Located):
        return tuple(_from_value(value))
    if not isinstance(value, Mapping):
        raise ParseError("Resources are a mapping of paths to options, a list of paths, or one path.")
    whole = value.get(WHOLE)
    named = [_from_variables(name, parts) for name, parts in value.items() if name != WHOLE]
    return (*(_from_value(whole) if whole is not None else ()), *named)


def located_options(
    values: Mapping[str, object] | Mapping[object, object], parent: Located, owner: str, path: Path = ""
) -> tuple[dict[str, Located], dict[str, object]]:
    """Locate options that are written as a mapping.

    Args:
        values: The mapping.
        parent: Where it is written.
        owner: What the options belong to, for messages: ``resource "/api/*"``.
        path: The key of the mapping there.

    Returns:
        The known options that are set, and all others by name.
    """
    known: dict[str, Located] = {}
    unknown: dict[str, object] = {}
    syntax = Syntax.MAPPING if parent.in_code else Syntax.JSON
    written = json_of if syntax is Syntax.JSON else python_of
    for name, value in values.items():
        if not isinstance(name, str) or name not in POLICY_OPTIONS:
            unknown[str(name)] = value
        elif value is not None and not is_unset(value, is_list=POLICY_OPTIONS[name].kind.is_list):
            raw = parent.raw if parent.secret else f'{{{written(path)}: {{"{name}": {written(value)}}}}}'
            known[name] = Located(parent.variable, name, value, parent.source, syntax, raw, parent.secret, owner=owner)
    return known, unknown


def is_unset(value: object, *, is_list: bool) -> bool:
    """Return whether this is an empty text, which means "not set" for all options except lists."""
    return not is_list and isinstance(value, str) and not value.strip()


def _from_value(whole: Located) -> Iterable[Resource]:
    for path, options in _decoded(whole):
        text: object = path.pattern if isinstance(path, re.Pattern) else path
        label = f'resource "{whole.shown_item(str(text))}"'
        if isinstance(options, Mapping):
            known, unknown = located_options(options, whole, label, path if isinstance(path, (str, re.Pattern)) else "")
            yield Resource(label, whole, (path,), known, unknown)
        else:
            yield Resource(label, whole, (path,), has_mapping=False)


def _decoded(whole: Located) -> Iterable[tuple[object, object]]:
    """Return each path with its options, in the written order."""
    value = expanded(whole, RESOURCES)
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, re.Pattern):
        return [(value, {})]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [(path, {}) for path in value]
    if not isinstance(value, str):
        raise ParseError("Resources are a mapping of paths to options, a list of paths, or one path.")
    if whole.in_code and not value.lstrip().startswith("{"):
        return [(path, {}) for path in string_list(value)]
    try:
        decoded = json_text.decoded(value, _no_doubles)
    except json_text.JSONTextError as error:
        reason = "a key is in it twice, or the text breaks JSON's syntax" if whole.secret else str(error)
        raise ParseError(f"This is not valid JSON: {reason}.") from None
    if isinstance(decoded, dict):
        return decoded.items()
    raise ParseError("This must be a JSON object of paths to options.")


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise json_text.JSONTextError(f'the key "{printable(key)}" is in it twice')
        result[key] = value
    return result


def _from_variables(name: str, parts: Mapping[str, Located]) -> Resource:
    label = f"resource {name}"
    options = {option: located for option, located in parts.items() if option != "paths"}
    located = parts.get("paths")
    if located is None:
        any_part = next(iter(options.values()))
        variable = any_part.variable.rpartition("__")[0] + "__PATHS"
        return Resource(label, any_part.sibling(variable, "paths"), (), options)
    try:
        paths = PATHS.parse(located)
    except ParseError as error:
        return Resource(label, located, (), options, error=error)
    return Resource(label, located, paths if isinstance(paths, tuple) else (), options)


@dataclass(frozen=True, slots=True)
class ResourcesOption(Option):
    """The option whose parser needs the location of the value, because each resource keeps it."""

    def parse(self, located: Located) -> object:
        """Read the resources of one value. Raises ParseError."""
        return read_resources(located)


_EXAMPLE = {"/api/*": {"origins": ["https://app.example.com"]}}
RESOURCES = ValueKind(
    "JSON object",
    read_resources,
    Kind.RESOURCES,
    example=json.dumps(_EXAMPLE),
    pattern=r"\{[\s\S]*\}",
    types={"type": ["object", "array"]},
)

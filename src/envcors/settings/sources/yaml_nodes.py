"""Nodes of YAML as kubectl reads them: which scalars are text, and the items of a mapping with what it merges.

kubectl resolves plain scalars differently from PyYAML: ``y``, ``1e3``, ``09`` and ``0o14`` are not text for it, dates
and ``1:30`` are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from envcors.settings.files import UnreadableError

if TYPE_CHECKING:
    from yaml import Node

TEXT = "text"
NULL = "null"
BOOLEAN = "a boolean"
NUMBER = "a number"
LIST = "a list"
MAPPING = "a mapping"

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), NULL),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO"), BOOLEAN),
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), BOOLEAN),
    **dict.fromkeys(("on", "On", "ON", "off", "Off", "OFF"), BOOLEAN),
    **dict.fromkeys((".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"), NUMBER),
    **dict.fromkeys(("+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"), NUMBER),
}
_NUMBER = re.compile(
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)"
)
_OF_TAGS = {"int": NUMBER, "float": NUMBER, "bool": BOOLEAN, "null": NULL}
_EXPLICIT_TAG = re.compile(r"(?:&\S+\s+)?!(?:!|<tag:yaml\.org,2002:)(?P<name>\w+)")
_MERGE = "tag:yaml.org,2002:merge"


def kind_of(node: Node) -> str:
    """Return what kubectl takes a value for: one of the constants of this module."""
    from yaml import MappingNode, ScalarNode

    if not isinstance(node, ScalarNode):
        return MAPPING if isinstance(node, MappingNode) else LIST
    explicit = _EXPLICIT_TAG.match(_written(node))
    if explicit is not None:
        return _OF_TAGS.get(explicit["name"], TEXT)
    text = str(node.value)
    if node.style is not None:
        return TEXT
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "") if text[:1] in "+-0123456789" else text
    return NUMBER if _NUMBER.fullmatch(digits) else TEXT


def items(node: Node | None) -> list[tuple[Node, Node]]:
    """Return the items of a mapping, after them those that it merges (``<<``) and does not override.

    Raises UnreadableError where what is merged is no mapping.
    """
    return list(_merged(node, set()))


def own_items(node: Node | None) -> list[tuple[Node, Node]]:
    """Return the items that are written in a mapping, ``<<`` too."""
    from yaml import MappingNode

    return list(node.value) if isinstance(node, MappingNode) else []


def elements(node: Node | None) -> list[Node]:
    """Return the elements of a sequence."""
    from yaml import SequenceNode

    return list(node.value) if isinstance(node, SequenceNode) else []


def get(node: Node | None, name: str) -> Node | None:
    """Return the value of a key; None where there is none."""
    return next((value for key, value in items(node) if key.value == name), None)


def text_at(node: Node | None, name: str) -> str:
    """Return the text of a key's value; empty where there is none."""
    found = get(node, name)
    return str(found.value) if found is not None else ""


def plain(node: Node) -> object:
    """Return a value in Python's types, as kubectl reads it; numbers that are not in JSON's syntax as text."""
    kind = kind_of(node)
    if kind == LIST:
        return [plain(element) for element in elements(node)]
    if kind == MAPPING:
        return {str(key.value): plain(value) for key, value in items(node)}
    text = str(node.value)
    if kind == NULL:
        return None
    if kind == BOOLEAN:
        return text[:1] in "yYtT" or text.lower() == "on"
    return int(text) if kind == NUMBER and re.fullmatch(r"-?[1-9][0-9]{0,17}|0", text) else text


def _merged(node: Node | None, seen: set[int]) -> Iterator[tuple[Node, Node]]:
    if node is None or id(node) in seen:  # an anchor may contain its own alias
        return
    seen = {*seen, id(node)}
    own = own_items(node)
    names = {key.value for key, _ in own if isinstance(key.value, str)}
    yield from ((key, value) for key, value in own if key.tag != _MERGE)
    for key, value in own:
        if key.tag != _MERGE:
            continue
        for source in [value] if kind_of(value) == MAPPING else elements(value) or [value]:
            if kind_of(source) != MAPPING:
                line = key.start_mark.line + 1
                raise UnreadableError(f"<< at line {line} merges what is no mapping.", "name the anchor of a mapping")
            for merged in _merged(source, seen):
                if merged[0].value not in names:
                    names.add(merged[0].value)
                    yield merged


def _written(node: Node) -> str:
    """Return the beginning of a node as it is in the file: PyYAML's tags do not show which were written."""
    mark = node.start_mark
    return "" if mark.buffer is None else str(mark.buffer[mark.pointer : mark.pointer + 200])

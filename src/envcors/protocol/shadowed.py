"""Expressions of a table that never match, because a plain path takes every path that they could match."""

import re
from collections.abc import Iterable, Iterator

from envcors.protocol.table import PathPattern

_METACHARACTERS = frozenset(".^$*+?{}[]|()")
_MAKE_OPTIONAL = frozenset("*?{")


def shadowed_expressions(
    paths: Iterable[str], expressions: Iterable[re.Pattern[str]]
) -> Iterator[tuple[re.Pattern[str], str]]:
    """Each expression that never matches, with the plain path pattern that takes precedence over it.

    Only what is certain is found: all that an expression matches begins with its first literal characters.

    Args:
        paths: The path patterns of a table, as they are written.
        expressions: Its regular expressions.
    """
    patterns = [(PathPattern.parse(text), text) for text in paths]
    for expression in expressions:
        literal, whole = _literal_start(expression)
        path = literal.encode("utf-8", "replace").decode("latin-1")
        for pattern, text in patterns:
            if (pattern.below and (path.startswith(f"{pattern.path}/") or (whole and path == pattern.path))) or (
                whole and path == pattern.path and not pattern.below
            ):
                yield expression, text
                break
        else:
            if any(text == "/*" for _, text in patterns):
                yield expression, "/*"


def _literal_start(expression: re.Pattern[str]) -> tuple[str, bool]:
    """The characters that every match begins with, and whether nothing follows them."""
    text = expression.pattern
    if "|" in text or expression.flags & (re.IGNORECASE | re.VERBOSE):
        return "", False
    literal: list[str] = []
    position = 1 if text.startswith("^") else 0
    while position < len(text):
        character = text[position]
        step = 1
        if character == "\\" and position + 1 < len(text) and not text[position + 1].isalnum():
            character, step = text[position + 1], 2
        elif character == "\\" or character in _METACHARACTERS:
            break
        if text[position + step : position + step + 1] in _MAKE_OPTIONAL and position + step < len(text):
            break
        literal.append(character)
        position += step
    return "".join(literal), text[position:] in {"", "$"}

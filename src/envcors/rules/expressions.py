"""Regular expressions in code: finds those that can take very long on a text that anyone can send.

An expression with one unbounded quantifier inside another, or with two in a row that match the same characters, tries
every way to divide the text between them. The time grows exponentially, or as a high power, with the text's length.
Quantifiers with large bounds take as long where one is inside another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, TypeAlias

# Python's own parser of expressions, which is private since 3.11 and has no public successor.
parser = import_module("re._parser")
op = import_module("re._constants")

# An operator and its argument, whose type depends on the operator: the parser declares none.
_Node: TypeAlias = tuple[Any, Any]

_BACKTRACKING = (op.MAX_REPEAT, op.MIN_REPEAT)
_UNBOUNDED = 64
"""Repeats. A quantifier that allows more, alone or with those around it, counts as unbounded."""
_MOST = 1_000_000
_SAMPLE = frozenset(chr(code) for code in (*range(0x20, 0x7F), 0x0A, 0xE9))
_CATEGORIES: Mapping[object, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda character: character.isalnum() or character == "_",
}


def is_slow(expression: re.Pattern[str]) -> bool:
    """Return whether an expression has nested or adjacent unbounded quantifiers."""
    return _is_slow(parser.parse(expression.pattern, expression.flags), repeated=False, times=1)


def _is_slow(nodes: Iterable[_Node], *, repeated: bool, times: int) -> bool:
    """Check a sequence of nodes.

    ``repeated`` means that an unbounded quantifier is around them, and ``times`` is how often all quantifiers around
    them repeat them.
    """
    adjacent: list[frozenset[str]] = []  # the characters of unbounded quantifiers with nothing required after them
    for operator, argument in _without_groups(nodes):
        if repeated and operator is op.BRANCH:
            return True
        if operator in _BACKTRACKING:
            low, high, body = argument
            unbounded = high > _UNBOUNDED
            inside = min(times * max(high, 1), _MOST)
            if (repeated and low != high) or _is_slow(body, repeated=repeated or unbounded, times=inside):
                return True
            if high > 1 and _overlaps_itself(body, inside):
                return True
            quantifiers = [body] if unbounded else list(_unbounded(body))
            for quantifier in quantifiers:
                characters = characters_of(quantifier)
                if any(characters & other for other in adjacent):
                    return True
                adjacent.append(characters)
        elif any(_is_slow(child, repeated=repeated, times=times) for child in _children(operator, argument)):
            return True
        if operator not in (*_BACKTRACKING, op.AT):
            adjacent = []
    return False


def _overlaps_itself(body: Iterable[_Node], times: int) -> bool:
    """Return whether a quantifier in a repeated part can go on with what it matches in the next repeat."""
    adjacent: list[frozenset[str]] = []
    for operator, argument in [*_without_groups(body)] * 2:
        if operator not in (*_BACKTRACKING, op.AT):
            adjacent = []
        elif operator in _BACKTRACKING and argument[1] > 1 and argument[0] != argument[1]:
            characters = characters_of(argument[2])
            if times * min(argument[1], _MOST) > _UNBOUNDED:
                if any(characters & other for other in adjacent):
                    return True
                adjacent.append(characters)
            elif argument[0] > 0:
                adjacent = []
        elif operator in _BACKTRACKING and argument[0] > 0:
            adjacent = []
    return False


def _children(operator: object, argument: Any) -> list[Iterable[_Node]]:  # Any: as for _Node
    if operator is op.BRANCH:
        return list(argument[1])
    if operator in (op.ASSERT, op.ASSERT_NOT):
        return [argument[1]]
    if operator is op.GROUPREF_EXISTS:
        return [child for child in argument[1:] if child]
    if operator in (op.POSSESSIVE_REPEAT, op.ATOMIC_GROUP):
        return [argument[2] if operator is op.POSSESSIVE_REPEAT else argument]
    return []


def _without_groups(nodes: Iterable[_Node]) -> Iterator[_Node]:
    """Yield the nodes, and those inside groups, in one sequence: a group separates nothing."""
    for operator, argument in nodes:
        if operator is op.SUBPATTERN:
            yield from _without_groups(argument[3])
        else:
            yield operator, argument


def _unbounded(nodes: Iterable[_Node]) -> Iterator[Iterable[_Node]]:
    """Yield what each unbounded quantifier in an optional part repeats."""
    for operator, argument in _without_groups(nodes):
        if operator in _BACKTRACKING and argument[1] > _UNBOUNDED:
            yield argument[2]


def characters_of(nodes: Iterable[_Node]) -> frozenset[str]:
    """Return the characters that a quantifier repeats, of a sample; all if it is not one character class."""
    nodes = list(_without_groups(nodes))
    if len(nodes) != 1:
        return _SAMPLE
    operator, argument = nodes[0]
    if operator is op.LITERAL:
        return frozenset({chr(argument)})
    if operator is op.NOT_LITERAL:
        return _SAMPLE - {chr(argument)}
    if operator is not op.IN:
        return _SAMPLE
    negated = argument[0][0] is op.NEGATE
    found = frozenset(character for character in _SAMPLE if any(_holds(item, character) for item in argument))
    return _SAMPLE - found if negated else found


def _holds(item: _Node, character: str) -> bool:
    operator, argument = item
    if operator is op.LITERAL:
        return bool(chr(argument) == character)
    if operator is op.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if operator is op.CATEGORY:
        positive = _CATEGORIES.get(argument)
        if positive is not None:
            return positive(character)
        opposite = {op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT, op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE}
        return not _CATEGORIES[opposite.get(argument, op.CATEGORY_WORD)](character)
    return False

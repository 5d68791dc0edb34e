"""Regular expressions: the origin patterns that an expression means, as Flask-CORS takes strings for expressions.

The patterns allow no origin that the expression does not match. An expression that no pattern can replace without
allowing more is left alone.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from importlib import import_module
from itertools import product
from string import ascii_lowercase, digits
from typing import Any, TypeAlias

# Python's own parser of expressions, which is private since 3.11 and has no public successor.
parser = import_module("re._parser")
op = import_module("re._constants")

# An operator and its argument, whose type depends on the operator: the parser declares none.
_Node: TypeAlias = tuple[Any, Any]

_MOST_VARIANTS = 16
_MOST_TRIED = 10_000
_MOST_PATHS = 4
_MOST_PORT_DIGITS = 5
_MOST_LETTERS = 2
"""In a class that is not of digits: ``[null]`` is a word in brackets."""

_SUBDOMAINS, _PORT = "\x01", "\x02"
"""A ``*.`` and a ``:*`` that a person wrote between the parts of an expression."""
_TEXT, _SOME_TEXT, _DIGITS, _LABELS = "\x03", "\x04", "\x05", "\x06"
"""What an expression repeats: any text, also empty; any text, not empty; digits; labels with a dot after each."""

_START, _END = "\x07", "\x08"
_MARKS = (_TEXT, _SOME_TEXT, _DIGITS, _LABELS, _START, _END)
"""No pattern contains one of these: an anchor in the middle matches nothing."""
_ANCHORS = {
    op.AT_BEGINNING: _START,
    op.AT_BEGINNING_STRING: _START,
    op.AT_END: _END,
    op.AT_END_STRING: _END,
}

UNREADABLE = "A text is an origin, not a regular expression, and no pattern means the same."
ONE_LABEL = "This expression means exactly one label; a pattern such as https://*.example.com would allow any depth."
SOME_PORTS = "This expression means some ports; a pattern such as http://localhost:* would allow all. List the ports."

_HOST = frozenset(ascii_lowercase + digits + "-.")
_OWN_MACHINE = re.compile(r"\w+://(?:localhost|127\.[\d.]+|\[::1\])\Z", re.IGNORECASE)


class UnreadableError(ValueError):
    """No pattern means the same as an expression; ``str()`` is a sentence that explains why."""


def texts_of(expression: str, flags: int = 0) -> list[str]:
    """Return texts that an expression matches, with ``*.`` for subdomains and ``:*`` for ports.

    Args:
        expression: The expression, also with ``*.`` or ``:*`` in it, or between slashes, as JavaScript writes it.
        flags: Those of the compiled expression.

    Raises:
        UnreadableError: No list of patterns means the same.
    """
    text = re.sub(r"\A/(.*)/\Z", r"\1", expression)
    text = re.sub(r"(?<=://)\*\\?\.", _SUBDOMAINS, text)
    text = re.sub(r":\*(?=/?[$|)]|/?\Z)", _PORT, text)
    texts: dict[str, None] = {}
    for variant in _variants(text, flags):
        texts.update(dict.fromkeys(_written(variant)))
    return list(texts)


def paths_of(expression: str, *, whole: bool = True) -> list[str]:
    """Return the path patterns that an expression means.

    Args:
        expression: The expression, also with ``/*`` at an end.
        whole: Whether it must match a whole path; Flask-CORS matches the beginning, unless ``$`` ends the expression.

    Raises:
        UnreadableError: No list of a few patterns means the same.
    """
    if "*/" in expression.replace(".*/", ""):
        raise UnreadableError(UNREADABLE)  # a `*` for one part of a path, which no pattern has
    found: dict[str, None] = {}
    for variant in _variants(re.sub(r"(?<=[\w/-])\*(?=[$|)]|\Z)", _TEXT, expression), 0):
        text = variant.lstrip(_START)
        has_subpaths = not text.endswith(_END) and (not whole or text.endswith((_TEXT, _SOME_TEXT)))
        text = text.rstrip(_END)
        has_subpaths = has_subpaths or text.endswith((_TEXT, _SOME_TEXT))
        text = text.rstrip(_TEXT + _SOME_TEXT)
        found[f"{text.rstrip('/')}/*" if has_subpaths else text] = None
    if len(found) > _MOST_PATHS or any(mark in path for path in found for mark in _MARKS):
        raise UnreadableError(UNREADABLE)
    return list(found)


def _variants(text: str, flags: int) -> list[str]:
    """Return the variants of an expression, with marks in them. Raises UnreadableError."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of brackets that are no class
            parsed = parser.parse(text, flags)
    except (re.error, RecursionError, OverflowError):
        raise UnreadableError(UNREADABLE) from None
    return _sequence(parsed)


def _sequence(nodes: Iterable[_Node]) -> list[str]:
    """Return the variants of nodes in a row."""
    variants = [""]
    for node in nodes:
        variants = _limited(before + after for before, after in product(variants, _node(*node)))
    return variants


def _limited(variants: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for number, variant in enumerate(variants):
        found[variant] = None
        if len(found) > _MOST_VARIANTS or number > _MOST_TRIED:  # many ways can lead to the same variant
            raise UnreadableError(UNREADABLE)
    return list(found)


def _node(operator: object, argument: Any) -> list[str]:  # Any: as for _Node
    """Return the variants of one node."""
    if operator is op.LITERAL:
        return [chr(argument)]
    if operator is op.ANY:
        return ["."]  # a dot that somebody forgot to escape
    if operator is op.AT and argument in _ANCHORS:
        return [_ANCHORS[argument]]
    if operator is op.SUBPATTERN:
        return _sequence(argument[3])
    if operator is op.BRANCH:
        return _limited(variant for branch in argument[1] for variant in _sequence(branch))
    if operator is op.IN:
        return _characters(argument)
    if operator in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeated(*argument)
    raise UnreadableError(UNREADABLE)


def _characters(items: list[_Node]) -> list[str]:
    """Return the characters of a class; an unbounded or a large class has no list of them."""
    found: list[str] = []
    for operator, argument in items:
        if operator is op.LITERAL:
            found.append(chr(argument))
        elif operator is op.RANGE:
            found.extend(map(chr, range(argument[0], min(argument[1], argument[0] + _MOST_VARIANTS) + 1)))
        elif operator is op.CATEGORY and argument is op.CATEGORY_DIGIT:
            found.extend(digits)
        else:
            raise UnreadableError(ONE_LABEL)
    if len(found) > _MOST_VARIANTS:
        raise UnreadableError(ONE_LABEL)
    if len(found) > _MOST_LETTERS and not all(character.isdigit() for character in found):
        raise UnreadableError(UNREADABLE)
    return found


def _repeated(low: int, high: int, body: Iterable[_Node]) -> list[str]:
    """Return the variants of a quantifier."""
    body = list(body)
    unbounded = high > _MOST_VARIANTS
    matched = _matched(body)
    if matched == frozenset(digits) and low <= 1 and (unbounded or high >= _MOST_PORT_DIGITS):
        return [_DIGITS]
    if matched == frozenset(digits) and high > 1:
        raise UnreadableError(SOME_PORTS)
    if unbounded and matched >= _HOST:
        return [_SOME_TEXT if low else _TEXT]
    if unbounded and len(matched) > 1:
        raise UnreadableError(ONE_LABEL)
    if unbounded and _is_label_with_dot(body):
        return [_LABELS] if low else ["", _LABELS]
    once = _sequence(body)
    if high > 1 and not unbounded:
        counts = range(low, high + 1)
        return _limited("".join(parts) for count in counts for parts in product(once, repeat=count))
    if low > 1:
        raise UnreadableError(UNREADABLE)
    return once if low else _limited(["", *once])


def _is_label_with_dot(body: list[_Node]) -> bool:
    """Return whether a group means any label and the dot after it: ``(?:[a-z0-9-]+\\.)``."""
    while len(body) == 1 and body[0][0] is op.SUBPATTERN:
        body = list(body[0][1][3])
    if len(body) != 2 or body[0][0] not in (op.MAX_REPEAT, op.MIN_REPEAT) or body[1] != (op.LITERAL, ord(".")):
        return False
    _, high, label = body[0][1]
    return high > _MOST_VARIANTS and _matched(list(label)) >= _HOST - {"."}


def _matched(body: list[_Node]) -> frozenset[str]:
    """Return which characters of a host a single class matches; none if the nodes are anything else."""
    while len(body) == 1 and body[0][0] is op.SUBPATTERN:
        body = list(body[0][1][3])
    if len(body) != 1:
        return frozenset()
    operator, argument = body[0]
    if operator is op.ANY:
        return _HOST
    if operator is op.NOT_LITERAL:
        return _HOST - {chr(argument)}
    if operator is not op.IN:
        return frozenset()
    found = frozenset(character for character in _HOST for item in argument if _holds(item, character))
    return _HOST - found if argument[0][0] is op.NEGATE else found


def _holds(item: _Node, character: str) -> bool:
    operator, argument = item
    if operator is op.LITERAL:
        return chr(argument).lower() == character
    if operator is op.RANGE:
        return any(ord(letter) in range(argument[0], argument[1] + 1) for letter in (character, character.upper()))
    if operator is op.CATEGORY:
        return {
            op.CATEGORY_DIGIT: character.isdigit(),
            op.CATEGORY_WORD: character.isalnum(),
            op.CATEGORY_NOT_SPACE: True,
            op.CATEGORY_NOT_DIGIT: not character.isdigit(),
        }.get(argument, False)
    return False


def _written(variant: str) -> list[str]:
    """Return the patterns of one variant. Raises UnreadableError."""
    text = variant.lstrip(_START).rstrip(_END).replace(_SUBDOMAINS, "*.").replace(_PORT, ":*")
    text = re.sub(rf"(?<=://){_LABELS}|(?<=://)[{_TEXT}{_SOME_TEXT}]\.", "*.", text)
    text = re.sub(rf"\A(?:{_LABELS}|[{_TEXT}{_SOME_TEXT}]\.)", "*.", text)
    text = re.sub(rf"(?<=[\w\]]):[{_DIGITS}{_TEXT}{_SOME_TEXT}](?=/?\Z)", ":*", text)
    text = re.sub(rf"/[{_TEXT}{_SOME_TEXT}]\Z", "/", text)
    texts = [text]
    inside = re.fullmatch(rf"(\w+://)([{_TEXT}{_SOME_TEXT}])(\w[^{_TEXT}]*)", text)
    if inside is not None:  # `https://.*example\.com` means the host and its subdomains, and matches more
        apex = [inside[1] + inside[3]] if inside[2] == _TEXT else []
        texts = [*apex, f"{inside[1]}*.{inside[3]}"]
    elif text.endswith(_TEXT) and "://" in text[:-2]:
        host = text[:-1]
        texts = [host, f"{host}:*"] if _OWN_MACHINE.match(host) else [host]
    if any(character in one for one in texts for character in _MARKS):
        raise UnreadableError(UNREADABLE)
    return texts

"""Values of a ``.env`` file that go on in the next lines without quotes: python-dotenv cuts them off in silence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dotenv.parser import Binding

_ASSIGNMENT = re.compile(r"\s*(?:-\s+)?[A-Za-z_][\w.-]*(?:\s*=|\s*:(?:\s|\Z)|\s+[^\s,])")
"""Also ``NAME: value`` and ``NAME value``, which python-dotenv cannot read: the value is another program's."""
_OPEN = re.compile(r"[,;|\\\[{(]\s*\Z")
_ITEM = re.compile(r"\s*(?:-\s+\S|[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
_BULLET = re.compile(r"\s*-\s+")
_WORD = re.compile(r"[A-Za-z_]\w*")
_BRACKETS = {"[": "]", "{": "}", "(": ")"}
_MOST_LINES = 200


def continuations(bindings: Sequence[Binding]) -> dict[int, tuple[range, tuple[str, ...]]]:
    """Return, by index, each binding whose value goes on: the indexes of the next bindings, and their texts.

    Only lines without ``=`` can be such bindings: items, parts of JSON. Nothing goes on after a quoted value.
    """
    found: dict[int, tuple[range, tuple[str, ...]]] = {}
    end = 0
    for index in range(len(bindings)):
        if index >= end:
            number, texts = _continued(bindings, index)
            end = index + 1 + number
            if texts:
                found[index] = range(index + 1, end), texts
    return found


def _continued(bindings: Sequence[Binding], index: int) -> tuple[int, tuple[str, ...]]:
    value = _unquoted_value(bindings[index])
    if value is None:
        return 0, ()
    whole, texts, number = value, list[str](), 0
    for binding in bindings[index + 1 : index + 1 + _MOST_LINES]:
        lines = _lines(binding)
        if not lines:  # a comment, or nothing
            number += 1
            continue
        if not all(_goes_on(whole, line) for line in lines):
            break
        number += 1
        texts += [_BULLET.sub("", line).strip() for line in lines]
        whole += "\n" + "\n".join(lines)
    return (number, tuple(texts)) if texts else (0, ())


def _unquoted_value(binding: Binding) -> str | None:
    """Return what stands after ``=``, or after the ``:`` of YAML; None where it is in quotes or there is none."""
    text = binding.original.string.strip()
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"(?:export\s+)?['\"]?[\w.-]+['\"]?\s*", name):
        return "," if re.fullmatch(r"['\"]?[\w.-]+['\"]?\s*:", text) else None
    value = value.strip()
    return None if value[:1] in ("'", '"') and not binding.error else value


def _lines(binding: Binding) -> list[str]:
    if binding.key is not None and binding.value is not None:
        return [binding.original.string.strip("\r\n") or "="]
    text = binding.original.string
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _goes_on(before: str, line: str) -> bool:
    if _ASSIGNMENT.match(line):
        return False
    if _is_open(before) or _ITEM.match(line):
        return True
    return line[:1] in (" ", "\t") and _WORD.fullmatch(line.strip()) is None and "=" not in line


def _is_open(text: str) -> bool:
    """Return whether a list must go on after ``text``: it ends with a comma, or a bracket is not closed."""
    if _OPEN.search(text):
        return True
    bracket = text[:1]
    return bracket in _BRACKETS and text.count(bracket) > text.count(_BRACKETS[bracket])

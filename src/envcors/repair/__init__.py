"""Repairs: the valid value that an invalid one probably means, and how it is written in the source where it is pasted.

A repair never allows anything that was not clearly written. Text in a comment, negated items and expressions that no
pattern can replace are dropped, with a reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from envcors.repair import reasons
from envcors.repair.kinds import LONGEST, Item, Kind, Repair, Unclear
from envcors.repair.reasons import reason
from envcors.repair.references import referenced, unexpanded, without_references
from envcors.repair.syntax import Syntax, json_of, line, python_of, read_back, text_of

__all__ = [
    "Item",
    "Kind",
    "Repair",
    "Syntax",
    "json_of",
    "line",
    "python_of",
    "read_back",
    "reason",
    "referenced",
    "repair",
    "repair_items",
    "text_of",
    "unexpanded",
    "without_references",
]


def repair(text: str, kind: Kind, *, choices: Sequence[str] = ()) -> Repair:
    """Return the valid value that is closest to ``text``.

    Args:
        text: The value as it was written.
        kind: The kind of value that was expected.
        choices: The words of a ``CHOICE``, or the names of all ``RULES``.
    """
    if len(text) > LONGEST:
        return Repair(None, why=reasons.TOO_LONG)
    from envcors.repair.lists import repair_text  # a valid configuration needs neither
    from envcors.repair.scalars import repair_scalar

    try:
        return repair_text(text, kind, choices) if kind.is_list else repair_scalar(text, kind, choices)
    except Unclear as error:
        return _unclear(error)


def repair_items(items: Sequence[str], kind: Kind, *, choices: Sequence[str] = ()) -> Repair:
    """Return the valid list that is closest to ``items``, a list from code or JSON, or one that was split already."""
    from envcors.repair.lists import repair_list

    try:
        return repair_list(items, kind, choices)
    except Unclear as error:
        return _unclear(error)


def _unclear(error: Unclear) -> Repair:
    return Repair(None, dropped=((error.text, str(error)),) if error.text else (), why=str(error))

"""A rule that one item of an option violates, and the line to paste that fixes all such items together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from envcors.problems import Problem, printable
from envcors.repair.syntax import text_of
from envcors.rules.catalogue import RULES, problem
from envcors.rules.scope import Scope
from envcors.settings.located import LONGEST_LINE, Located

_PLACEHOLDERS = {"origins": "https://app.example.com"}


class ItemProblem(NamedTuple):
    """One item of one option that violates one rule.

    Attributes:
        rule: The rule.
        option: The option.
        item: The item of a list, or the whole value.
        message: Why; the rule's own reason if empty.
        instead: What replaces the item: nothing, one value or several.
        note: A second line of the fix, with another way to fix it.
        with_option: The other option of a combination that is refused.
    """

    rule: str
    option: str
    item: object
    message: str = ""
    instead: tuple[object, ...] = ()
    note: str = ""
    with_option: str = ""


def problems_of(scope: Scope, found: Iterable[ItemProblem]) -> list[Problem]:
    """Make problems that name the variable, its value and its source; the same problem twice is one."""
    items = list(found)
    options = dict.fromkeys(item.option for item in items)
    values = {option: scope.located(option).shown for option in options}
    lines = {option: _line(scope, option, items) for option in options}
    # A note about development is wrong if the option violates a rule that always holds.
    always = {item.option for item in items if RULES[item.rule].holds == "always"}
    items = [item._replace(note="") if item.option in always else item for item in items]
    return list(dict.fromkeys(_problem(scope, item, values[item.option], lines[item.option]) for item in items))


def shown(scope: Scope, option: str, item: object) -> str:
    """Return an item as a message may show it: the raw text if it contains parts of other variables."""
    return scope.located(option).shown_item(item)


def _problem(scope: Scope, item: ItemProblem, value: str, line: str | None) -> Problem:
    located = scope.located(item.option)
    rule = RULES[item.rule]
    message = item.message or rule.why
    if scope.label and (item.option in scope.own or item.with_option in scope.own):
        message = f"In {scope.label}: {message}"
    if line is None:
        line = rule.example(scope.prefix) if located.secret else _replacement(located, item)
    fix = f"{line}\n{item.note}" if item.note else line
    return problem(item.rule, located.variable, value, located.source, message=message, fix=fix)


def _line(scope: Scope, option: str, items: list[ItemProblem]) -> str | None:
    """Return the line that fixes all items of one option; None if it would be too long or would show a secret."""
    located = scope.located(option)
    if located.secret:
        return None
    value: object = getattr(scope.options, option)
    mine = [item for item in items if item.option == option]
    corrected = _corrected(value, option, mine) if isinstance(value, tuple) else mine[-1].instead[0]
    line = located.line(corrected)
    return line if len(line) <= LONGEST_LINE else None


def _corrected(value: tuple[object, ...], option: str, items: list[ItemProblem]) -> tuple[object, ...]:
    """Return the list without duplicates, with every item of a problem replaced as its last problem proposes."""
    instead = {text_of(item.item): item.instead for item in items}
    corrected: dict[object, None] = {}
    for item in value:
        corrected.update(dict.fromkeys(instead.get(text_of(item), (item,))))
    if not corrected and option in _PLACEHOLDERS:
        return (_PLACEHOLDERS[option],)
    return tuple(corrected)


def _replacement(located: Located, item: ItemProblem) -> str:
    wrong = printable(text_of(item.item))
    if not item.instead:
        return f"{wrong} removed from {located.setting}"
    return f"{printable(text_of(item.instead))} instead of {wrong} in {located.setting}"

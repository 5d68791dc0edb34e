"""A rule that one item of an option violates, and the line to paste that fixes all such items together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from envcors.problems import Problem, decapitalised, printable
from envcors.repair import Kind, Repair, Syntax, reason, repair
from envcors.repair.exclusions import SENTENCE, excludes
from envcors.repair.syntax import text_of
from envcors.rules.catalogue import RULES, problem
from envcors.rules.scope import Scope
from envcors.settings.located import LONGEST_LINE, Located
from envcors.settings.options import POLICY_OPTIONS

_PLACEHOLDERS = {"origins": "https://app.example.com"}
_MALFORMED = frozenset({"origin-malformed", "method-malformed", "header-malformed"})
_ROUNDS = 4
"""How often what replaces an item may violate another rule."""
_MOST_NOTES = 3


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


Violations: TypeAlias = Callable[[Scope], Iterable[ItemProblem]]
"""The items of a scope that are refused: a fix must not violate another rule."""


class _Fix(NamedTuple):
    """The line to paste, what it drops, and what is wrong with the value as a whole."""

    line: str | None
    notes: tuple[str, ...] = ()
    why: str = ""


def problems_of(scope: Scope, found: Iterable[ItemProblem], violations: Violations) -> list[Problem]:
    """Make problems that name the variable, its value and its source; the same problem twice is one."""
    items = list(found)
    options = dict.fromkeys(item.option for item in items)
    values = {option: scope.located(option).shown for option in options}
    fixes = {option: _fix(scope, option, items, violations) for option in options}
    # A note about development is wrong if the option violates a rule that always holds.
    always = {item.option for item in items if RULES[item.rule].holds == "always"}
    items = [item._replace(note="") if item.option in always else item for item in items]
    return list(dict.fromkeys(_problem(scope, item, values[item.option], fixes[item.option]) for item in items))


def shown(scope: Scope, option: str, item: object) -> str:
    """Return an item as a message may show it: the raw text if it contains parts of other variables."""
    return scope.located(option).shown_item(item)


def compliant(scope: Scope, option: str, value: object, violations: Violations) -> tuple[object, tuple[str, ...]]:
    """Return ``value`` with every item replaced that is refused in ``scope``, and a sentence for each of them."""
    notes: dict[str, None] = {}
    for _ in range(_ROUNDS):
        candidate = replace(scope, options=scope.options.model_copy(update={option: value}))
        mine = [item for item in violations(candidate) if item.option == option]
        if not mine:
            break
        notes.update(dict.fromkeys(map(_note, mine)))
        value = _corrected(value, option, mine)
    return value, tuple(notes)


def _note(item: ItemProblem) -> str:
    wrong, why = printable(text_of(item.item)), decapitalised(RULES[item.rule].why)
    return f"{printable(text_of(item.instead))}, not {wrong}: {why}" if item.instead else f"without {wrong}: {why}"


def _problem(scope: Scope, item: ItemProblem, value: str, fix: _Fix) -> Problem:
    located = scope.located(item.option)
    rule = RULES[item.rule]
    message = item.message or rule.why
    if fix.why and item.rule in _MALFORMED:
        message = fix.why
    if scope.label and (item.option in scope.own or item.with_option in scope.own):
        message = f"In {scope.label}: {message}"
    line = fix.line
    if line is None:
        line = _without_secret(rule.example(scope.prefix), located) if located.secret else _replacement(located, item)
    lines = [line, *fix.notes[:_MOST_NOTES], *filter(None, [item.note])]
    return problem(item.rule, located.variable, value, located.source, message=message, fix="\n".join(lines))


def _fix(scope: Scope, option: str, items: list[ItemProblem], violations: Violations) -> _Fix:
    """Return the fix of all items of one option; without a line where it would be too long or would show a secret."""
    located = scope.located(option)
    if located.secret:
        return _Fix(None)
    if isinstance(located.value, str) and located.syntax is not Syntax.JSON and excludes(located.value):
        kind = POLICY_OPTIONS[option].kind
        is_deny = kind.expected is Kind.DENY_ORIGINS
        line = f"only origins, each without a word or a comment, in {located.setting}" if is_deny else None
        return _Fix(line or located.line(kind.example), why=SENTENCE)
    mine = [item for item in items if item.option == option]
    lost = [printable(text_of(item.item)) for item in mine if _is_lost(item)]
    if lost:  # without it more would be allowed
        return _Fix(f"the origins that {', '.join(lost[:_MOST_NOTES])} means, in {located.setting}: scheme://host")
    others = [item for item in violations(scope) if item.option == option]  # what a line of advice must not keep
    whole = _whole(located, mine)
    value, notes = _value(scope, option, [*mine, *others], whole, violations)
    if not whole.value and len(located.line(value)) > LONGEST_LINE:
        return _Fix(None)
    told = {text_of(item.item) for item in mine}
    dropped = [f"without {printable(text)}: {decapitalised(why)}" for text, why in whole.dropped if text not in told]
    known = {_note(item) for item in [*mine, *others]}
    notes = tuple(dict.fromkeys([*dropped, *(note for note in notes if note not in known)]))
    line = located.line(value)
    why = reason(whole.why, located.syntax)
    return _Fix(line, notes, why) if len(line) <= LONGEST_LINE and line.isprintable() else _Fix(None, why=why)


def _is_lost(item: ItemProblem) -> bool:
    """Return whether a fix could only leave out a denied origin; ``null`` is allowed by nothing anyway."""
    return item.option == "deny_origins" and item.rule == "origin-malformed" and not item.instead


def _value(
    scope: Scope, option: str, items: list[ItemProblem], whole: Repair, violations: Violations
) -> tuple[object, tuple[str, ...]]:
    """Return the value of the line to paste, and what was replaced in it."""
    value = whole.value or _corrected(getattr(scope.options, option), option, items)
    return compliant(scope, option, value, violations)


def corrected(scope: Scope, violations: Violations) -> Scope:
    """Return the scope as it is when the lines of all its problems are pasted."""
    items = list(violations(scope))
    for option in dict.fromkeys(item.option for item in items):
        mine = [item for item in items if item.option == option]
        value, _ = _value(scope, option, mine, _whole(scope.located(option), mine), violations)
        scope = replace(scope, options=scope.options.model_copy(update={option: value}))
    return scope


def _whole(located: Located, items: Iterable[ItemProblem]) -> Repair:
    """Return the repair of the text as it was written, if the text has something around its list: no item has it."""
    if not isinstance(located.value, str) or not any(item.rule in _MALFORMED for item in items):
        return Repair(None)
    repaired = repair(located.value, POLICY_OPTIONS[located.option].kind.expected)
    return repaired if repaired.why and repaired.value else Repair(None)


def _corrected(value: object, option: str, items: list[ItemProblem]) -> object:
    """Return the list with every item of a problem replaced, as its last problem says, without doubles."""
    if not isinstance(value, tuple):
        return items[-1].instead[0]
    instead = {text_of(item.item): item.instead for item in items}
    corrected: dict[object, None] = {}
    for item in value:
        corrected.update(dict.fromkeys(instead.get(text_of(item), (item,))))
    if not corrected and option in _PLACEHOLDERS:
        return (_PLACEHOLDERS[option],)
    return tuple(corrected)


def _without_secret(example: str, located: Located) -> str:
    """Return the rule's example if it sets this very variable: a line for another one could open what is not meant."""
    return example if example.startswith(f"{located.variable}=") else f"the wrong item removed from {located.setting}"


def _replacement(located: Located, item: ItemProblem) -> str:
    wrong = printable(text_of(item.item))
    if not item.instead:
        return f"{wrong} removed from {located.setting}"
    return f"{printable(text_of(item.instead))} instead of {wrong} in {located.setting}"

"""Validation errors: the one place where an error of a parser, or of pydantic, becomes a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from envcors.problems import Problem, Source, decapitalised, printable
from envcors.repair import (
    Kind,
    Repair,
    reason,
    referenced,
    repair,
    repair_items,
    text_of,
    unexpanded,
    without_references,
)
from envcors.repair.reasons import NO_STRING
from envcors.settings.located import LONGEST_LINE, Located
from envcors.settings.option import Option
from envcors.settings.parsers import ParseError
from envcors.settings.reading import Reading


@dataclass(frozen=True, slots=True)
class Invalid:
    """An option that has no valid value, and its problem."""

    option: str
    problem: Problem


def invalid_fields(
    error: ValidationError, reading: Reading, declared: Mapping[str, Option | None]
) -> Iterator[Invalid]:
    """Yield the errors that pydantic collected for the fields of a settings class."""
    for entry in error.errors(include_url=False):
        option = str(entry["loc"][0]) if entry["loc"] else ""
        located = reading.option(option) or Located(option, option, entry["input"], Source("default"))
        cause = entry.get("ctx", {}).get("error")
        kind = declared.get(option)
        if isinstance(cause, ParseError) and kind is not None:
            yield Invalid(option, value_problem(located, cause, kind))
        else:
            fix = f"a value of the declared type for {located.variable}"
            yield Invalid(option, located.problem("value-invalid", f"{entry['msg']}.", fix))


def parse(located: Located, option: Option, label: str = "") -> tuple[object, Problem | None]:
    """Parse one value: return the typed value, or the problem; ``label`` is the scope that the message names."""
    try:
        return option.parse(located), None
    except ParseError as error:
        return None, value_problem(located, error, option, label)


def value_problem(located: Located, error: ParseError, option: Option, label: str = "") -> Problem:
    """Make the problem of a value without the expected type; its fix keeps what was meant, if that is clear."""
    sentences = [str(error)]
    fix: list[str] = []
    if not located.secret and option.kind.expected is not Kind.URL:  # which can contain a password
        repaired = _repair(located, option)
        sentences.insert(0, reason(repaired.why, located.syntax))
        if isinstance(located.value, str) and unexpanded(located.value, option.kind.expected):
            fix = _reference_fix(located, option)
        else:
            fix = _fix(located, repaired)
    message = " ".join(dict.fromkeys(filter(None, sentences)))
    if label:
        message = f"In {label}, {located.option}: {message}"
    return located.problem("value-invalid", message, "\n".join(fix or [located.line(option.kind.example)]))


def fix_of(located: Located, option: Option) -> str:
    """Return the fix of a value that its source refuses: the valid value that is closest to it."""
    return "\n".join(_fix(located, _repair(located, option)) or [located.line(option.kind.example)])


def proposed(located: Located, option: Option) -> object:
    """Return the value in the fix of ``value_problem``."""
    hides = located.secret or option.kind.expected is Kind.URL
    repaired = None if hides else _repair(located, option)
    return option.kind.example if repaired is None or not _fix(located, repaired) else repaired.value


def _repair(located: Located, option: Option) -> Repair:
    value, kind = located.value, option.kind.expected
    if isinstance(value, str):
        repaired = repair(value, kind, choices=option.kind.choices)
    elif kind.is_list and isinstance(value, (list, tuple, set, frozenset)):
        texts = [item for item in value if isinstance(item, str)]
        others = tuple((text_of(item), NO_STRING) for item in value if not isinstance(item, str))
        repaired = repair_items(texts, kind)
        repaired = replace(repaired, dropped=(*repaired.dropped, *others))
        if kind is _DENY and others:
            repaired = replace(repaired, value=None)
    else:
        return Repair(None)
    if repaired.value is True and "true" in (option.refuses or {}):
        return replace(repaired, value=False, dropped=((str(value), f"{_REFUSED}{(option.refuses or {})['true']}."),))
    return repaired


_REFUSED = "True is refused by the rule "


def _fix(located: Located, repaired: Repair) -> list[str]:
    """Return the line that keeps what was meant, and what it drops; no line if it is unclear."""
    if repaired.value is None or repaired.value == ():
        return []
    line = located.line(repaired.value)
    if len(line) > LONGEST_LINE or not line.isprintable():
        return []
    return [line, *(f"without {printable(text)}: {decapitalised(why)}" for text, why in repaired.dropped[:3])]


_DENY = Kind.DENY_ORIGINS
"""A list from which nothing is dropped: more would be allowed."""


def _reference_fix(located: Located, option: Option) -> list[str]:
    """Return the line with … where a reference to another variable was not expanded; the rest of it is valid."""
    text, dropped = str(located.value), list[str]()
    if option.kind.is_list:
        entries = re.split(r"[,\s]+(?![^{(]*[})])", text)
        others = [entry for entry in entries if entry and not unexpanded(entry, option.kind.expected)]
        repaired = repair_items(others, option.kind.expected)
        is_clear = not others or repaired.value is not None or (repaired.items and option.kind.expected is not _DENY)
        if is_clear and not text.lstrip().startswith(("[", "{", "(")):
            kept = repaired.value if isinstance(repaired.value, tuple) else ()
            text = ",".join([*(entry for entry in entries if entry and entry not in others), *kept])
            dropped = [f"without {printable(one)}: {decapitalised(why)}" for one, why in repaired.dropped[:3]]
    names = " and ".join(printable(name) for name in referenced(text))
    line = printable(located.line(without_references(text)), LONGEST_LINE)
    return [line, f"with the value of {names} instead of …" if names else "with the value instead of …", *dropped]

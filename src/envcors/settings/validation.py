"""Validation errors: the one place where an error of a parser, or of pydantic, becomes a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from envcors.problems import Problem, Source, decapitalised, printable
from envcors.repair import Repair, reason, repair, unexpanded, without_references
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
    if isinstance(located.value, str) and not located.secret:
        repaired = repair(located.value, option.kind.expected)
        sentences.insert(0, reason(repaired.why, located.syntax))
        fix = _reference_fix(located) if unexpanded(located.value, option.kind.expected) else _fix(located, repaired)
    message = " ".join(dict.fromkeys(filter(None, sentences)))
    if label:
        message = f"In {label}, {located.option}: {message}"
    return located.problem("value-invalid", message, "\n".join(fix or [located.line(option.kind.example)]))


def _fix(located: Located, repaired: Repair) -> list[str]:
    """Return the line that keeps what was meant, and what it drops; no line if it is unclear."""
    if repaired.value is None or repaired.value == ():
        return []
    line = located.line(repaired.value)
    if len(line) > LONGEST_LINE or not line.isprintable():
        return []
    return [line, *(f"without {printable(text)}: {decapitalised(why)}" for text, why in repaired.dropped[:3])]


def _reference_fix(located: Located) -> list[str]:
    """Return the line with … in place of each reference that was not expanded."""
    line = located.line(without_references(str(located.value)))
    return [printable(line, LONGEST_LINE), "with the value instead of …"]

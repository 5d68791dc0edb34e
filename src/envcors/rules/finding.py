"""What a rule found, and the line to paste that mends all findings of one option together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from envcors.problems import Problem, printable
from envcors.rules.catalogue import RULES
from envcors.rules.scope import Scope
from envcors.settings.provenance import LONGEST_LINE, Given, text_of

_PLACEHOLDERS = {"origins": "https://app.example.com"}


class Finding(NamedTuple):
    """One item of one option that breaks one rule.

    ``instead`` is what belongs in the item's place: nothing (drop it), one value or several. ``note`` stands below
    the line to paste and tells of the way out in another mode. ``with_option`` names the other option of a combination.
    """

    rule: str
    option: str
    item: object
    message: str
    instead: tuple[object, ...] = ()
    note: str = ""
    with_option: str = ""


def problems_of(scope: Scope, findings: Iterable[Finding]) -> list[Problem]:
    """The findings as problems that name the variable, its value and its source; one that is found twice is one."""
    findings = list(findings)
    options = dict.fromkeys(finding.option for finding in findings)
    values = {option: scope.given(option).shown for option in options}
    lines = {option: _line(scope, option, findings) for option in options}
    always = {finding.option for finding in findings if RULES[finding.rule].holds == "always"}  # in any other mode too
    honest = (finding._replace(note="") if finding.option in always else finding for finding in findings)
    return list(
        dict.fromkeys(_problem(scope, finding, values[finding.option], lines[finding.option]) for finding in honest)
    )


def shown(scope: Scope, option: str, item: object) -> str:
    """An item as a message may show it: raw text where it holds pieces of other variables."""
    return scope.given(option).piece(item)


def _problem(scope: Scope, finding: Finding, value: str, line: str | None) -> Problem:
    given = scope.given(finding.option)
    rule = RULES[finding.rule]
    message = finding.message
    if scope.label and (finding.option in scope.own or finding.with_option in scope.own):
        message = f"In {scope.label}: {message}"
    if line is None:
        line = rule.fix if given.secret else _replacement(given, finding)
    fix = f"{line}\n{finding.note}" if finding.note else line
    return Problem(finding.rule, rule.severity, given.variable, value, given.source, message, fix)


def _line(scope: Scope, option: str, findings: list[Finding]) -> str | None:
    """The line that mends all findings of one option; None where it would be too long or would show a secret."""
    given = scope.given(option)
    if given.secret:
        return None
    value: object = getattr(scope.options, option)
    mine = [finding for finding in findings if finding.option == option]
    corrected = _corrected(value, option, mine) if isinstance(value, tuple) else mine[-1].instead[0]
    line = given.line(corrected)
    return line if len(line) <= LONGEST_LINE else None


def _corrected(value: tuple[object, ...], option: str, findings: list[Finding]) -> tuple[object, ...]:
    """The list with every faulty item replaced, in the last judged way, without doubles."""
    instead = {text_of(finding.item): finding.instead for finding in findings}
    corrected: dict[object, None] = {}
    for item in value:
        corrected.update(dict.fromkeys(instead.get(text_of(item), (item,))))
    if not corrected and option in _PLACEHOLDERS:
        return (_PLACEHOLDERS[option],)
    return tuple(corrected)


def _replacement(given: Given, finding: Finding) -> str:
    faulty = printable(text_of(finding.item))
    if not finding.instead:
        return f"{faulty} removed from {given.called}"
    return f"{printable(text_of(finding.instead))} instead of {faulty} in {given.called}"

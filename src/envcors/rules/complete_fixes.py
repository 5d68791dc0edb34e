"""Fixes of values that could not be read as they were written: what is pasted must violate no rule either."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from envcors.problems import Problem, Source, decapitalised, printable
from envcors.protocol.table import PathError, PathPattern
from envcors.repair import Kind, Syntax, json_of, read_back, repair_items
from envcors.repair.names import nearest
from envcors.rules.item_problem import ItemProblem, Violations, compliant, corrected
from envcors.rules.scope import Scope
from envcors.settings.located import LONGEST_LINE, Located
from envcors.settings.model import CORSSettings
from envcors.settings.names import Names
from envcors.settings.options import POLICY_OPTIONS
from envcors.settings.parsers import ParseError
from envcors.settings.resources import located_options
from envcors.settings.validation import proposed

_RULES = ("value-invalid", "dotenv-malformed", "source-unreadable")
_MOST_NOTES = 3


class Completed(NamedTuple):
    """Problems with complete fixes, and the scope once all of their lines are pasted."""

    problems: list[Problem]
    scope: Scope


Family: TypeAlias = Callable[[Scope], Sequence[Scope]]
"""A scope and the scopes that inherit from it: a fix of one option must suit all of them."""


def _alone(scope: Scope) -> Sequence[Scope]:
    return (scope,)


def of_settings(settings: CORSSettings, scope: Scope, violations: Violations) -> Completed:
    """Complete the problems of settings, each with a fix that violates no rule, also where resources inherit it."""

    def family(candidate: Scope) -> list[Scope]:
        return [candidate, *(candidate.child(one.label, one.options)[0] for one in settings.resources)]

    reading = settings.reading
    values = (*reading.located.values(), *reading.untyped)
    return completed(settings.problems, values, scope, violations, names=reading.names, family=family)


def completed(
    problems: Iterable[Problem],
    values: Iterable[Located],
    scope: Scope,
    violations: Violations,
    *,
    names: Names | None = None,
    family: Family = _alone,
) -> Completed:
    """Complete ``problems`` with fixes that violate no rule of ``scope``, pasted alone or one after the other.

    Args:
        problems: The problems.
        values: The values that they are about, among others.
        scope: The options that apply beside each value.
        violations: The items of a scope that are refused.
        names: The names of our variables, for lines of a file from which no value was read.
        family: The scopes that inherit from a scope.
    """
    values = list(values)
    found = {problem: _located(problem, values, names) for problem in problems if problem.rule in _RULES}
    complete = {problem: problem for problem in problems}
    # Resources inherit what the other fixes set.
    for problem, located in sorted(found.items(), key=lambda pair: pair[1] is not None and _is_resources(pair[1])):
        if located is not None:
            if _is_resources(located):
                scope = corrected(scope, violations)
            complete[problem] = _completed(problem, located, scope, violations, family)
            scope = _pasted(scope, complete[problem], located)
    return Completed(list(complete.values()), scope)


def _is_resources(located: Located) -> bool:
    return located.option == "resources"


def _pasted(scope: Scope, problem: Problem, located: Located) -> Scope:
    """Return the scope as it is when the line of a problem is pasted."""
    of_resource = not scope.label and "__" in located.variable.removeprefix(scope.prefix)
    if located.option not in POLICY_OPTIONS or of_resource:
        return scope
    try:
        value = POLICY_OPTIONS[located.option].kind.parse(_read(problem.fix.partition("\n")[0], located))
    except ParseError:
        return scope
    return _with(scope, located.option, value=value)


def _located(problem: Problem, values: Iterable[Located], names: Names | None) -> Located | None:
    """Return the value that the first line of a fix replaces; None where the fix is no such line."""
    line = problem.fix.partition("\n")[0]
    if "…" in line:  # the author writes what nobody else can know
        return None
    for located in values:
        same = (located.variable, str(located.source)) == (problem.variable, str(problem.source))
        if same and not located.secret and _read(line, located) is not None:
            return located
    if problem.rule != "dotenv-malformed" or names is None:
        return None
    name = line.partition("=")[0]
    option = (names.resource(name) or ("", names.options.get(name, "")))[1]
    found = Located(name, option, None, Source(problem.source), Syntax.DOTENV)
    return found if option and _read(line, found) is not None else None


def _read(line: str, located: Located) -> object | None:
    return read_back(
        line, located.syntax, located.variable, located.option, owner=located.owner, source=str(located.source)
    )


def _completed(problem: Problem, located: Located, scope: Scope, violations: Violations, family: Family) -> Problem:
    line, *others = problem.fix.split("\n")
    written = _read(line, located)
    if located.option == "resources" and isinstance(written, str):
        value, notes = _of_resources(written, located, scope, violations)
    elif located.option in POLICY_OPTIONS:
        try:
            parsed = POLICY_OPTIONS[located.option].kind.parse(written)
        except ParseError:
            return problem
        value, notes = _valid(located.option, parsed, scope, violations, family)
        if value == parsed:
            return problem
    else:
        return problem
    better = located.line(value)
    if len(better) > LONGEST_LINE or not better.isprintable():
        return problem
    return replace(problem, fix="\n".join([better, *others, *notes[:_MOST_NOTES]]))


def _valid(
    option: str, value: object, scope: Scope, violations: Violations, family: Family
) -> tuple[object, tuple[str, ...]]:
    """Return the value that violates no rule in ``scope`` and in those that inherit it, and what was replaced."""
    if option != "supports_credentials" or value is not True:

        def violations_of_value(candidate: Scope) -> list[ItemProblem]:
            scopes = [one for one in family(candidate) if one is candidate or option not in one.own]
            return [item for one in scopes for item in violations(one)]

        return compliant(scope, option, value, violations_of_value)
    scope = corrected(_with(scope, option, value=False), violations)
    without, with_it = family(_with(scope, option, value=False)), family(_with(scope, option, value=True))
    for before, after in zip(without, with_it, strict=True):
        known = {(item.option, item.rule) for item in violations(before)}
        new = [item for item in violations(after) if (item.option, item.rule) not in known]
        if new:
            return False, (f"not true: {after.located(new[0].option).setting} would be refused by {new[0].rule}",)
    return value, ()


def _with(scope: Scope, option: str, *, value: object) -> Scope:
    return replace(scope, options=scope.options.model_copy(update={option: value}))


def _of_resources(text: str, located: Located, scope: Scope, violations: Violations) -> tuple[object, tuple[str, ...]]:
    """Return JSON of resources whose paths and options violate no rule, and what was dropped or replaced."""
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return text, ()
    valid: dict[str, object] = {}
    notes: list[str] = []
    for path, options in written.items() if isinstance(written, dict) else ():
        better, why = _path(path)
        if better is None or better in valid or not isinstance(options, Mapping):
            notes.append(f"without {printable(path)}: {decapitalised(why) or 'it is listed twice, or has no options'}")
            continue
        valid[better], more = _of_resource(better, options, located, scope, violations)
        notes += more
    return (text if valid == written else json_of(valid)), tuple(dict.fromkeys(notes))


def _path(path: str) -> tuple[str | None, str]:
    try:
        return str(PathPattern.parse(path)), ""
    except PathError as error:
        repaired = repair_items([path], Kind.PATHS).value
        return (repaired[0] if isinstance(repaired, tuple) and len(repaired) == 1 else None), str(error)


def _of_resource(
    path: str, options: Mapping[str, object], located: Located, scope: Scope, violations: Violations
) -> tuple[dict[str, object], list[str]]:
    meant = {name: name if name in POLICY_OPTIONS else nearest(name, POLICY_OPTIONS) for name in options}
    notes = [f"without {printable(name)}: no option has this name" for name, option in meant.items() if option is None]
    chosen = {option: options[name] for name, option in reversed(meant.items()) if option is not None}
    known, _ = located_options(chosen, located, path, path)
    values = {name: replace(value, value=_typed(value)) for name, value in known.items()}
    child, _ = scope.child(path, values)
    valid = dict(chosen)
    for name in known:
        value, more = _valid(name, getattr(child.options, name), child, violations, _alone)
        notes += more
        if value != getattr(child.options, name) or values[name].value != known[name].value:
            valid[name] = list(value) if isinstance(value, tuple) else value
            child = _with(child, name, value=value)
    return {name: valid[name] for name in POLICY_OPTIONS if name in valid}, notes


def _typed(located: Located) -> object:
    """Return the value, or the valid one that is closest to it."""
    option = POLICY_OPTIONS[located.option]
    try:
        option.kind.parse(located.value)
    except ParseError:
        return proposed(located, option)
    return located.value

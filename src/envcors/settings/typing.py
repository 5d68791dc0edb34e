"""A value that somebody wrote, given its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from envcors.problems import Problem
from envcors.settings import forms
from envcors.settings.provenance import Given


def typed(given: Given) -> tuple[object, None] | tuple[None, Problem]:
    """The typed value of one given, or the problem with its form."""
    try:
        return forms.FORMS[given.option](given.value), None
    except forms.FormError as error:
        return None, given.problem("value-invalid", str(error), given.line(error.example))


def typed_options(label: str, givens: Mapping[str, Given]) -> tuple[dict[str, object], list[Problem]]:
    """The typed values of what a scope sets, and the problems with the form of the others, which name the scope."""
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for option, given in givens.items():
        value, problem = typed(given)
        if problem is None:
            values[option] = value
        else:
            problems.append(replace(problem, message=f"In {label}, {option}: {problem.message}"))
    return values, problems

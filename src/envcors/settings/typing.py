"""A value that somebody wrote, given its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from envcors.problems import Problem, printable
from envcors.settings import forms
from envcors.settings.provenance import LONGEST_LINE, Given, Place

_REFERENCE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)[^{}]*\}|\((?P<bracketed>[A-Za-z_]\w*)\))")
_TAKEN_AS_IT_STANDS = {
    Place.VARIABLE: "the process environment",
    Place.DIRECTORY: "a mounted file",
    Place.MANIFEST: "a ConfigMap",
    Place.LITERAL: "a ConfigMap",
}
"""Places in which nothing fills in other variables. Whoever filled the place may do it: compose, a shell, kubelet."""


def typed(given: Given) -> tuple[object, None] | tuple[None, Problem]:
    """The typed value of one given, or the problem with its form."""
    reference = _REFERENCE.search(given.value) if isinstance(given.value, str) else None
    if reference is not None and given.place in _TAKEN_AS_IT_STANDS:
        return None, _not_filled_in(given, reference)
    try:
        return forms.FORMS[given.option](given.value), None
    except forms.FormError as error:
        return None, form_problem(given, error)


def form_problem(given: Given, error: forms.FormError) -> Problem:
    """The refusal of a value without its form; the line to paste keeps what was written, where that can be told."""
    line = "" if error.meant is None or given.secret else given.line(error.meant)
    if not (0 < len(line) <= LONGEST_LINE and line.isprintable()):
        line = given.line(error.example)
    return given.problem("value-invalid", str(error), line)


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


def _not_filled_in(given: Given, reference: re.Match[str]) -> Problem:
    name = reference["braced"] or reference["bracketed"]
    place = _TAKEN_AS_IT_STANDS[given.place]
    return given.problem(
        "value-invalid",
        f"{printable(reference[0])} was not filled in: what stands in {place} is taken as it is.",
        f"{printable(given.line(_REFERENCE.sub('…', str(given.value))), LONGEST_LINE)}\n"
        f"with the value of {printable(name)} in place of …",
    )

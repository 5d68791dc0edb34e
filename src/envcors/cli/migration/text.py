"""What ``flask cors check`` prints for an application that uses Flask-CORS: the plan, in steps."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from envcors.cli.migration.plan import Plan

_COLUMNS = 96
_NO_VARIABLES = "The application itself allows no origin: no variable is needed."


def text_of_plan(plan: Plan) -> str:
    """Return the plan as text."""
    steps = [_variables(plan), _code(plan)]
    if plan.options:
        steps.append(["What becomes of each option:", "", *_pairs(plan.options)])
    if plan.notes:
        steps.append(["Read what is different:", "", *_items(plan.notes)])
    steps.append(["Repeat this command until it prints ok. All differences: docs/migrating-from-flask-cors.md."])
    lines = [f"How {plan.application} becomes an application that uses envcors:"]
    for number, (head, *rest) in enumerate(steps, 1):
        lines += ["", f"{number}. {head}", *rest]
    return "\n".join(lines)


def _variables(plan: Plan) -> list[str]:
    if not plan.production:
        return [_NO_VARIABLES]
    if not plan.development:
        return ["Paste into .env, or into the environment of your server:", "", *_indented(plan.production)]
    return [
        "Paste into the environment of your server:",
        "",
        *_indented(plan.production),
        "",
        "   and into .env on your own machine:",
        "",
        *_indented(plan.development),
    ]


def _code(plan: Plan) -> list[str]:
    lines = ["Change the code:", ""]
    for before, after in plan.code:
        lines += _indented([f"- {before}"] if before else [])
        lines += _indented([f"+ {after}"])
    return lines


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"   {line}" for line in lines]


def _pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, becomes in pairs:
        yield from _wrapped(f"{name}: {becomes}", "   - ")


def _items(notes: Iterable[str]) -> Iterator[str]:
    for note in notes:
        yield from _wrapped(note, "   - ")


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text,
        _COLUMNS,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )

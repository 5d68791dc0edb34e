"""Rules about ``CORS_DANGEROUSLY_ALLOW``: names that are not rules, and rules that are not violated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from envcors.problems import Problem
from envcors.repair.names import nearest_rule
from envcors.rules.catalogue import RULES, problem
from envcors.settings.model import CORSSettings

_WAIVABLE = tuple(rule.name for rule in RULES.values() if rule.waivable)


def check_waivers(settings: CORSSettings) -> Iterator[Problem]:
    """Yield the problem of each name that is not a rule, or is a rule that cannot be waived."""
    located = settings.located("dangerously_allow")
    if located is None:
        return
    written = settings.waivers
    near = {name: _nearest(name) for name in written if name not in RULES and not located.secret}
    meant = tuple(dict.fromkeys(rule for name in written if (rule := near.get(name, name)) in _WAIVABLE))
    for name in written:
        if name not in _WAIVABLE:
            why = "cannot be waived" if name in RULES else "is not a rule"
            hint = f"did you mean {near[name]}? The" if near.get(name) else "the"
            message = f"{located.shown_item(name)} {why}; {hint} rules that can be waived are {', '.join(_WAIVABLE)}."
            yield located.problem("waiver-unknown", message, located.line(meant))


def unused_waivers(settings: CORSSettings, violated: Iterable[Problem]) -> Iterator[Problem]:
    """Yield advice for each rule that is waived and not violated."""
    located = settings.located("dangerously_allow")
    used = {found.rule for found in violated}
    if located is None or any(check_waivers(settings)):
        return  # one line to paste at a time
    kept = tuple(name for name in settings.waivers if name in used)
    for name in settings.waivers:
        if name not in used:
            yield problem(
                "waiver-unused",
                located.variable,
                located.shown,
                located.source,
                message=f"{name} is waived, but not violated.",
                fix=located.line(kept),
            )


def _nearest(name: str) -> str | None:
    return nearest_rule(name.lower().replace("_", "-"), _WAIVABLE)

"""Rules about the deployment as a whole: lifted rules, overridden variables, debug mode, development in a cluster."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from envcors.problems import Problem, counted, printable
from envcors.rules.catalogue import RULES
from envcors.settings import container
from envcors.settings.model import CORSSettings
from envcors.settings.provenance import Given, Place

_IN_CODE = frozenset({Place.CODE, Place.CONFIG})


def waiver_problems(settings: CORSSettings) -> Iterator[Problem]:
    """``waiver-unknown``: a name that is no rule, or a rule that cannot be lifted."""
    given = settings.givens.get("dangerously_allow")
    if given is None:
        return
    known = [rule.name for rule in RULES.values() if rule.liftable]
    written = settings.dangerously_allow
    near = {name: _nearest_rule(name, known) for name in written if name not in RULES and not given.secret}
    meant = tuple(dict.fromkeys(rule for name in written if (rule := near.get(name, name)) in known))
    for name in written:
        if name not in known:
            fault = "cannot be lifted" if name in RULES else "is no rule"
            hint = f"did you mean {near[name]}? Those" if near.get(name) else "those"
            yield given.problem(
                "waiver-unknown",
                f"{given.piece(name)} {fault}; {hint} that can be lifted are {', '.join(known)}.",
                given.line(meant),
            )


def _nearest_rule(name: str, known: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1, cutoff=0.75)
    return near[0] if near else None


def inspector_problems(settings: CORSSettings) -> Iterator[Problem]:
    """The development page is not part of this version, and would never be one of production."""
    given = settings.givens.get("inspector")
    if given is None or not settings.inspector:
        return
    if settings.env == "production":
        rule = RULES["inspector-in-production"]
        yield given.problem(rule.name, rule.why, given.line(False))
    yield given.problem("usage", "The inspector is not part of this version of envcors.", given.line(False))


def advice(settings: CORSSettings, *, debug: bool) -> Iterator[Problem]:
    """What is legal and probably not meant."""
    yield from _overridden(settings.givens)
    if debug and settings.env == "production":
        yield _advice("debug-in-production", "FLASK_DEBUG", None, "environment", "FLASK_DEBUG=0")
    mode = settings.givens.get("env")
    if mode is not None and settings.env == "development" and container.in_cluster(settings.environ):
        yield _advice("development-in-cluster", mode.variable, mode.shown, mode.source, mode.line("production"))


def unused_waivers(settings: CORSSettings, broken: Iterable[Problem]) -> Iterator[Problem]:
    """Advice for each rule that is lifted and that nothing breaks; ``broken`` are the problems, lifted and refused."""
    given = settings.givens.get("dangerously_allow")
    used = {problem.rule for problem in broken}
    if given is None or any(waiver_problems(settings)):
        return  # one line to paste at a time
    kept = tuple(name for name in settings.dangerously_allow if name in used)
    for name in settings.dangerously_allow:
        if name in RULES and RULES[name].liftable and name not in used:
            yield Problem(
                "waiver-unused",
                "advise",
                given.variable,
                given.shown,
                given.source,
                f"{name} is lifted and nothing breaks it.",
                given.line(kept),
            )


def no_origins(settings: CORSSettings) -> Problem:
    """Advice for an application whose policies let nobody in."""
    variable = settings.variable("origins")
    source = settings.source("origins")
    given = settings.givens.get("origins") or Given(variable, "origins", None, source, Place.DEFAULT)
    found = _advice("origins-empty", variable, "", source, given.line(("https://app.example.com",)))
    directory = settings.givens.get("config_dir")
    if directory is None or settings.useless_files is None:
        return found
    files = counted(settings.useless_files, "file")
    useless = f"Of the {files} in {printable(directory.shown)} none is named after a variable, such as {variable}."
    return replace(found, message=f"{found.message} {useless}")


def _overridden(givens: Mapping[str, Given]) -> Iterator[Problem]:
    for given in givens.values():
        if given.place not in _IN_CODE:
            continue
        for below in given.below:
            if below.place not in _IN_CODE:
                yield Problem(
                    "variable-overridden",
                    "advise",
                    below.variable,
                    below.shown,
                    below.source,
                    f"The value in {given.source} ({printable(given.shown)}) stands above this variable "
                    f"({below.source}): whoever edits the variable changes nothing.",
                    f"remove {given.option} from the code",
                )


def _advice(rule: str, variable: str, value: str | None, source: str, fix: str) -> Problem:
    return Problem(rule, "advise", variable, value, source, RULES[rule].why, fix)

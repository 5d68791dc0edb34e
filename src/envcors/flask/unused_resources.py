"""Resources that no route has: a path that was misspelled governs nothing, and nobody else says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask
from werkzeug.routing import Rule

from envcors.configuration import Configuration
from envcors.flask.routed_table import RoutedTable
from envcors.flask.url_map import literal_paths
from envcors.problems import Problem, Source, printable
from envcors.protocol.expressions import literal_beginning, may_begin_alike
from envcors.protocol.table import PathPattern, PathTable
from envcors.rules.catalogue import problem
from envcors.settings.located import Located
from envcors.settings.sources.code import CODE

T = TypeVar("T")

_VARIABLE = re.compile(
    r"<(?:(?P<converter>[a-zA-Z_][a-zA-Z0-9_]*)(?:\((?P<arguments>.*?)\))?:)?[a-zA-Z_][a-zA-Z0-9_]*>"
)
_DIGITS = "12345678901234567890"
_SAMPLES: Mapping[str, tuple[str, ...]] = {
    "int": ("0", *(_DIGITS[:length] for length in range(1, 21))),
    "float": ("0.5", "1.0", "12.25", "123.456"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000",),
}
"""Values of the converters whose values have a form. What any text can be is compared by its beginning alone."""


def unused_resources(app: Flask, table: RoutedTable, configuration: Configuration) -> Iterator[Problem]:
    """Yield a problem for each path and each expression of a resource that no route has."""
    rules = [rule for rule in app.url_map.iter_rules() if not rule.build_only and not rule.websocket]
    settings = configuration.settings
    located = settings.located("resources")
    for path, reason in _unused(table, rules):
        resource = next((each for each in settings.resources if path in each.paths), None)
        value = located if resource is None else resource.located
        yield _problem(path, reason, value)
    for declaration in table.declarations():
        if declaration.resources is not None:
            value = Located(declaration.label, "resources", None, CODE)
            own = [rule for rule in rules if table.has_declaration(str(rule.endpoint), declaration)]
            for path, reason in _unused(declaration.resources, own):
                yield _problem(path, reason, value, f"In {declaration.label}: ")


def _problem(path: str | re.Pattern[str], reason: str, value: Located | None, where: str = "") -> Problem:
    text = printable(path.pattern if isinstance(path, re.Pattern) else path)
    variable, source = ("resources", Source("code")) if value is None else (value.variable, value.source)
    kind = "expression" if isinstance(path, re.Pattern) else "path"
    message = f"{where}the {kind} {text}: {reason}"
    return problem(
        "resource-unused",
        variable,
        text,
        source,
        message=message[0].upper() + message[1:],
        fix=f"the path of a route instead of {text}, or remove it (`flask routes` lists the routes)",
    )


def _unused(table: PathTable[T], rules: Iterable[Rule]) -> Iterator[tuple[str | re.Pattern[str], str]]:
    paths = _Paths.of(rules)
    for text in table.paths:
        if not paths.has(PathPattern.parse(text)):
            yield text, "no route has it."
    plain = PathTable(table.paths)
    for expression, _ in table.regexes:
        if not paths.has_match(expression):
            yield expression, "it matches the path of no route."
        elif _has_all_below(plain, literal_beginning(expression)) or not paths.has_match(expression, outside=plain):
            yield expression, "a plain path governs all that it matches, and plain paths take precedence."


@dataclass(frozen=True, slots=True)
class _Paths:
    """The paths of an application's routes.

    Attributes:
        exact: Paths that routes have: those without variables, and samples of those whose values have a form.
        above: The paths above them.
        open: What routes begin with where any text follows.
    """

    exact: frozenset[str]
    above: frozenset[str]
    open: frozenset[str]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> _Paths:
        exact, begins = set[str](), set[str]()
        for rule in rules:
            literal, variable, _ = rule.rule.partition("<")
            if not variable:
                exact.update(literal_paths(rule))
                continue
            samples = _samples_of(rule.rule)
            if samples:
                exact.update(samples)
            else:
                begins.add(literal.encode().decode("latin-1"))
        above = {path[:end] for path in (*exact, *begins) for end, character in enumerate(path) if character == "/"}
        return cls(frozenset(exact), frozenset(above | exact), frozenset(begins))

    def has(self, pattern: PathPattern) -> bool:
        """Return whether a route may have a path of the pattern."""
        if pattern.path in (self.above if pattern.below else self.exact):
            return True
        if pattern.below and pattern.path == "":
            return bool(self.exact or self.open)
        # Any text may follow: the path may be a value of the variable, or be above such a value.
        return any(pattern.path.startswith(begin) for begin in self.open)

    def has_match(self, expression: re.Pattern[str], outside: PathTable[T] | None = None) -> bool:
        """Return whether a route may have a path that the expression matches, and that ``outside`` does not have."""
        whole = re.compile(expression.pattern, expression.flags | re.DOTALL)
        for path in self.exact:
            decoded = path.encode("latin-1", "replace").decode("utf-8", "replace")
            if whole.fullmatch(decoded) and (outside is None or outside.for_path(path) is None):
                return True
        for begin in self.open:
            if may_begin_alike(expression, begin) and not (outside is not None and _has_all_below(outside, begin)):
                return True
        return False


def _has_all_below(table: PathTable[T], begin: str) -> bool:
    """Return whether a path of the table has all that begins so below it."""
    folder = begin.rpartition("/")[0]
    return any(
        text.endswith("/*") and f"{folder}/".startswith(text.removesuffix("*").encode().decode("latin-1"))
        for text in table.paths
    )


def _samples_of(rule: str) -> list[str]:
    """Return sample paths of a rule whose variables all have values of a known form; else none."""
    names = [match["converter"] or "string" for match in _VARIABLE.finditer(rule)]
    if not names or not _SAMPLES.keys() >= set(names):
        return []
    most = max(len(_SAMPLES[name]) for name in names)
    return [_sample(rule, number).encode().decode("latin-1") for number in range(most)]


def _sample(rule: str, number: int) -> str:
    def value(match: re.Match[str]) -> str:
        values = _SAMPLES[match["converter"]]
        return values[number % len(values)]

    return _VARIABLE.sub(value, rule)

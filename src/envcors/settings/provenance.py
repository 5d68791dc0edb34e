"""A value and where it came from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum

from envcors.problems import Problem, Source, printable

_KEPT_CHARACTERS = 1000
LONGEST_LINE = 400
"""A line to paste that is longer, in characters, nobody reads: each fault has a line of its own instead."""


class Place(Enum):
    """The kind of place a value stands in, which decides how a line to paste is written."""

    COMMAND = "command line"
    CODE = "code"
    CONFIG = "app.config"
    VARIABLE = "variable"
    DOTENV = ".env"
    DIRECTORY = "mounted directory"
    MANIFEST = "manifest"
    LITERAL = "literal of a manifest"
    JSON = "JSON"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Given:
    """One value as somebody wrote it.

    ``variable`` is the name it was written under; ``option`` the option it sets, in lower case without prefix.
    ``secret`` says that the value holds pieces of other variables, which no message may show; ``raw`` is then what
    stands in the file. ``below`` are the values of the same option that this one overrides, highest first.
    ``owner`` is what the option belongs to where that is not the application: ``resource "/api/*"``, ``view x``.
    """

    variable: str
    option: str
    value: object
    source: Source
    place: Place = Place.VARIABLE
    raw: str | None = None
    secret: bool = False
    below: tuple[Given, ...] = ()
    owner: str = ""

    @property
    def shown(self) -> str:
        """The value as a message may show it, on any number of lines, at most 1,000 characters."""
        if self.raw is not None:
            text = self.raw
        elif isinstance(self.value, (list, tuple, set, frozenset)):
            text = ",".join(
                sorted(map(text_of, self.value))
                if isinstance(self.value, (set, frozenset))
                else map(text_of, self.value)
            )
        else:
            text = text_of(self.value)
        return text if len(text) <= _KEPT_CHARACTERS else f"{text[:_KEPT_CHARACTERS]}…"

    @property
    def called(self) -> str:
        """Where a part of the value is changed: a variable, or a place in it or in code."""
        owner = f" of {self.owner}" if self.owner else ""
        match self.place:
            case Place.JSON:
                return f'"{self.option}"{owner} in {self.variable}'
            case Place.CODE:
                return f"{self.option}={owner} in code"
            case Place.CONFIG:
                return f'app.config["{self.variable}"]'
            case _:
                return self.variable

    def piece(self, item: object) -> str:
        """One item of the value as a message may show it on one line: the raw text where it could hold a secret."""
        return printable(self.raw or "" if self.secret else text_of(item))

    def problem(self, rule: str, message: str, fix: str) -> Problem:
        """A refusal that names this value."""
        return Problem(rule, "refuse", self.variable, self.shown, self.source, message, fix)

    def line(self, value: object) -> str:
        """The line to paste that gives this option ``value`` in the place where it stands now."""
        owner = f" of {self.owner}" if self.owner else ""
        match self.place:
            case Place.CODE if self.raw is not None:
                return f'"{self.option}": {python_of(value)}{owner}'
            case Place.CODE:
                return f"{self.option}={python_of(value)}{owner}"
            case Place.CONFIG:
                return f'app.config["{self.variable}"] = {python_of(value)}'
            case Place.JSON:
                return f'"{self.option}": {json_of(value)}{owner} in {self.variable}'
            case Place.MANIFEST:
                return f"{self.variable}: {json_of(text_of(value))}"
            case Place.DIRECTORY:
                text = text_of(value)
                return f"write {text} into {self.source}" if text else f"empty {self.source}"
            case _:
                return f"{self.variable}={text_of(value)}"

    def line_named(self, name: str) -> str:
        """What gives the value, which is not shown, another name in the same place."""
        match self.place:
            case Place.CONFIG:
                return f'app.config["{name}"] = …'
            case Place.MANIFEST:
                return f'{name}: "…"'
            case Place.DIRECTORY:
                return f"name the file {name}"
            case _:
                return f"rename it to {name}"

    def beside(self, variable: str, option: str) -> Given:
        """Another variable, without a value, in the same place."""
        source = self.source
        if self.place is Place.DIRECTORY:
            source = Source.whole_file(os.path.join(os.path.dirname(source), variable))
        return Given(variable, option, None, source, self.place)


def text_of(value: object) -> str:
    """``value`` as a variable's text: lists joined by commas, booleans in lower case."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(text_of(item) for item in value)
    pattern = getattr(value, "pattern", None)
    if isinstance(pattern, str):
        return f"re.compile({pattern!r})"
    name = getattr(value, "__qualname__", None)
    return f"function {name}" if callable(value) and isinstance(name, str) else repr(value)


def python_of(value: object) -> str:
    """``value`` as Python, with double quotes."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(python_of(item) for item in value) + "]"
    return text_of(value) if not isinstance(value, (bool, int, float)) else repr(value)


def json_of(value: object) -> str:
    """``value`` as JSON."""
    import json

    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)

"""A value, and where it was written."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Self

from envcors.problems import Problem, Source, masked, printable
from envcors.repair import syntax
from envcors.repair.syntax import Syntax, text_of
from envcors.rules.catalogue import problem
from envcors.settings.store_url import shown_url

LONGEST_LINE = 400
"""In characters. Instead of a longer line to paste, the fix names each item."""

_KEPT_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Located:
    """One value as it was written.

    Attributes:
        variable: The name that it was written under.
        option: The option that it sets, in lower case without prefix; empty if the name is unknown.
        value: What was written.
        source: Where it was written.
        syntax: How values are written there, which determines the form of the line to paste.
        raw: The text in the file, if ``value`` is the result of expanding it.
        secret: Whether ``value`` contains parts of other variables, which no message may show.
        overrides: The values of the same option that this one takes precedence over, the next one first.
        owner: What the option belongs to if it is not the application: ``resource "/api/*"``, ``view x``.
    """

    variable: str
    option: str
    value: object
    source: Source
    syntax: Syntax = Syntax.VARIABLE
    raw: str | None = None
    secret: bool = False
    overrides: tuple[Located, ...] = ()
    owner: str = ""

    @property
    def shown(self) -> str:
        """The value as a message may show it, on any number of lines, at most 1,000 characters."""
        if self.option == "origins_store":
            return self.raw if self.secret and self.raw is not None else shown_url(self.value)
        if self.raw is not None:
            text = self.raw
        elif isinstance(self.value, (set, frozenset)):
            text = ",".join(sorted(map(text_of, self.value)))
        else:
            text = text_of(self.value)
        text = masked(text)
        return text if len(text) <= _KEPT_CHARACTERS else f"{text[:_KEPT_CHARACTERS]}…"

    @property
    def setting(self) -> str:
        """What a person edits to change a part of the value: a variable, or an option in it or in code."""
        owner = f" of {self.owner}" if self.owner else ""
        match self.syntax:
            case Syntax.JSON:
                return f'"{self.option}"{owner} in {self.variable}'
            case Syntax.CODE | Syntax.MAPPING:
                return f"{self.option}={owner} in code"
            case Syntax.CONFIG:
                return f'app.config["{self.variable}"]'
            case _:
                return self.variable

    @property
    def in_code(self) -> bool:
        """Whether the value is from code: a keyword or ``app.config``."""
        return self.syntax in (Syntax.CODE, Syntax.MAPPING, Syntax.CONFIG)

    def shown_item(self, item: object) -> str:
        """Return one item of the value as a message may show it: the raw text if the item could contain a secret."""
        return printable(masked(self.raw or "" if self.secret else text_of(item)))

    def problem(self, rule: str, message: str, fix: str) -> Problem:
        """Make a problem that names this value."""
        return problem(rule, self.variable, self.shown, self.source, message=message, fix=fix)

    def line(self, value: object) -> str:
        """Return the line to paste that sets this option to ``value`` in the same source."""
        return syntax.line(
            value,
            self.syntax,
            variable=self.variable,
            option=self.option,
            owner=self.owner,
            source=str(self.source),
        )

    def line_named(self, name: str) -> str:
        """Return the line that renames the variable in the same source, without its value."""
        match self.syntax:
            case Syntax.CONFIG:
                return f'app.config["{name}"] = …'
            case Syntax.MANIFEST:
                return f'{name}: "…"'
            case Syntax.DIRECTORY:
                return f"name the file {name}"
            case _:
                return f"rename it to {name}"

    def sibling(self, variable: str, option: str) -> Self:
        """Make another variable of the same source, without a value."""
        source = self.source
        if self.syntax is Syntax.DIRECTORY:
            source = Source.whole_file(os.path.join(os.path.dirname(source), variable))
        return replace(
            self, variable=variable, option=option, value=None, source=source, raw=None, secret=False, overrides=()
        )

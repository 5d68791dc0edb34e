"""The exception that ends a boot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Self

import click

from envcors.problems import Problem
from envcors.report import report


class BootRefused(click.ClickException):
    """The configuration violates rules; the application must not start.

    ``problems`` holds all of them; ``str()`` is the report. It is a ``click.ClickException``, so that Flask's command
    line prints the report alone and exits with status 78 (``EX_CONFIG``). ``production`` says which mode's rules were
    checked; None where the mode is not known yet, as for a decorator. ``hint`` is a sentence before the problems, and
    ``command`` the command that a last line names, or empty.
    """

    exit_code = 78

    def __init__(
        self, problems: Iterable[Problem], *, production: bool | None = None, hint: str = "", command: str = ""
    ) -> None:
        self.problems = tuple(problems)
        self.production = production
        self.hint = hint
        self.command = command
        super().__init__(report(self.problems, production=production, hint=hint, command=command))

    def __reduce__(self) -> tuple[object, ...]:
        return _refuse, (self.problems, self.production, self.hint, self.command)

    def naming(self, command: str) -> Self:
        """Return the same refusal with a last line that names a command."""
        return type(self)(self.problems, production=self.production, hint=self.hint, command=command)

    def show(self, file: IO[str] | None = None) -> None:
        """Print the report, without click's own ``Error:`` in front."""
        click.echo(self.message, file=file, err=file is None)


def _refuse(problems: tuple[Problem, ...], production: bool | None, hint: str, command: str) -> BootRefused:
    return BootRefused(problems, production=production, hint=hint, command=command)


def is_unread(refusal: BootRefused) -> bool:
    """Return whether a source could not be read, so that its values are unknown."""
    return any(found.rule == "source-unreadable" for found in refusal.problems)

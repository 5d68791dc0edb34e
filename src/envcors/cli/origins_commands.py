"""The group ``origins``: its commands, options and help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from envcors.cli.target import Target


def add(target: Target, **values: Any) -> int:
    """Allow origins, on every worker within a second.

    All rules are checked before anything is written, and all origins are written or none. Exit status: 0 added,
    1 refused, 2 usage error, 3 the store is unreachable.
    """
    from envcors.cli.origins import add as run

    return run(target, **values)


def remove(target: Target, **values: Any) -> int:
    """Remove origins, on every worker within a second.

    Nothing is removed if one of them is not in the store. Exit status: 0 removed, 1 refused, 2 usage error, 3 the store
    is unreachable.
    """
    from envcors.cli.origins import remove as run

    return run(target, **values)


def list_(target: Target, **values: Any) -> int:
    """Show the origins of the store, with their expiry.

    Exit status: 0 shown, 1 the configuration is refused, 2 usage error, 3 the store is unreachable.
    """
    from envcors.cli.origins import list_origins as run

    return run(target, **values)


def import_(target: Target, **values: Any) -> int:
    """Add the origins of a file, one on each line; - reads standard input.

    Empty lines and lines that begin with # are left out. All are written or none. Exit status: 0 added, 1 refused,
    2 usage error, 3 the store is unreachable.
    """
    from envcors.cli.origins import import_file as run

    return run(target, **values)


def verify(target: Target, **values: Any) -> int:
    """Check every origin of the store against all rules.

    Workers leave out what violates a rule. Exit status: 0 valid, 1 invalid, 2 usage error, 3 the store is unreachable.
    """
    from envcors.cli.origins import verify as run

    return run(target, **values)


def history(target: Target, **values: Any) -> int:
    """Show who changed the store, and when. The store keeps the last 1,000 changes.

    Exit status: 0 shown, 1 the configuration is refused, 2 usage error, 3 the store is unreachable.
    """
    from envcors.cli.origins import history as run

    return run(target, **values)


_ORIGINS = click.Argument(["origins"], nargs=-1, required=True, metavar="ORIGIN…")
_LIFETIME = click.Option(["--for", "lifetime"], metavar="DURATION", help="Allow them for 45m, 12h, 30d or 8w only.")
_BY = click.Option(["--by"], metavar="NAME", help="Who does it, for the history. Default: user@machine.")
_DRY_RUN = click.Option(["--dry-run"], is_flag=True, help="Check and show what would change; write nothing.")
_RESOURCE = click.Option(
    ["--resource"], metavar="NAME", help="The store of this resource: its name or one of its paths."
)
_FORMAT = click.Option(
    ["--format", "style"], type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
_NUMBER = click.Option(
    ["--number"], type=click.IntRange(1, 1000), default=20, show_default=True, help="How many changes to show."
)
_COMMANDS: tuple[tuple[str, Callable[..., int], tuple[click.Parameter, ...]], ...] = (
    ("add", add, (_ORIGINS, _LIFETIME, _BY, _DRY_RUN)),
    ("remove", remove, (_ORIGINS, _BY, _DRY_RUN)),
    ("list", list_, ()),
    ("import", import_, (click.Argument(["file"], metavar="FILE"), _LIFETIME, _BY, _DRY_RUN)),
    ("verify", verify, ()),
    ("history", history, (_NUMBER,)),
)


def group(with_target: Callable[..., int], sources: Iterable[click.Parameter]) -> click.Group:
    """Return the group for commands that ``with_target`` runs on a configuration."""
    made = click.Group("origins", help="Read and change the origins of a store (CORS_ORIGINS_STORE).")
    for name, function, params in _COMMANDS:
        run = partial(with_target, function)

        def callback(run: Callable[..., int] = run, **values: object) -> None:
            raise click.exceptions.Exit(run(**values))

        options = [*params, _RESOURCE, _FORMAT, *sources]
        made.add_command(click.Command(name, callback=callback, params=options, help=inspect.getdoc(function)))
    return made

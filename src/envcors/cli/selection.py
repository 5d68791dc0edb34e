"""The options that select the configuration of a command."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import click

Mode = Literal["production", "development"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sources a command reads; by default those that an application reads: the environment and ``.env``."""

    env_file: tuple[str, ...] = ()
    configmap: tuple[str, ...] = ()
    config_dir: str | None = None
    env: Mode | None = None
    prefix: str = "CORS_"
    no_environ: bool = False

    @classmethod
    def taken_from(cls, values: dict[str, Any]) -> Self:  # click parses what OPTIONS declare
        """Take the selection out of a command's values; the other values stay."""
        return cls(**{field.name: values.pop(field.name) for field in fields(cls)})


_MODE = click.Option(
    ["--env"],
    type=click.Choice(["production", "development"]),
    help="Check in this mode instead of the configured one.",
)
PREFIX = click.Option(
    ["--prefix"],
    default="CORS_",
    show_default=True,
    metavar="PREFIX",
    help="Prefix of the names of the variables.",
)

OPTIONS = (
    click.Option(
        ["--env-file"],
        multiple=True,
        metavar="FILE",
        help="Read this file instead of .env. Repeatable: later files override earlier ones.",
    ),
    click.Option(
        ["--configmap"],
        multiple=True,
        metavar="FILE.yaml",
        help="Read the ConfigMaps in this manifest instead of .env. Repeatable.",
    ),
    click.Option(
        ["--config-dir"],
        metavar="DIR",
        help="Read this directory as a mounted ConfigMap: one file for each variable.",
    ),
    _MODE,
    PREFIX,
    click.Option(["--no-environ"], is_flag=True, help="Do not read the process environment."),
)


def _refused(name: str, instead: str, *, is_flag: bool = False) -> click.Option:
    """Return an option of ``envcors`` that ``flask cors`` refuses: the application selects its sources itself."""

    def refuse(_context: click.Context, _option: click.Parameter, value: object) -> None:
        if value:
            raise click.UsageError(f"{name} is not available here: the application selects its sources; {instead}")

    return click.Option([name], is_flag=is_flag, hidden=True, expose_value=False, callback=refuse)


APPLICATION_OPTIONS = (
    _MODE,
    _refused("--env-file", "use CORS(app, env_file=…), or envcors with --env-file."),
    _refused("--configmap", "use envcors with --configmap."),
    _refused("--config-dir", "set CORS_CONFIG_DIR in its environment."),
    _refused("--prefix", "use CORS(app, env_prefix=…)."),
    _refused("--no-environ", "run the command in another environment.", is_flag=True),
)
"""The options of ``flask cors``."""

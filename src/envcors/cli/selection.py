"""The options that say which configuration a command is about, and those that an application leaves open."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import click

Mode = Literal["production", "development"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sources are read. Without any, those that an application reads: the environment and ``.env``."""

    env_file: tuple[str, ...] = ()
    configmap: tuple[str, ...] = ()
    config_dir: str | None = None
    env: Mode | None = None
    prefix: str = "CORS_"
    no_environ: bool = False

    @classmethod
    def taken_from(cls, values: dict[str, Any]) -> Self:  # what click parsed is as OPTIONS say
        """The selection among a command's values, which are left with the others."""
        return cls(**{field.name: values.pop(field.name) for field in fields(cls)})


_MODE = click.Option(
    ["--env"],
    type=click.Choice(["production", "development"]),
    help="Judge as this mode, whatever the sources say.",
)

OPTIONS = (
    click.Option(
        ["--env-file"],
        multiple=True,
        metavar="FILE",
        help="Read this file instead of .env. Repeatable; later files override earlier ones.",
    ),
    click.Option(
        ["--configmap"],
        multiple=True,
        metavar="FILE.yaml",
        help="Read the ConfigMaps of this manifest instead of .env. Repeatable.",
    ),
    click.Option(
        ["--config-dir"],
        metavar="DIR",
        help="Read this directory as a mounted ConfigMap: one file for each variable.",
    ),
    _MODE,
    click.Option(
        ["--prefix"],
        default="CORS_",
        show_default=True,
        metavar="PREFIX",
        help="What the names of the variables begin with.",
    ),
    click.Option(["--no-environ"], is_flag=True, help="Leave the process environment out."),
)


def _refused(name: str, instead: str, *, is_flag: bool = False) -> click.Option:
    """An option of ``envcors`` that makes no sense about an application, which says itself what it reads."""

    def refuse(_context: click.Context, _option: click.Parameter, given: object) -> None:
        if given:
            raise click.UsageError(f"The application says itself what it reads, so {name} has no place here: {instead}")

    return click.Option([name], is_flag=is_flag, hidden=True, expose_value=False, callback=refuse)


APPLICATION_OPTIONS = (
    _MODE,
    _refused("--env-file", "CORS(app, env_file=…) names the file; envcors takes --env-file without the application."),
    _refused("--configmap", "envcors takes --configmap, without the application."),
    _refused("--config-dir", "set CORS_CONFIG_DIR in its environment."),
    _refused("--prefix", "CORS(app, env_prefix=…) names the prefix."),
    _refused("--no-environ", "call the command in another environment.", is_flag=True),
)
"""The options of commands about an application."""

"""The options that say which configuration a command is about."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import click


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sources are read. Without any, those that an application reads: the environment and ``.env``."""

    env_file: tuple[str, ...] = ()
    configmap: tuple[str, ...] = ()
    config_dir: str | None = None
    env: Literal["production", "development"] | None = None
    prefix: str = "CORS_"
    no_environ: bool = False

    @classmethod
    def taken_from(cls, values: dict[str, Any]) -> Self:  # what click parsed is as OPTIONS say
        """The selection among a command's values, which are left with the others."""
        return cls(**{field.name: values.pop(field.name) for field in fields(cls)})


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
    click.Option(
        ["--env"],
        type=click.Choice(["production", "development"]),
        help="Judge as this mode, whatever the sources say.",
    ),
    click.Option(
        ["--prefix"],
        default="CORS_",
        show_default=True,
        metavar="PREFIX",
        help="What the names of the variables begin with.",
    ),
    click.Option(["--no-environ"], is_flag=True, help="Leave the process environment out."),
)

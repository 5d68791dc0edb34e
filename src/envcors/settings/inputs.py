"""What settings are read from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import TypeAlias, cast

from envcors.settings.sources.command_line import current_values

EnvFile: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
"""A file, several (a later one overrides), or None for no file."""

DEFAULT_ENV_FILE = ".env"


def working_directory() -> str:
    """Return the working directory; empty if it was removed or is not accessible."""
    try:
        return os.getcwd()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What settings are read from.

    Attributes:
        keywords: The keywords of ``CORS()`` or ``CORSSettings()``.
        config: ``app.config``.
        environ: The process environment.
        env_files: Files in ``.env`` syntax; a later one overrides.
        optional: Those of the files that can be missing.
        directory: What their paths are relative to, also after the working directory changes.
        manifests: Kubernetes manifests.
        command_line: The values of a command line, by option.
        loads: Whether Flask's command line would have loaded what the files for it have now.
    """

    keywords: Mapping[str, object] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    env_files: tuple[str, ...] = (DEFAULT_ENV_FILE,)
    optional: frozenset[str] = frozenset({DEFAULT_ENV_FILE})
    directory: str = field(default_factory=working_directory)
    manifests: tuple[str, ...] = ()
    command_line: Mapping[str, str] = field(default_factory=current_values)
    loads: bool = False

    def with_env_file(self, env_file: EnvFile | EllipsisType, default: object) -> Inputs:
        """Return the inputs with the files that code chose; ``...`` means the default of the settings class."""
        if env_file is ... and default == DEFAULT_ENV_FILE:
            return self
        chosen = cast(EnvFile, default if env_file is ... else env_file)
        if chosen is None:
            return replace(self, env_files=(), optional=frozenset())
        paths = (chosen,) if isinstance(chosen, (str, os.PathLike)) else tuple(chosen)
        return replace(self, env_files=tuple(os.fspath(path) for path in paths), optional=frozenset())

"""Where the settings of an application are read from: at boot, and again at each reload."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from types import EllipsisType

import click
from flask.cli import FlaskGroup
from flask.helpers import get_load_dotenv

from envcors.configuration import Configuration
from envcors.settings import starting_environment
from envcors.settings.env_files import EnvFiles
from envcors.settings.inputs import EnvFile, Inputs
from envcors.settings.marker import MARKER, text_of
from envcors.settings.model import CORSSettings
from envcors.settings.sources.environment import has_loaded, loaded_entries, loaded_paths, short, whole

_ATTEMPTS = 5
"""How often files that change while they are read are read at once; a later request reads them again."""


class Sources:
    """The sources of one application. A reload reads what Flask's command line would load at that moment.

    Args:
        settings_class: The class of the settings.
        prefix: What the names of variables begin with; None for the class's own.
        env_file: The files that code chose; ``...`` means the class's own.
        inputs: What is read, except the files.

    Attributes:
        files: The ``.env`` files that can be followed.
    """

    def __init__(
        self, settings_class: type[CORSSettings], prefix: str | None, env_file: EnvFile | EllipsisType, inputs: Inputs
    ) -> None:
        self._read = partial(settings_class.read, prefix=prefix, env_file=env_file)
        self._inputs = inputs.with_env_file(env_file, settings_class.model_config.get("env_file"))
        self._loaded = {path: short(path, inputs.directory) for path in loaded_paths(inputs.directory)}
        self._own = {whole(path, self._inputs): path for path in self._inputs.env_files}
        self.files = EnvFiles({**self._loaded, **self._own})

    @property
    def env_file(self) -> str:
        """The whole path of the first ``.env`` file, also where it does not exist; empty if there is none."""
        return next(iter(self._own), "")

    def at_boot(self) -> CORSSettings:
        """Read the settings, and note which values of the environment came from a file.

        In development, and under Flask's command line, the note is also for the child process that a reloader starts. A
        test run starts none.
        """
        settings = self._read(self._inputs)
        self.files.taken()
        marker = text_of(loaded_entries(self._inputs, settings.reading.names))
        is_loading = _command_line_loads()
        if marker and (is_loading or not settings.production) and not starting_environment.is_test_run():
            os.environ[MARKER] = marker
        environ = {**self._inputs.environ, MARKER: marker}
        self._inputs = replace(self._inputs, environ=environ, loads=is_loading)
        loaded = {
            path: shown
            for path, shown in self._loaded.items()
            if is_loading or has_loaded(path, self._inputs, settings.reading.names)
        }
        self.files.keep({**loaded, **self._own})
        return settings

    def again(self, before: Configuration) -> CORSSettings:
        """Read the settings anew, all files as they are at one moment.

        A file that was there must still be there: without it a denied origin would be allowed.

        Args:
            before: The configuration in force.

        Raises:
            BootRefused: A file is gone, or empty.
        """
        for _ in range(_ATTEMPTS):
            self.files.look()
            lost = list(self.files.lost())
            if lost:
                raise before.refusal(lost)
            present = self.files.present
            optional = (path for path in self._inputs.optional if whole(path, self._inputs) not in present)
            settings = self._read(replace(self._inputs, optional=frozenset(optional)))
            if not self.files.changed():
                break
        return settings


def _command_line_loads() -> bool:
    """Return whether Flask's command line runs, and has loaded ``.env`` and ``.flaskenv`` into the environment."""
    context = click.get_current_context(silent=True)
    while context is not None:
        if isinstance(context.command, FlaskGroup):
            return get_load_dotenv(context.command.load_dotenv)
        context = context.parent
    return False

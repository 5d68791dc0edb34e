"""What a command is about: a configuration that options select, or the application that Flask found."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from envcors.cli.selection import Mode, Selection
from envcors.configuration import Configuration, configure
from envcors.observe.reloads import STARTED
from envcors.problems import Problem
from envcors.refusal import BootRefused
from envcors.settings import container
from envcors.settings.files import ExtraMissingError
from envcors.settings.inputs import DEFAULT_ENV_FILE, Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.names import Names, PrefixError
from envcors.settings.sources.command_line import command_line

if TYPE_CHECKING:
    from envcors.flask.enforcement import Enforcement

_logger = logging.getLogger("envcors")
_PREFIX = "CORS_"
_NO_WORDS = ("", "0", "false", "no")


@dataclass(frozen=True, slots=True)
class Subject:
    """A configuration with its verdict.

    ``problems`` are the configuration's, and those of what code declares. ``configuration`` is None where an
    application refused to boot before one was read: then ``problems`` is all there is to say, and ``production`` is
    None where not even the mode was known. ``enforcement`` is what is in force in the application, where there is one.
    """

    problems: tuple[Problem, ...]
    production: bool | None
    prefix: str
    configuration: Configuration | None = None
    enforcement: Enforcement | None = None

    @classmethod
    def of(cls, configuration: Configuration, enforcement: Enforcement | None = None) -> Subject:
        """The subject of a configuration that could be read."""
        problems, prefix = configuration.problems, configuration.settings.prefix
        return cls(problems, configuration.production, prefix, configuration, enforcement)


def of_sources(selection: Selection) -> Subject:
    """Read and judge the selected sources. Raises click.BadParameter for a prefix that cannot be one."""
    environ: Mapping[str, str] = facts(os.environ) if selection.no_environ else os.environ
    chosen = {"env": selection.env, "config_dir": selection.config_dir}
    inputs = Inputs(
        environ=environ,
        env_files=selection.env_file or (() if selection.configmap else (DEFAULT_ENV_FILE,)),
        optional=frozenset() if selection.env_file else frozenset({DEFAULT_ENV_FILE}),
        manifests=selection.configmap,
        command_line={option: value for option, value in chosen.items() if value is not None},
    )
    return checked(inputs, selection.prefix)


def checked(inputs: Inputs, prefix: str) -> Subject:
    """Read and check ``inputs``. Raises click.UsageError where the extra that reads manifests is missing."""
    names_under(prefix)
    try:
        settings = CORSSettings.read(inputs, prefix=prefix)
    except ExtraMissingError as error:
        raise click.UsageError(str(error)) from None
    return Subject.of(configure(settings, debug=_debug(inputs.environ)))


def of_application(context: click.Context, mode: Mode | None = None) -> Subject:
    """What is in force in the application of Flask's command line, or would be in the given mode.

    Raises click.UsageError for an application without CORS; whatever else keeps it from loading is raised as it is.
    """
    with command_line({} if mode is None else {"env": mode}):
        return _loaded(context)


def _loaded(context: click.Context) -> Subject:
    from flask.cli import ScriptInfo

    from envcors.flask.enforcement import EXTENSION
    from envcors.flask.recorded import recording

    held = _HeldBack()
    _logger.addFilter(held)
    subject: Subject | None = None
    configurations: list[Configuration] = []
    try:
        with recording() as configurations:
            app = context.ensure_object(ScriptInfo).load_app()
        enforcement = app.extensions.get(EXTENSION)
        if enforcement is None:
            raise click.UsageError(f"The application {app.name} has no policy: it calls CORS(app) nowhere.")
        subject = Subject.of(enforcement.configuration, enforcement)
    except BootRefused as refusal:
        subject = _refused(refusal, configurations)
    finally:
        _logger.removeFilter(held)
        held.release(subject)
    return subject


def _refused(refusal: BootRefused, configurations: list[Configuration]) -> Subject:
    """Return the subject of an application that refused to boot; the last configuration that it read is its own."""
    configuration = configurations[-1] if configurations else None
    if configuration is None:
        return Subject(refusal.problems, refusal.production, _PREFIX)
    return Subject(refusal.problems, refusal.production, configuration.settings.prefix, configuration)


class _HeldBack(logging.Filter):
    """What an application's boot logs, kept until it is known what the command itself prints.

    That an application has started is no news of a command's.
    """

    def __init__(self) -> None:
        super().__init__()
        self._records: list[logging.LogRecord] = []

    def filter(self, record: logging.LogRecord) -> bool:
        self._records.append(record)
        return False

    def release(self, subject: Subject | None) -> None:
        """Log what was held back, but the verdict on ``subject``."""
        configuration = subject.configuration if subject else None
        verdict = () if configuration is None else (*configuration.waived, *configuration.advice)
        for record in self._records:
            about = getattr(record, "envcors", None)
            if about != STARTED and about not in verdict:
                _logger.handle(record)


def names_under(prefix: str) -> Names:
    """The names of the variables. Raises click.BadParameter for a prefix that cannot be one."""
    try:
        return CORSSettings.names(prefix)
    except PrefixError as error:
        raise click.BadParameter(str(error), param_hint="--prefix") from None


def facts(environ: Mapping[str, str]) -> dict[str, str]:
    """What an environment says about the machine that a command runs on: whether it is a pod or a CI job."""
    return {name: environ[name] for name in container.NAMES if name in environ}


def _debug(environ: Mapping[str, str]) -> bool:
    return environ.get("FLASK_DEBUG", "").lower() not in _NO_WORDS

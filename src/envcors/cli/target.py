"""The target of a command: the configuration that its options select, or the application that Flask finds."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from envcors.cli.selection import Mode, Selection
from envcors.configuration import Configuration, configure
from envcors.observe.reloads import STARTED
from envcors.problems import Problem, printable
from envcors.refusal import BootRefused
from envcors.settings import container
from envcors.settings.files import ExtraMissingError
from envcors.settings.inputs import DEFAULT_ENV_FILE, Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.names import Names, PrefixError
from envcors.settings.sources.command_line import command_line

if TYPE_CHECKING:
    from flask import Flask

    from envcors.cli.migration.plan import Plan
    from envcors.flask.enforcement import Enforcement
    from envcors.flask.flask_cors import Use
    from envcors.flask.recorded import Recording

_logger = logging.getLogger("envcors")
_PREFIX = "CORS_"
_FALSE = ("", "0", "false", "no")


@dataclass(frozen=True, slots=True)
class Target:
    """A configuration that was checked.

    Attributes:
        problems: What is refused in the configuration, and in the declarations of an application.
        production: Whether the rules of production apply; None where an application refused to boot before its mode
            was known.
        prefix: What the names of the variables begin with.
        configuration: None where an application refused to boot before a configuration was read.
        enforcement: The policies in force in an application that booted; else None.
        advice: What is advised against, in the configuration and in the routes of an application.
        migration: How an application that uses Flask-CORS becomes one that uses envcors; else None.
    """

    problems: tuple[Problem, ...]
    production: bool | None
    prefix: str
    configuration: Configuration | None = None
    enforcement: Enforcement | None = None
    advice: tuple[Problem, ...] = ()
    migration: Plan | None = None

    @classmethod
    def of(cls, configuration: Configuration, enforcement: Enforcement | None = None) -> Target:
        """Return the target of a configuration that was read."""
        problems, prefix = configuration.problems, configuration.settings.prefix
        return cls(problems, configuration.production, prefix, configuration, enforcement, configuration.advice)


def from_selection(selection: Selection) -> Target:
    """Read and check the selected sources. Raises click.BadParameter for an invalid prefix."""
    environ: Mapping[str, str] = about_machine(os.environ) if selection.no_environ else os.environ
    chosen = {"env": selection.env, "config_dir": selection.config_dir}
    inputs = Inputs(
        environ=environ,
        env_files=selection.env_file or (() if selection.configmap else (DEFAULT_ENV_FILE,)),
        optional=frozenset() if selection.env_file else frozenset({DEFAULT_ENV_FILE}),
        manifests=selection.configmap,
        command_line={option: value for option, value in chosen.items() if value is not None},
    )
    return from_inputs(inputs, selection.prefix)


def from_inputs(inputs: Inputs, prefix: str, settings_class: type[CORSSettings] = CORSSettings) -> Target:
    """Read and check ``inputs``. Raises click.UsageError where the extra that reads manifests is missing."""
    names_under(prefix)
    try:
        settings = settings_class.read(inputs, prefix=prefix)
    except ExtraMissingError as error:
        raise click.UsageError(str(error)) from None
    return Target.of(configure(settings, debug=_debug(inputs.environ)))


def from_application(context: click.Context, mode: Mode | None = None) -> Target:
    """Load the application of Flask's command line and return what is in force there, or would be in another mode.

    Args:
        context: The context of the command.
        mode: The mode in which the application is checked; None for its own.

    Raises:
        click.UsageError: The application does not call ``CORS(app)``.
    """
    with command_line({} if mode is None else {"env": mode}):
        return _loaded(context)


def _loaded(context: click.Context) -> Target:
    from envcors.flask.recorded import recording

    held = _HeldBack()
    _logger.addFilter(held)
    target: Target | None = None
    try:
        with recording() as found:
            target = _of_application(context, found)
    finally:
        _logger.removeFilter(held)
        held.release(target)
    return target


def _of_application(context: click.Context, found: Recording) -> Target:
    from flask.cli import ScriptInfo

    from envcors.flask.enforcement import EXTENSION
    from envcors.flask.flask_cors import still_used, uses_of_flask_cors

    enforcement: Enforcement | None = None
    try:
        app = context.ensure_object(ScriptInfo).load_app()
        enforcement = app.extensions.get(EXTENSION)
    except click.ClickException as error:
        if isinstance(error, BootRefused):
            found.problems.update(dict.fromkeys(error.problems))
        elif not found.problems:
            raise
    except Exception as error:
        if not found.problems:  # else it may be a consequence of what was refused before
            raise click.ClickException(_failure(error)) from error
    if found.problems:
        found.problems.update(dict.fromkeys(enforcement.declaration_problems() if enforcement else ()))
        return _refused(tuple(_without_inherited(found.problems)), found.configurations)
    uses = uses_of_flask_cors(app)
    if enforcement is None and uses:
        return _to_migrate(app, uses)
    if enforcement is None:
        raise click.UsageError(
            f"The application {app.name} has no policy, because it does not call CORS(app). Add these lines:\n\n"
            "  from envcors import CORS\n  CORS(app)\n"
        )
    target = Target.of(enforcement.configuration, enforcement)
    problems = (*target.problems, *enforcement.declaration_problems(), *still_used(uses))
    return replace(target, problems=problems, advice=(*target.advice, *enforcement.advice()))


def _without_inherited(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems, except those of a view that inherits a value which is a problem where it is set."""
    problems = tuple(problems)
    for found in problems:
        same = (other for other in problems if replace(other, message="", fix="") == replace(found, message="", fix=""))
        if not any(other.message != found.message and other.message.endswith(f": {found.message}") for other in same):
            yield found


def _failure(error: Exception) -> str:
    """Return a sentence about an application that cannot be loaded, with the last line of it that ran."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    text = printable(str(error)) or "no message"
    return f"The application could not be loaded: {type(error).__name__}: {text}{where}. `flask run` shows all of it."


def _to_migrate(app: Flask, uses: Sequence[Use]) -> Target:
    """Return the target of an application that uses Flask-CORS and not yet envcors."""
    from envcors.cli.migration.plan import plan_for
    from envcors.flask.flask_cors import not_yet_replaced

    return Target((not_yet_replaced(uses),), None, _PREFIX, migration=plan_for(app, uses))


def _refused(problems: tuple[Problem, ...], configurations: list[Configuration]) -> Target:
    """Return the target of an application that refused to boot; its configuration is the last one that was read."""
    configuration = configurations[-1] if configurations else None
    if configuration is None:
        return Target(problems, None, _PREFIX)
    prefix = configuration.settings.prefix
    return Target(problems, configuration.production, prefix, configuration, advice=configuration.advice)


class _HeldBack(logging.Filter):
    """Keeps what an application logs while it boots until it is known what the command prints itself.

    The message that an application has started is never passed on: no server was started.
    """

    def __init__(self) -> None:
        super().__init__()
        self._records: list[logging.LogRecord] = []

    def filter(self, record: logging.LogRecord) -> bool:
        self._records.append(record)
        return False

    def release(self, target: Target | None) -> None:
        """Log what was kept, except what the command prints about ``target``."""
        configuration = target.configuration if target else None
        printed = () if configuration is None else (*configuration.waived, *(target.advice if target else ()))
        for record in self._records:
            about = getattr(record, "envcors", None)
            if about != STARTED and about not in printed:
                _logger.handle(record)


def names_under(prefix: str) -> Names:
    """Return the names of the variables under a prefix. Raises click.BadParameter for an invalid prefix."""
    try:
        return CORSSettings.names(prefix)
    except PrefixError as error:
        raise click.BadParameter(str(error), param_hint="--prefix") from None


def about_machine(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that describe the machine on which a command runs: a pod, a container, a CI job."""
    return {name: environ[name] for name in container.NAMES if name in environ}


def _debug(environ: Mapping[str, str]) -> bool:
    return environ.get("FLASK_DEBUG", "").lower() not in _FALSE

"""Rules about the deployment as a whole: the inspector, overridden variables, debug mode, a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from envcors.problems import Problem, Source, counted, printable
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import RULES, problem
from envcors.settings import container
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings


def check_inspector(settings: CORSSettings) -> Iterator[Problem]:
    """Yield the problem of an inspector in production."""
    located = settings.located("inspector")
    if located is not None and settings.inspector and settings.production:
        rule = RULES["inspector-in-production"]
        yield located.problem(rule.name, rule.why, located.line(False))


def check_ignored(settings: CORSSettings) -> Iterator[Problem]:
    """Yield the problem of each of our own variables in the list of other programs' variables."""
    located = settings.located("ignore")
    if located is None:
        return
    names = settings.reading.names
    for name in settings.ignore:
        if names.is_ours(name):
            kept = () if located.secret else tuple(other for other in settings.ignore if not names.is_ours(other))
            message = f"{printable(name)} is a variable of envcors and cannot be ignored."
            yield located.problem("value-invalid", message, located.line(kept))


def check_store(settings: CORSSettings) -> Iterator[Problem]:
    """Yield the problem of a store whose library is missing."""
    scopes = (
        settings.located("origins_store"),
        *(resource.options.get("origins_store") for resource in settings.resources),
    )
    located = next((found for found in scopes if found is not None), None)
    if located is not None and find_spec("redis") is None:
        message = "A store of origins needs the library redis, which is not installed."
        yield located.problem("usage", message, "pip install 'envcors[redis]'")


def check_metrics(settings: CORSSettings) -> Iterator[Problem]:
    """Yield the problem of metrics whose library is missing."""
    located = settings.located("metrics")
    if located is not None and settings.metrics and find_spec("prometheus_client") is None:
        message = "Metrics need the library prometheus-client, which is not installed."
        yield located.problem("usage", message, "pip install 'envcors[prometheus]'")


def advise(settings: CORSSettings, *, production: bool, debug: bool) -> Iterator[Problem]:
    """Yield advice about settings that are valid and probably not intended."""
    yield from _overridden(settings)
    if debug and production:
        yield problem("debug-in-production", "FLASK_DEBUG", None, Source("environment"))
    mode = settings.located("env")
    if mode is not None and not production and container.in_cluster(settings.reading.environ):
        fix = mode.line("production")
        yield problem("development-in-cluster", mode.variable, mode.shown, mode.source, fix=fix)


def emptied_directory(before: CORSSettings, after: CORSSettings) -> Problem | None:
    """Return the problem of a mounted directory that had variables and has none now; None for any other change.

    Deny lists and resources would be gone with the rest. A directory that is not mounted any more looks the same.
    """
    directory = after.located("config_dir")
    if directory is None or after.reading.foreign_files is None or before.reading.foreign_files is not None:
        return None
    return problem(
        "source-unreadable",
        directory.variable,
        directory.shown,
        directory.source,
        message="The mounted directory has no variable any more: it was emptied, or is not mounted.",
        fix=f"mount the directory with its variables again, or restart without {directory.variable}",
    )


def no_origins(settings: CORSSettings) -> Problem:
    """Return the advice for an application whose policies allow no origin."""
    variable, source = settings.variable("origins"), settings.source("origins")
    located = settings.located("origins") or Located(variable, "origins", None, source, Syntax.DEFAULT)
    message = RULES["origins-empty"].why
    directory, files = settings.located("config_dir"), settings.reading.foreign_files
    if directory is not None and files is not None:
        message += (
            f" None of the {counted(files, 'file')} in {printable(directory.shown)} is named after a variable, such as "
            f"{variable}."
        )
    fix = located.line(("https://app.example.com",))
    return problem("origins-empty", variable, "", source, message=message, fix=fix)


def _overridden(settings: CORSSettings) -> Iterator[Problem]:
    for located, overridden in settings.reading.overrides():
        is_mounted = overridden.syntax is Syntax.DIRECTORY and located.syntax is not Syntax.COMMAND
        if is_mounted or (located.in_code and not overridden.in_code):
            yield problem(
                "variable-overridden",
                overridden.variable,
                overridden.shown,
                overridden.source,
                message=f"The value in {located.source} ({printable(located.shown)}) overrides this variable "
                f"({overridden.source}), so editing the variable changes nothing.",
                fix=f"remove {located.option} from the code"
                if located.in_code
                else f"remove {located.variable} from {located.source}",
            )

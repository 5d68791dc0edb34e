"""The rule about a ``.env`` file in a serving container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from envcors.problems import Problem
from envcors.repair.syntax import Syntax
from envcors.settings import container, starting_environment
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings

RULE = "dotenv-in-container"


def dotenv_in_container(settings: CORSSettings) -> Problem | None:
    """Return the problem of a ``.env`` file that sets development in a serving container; None if there is none."""
    located = settings.located("env")
    if located is None or settings.production or not _from_dotenv(located, settings):
        return None
    if not container.in_serving_container(_as_started(settings.reading.environ)):
        return None
    found = located.problem(
        RULE,
        "Inside a serving container a .env file cannot switch to development: a file that was copied into an image "
        "would open production.",
        f"{located.variable}=development under environment: in compose, or DEVCONTAINER=1 under containerEnv in "
        "devcontainer.json",
    )
    waivers = settings.located("dangerously_allow")
    if RULE in settings.waivers and waivers is not None and not _from_process(waivers, settings):
        hint = f" {waivers.variable} waives this rule in the process environment only."
        return replace(found, message=found.message + hint)
    return found


def is_waived(settings: CORSSettings) -> bool:
    """Return whether the process environment waives the rule."""
    waivers = settings.located("dangerously_allow")
    return RULE in settings.waivers and waivers is not None and _from_process(waivers, settings)


def _as_started(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment without development marks that a ``.env`` file brought in: it cannot vouch for itself."""
    if not starting_environment.is_known() or starting_environment.is_test_run():
        return environ
    return {
        name: value
        for name, value in environ.items()
        if name not in container.DEVELOPMENT or starting_environment.has(name, value)
    }


def _from_process(located: Located, settings: CORSSettings) -> bool:
    return located.syntax is not Syntax.DIRECTORY and not _from_dotenv(located, settings)


def _from_dotenv(located: Located, settings: CORSSettings) -> bool:
    """Return whether the value is only from a ``.env`` file: the process was not started with it.

    Where the environment at the start of the process is known, a variable that was set later counts too: code loaded it
    from a file, wherever that is. A test run sets variables for its own applications. A directory counts as the source
    that names it.
    """
    if located.syntax is Syntax.DIRECTORY:
        directory = settings.located("config_dir")
        return directory is not None and _from_dotenv(directory, settings)
    if starting_environment.has(located.variable, str(located.value)):
        return False
    if located.syntax is Syntax.VARIABLE:
        return starting_environment.is_known() and not starting_environment.is_test_run()
    return located.syntax is Syntax.DOTENV

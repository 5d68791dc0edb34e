"""What is logged about a boot and a reload; a reload also sends a signal.

Each message names the process, because every worker of a server logs its own.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import TypeAlias

from blinker import Namespace

from envcors.configuration import Configuration
from envcors.problems import printable
from envcors.refusal import BootRefused
from envcors.repair.syntax import Syntax, text_of
from envcors.report import report
from envcors.settings.model import BOOT_ONLY, CORSSettings
from envcors.settings.sources.environment import ENVIRONMENT

policy_reloaded = Namespace().signal(
    "policy-reloaded",
    """Sent by the application after each change of a mounted directory, or of a ``.env`` file that is followed.

    ``digest`` (str): the digest of the policies in force now. ``ok`` (bool): whether the change is in force.
    ``problems`` (tuple of Problem): why not. A receiver runs inside a request, so it must be fast.
    """,
)

OverriddenLine: TypeAlias = tuple[str, str, str]
"""A variable, its value in a file, and the line."""

_logger = logging.getLogger("envcors")

STARTED = "started"
"""What a record of ``tell_started`` has as ``envcors``."""
_MOST_SHOWN = 10


def tell_started(configuration: Configuration) -> None:
    """Log which policies are in force when an application starts."""
    settings = configuration.settings
    about = {"envcors": STARTED}
    if settings.config_dir and settings.reload_seconds:
        # A warning, as for a reload, so that the log has the digest before the first change.
        _logger.warning(
            "policy %s in force in process %d (read from %s%s)",
            configuration.digest,
            os.getpid(),
            _shown_directory(settings),
            _elsewhere(settings),
            extra=about,
        )
    elif _logger.isEnabledFor(logging.INFO):
        _logger.info("policy %s in force in process %d", configuration.digest, os.getpid(), extra=about)


def tell_taken(sender: object, digest: str, settings: CORSSettings, files: str = "") -> None:
    """Log that a change is in force, and which values of ``settings`` come from elsewhere.

    Args:
        sender: The application.
        digest: The digest of the policies in force.
        settings: The settings in force.
        files: The names of the ``.env`` files, one of which changed; empty if the mounted directory did.
    """
    # A warning, because logging shows warnings without any configuration.
    _logger.warning(
        "policy %s in force in process %d (reloaded from %s%s)",
        digest,
        os.getpid(),
        files or _shown_directory(settings),
        _elsewhere(settings, Syntax.DOTENV if files else Syntax.DIRECTORY),
    )
    policy_reloaded.send(sender, digest=digest, ok=True, problems=())


def tell_refused(sender: object, digest: str, refusal: BootRefused) -> None:
    """Log that a change was refused, with the full report, and which policies stay in force."""
    outcome = f"envcors refused a change in process {os.getpid()}, policy {digest} stays in force"
    _logger.error("%s", report(refusal.problems, production=refusal.production, outcome=outcome))
    policy_reloaded.send(sender, digest=digest, ok=False, problems=refusal.problems)


def waiting(settings: CORSSettings, boot: CORSSettings) -> list[str]:
    """Return the options whose change takes effect at the next start only: they differ from those at boot."""
    return [option for option in BOOT_ONLY if getattr(settings, option) != getattr(boot, option)]


def tell_waiting(settings: CORSSettings, boot: CORSSettings) -> None:
    """Log which options of ``settings`` take effect at the next start only."""
    for option in waiting(settings, boot):
        located = settings.located(option)
        value = printable(located.shown if located else text_of(getattr(settings, option)))
        variable, source = settings.variable(option), settings.source(option)
        _logger.warning("%s=%s (%s) takes effect at the next start of the application", variable, value, source)


def overridden_lines(settings: CORSSettings) -> frozenset[OverriddenLine]:
    """Return the lines of ``.env`` files that have no effect because the environment has another value."""
    return frozenset(
        (line.variable, str(line.value), str(line.source))
        for applied, line in settings.reading.overrides()
        if applied.source == ENVIRONMENT and line.syntax is Syntax.DOTENV and line.value != applied.value
    )


def tell_overridden(settings: CORSSettings, told: frozenset[OverriddenLine]) -> frozenset[OverriddenLine]:
    """Log each line that was changed and has no effect because of the environment; return what is told now."""
    found = overridden_lines(settings)
    known = {(variable, value) for variable, value, _ in told}
    for variable, value, source in sorted(found):
        if (variable, value) not in known:
            _logger.warning(
                "%s from the environment overrides %s: unset it in the shell and start the application again",
                printable(variable),
                printable(source),
            )
    return found


def _shown_directory(settings: CORSSettings) -> str:
    """Return the mounted directory as a message may show it: without the values of other variables in its name."""
    located = settings.located("config_dir")
    return printable(located.shown if located is not None and located.secret else str(settings.config_dir))


def _elsewhere(settings: CORSSettings, followed: Syntax = Syntax.DIRECTORY) -> str:
    """Return which values do not come from what changed: another change of it does not change them."""
    found = list(_outside(settings, followed))
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return "".join(f"; {name} from {source}" for name, source in found[:_MOST_SHOWN]) + more


def _outside(settings: CORSSettings, followed: Syntax) -> Iterator[tuple[str, str]]:
    """Yield each variable that a source with another syntax sets, with that source."""
    for name, located in settings.reading.located.items():
        if located.syntax is not followed and located.option not in _NOT_IN_A_DIRECTORY:
            yield printable(name), printable(located.source)


_NOT_IN_A_DIRECTORY = frozenset({"config_dir", "reload_seconds", "termination_log"})
"""Options that say nothing about the policy."""

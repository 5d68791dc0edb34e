"""What is logged about a boot and a reload; a reload also sends a signal.

Each message names the process, because every worker of a server logs its own.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

from blinker import Namespace

from envcors.configuration import Configuration
from envcors.problems import printable
from envcors.refusal import BootRefused
from envcors.repair.syntax import Syntax
from envcors.report import report
from envcors.settings.model import BOOT_ONLY, CORSSettings

policy_reloaded = Namespace().signal(
    "policy-reloaded",
    """Sent by the application after each change of a mounted directory.

    ``digest`` (str): the digest of the policies in force now. ``ok`` (bool): whether the change is in force.
    ``problems`` (tuple of Problem): why not. A receiver runs inside a request, so it must be fast.
    """,
)

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


def tell_taken(sender: object, digest: str, settings: CORSSettings) -> None:
    """Log that a change of the mounted directory is in force, and which values of ``settings`` come from elsewhere."""
    # A warning, because logging shows warnings without any configuration.
    _logger.warning(
        "policy %s in force in process %d (reloaded from %s%s)",
        digest,
        os.getpid(),
        _shown_directory(settings),
        _elsewhere(settings),
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
        value = printable(located.shown) if located else ""
        variable, source = settings.variable(option), settings.source(option)
        _logger.warning("%s=%s (%s) takes effect at the next start of the application", variable, value, source)


def _shown_directory(settings: CORSSettings) -> str:
    """Return the mounted directory as a message may show it: without the values of other variables in its name."""
    located = settings.located("config_dir")
    return printable(located.shown if located is not None and located.secret else str(settings.config_dir))


def _elsewhere(settings: CORSSettings) -> str:
    """Return which values do not come from the mounted directory: a change of the directory does not change them."""
    found = list(_outside(settings))
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return "".join(f"; {name} from {source}" for name, source in found[:_MOST_SHOWN]) + more


def _outside(settings: CORSSettings) -> Iterator[tuple[str, str]]:
    """Yield each variable that another source than the mounted directory sets, with that source."""
    for name, located in settings.reading.located.items():
        if located.syntax is not Syntax.DIRECTORY and located.option not in _NOT_IN_A_DIRECTORY:
            yield printable(name), printable(located.source)


_NOT_IN_A_DIRECTORY = frozenset({"config_dir", "reload_seconds", "termination_log"})
"""Options that say nothing about the policy."""

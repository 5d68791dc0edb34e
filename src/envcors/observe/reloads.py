"""What is logged about a boot and a reload; a reload also sends a signal.

Each entry names the process, because every worker of a server logs its own.
"""

from __future__ import annotations

import logging
import os

from blinker import Namespace

from envcors.configuration import Configuration
from envcors.problems import printable
from envcors.refusal import BootRefused
from envcors.report import report
from envcors.settings.model import BOOT_ONLY, CORSSettings

policy_reloaded = Namespace().signal(
    "policy-reloaded",
    """Sent after each change of a mounted directory, by the application.

    ``digest`` (str): the digest of the policies in force now. ``ok`` (bool): whether the change was taken in.
    ``problems`` (tuple of Problem): why not. A receiver runs inside a request: it should be quick.
    """,
)

_logger = logging.getLogger("envcors")

STARTED = "started"
"""What a record of ``tell_started`` has as ``envcors``."""


def tell_started(configuration: Configuration) -> None:
    """Tell what is in force when an application starts."""
    settings = configuration.settings
    about = {"envcors": STARTED}
    if settings.config_dir and settings.reload_seconds:
        # A warning as below, so that the log has the digest from which later changes go on.
        _logger.warning(
            "policy %s in force in process %d (read from %s)",
            configuration.digest,
            os.getpid(),
            printable(settings.config_dir),
            extra=about,
        )
    elif _logger.isEnabledFor(logging.INFO):
        _logger.info("policy %s in force in process %d", configuration.digest, os.getpid(), extra=about)


def tell_taken(sender: object, digest: str, directory: str) -> None:
    """Tell that the policies of ``directory`` are in force."""
    # A warning, because it is what logging shows without any configuration, and who opens an API wants to know when.
    _logger.warning("policy %s in force in process %d (reloaded from %s)", digest, os.getpid(), printable(directory))
    policy_reloaded.send(sender, digest=digest, ok=True, problems=())


def tell_refused(sender: object, digest: str, refusal: BootRefused) -> None:
    """Tell that a change was refused, with the full report, and which policies stay."""
    outcome = f"envcors refused a change in process {os.getpid()}, policy {digest} stays in force"
    _logger.error("%s", report(refusal.problems, production=refusal.production, outcome=outcome))
    policy_reloaded.send(sender, digest=digest, ok=False, problems=refusal.problems)


def waiting(settings: CORSSettings, boot: CORSSettings) -> list[str]:
    """The options of ``settings`` that come into force at the next start only: they differ from those at boot."""
    return [option for option in BOOT_ONLY if getattr(settings, option) != getattr(boot, option)]


def tell_waiting(settings: CORSSettings, boot: CORSSettings) -> None:
    """Tell which of ``settings`` come into force at the next start only."""
    for option in waiting(settings, boot):
        located = settings.located(option)
        value = printable(located.shown) if located else ""
        variable, source = settings.variable(option), settings.source(option)
        _logger.warning("%s=%s (%s) waits for the next start of the application", variable, value, source)

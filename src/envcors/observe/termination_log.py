"""The file in which Kubernetes picks up why a container ended."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from envcors.problems import printable
from envcors.refusal import BootRefused
from envcors.settings import container
from envcors.settings.model import CORSSettings
from envcors.settings.validation import parse

_logger = logging.getLogger("envcors")


@contextmanager
def recorded_refusal(settings: CORSSettings) -> Iterator[None]:
    """Write a refusal that is raised meanwhile to the termination log too."""
    try:
        yield
    except BootRefused as refusal:
        write_termination_log(settings, str(refusal))
        raise


def write_termination_log(settings: CORSSettings, text: str) -> None:
    """Write the report of a refusal to the file that the settings name, or to the default one in a pod."""
    named = settings.located("termination_log")
    declared = settings.declared()["termination_log"]
    if named is not None and declared is not None and parse(named, declared)[1] is not None:
        named = None  # it is refused itself; then nobody named a file
    if not named and not container.in_cluster(settings.reading.environ):
        return
    try:
        with open(
            settings.termination_log, "w" if named else "r+", encoding="utf-8", errors="backslashreplace"
        ) as file:
            if not named:  # "w" has emptied a named file already, and a device cannot be truncated
                file.truncate()
            file.write(text)
    except OSError as error:
        if named:
            _logger.warning("the refusal could not be written to %s: %s", printable(named.shown), error.strerror)

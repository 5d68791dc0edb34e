"""The file from which Kubernetes reads why a container ended."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from envcors.problems import printable
from envcors.refusal import BootRefused
from envcors.repair.syntax import Syntax
from envcors.settings import container
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings
from envcors.settings.validation import parse

_logger = logging.getLogger("envcors")
_MAY_NAME_THE_FILE = (Syntax.VARIABLE, Syntax.CODE, Syntax.CONFIG)
"""A mounted directory, a manifest or a ``.env`` file must not choose which file is overwritten."""


@contextmanager
def recorded_refusal(settings: CORSSettings) -> Iterator[None]:
    """Write a refusal that is raised in this block to the termination log too."""
    try:
        yield
    except BootRefused as refusal:
        write_termination_log(settings, str(refusal))
        raise


def write_termination_log(settings: CORSSettings, text: str) -> None:
    """Write the report of a refusal to the file that is named, or in a pod to the default file.

    The process environment or code must name the file, and it must be a regular file or a character device: a pipe
    without a reader would block for ever.
    """
    named = _named(settings)
    if named is None and not container.in_cluster(settings.reading.environ):
        return
    path = settings.termination_log if named else type(settings).model_fields["termination_log"].default
    try:
        _write(path, text, create=named is not None)
    except OSError as error:
        if named is not None:
            _logger.warning("the refusal could not be written to %s: %s", printable(named.shown), error.strerror)


def _named(settings: CORSSettings) -> Located | None:
    """Return where a file is named; None where no file is named, or by a source that must not name one."""
    named = settings.located("termination_log")
    declared = settings.declared()["termination_log"]
    if named is None or declared is None or parse(named, declared)[1] is not None:
        return None  # an invalid value is a problem of its own
    if named.syntax not in _MAY_NAME_THE_FILE:
        _logger.warning(
            "%s=%s (%s) is ignored: only the process environment or code can name this file",
            named.variable,
            printable(named.shown),
            printable(named.source),
        )
        return None
    return named


def _write(path: str, text: str, *, create: bool) -> None:
    flags = os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK  # which does not wait for the reader of a pipe
    descriptor = os.open(path, flags | os.O_CREAT if create else flags, 0o666)
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISCHR(mode)):
            raise OSError(0, "it is neither a regular file nor a character device")
        os.set_blocking(descriptor, True)
        if stat.S_ISREG(mode):
            file.truncate()
        file.write(text)

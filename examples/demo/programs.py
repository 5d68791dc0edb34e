"""The programs that the demo starts, and how they and the demo end."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

STOP_SECONDS = 60

_deferring = 0
_asked = False


def end_on_signals() -> None:
    """Raise ``KeyboardInterrupt`` on Ctrl-C, on ``kill`` and when the terminal closes, in every case.

    A shell starts a background program of a script with SIGINT ignored. A handler of our own ends that, also for the
    programs that are started from here: a new program inherits an ignored signal, but not a handler.
    """
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under `nohup`, which is meant so
        signal.signal(signal.SIGHUP, _end)


@contextmanager
def program(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, output: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` in ``directory``. At the end of the block stop it and the processes that it started.

    It has a process group of its own, so that Ctrl-C reaches the demo alone, which then stops it.
    """
    process = None
    try:
        with _signals_deferred():
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        yield process
    finally:
        if process is not None:
            with _signals_deferred():
                _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):  # every process of the group has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Let a signal take effect at the end of the block: an interrupted start would leave a program running."""
    global _deferring  # noqa: PLW0603 - signals belong to the whole process
    _deferring += 1
    try:
        yield
    finally:
        _deferring -= 1
    if _asked and not _deferring:
        _interrupt()


def _end(*_: object) -> None:
    global _asked  # noqa: PLW0603 - signals belong to the whole process
    _asked = True
    if not _deferring:
        _interrupt()


def _interrupt() -> None:
    global _asked  # noqa: PLW0603 - signals belong to the whole process
    _asked = False
    # The programs are being stopped now: a second signal must not interrupt that.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt

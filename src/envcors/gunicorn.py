"""For gunicorn: ``gunicorn -c python:envcors.gunicorn …``, or ``import envcors.gunicorn`` in a configuration file.

Checks the environment when it is imported, before anything forks. If there are problems, gunicorn exits with status 78
and prints only the report. For another prefix call ``envcors.boot.check(prefix=…)`` in a configuration file instead.
Variables that gunicorn itself sets (``--env``) are not known here; the application checks them when it boots. Where the
application's own code is refused then, a worker prints the report in place of a traceback, and of several workers one.
"""

import logging
import os
from contextlib import suppress

from envcors.boot import check
from envcors.refusal import BootRefused

check()

_token, _write_end = os.pipe()
"""Holds one byte, which the first worker takes that prints the report: they share nothing else."""
os.write(_write_end, b"1")
os.set_blocking(_token, False)


def _prints_report(record: logging.LogRecord) -> bool:
    """Print a refusal in place of a record with its traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, BootRefused):
        return True
    with suppress(BlockingIOError):  # raised where another worker has printed it
        os.read(_token, 1)
        error.show()
    # Some versions of gunicorn print the text of an exception too.
    vars(error)["message"] = "envcors refused this worker: the report is printed once"
    return False


logging.getLogger("gunicorn.error").addFilter(_prints_report)


def child_exit(_server: object, worker: object) -> None:
    """Forget the gauges of a worker that ended, where prometheus-client counts in several processes."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        with suppress(ImportError):
            from prometheus_client import multiprocess

            multiprocess.mark_process_dead(worker.pid)  # type: ignore[attr-defined,no-untyped-call]  # neither library has types for it

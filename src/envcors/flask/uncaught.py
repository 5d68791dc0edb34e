"""A refusal that nobody catches: ``python app.py`` prints the report alone, without a traceback."""

from __future__ import annotations

import sys
from types import TracebackType

from envcors.refusal import BootRefused


def print_without_traceback() -> None:
    """From now on print an uncaught refusal as its report alone, and end with its exit status.

    Another hook in ``sys.excepthook`` stays: it belongs to a debugger, or to a service that collects exceptions.
    uWSGI, which embeds Python, tells by an exit status of its own that a worker must not be started again.
    """
    is_program = hasattr(sys.modules.get("__main__"), "__file__") and "uwsgi" not in sys.modules
    if is_program and sys.excepthook is sys.__excepthook__:
        sys.excepthook = _print_report


def _print_report(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not isinstance(error, BootRefused):
        sys.__excepthook__(kind, error, traceback)
        return
    error.show()
    raise SystemExit(error.exit_code)  # an interpreter that is about to end takes its status from here

"""Whether threads run in this process."""

from __future__ import annotations

import sys


def threads_run() -> bool:
    """Return whether a thread gets to run: uWSGI without ``enable-threads`` runs none between requests."""
    uwsgi = sys.modules.get("uwsgi")
    options: object = getattr(uwsgi, "opt", None)
    if not isinstance(options, dict):
        return True
    return bool(options.get("enable-threads") or options.get("threads"))

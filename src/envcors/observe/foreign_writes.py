"""Log records of foreign writes: bounded, whatever strangers send."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from time import monotonic

from envcors.problems import printable

_logger = logging.getLogger("envcors")
_MOST_IN_A_MINUTE = 20
_MINUTE = 60.0
_SHOWN_CHARACTERS = 200


class ForeignWriteLog:
    """Logs at most 20 records in a minute, and then how many it left out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin = monotonic()
        self._number = 0

    def add(self, environ: Mapping[str, object], protection: str) -> None:
        """Log one foreign write: the method, the path without its query, where it comes from, and what became of it."""
        with self._lock:
            left_out = 0
            if monotonic() - self._begin >= _MINUTE:
                left_out = max(0, self._number - _MOST_IN_A_MINUTE)
                self._begin, self._number = monotonic(), 0
            self._number += 1
            is_logged = self._number <= _MOST_IN_A_MINUTE
        if left_out:
            _logger.warning("foreign-write: %d more requests in the minute before are not listed", left_out)
        if is_logged:
            _logger.warning(
                "foreign-write: %s %s from %s: %s",
                _shown(environ.get("REQUEST_METHOD")),
                _shown(environ.get("PATH_INFO")),
                _shown(environ.get("HTTP_ORIGIN")) or "an unknown origin",
                "answered with 403" if protection == "enforce" else "let through, as csrf_protection is report",
            )


def _shown(value: object) -> str:
    return printable(str(value or ""), _SHOWN_CHARACTERS)

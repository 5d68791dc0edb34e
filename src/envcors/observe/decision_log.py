"""The log of decisions: bounded, whatever strangers send."""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from time import monotonic

from envcors.observe.record import Outcome, Record

MOST_IN_A_MINUTE = 20
"""Records of one process, whatever differs between them."""

_MINUTE = 60.0
_logger = logging.getLogger("envcors.decisions")


class DecisionLog:
    """Logs at most 20 different records in a minute, and then one summary of what it left out.

    The summary comes with the first decision after that minute, or when the process ends: it has the number of
    requests by outcome and reason, and how often each logged record was repeated.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin = monotonic()
        self._listed: dict[tuple[str, ...], int] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()
        _logs.add(self)

    def add(self, key: tuple[str, ...], outcome: Outcome, level: int, record: Callable[[], Record]) -> None:
        """Log one decision.

        Args:
            key: What makes it equal to another one; its reason comes first.
            outcome: What became of the request.
            level: The level of its record.
            record: Makes the record, if it is logged.
        """
        summary: tuple[int, dict[str, int]] | None = None
        with self._lock:
            if monotonic() - self._begin >= _MINUTE:
                summary = self._taken()
            is_new = key not in self._listed
            is_listed = is_new and len(self._listed) < MOST_IN_A_MINUTE
            if is_listed:
                self._listed[key] = 0
            else:
                self._left_out[outcome, key[0]] += 1
                if not is_new:
                    self._listed[key] += 1
        _log_summary(summary)
        if is_listed and _logger.isEnabledFor(level):
            made = record()
            fields: dict[str, object] = {**made.as_dict(), "envcors": 1}
            del fields["time"]  # the log has its own
            _logger.log(level, "%s", sentence_of(made), extra=fields)

    def flush(self) -> None:
        """Log the summary of the minute that runs."""
        with self._lock:
            summary = self._taken()
        _log_summary(summary)

    def _taken(self) -> tuple[int, dict[str, int]] | None:
        """Begin another minute, and return the number of decisions that were left out of the last one."""
        counts = {f"{outcome} {reason}": number for (outcome, reason), number in sorted(self._left_out.items())}
        self._begin, self._listed, self._left_out = monotonic(), {}, Counter()
        return (sum(counts.values()), counts) if counts else None


def sentence_of(record: Record) -> str:
    """Return a record in one sentence."""
    what = f"preflight for {record.method}" if record.kind == "preflight" else record.method
    origin = record.origin or "an unknown origin"
    sentence = f"{record.outcome}: {what} {record.path} from {origin}: {record.reason}"
    if record.requested_headers:
        sentence += f" (headers: {record.requested_headers})"
    return f"{sentence}. Setting: {record.setting}" if record.setting else sentence


def _log_summary(summary: tuple[int, dict[str, int]] | None) -> None:
    if summary is None:
        return
    number, counts = summary
    listed = ", ".join(f"{count} {what}" for what, count in counts.items())
    extra = {"envcors": 1, "event": "summary", "counts": counts}
    _logger.warning("%d more decisions are not listed: %s", number, listed, extra=extra)


_logs: weakref.WeakSet[DecisionLog] = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    if _logger.hasHandlers():  # else Python would print it in the terminal of every test run
        for log in list(_logs):
            log.flush()

"""The last decisions, equal ones once: bounded, whatever strangers send."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from envcors.observe.record import Record

MOST = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision, and how often an equal one was made."""

    record: Record
    count: int = 1


class Recent:
    """The last 200 different decisions, the latest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, ...], Seen] = OrderedDict()
        self.version = 0

    def add(self, record: Record) -> None:
        """Take one more decision."""
        key = (record.kind, record.reason, record.method, record.path, record.origin, record.requested_headers)
        with self._lock:
            self.version += 1
            known = self._seen.pop(key, None)
            self._seen[key] = Seen(record) if known is None else replace(known, record=record, count=known.count + 1)
            while len(self._seen) > MOST:
                self._seen.popitem(last=False)

    def latest(self) -> list[Seen]:
        """Return them, the latest first."""
        with self._lock:
            return list(reversed(self._seen.values()))

"""The configurations that an application reads while it boots, for commands that show a refused one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from envcors.configuration import Configuration

_records: ContextVar[list[Configuration] | None] = ContextVar("envcors_records", default=None)


@contextmanager
def recording() -> Iterator[list[Configuration]]:
    """A list that every configuration is added to which ``CORS`` reads inside this block, also a refused one."""
    records: list[Configuration] = []
    token = _records.set(records)
    try:
        yield records
    finally:
        _records.reset(token)


def record(configuration: Configuration) -> None:
    """Add a configuration to the list of the block that runs, if there is one."""
    records = _records.get()
    if records is not None:
        records.append(configuration)

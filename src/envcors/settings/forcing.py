"""Values of a command line, which stand above all others in what an application reads meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_forced: ContextVar[Mapping[str, str]] = ContextVar("forced", default=MappingProxyType({}))


@contextmanager
def forcing(values: Mapping[str, str]) -> Iterator[None]:
    """Have ``values`` stand above all others in what is read meanwhile, by an application that says what it reads."""
    token = _forced.set(values)
    try:
        yield
    finally:
        _forced.reset(token)


def forced() -> Mapping[str, str]:
    """The values that stand above all others at this moment, by option."""
    return _forced.get()

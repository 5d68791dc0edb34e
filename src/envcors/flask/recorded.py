"""What goes wrong while an application boots: the first refusal ends a boot, and a command collects them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from envcors.configuration import Configuration
from envcors.flask.uncaught import print_without_traceback
from envcors.problems import Problem
from envcors.refusal import BootRefused

_COMMAND = "flask cors check"


@dataclass(slots=True)
class Recording:
    """What a command learns while it loads an application.

    Attributes:
        configurations: What ``CORS`` has read, also refused ones.
        problems: What was refused, in the order in which it was found.
    """

    configurations: list[Configuration] = field(default_factory=list)
    problems: dict[Problem, None] = field(default_factory=dict)


_current: ContextVar[Recording | None] = ContextVar("envcors_recording", default=None)


@contextmanager
def recording() -> Iterator[Recording]:
    """Record configurations and refusals in this block, which then goes on after a refusal."""
    found = Recording()
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


def is_recording() -> bool:
    """Return whether a command loads the application, which does not serve then."""
    return _current.get() is not None


def record(configuration: Configuration) -> None:
    """Add a configuration to the recording, if there is one."""
    found = _current.get()
    if found is not None:
        found.configurations.append(configuration)


def record_or_raise(refusal: BootRefused) -> None:
    """Add the problems of a refusal to the recording; raise it where there is none."""
    found = _current.get()
    if found is None:
        raise refusal
    found.problems.update(dict.fromkeys(refusal.problems))


@contextmanager
def booting() -> Iterator[None]:
    """End the boot where this block is refused, with a report that names the command; a command records the refusal.

    Where a command records it, the block ends at the refusal, and what follows the block runs.
    """
    try:
        yield
    except BootRefused as refusal:
        if _current.get() is None:
            print_without_traceback()
        record_or_raise(refusal.naming(_COMMAND))

"""Follows a mounted directory: a good change comes into force, a bad one leaves the last good policies there."""

from __future__ import annotations

import logging
import math
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from envcors.configuration import Configuration
from envcors.problems import Problem, Source
from envcors.refusal import BootRefused
from envcors.rules.catalogue import problem
from envcors.settings.model import CORSSettings
from envcors.settings.sources.directory import mark_of

_logger = logging.getLogger("envcors")


@dataclass(slots=True)
class Reloads:
    """How reloads went in this process. ``last_ok`` is None before the first; ``problems`` are those of the last."""

    last_ok: bool | None = None
    good: int = 0
    bad: int = 0
    problems: tuple[Problem, ...] = ()


class Follower:
    """Looks at the directory of ``settings`` as requests come in, at most once in ``reload_seconds``.

    One thread looks while others serve. When the directory has changed ``reconfigure`` puts it in force, or raises
    BootRefused; ``tell`` hears of either, of a refusal with the refusal. What was refused is not read again until it
    changes, except what could not be read at all: that is tried again at each look, and told once.
    """

    def __init__(
        self,
        settings: CORSSettings,
        reconfigure: Callable[[], Configuration],
        tell: Callable[[BootRefused | None], None],
    ) -> None:
        self.reloads = Reloads()
        self._reconfigure = reconfigure
        self._tell = tell
        self._lock = threading.Lock()
        self._follow(settings)
        self._due = monotonic() + self._seconds
        _followers.add(self)

    def refresh(self) -> None:
        """Look, if it is time. Raises nothing: whatever goes wrong, the policies in force stay."""
        if monotonic() >= self._due and self._lock.acquire(blocking=False):
            try:
                self._look()
            except Exception:
                _logger.exception("checking %s failed, or a policy_reloaded receiver raised", self._directory)
            finally:
                self._due = monotonic() + self._seconds
                self._lock.release()

    def renew_lock(self) -> None:
        """Replace a lock that is perhaps held by a thread of another process."""
        self._lock = threading.Lock()

    def _follow(self, settings: CORSSettings) -> None:
        self._directory = settings.config_dir or ""
        self._names = settings.reading.names
        self._seconds = settings.reload_seconds if self._directory and settings.reload_seconds else math.inf
        self._seen = settings.reading.mark

    def _look(self) -> None:
        mark = mark_of(self._directory, self._names)
        if mark == self._seen:
            return
        try:
            configuration = self._reconfigure()
        except BootRefused as refusal:
            self._refused(refusal, mark)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and no request may fail for it
            self._refused(self._unforeseen(error), mark)
        else:
            self._follow(configuration.settings)
            self.reloads.last_ok = True
            self.reloads.good += 1
            self.reloads.problems = ()
            self._tell(None)

    def _refused(self, refusal: BootRefused, mark: str) -> None:
        unread = any(found.rule == "source-unreadable" for found in refusal.problems)
        self._seen = "" if unread else mark
        if unread and self.reloads.last_ok is False and self.reloads.problems == refusal.problems:
            return
        self.reloads.last_ok = False
        self.reloads.bad += 1
        self.reloads.problems = refusal.problems
        self._tell(refusal)

    def _unforeseen(self, error: Exception) -> BootRefused:
        _logger.debug("a change of %s could not be taken in", self._directory, exc_info=error)
        message = f"Reading it ended with {type(error).__name__}; the log has more at the level DEBUG."
        source = Source.whole_file(self._directory)
        variable = self._names.variable("config_dir")
        return BootRefused(
            [problem("source-unreadable", variable, self._directory, source, message=message, fix="restart")]
        )


_followers: weakref.WeakSet[Follower] = weakref.WeakSet()


def _renew_locks() -> None:
    for follower in _followers:
        follower.renew_lock()


os.register_at_fork(after_in_child=_renew_locks)

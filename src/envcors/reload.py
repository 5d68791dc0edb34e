"""Follows what can change while an application serves: a mounted directory and, in development, ``.env`` files.

A valid change takes effect; after an invalid one the last valid policies stay.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from envcors.configuration import Configuration
from envcors.problems import Problem, Source
from envcors.refusal import BootRefused, is_unread
from envcors.rules.catalogue import problem
from envcors.settings.env_files import EnvFiles
from envcors.settings.model import CORSSettings
from envcors.settings.sources.directory import mark_of, size_of
from envcors.threads import threads_run

_logger = logging.getLogger("envcors")

_LARGE_BYTES = 65_536
"""A directory with more takes noticeable time to read: about 2,000 origins."""


@dataclass(slots=True)
class Reloads:
    """The reloads of this process. ``last_ok`` is None before the first; ``problems`` are those of the last."""

    last_ok: bool | None = None
    good: int = 0
    bad: int = 0
    problems: tuple[Problem, ...] = ()


class Report(Protocol):
    """Called after each change: with None if it is in force, with the refusal if not."""

    def __call__(self, refusal: BootRefused | None, /, *, by_files: bool) -> None:
        """Take the news. ``by_files`` says that a ``.env`` file changed, not the mounted directory."""


class Follower:
    """Checks the mounted directory when requests come in, at most once in ``reload_seconds``; files at each request.

    One thread checks while other threads serve. The request that finds a change reads it, except a large one of the
    directory: that is read in a thread that lives as long as it takes, and the policies in force serve meanwhile. What
    was refused is not read again until it changes. A directory that cannot be read is tried again at each check, and
    reported once.

    Args:
        settings: The settings that name the directory.
        files: The ``.env`` files to follow; None for none.
        reconfigure: Puts what changed in force, or raises BootRefused.
        report: Called after each change.
    """

    def __init__(
        self,
        settings: CORSSettings,
        files: EnvFiles | None,
        reconfigure: Callable[[], Configuration],
        report: Report,
    ) -> None:
        self.reloads = Reloads()
        self._files = files
        self._reconfigure = reconfigure
        self._report = report
        self._lock = threading.Lock()
        self._follow(settings)
        self._due = monotonic() + self._seconds
        _followers.add(self)

    def refresh(self) -> None:
        """Check what is followed if it is time. Raises nothing: if something goes wrong, the policies in force stay."""
        has_changed = self._files is not None and self._files.changed()
        if not (has_changed or monotonic() >= self._due) or not self._lock.acquire(blocking=False):
            return
        lock = self._lock
        if has_changed and self._files is not None and self._files.changed():  # no other thread has read it meanwhile
            self._take(None, lock)
        elif monotonic() >= self._due:
            self._check_directory(lock)
        else:
            lock.release()

    def _check_directory(self, lock: threading.Lock) -> None:
        self._due = monotonic() + self._seconds
        try:
            mark = mark_of(self._directory, self._names)
        except Exception:
            _logger.exception("checking %s failed", self._directory)
            mark = self._seen
        if mark == self._seen:
            lock.release()
        elif not (threads_run() and size_of(self._directory) > _LARGE_BYTES and self._start_thread(mark, lock)):
            self._take(mark, lock)

    def _start_thread(self, mark: str, lock: threading.Lock) -> bool:
        """Start a thread that reads the directory; return whether it runs: a container can limit their number."""
        try:
            threading.Thread(target=self._take, args=(mark, lock), name="envcors-reload", daemon=True).start()
        except RuntimeError:
            _logger.warning("%s is read during a request: no thread can be started", self._directory)
            return False
        return True

    def renew_lock(self) -> None:
        """Replace a lock that a thread of another process may hold."""
        self._lock = threading.Lock()

    def _follow(self, settings: CORSSettings) -> None:
        self._directory = settings.config_dir or ""
        self._names = settings.reading.names
        self._seconds = settings.reload_seconds if self._directory and settings.reload_seconds else math.inf
        self._seen = settings.reading.mark

    def _take(self, mark: str | None, lock: threading.Lock) -> None:
        """Read the directory as it is at ``mark``, or files if it is None, and release the lock."""
        try:
            self._read(mark)
        except Exception:
            _logger.exception("reading %s failed, or a policy_reloaded receiver raised", self._shown(mark))
        finally:
            self._due = monotonic() + self._seconds
            lock.release()

    def _read(self, mark: str | None) -> None:
        try:
            configuration = self._reconfigure()
        except BootRefused as refusal:
            self._refused(refusal, mark)
        except Exception as error:  # noqa: BLE001 - any error is reported, and no request may fail because of it
            self._refused(self._unexpected(error, mark), mark)
        else:
            self._follow(configuration.settings)
            self.reloads.last_ok = True
            self.reloads.good += 1
            self.reloads.problems = ()
            self._report(None, by_files=mark is None)

    def _refused(self, refusal: BootRefused, mark: str | None) -> None:
        if mark is not None:
            self._seen = "" if is_unread(refusal) else mark
        if is_unread(refusal) and self.reloads.last_ok is False and self.reloads.problems == refusal.problems:
            return
        self.reloads.last_ok = False
        self.reloads.bad += 1
        self.reloads.problems = refusal.problems
        self._report(refusal, by_files=mark is None)

    def _unexpected(self, error: Exception, mark: str | None) -> BootRefused:
        shown = self._shown(mark)
        _logger.debug("a change of %s could not be read", shown, exc_info=error)
        message = f"Reading it raised {type(error).__name__}; the log has the traceback at level DEBUG."
        variable = shown if mark is None else self._names.variable("config_dir")
        source = Source.whole_file(shown)
        return BootRefused([problem("source-unreadable", variable, shown, source, message=message, fix="restart")])

    def _shown(self, mark: str | None) -> str:
        return self._files.shown if mark is None and self._files is not None else self._directory


_followers: weakref.WeakSet[Follower] = weakref.WeakSet()


def _renew_locks() -> None:
    for follower in _followers:
        follower.renew_lock()


os.register_at_fork(after_in_child=_renew_locks)

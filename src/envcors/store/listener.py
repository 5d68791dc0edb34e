"""Keeps the members of one store in memory, in one process: compares at first, then hears of each change.

A thread waits for entries of the stream of changes. Each entry names the revision before it, so that a change that was
missed is noticed, and the whole set is read. Besides, the revision is looked at once a second, and the whole set is
compared every few minutes.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic, sleep, time

from envcors.problems import counted, printable
from envcors.rules.stored import StoredMembers
from envcors.settings.store_url import StoreURL
from envcors.store.database import Change, Content, Database, StoreError

FIRST_WAIT_SECONDS = 0.2
"""For how long the first decision of a process waits for a comparison."""

_COMPARE_SECONDS = 300.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_REMIND_SECONDS = 60.0
_MOST_NAMED = 10

_logger = logging.getLogger("envcors")


@dataclass(frozen=True, slots=True)
class Status:
    """What a process knows of a store.

    Attributes:
        is_current: Whether this process hears of changes: only then a member is allowed.
        revision: The revision of the members in memory; 0 before the first write to the store, -1 before it was read.
        members: How many members the store has, with those that a rule leaves out.
        left_out: How many violate a rule or are no text.
        compared: When the whole set was read last, in Unix seconds; 0 for never.
        lag: How many seconds passed between the last change and the moment at which it was in force here.
        error: Why the store cannot be used at the moment; empty if it can.
    """

    is_current: bool = False
    revision: int = -1
    members: int = 0
    left_out: int = 0
    compared: float = 0.0
    lag: float = 0.0
    error: str = ""


class Listener:
    """The listener of one store in this process."""

    def __init__(self, url: StoreURL) -> None:
        self.url = url
        self.status = Status()
        self.was_tried = False
        self._served: weakref.WeakSet[StoredMembers] = weakref.WeakSet()
        self._expiries: dict[str, float] = {}
        self._undecodable = 0
        self._last = "0-0"
        self._named: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        """Be as in a new process: no thread runs, and what is known was not compared here."""
        self._lock = threading.RLock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._first = threading.Event()
        self._has_waited = False
        self._told_at = 0.0

    def serve(self, members: StoredMembers) -> None:
        """Keep the members of one more kind of policies up to date."""
        with self._lock:
            if members not in self._served:
                self._served.add(members)
                members.compare = self.compare
                members.replace(self._valid(self._expiries, members))
                members.is_current = self.status.is_current

    def load(self) -> None:
        """Read the whole set now, at boot. Raises StoreError.

        The first decision compares again: until then no change is heard of, and this process may fork.
        """
        self.was_tried = True
        database = Database(self.url)
        try:
            self._take(database.content())
        finally:
            database.close()
        if self.status.error:
            raise StoreError(self.status.error)

    def compare(self) -> None:
        """Let the first decision of this process wait for a comparison, at most 200 ms; no other one waits."""
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="envcors-store", daemon=True)
                self._thread.start()
            waits, self._has_waited = not self._has_waited, True
        finally:
            self._starting.release()
        if waits:
            self._first.wait(FIRST_WAIT_SECONDS)

    def after_fork(self) -> None:
        """In a new process: what the parent knew is allowed again when it was compared here."""
        self._begin()
        self.status = replace(self.status, is_current=False)
        for members in self._served:
            members.is_current = False

    def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._has_ended():
            database, began = Database(self.url), monotonic()
            try:
                self._follow(database)
            except StoreError as error:
                self._tell(str(error))
            except Exception as error:
                self._tell(f"{self.url}: reading it raised {type(error).__name__}")
                _logger.debug("the listener of %s failed", self.url, exc_info=error)
            finally:
                database.close()
            lasted = monotonic() - began > _LONGEST_PAUSE_SECONDS
            pause = _FIRST_PAUSE_SECONDS if lasted else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that not all workers ask at the same moment

    def _has_ended(self) -> bool:
        """Return whether no policy uses the store any more; then the next decision starts another thread."""
        with self._lock:
            if self._served:
                return False
            self._begin()
            self.status = replace(self.status, is_current=False)
            return True

    def _follow(self, database: Database) -> None:
        """Compare, and hear of changes, as long as the connection lasts and a policy uses the store."""
        due = 0.0 if self.status.revision < 0 else monotonic() + _COMPARE_SECONDS
        while self._served:
            revision, has_members = database.state()
            if revision < max(self.status.revision, 0) or (revision == 0 and has_members):
                self._lost(revision)
            elif revision != self.status.revision or monotonic() >= due:
                self._take(database.content())
                due = monotonic() + _COMPARE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - as above
            else:
                self._in_force()
            for change in database.changes(self._last):
                if not self._apply(change):
                    break  # the revision tells that more is to be read

    def _take(self, content: Content) -> None:
        """Put the whole set in force, unless its revision is lost."""
        with self._lock:
            if content.revision < self.status.revision or (content.revision == 0 and content.expiries):
                self._lost(content.revision)
                return
            now = time()
            self._expiries = {member: expiry for member, expiry in content.expiries.items() if now < expiry}
            self._undecodable, self._last = content.undecodable, content.last
            for members in self._served:
                members.replace(self._valid(self._expiries, members))
            self._in_force(revision=content.revision, compared=now)

    def _apply(self, change: Change) -> bool:
        """Put one change in force; return whether it is the one after what is known."""
        with self._lock:
            if change.revision > self.status.revision:
                if change.before != self.status.revision or change.members is None:
                    return False
                expiries = dict.fromkeys(change.members, change.until)
                for members in self._served:
                    members.discard(change.members)
                    if change.operation == "add":
                        members.add(self._valid(expiries, members))
                for member in change.members:
                    self._expiries.pop(member, None)
                if change.operation == "add":
                    self._expiries.update(expiries)
                self._in_force(revision=change.revision, lag=max(0.0, time() - change.time))
            self._last = change.identifier
            return True

    def _valid(self, expiries: Mapping[str, float], members: StoredMembers) -> dict[str, float]:
        """Return the members that violate no rule of a kind of policies; the others are logged, ten at most."""
        valid = {}
        for member, expiry in expiries.items():
            violated = members.rules.violated(member)
            if violated is None:
                valid[member] = expiry
            elif member not in self._named and len(self._named) < _MOST_NAMED:
                self._named.add(member)
                _logger.error("%s: the store has %s, which is left out", violated[0], printable(member))
        return valid

    def _in_force(
        self, *, revision: int | None = None, compared: float | None = None, lag: float | None = None
    ) -> None:
        """Allow what is known: it is what the store has."""
        with self._lock:
            status = self.status
            fewest = min((len(members.expiries) for members in self._served), default=len(self._expiries))
            self.status = Status(
                is_current=self._thread is not None,
                revision=status.revision if revision is None else revision,
                members=len(self._expiries) + self._undecodable,
                left_out=len(self._expiries) - fewest + self._undecodable,
                compared=status.compared if compared is None else compared,
                lag=status.lag if lag is None else lag,
            )
            if status.error:
                _logger.warning("the store %s is followed again (process %d)", self.url, os.getpid())
            if self.status.is_current:
                for members in self._served:
                    members.is_current = True
                self._first.set()

    def _lost(self, revision: int) -> None:
        """Keep what this process knows: an empty or an older set is no change that anybody made."""
        stays = "No origin of it is allowed"
        if self.status.is_current:
            stays = f"The {counted(self.status.members, 'origin')} that this process knows stay allowed"
        found = f"is {revision}, which is older than {self.status.revision}" if revision else "is missing"
        self._tell(
            f"The store {self.url} lost data: its revision {found}. {stays} until `envcors origins` writes to it."
        )

    def _tell(self, sentence: str) -> None:
        """Log a problem once, and again every minute as long as it lasts."""
        is_new = sentence != self.status.error
        self.status = replace(self.status, error=sentence)
        if is_new or monotonic() - self._told_at > _REMIND_SECONDS:
            self._told_at = monotonic()
            _logger.error("%s (process %d)", sentence, os.getpid())


_listeners: dict[StoreURL, Listener] = {}


def listener_of(url: StoreURL) -> Listener:
    """Return the listener of a store in this process."""
    found = _listeners.get(url)
    return _listeners.setdefault(url, Listener(url)) if found is None else found


def _after_fork() -> None:
    for listener in _listeners.values():
        listener.after_fork()


os.register_at_fork(after_in_child=_after_fork)

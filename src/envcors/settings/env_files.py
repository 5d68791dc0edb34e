"""The ``.env`` files that are followed in development: whether one changed since it was read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from time import time_ns
from typing import TypeAlias

from envcors.problems import Problem, Source, printable
from envcors.rules.catalogue import problem
from envcors.settings.files import LIMIT_BYTES

Status: TypeAlias = tuple[int, int, int, int]
"""Modification and change times, size and inode."""

_YOUNG_NANOSECONDS = 2_000_000_000
"""Two changes within so short a time can leave the same status: some file systems count whole seconds, or two."""


class EnvFiles:
    """Some files, and their state when they were read last.

    Args:
        paths: What reports call each file, by its whole path.

    Attributes:
        looked: The status of each file just before it was read; None for a file that does not exist.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = dict(paths)
        self.looked: tuple[Status | None, ...] = ()
        self._young_until = 0
        self._content = b""
        self._sizes: dict[str, int] = {}
        self.look()

    def __bool__(self) -> bool:
        return bool(self._paths)

    def keep(self, paths: Mapping[str, str]) -> None:
        """Follow only these of the files from now on."""
        kept = {path: status for path, status in self._by_path() if path in paths}
        self._paths = {path: paths[path] for path in kept}
        self.looked = tuple(kept.values())
        self._sizes = {path: size for path, size in self._sizes.items() if path in kept}
        self._content = self._digest() if self._young_until else b""

    def look(self) -> None:
        """Note the state of the files, right before they are read."""
        self.looked = self._statuses()
        latest = max((status[0] for status in self.looked if status is not None), default=0)
        is_young = latest + _YOUNG_NANOSECONDS > time_ns()
        self._young_until = latest + _YOUNG_NANOSECONDS if is_young else 0
        self._content = self._digest() if is_young else b""

    def changed(self) -> bool:
        """Return whether a file is not as it was at the last ``look``: one ``stat`` for each file.

        The content of a file is compared too while its status does not yet tell two changes apart.
        """
        if self._statuses() != self.looked:
            return True
        if not self._young_until:
            return False
        if self._digest() != self._content:
            return True
        if time_ns() > self._young_until:
            self._young_until = 0
        return False

    def taken(self) -> None:
        """Remember that what the files had at the last ``look`` is in force."""
        self._sizes = {path: status[2] for path, status in self._by_path() if status is not None}

    def lost(self) -> Iterator[Problem]:
        """Yield the problem of each file that is in force and was gone, or empty, at the last ``look``.

        Some editors remove a file or empty it before they write it. Without its deny list more would be allowed.
        """
        for path, status in self._by_path():
            had = self._sizes.get(path)
            if had is not None and status is None:
                yield _lost(self._paths[path], "The file does not exist any more.", "put it back")
            elif had and status is not None and not status[2]:
                yield _lost(self._paths[path], "The file is empty now; an editor may still be writing it.", "save it")

    @property
    def present(self) -> frozenset[str]:
        """The whole paths of the files whose values are in force."""
        return frozenset(self._sizes)

    @property
    def shown(self) -> str:
        """The names of the files whose values are in force, as a message shows them."""
        return ", ".join(printable(name) for path, name in self._paths.items() if path in self._sizes)

    def _by_path(self) -> Iterator[tuple[str, Status | None]]:
        return zip(self._paths, self.looked, strict=True)

    def _statuses(self) -> tuple[Status | None, ...]:
        return tuple([_status(path) for path in self._paths])

    def _digest(self) -> bytes:
        digest = hashlib.sha256()
        for path in self._paths:
            try:
                if os.path.isfile(path):  # what is read from a pipe is gone for the next reader
                    with open(path, "rb") as file:
                        digest.update(file.read(LIMIT_BYTES))
            except OSError:
                digest.update(b"?")
            digest.update(b"\0")
        return digest.digest()


def _status(path: str) -> Status | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return 0, 0, 0, found.st_ino  # a pipe changes whenever it is read
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _lost(shown: str, message: str, fix: str) -> Problem:
    source = Source.whole_file(shown)
    return problem(
        "source-unreadable", shown, None, source, message=message, fix=f"{fix}, or start the application again"
    )

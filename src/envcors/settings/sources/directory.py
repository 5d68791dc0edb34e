"""A directory whose files are named after variables: a mounted ConfigMap, Docker configs and secrets, any directory.

In a mounted ConfigMap ``..data`` is a link to a directory with the time in its name. A change makes another such
directory, renames a new link over ``..data``, and then removes the old directory. So all values are read through one
open descriptor, and used only if ``..data`` is still the same link afterwards.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic_settings import BaseSettings

from envcors.problems import Problem, Source, printable
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import problem
from envcors.settings.files import UnreadableError, read_text, unopened
from envcors.settings.located import Located
from envcors.settings.names import Names, folded_name
from envcors.settings.sources.base import LocatedSource

_DATA = "..data"
_ATTEMPTS = 20
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_logger = logging.getLogger("envcors")


class _ChangedError(Exception):
    """The directory was changed while it was read."""


@dataclass(slots=True)
class Snapshot:
    """The content of a directory at one moment.

    Attributes:
        mark: Identifies the moment.
        texts: The text of each file by name.
        unreadable: What could not be read, by name.
        foreign_files: The number of files that are not our variables, without hidden ones.
    """

    mark: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, UnreadableError] = field(default_factory=dict)
    foreign_files: int = 0


class DirectorySource(LocatedSource):
    """The files of a directory, each value without the new lines at its end.

    Hidden files, subdirectories and files that are not our variables are skipped, and so is the variable that names the
    directory.

    Args:
        settings_cls: The settings that are read.
        names: The names of our variables.
        path: The directory.
        shown: What messages call it, where its name contains parts of other variables.

    Attributes:
        mark: The moment at which the directory was read: ``mark_of`` returns the same until something changes.
        foreign_files: The number of its files that are not our variables, without hidden ones.
    """

    def __init__(self, settings_cls: type[BaseSettings], names: Names, path: str, shown: str = "") -> None:
        super().__init__(settings_cls, names)
        self.foreign_files = 0
        shown = shown or path
        try:
            snapshot = read(path, names)
        except UnreadableError as error:
            self.mark = _mark_of_error(error)
            self.problems.append(_directory_problem(shown, error, names))
            return
        self.mark = snapshot.mark
        self.foreign_files = snapshot.foreign_files
        for name, reason in snapshot.unreadable.items():
            source = Source.whole_file(os.path.join(shown, name))
            self.problems.append(problem("source-unreadable", name, None, source, message=str(reason), fix=reason.fix))
        for name, text in snapshot.texts.items():
            self._take(path, Source.whole_file(os.path.join(shown, name)), name, text.rstrip("\r\n"))

    def _take(self, path: str, source: Source, name: str, value: str) -> None:
        if name != self.names.variable("config_dir"):
            self.bind(Located(name, self.names.options.get(name, ""), value, source, Syntax.DIRECTORY))
        elif value.strip() != path:
            _logger.warning("%s is ignored: a mounted directory cannot name another directory", source)


def mark_of(path: str, names: Names) -> str:
    """Return the mark of the directory's present content: what ``..data`` points to, else a digest of the files."""
    try:
        return os.readlink(f"{path}/{_DATA}")
    except OSError:
        pass  # no such layout, or no such directory
    try:
        return read(path, names).mark
    except UnreadableError as error:
        return _mark_of_error(error)


def size_of(path: str) -> int:
    """Return the bytes of the directory's files together, 0 where it cannot be read."""
    try:
        with os.scandir(path) as entries:
            return sum(entry.stat().st_size for entry in entries if entry.is_file())
    except OSError:
        return 0


def read(path: str, names: Names) -> Snapshot:
    """Read the files of our variables, all as of one moment. Raises UnreadableError.

    Without ``..data``, changes to several files are not read as one change.
    """
    with _opened(path) as directory:
        for _ in range(_ATTEMPTS):
            try:
                return _attempt(directory, names, final=False)
            except _ChangedError:
                continue
        try:
            return _attempt(directory, names, final=True)
        except _ChangedError:
            raise UnreadableError("It changes faster than it can be read.", "find out what writes to it") from None


def _attempt(directory: int, names: Names, *, final: bool) -> Snapshot:
    """Try once to read all files; in the final attempt, a missing file is a file that cannot be read."""
    mark = _link(directory)
    if mark is None:
        snapshot = _files(directory, names, final=final)
        snapshot.mark = _digest(snapshot)
        return snapshot
    with _opened(_DATA, dir_fd=directory, final=final) as data:
        snapshot = _files(data, names, final=final)
    if _link(directory) != mark:
        raise _ChangedError
    snapshot.mark = mark
    return snapshot


def _link(directory: int) -> str | None:
    """Return what ``..data`` points to; None if it is not a link."""
    try:
        return os.readlink(_DATA, dir_fd=directory)
    except OSError:
        return None


@contextmanager
def _opened(path: str, *, dir_fd: int | None = None, final: bool = True) -> Iterator[int]:
    try:
        descriptor = os.open(path, _OPEN_DIRECTORY, dir_fd=dir_fd)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not final:
            raise _ChangedError from None
        raise unopened(error) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _files(directory: int, names: Names, *, final: bool) -> Snapshot:
    snapshot = Snapshot()
    try:
        listed = sorted(os.listdir(directory))
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not final:
            raise _ChangedError from None
        raise unopened(error) from None
    visible = [name for name in listed if not name.startswith(".")]
    meant = [name for name in visible if names.may_be_meant(name)]
    snapshot.foreign_files = len(visible) - len(meant)
    for name in meant:
        try:
            text = _text(name, directory, names)
        except FileNotFoundError:
            if not final:
                raise _ChangedError from None
            snapshot.unreadable[name] = UnreadableError("It points to nothing.", "put a file there, or remove it")
        except UnreadableError as error:
            snapshot.unreadable[name] = error
        else:
            if text is not None:
                snapshot.texts[name] = text
    return snapshot


def _text(name: str, directory: int, names: Names) -> str | None:
    """Return a file's text; None for a subdirectory with a name like a variable's."""
    try:
        mode = os.stat(name, dir_fd=directory).st_mode
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unopened(error) from None
    if stat.S_ISDIR(mode) and not names.is_ours(folded_name(name)):
        return None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise UnreadableError("It is not a regular file.", "put a regular file there, or remove it")
    return read_text(name, dir_fd=directory)


def _digest(snapshot: Snapshot) -> str:
    errors = [(name, str(error)) for name, error in snapshot.unreadable.items()]
    content = repr((list(snapshot.texts.items()), errors))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _mark_of_error(error: UnreadableError) -> str:
    return f"unreadable: {error}"


def _directory_problem(path: str, error: UnreadableError, names: Names) -> Problem:
    variable = names.variable("config_dir")
    return problem(
        "source-unreadable",
        variable,
        path,
        Source.whole_file(path),
        message=str(error),
        fix=f"mount a readable directory at {printable(path)}, or do not set {variable}",
    )

"""The process environment, with the variables that Flask loaded into it from ``.env`` and ``.flaskenv``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from pydantic_settings import BaseSettings

from envcors.problems import Source
from envcors.settings import starting_environment
from envcors.settings.files import UnreadableError
from envcors.settings.inputs import Inputs
from envcors.settings.located import Located
from envcors.settings.marker import MARKER, entries, entry
from envcors.settings.names import Names
from envcors.settings.sources.base import LocatedSource
from envcors.settings.sources.dotenv import (
    DotEnv,
    Line,
    is_unclosed,
    located_line,
    misread,
    read,
    unclosed,
    unset_references,
)

ENVIRONMENT = Source("environment")
_BYTE_ORDER_MARK = "\ufeff"
"""Flask's command line makes a byte-order mark part of the first name of a file."""
_LOADED_BY_FLASK = (".env", ".flaskenv")


class EnvironmentSource(LocatedSource):
    """The process environment. A variable that Flask's command line loaded from a file has that line as its source.

    A value that the marker knows from a file is only a copy of that file's earlier content: what the file has now
    applies, as if it had been loaded now.
    """

    def __init__(self, settings_cls: type[BaseSettings], names: Names, inputs: Inputs) -> None:
        super().__init__(settings_cls, names)
        ours = _ours(inputs.environ, names)
        known = entries(inputs.environ)
        loaded = list(_loaded(inputs)) if inputs.loads or _has_own(ours, names) else []
        others = list(_read(reversed(inputs.env_files), inputs)) if known and ours else []

        def are_origin(files: Iterable[DotEnv], name: str, value: str) -> bool:
            return any(entry(whole(file.path, inputs), name, value) in known for file in files)

        for name, value in ours.items():
            if are_origin(loaded, name, value):
                self._load(name, loaded)
            elif are_origin(others, name, value):
                self._load(name, others)
            else:
                self._bind(name, value, loaded)
        if inputs.loads:
            added = dict.fromkeys(name for file in loaded for name in file.bindings())
            for name in added:
                if names.may_be_meant(name) and name not in ours:
                    self._load(name, loaded)

    def _load(self, name: str, files: Iterable[DotEnv]) -> None:
        """Take what the files have for a variable now; nothing where they do not have it any more."""
        for file in files:
            line = file.bindings().get(name)
            if line is not None and line.value is not None:
                self._take(line, file.path)
                return

    def _bind(self, name: str, value: str, files: Iterable[DotEnv]) -> None:
        for file in files:
            line = file.bindings().get(name)
            if line is None:
                continue
            if line.value == value:
                self._take(line, file.path)
                return
            if line.unset_when_loaded(value):
                self.problems.extend(unset_references(line, file.path))
                return
        self.bind(Located(name, self.names.options.get(name, ""), value, ENVIRONMENT))

    def _take(self, line: Line, path: str) -> None:
        if is_unclosed(line, self.names):
            self.problems.extend(unclosed(line, path, self.names))
        elif found := misread(line, path, self.names):
            self.problems.extend(found)
        elif line.unset:
            self.problems.extend(unset_references(line, path))
        else:
            self.bind(located_line(line, path, self.names))


def loaded_paths(directory: str) -> Iterator[str]:
    """Yield the paths of the files that Flask's command line loads, first the one that takes precedence.

    It loads the nearest file of each name, from the working directory upwards. Where there is none, the path is the one
    where the file would be created.
    """
    if not directory:
        return  # the working directory was removed or is not accessible
    for name in _LOADED_BY_FLASK:
        here = os.path.join(directory, name)
        parent = directory
        while not _is_file(os.path.join(parent, name)) and parent != os.path.dirname(parent):
            parent = os.path.dirname(parent)
        nearest = os.path.join(parent, name)
        yield nearest if _is_file(nearest) else here


def loaded_entries(inputs: Inputs, names: Names) -> frozenset[str]:
    """Return the marker's entries for all values that a program loads from the files, or has loaded.

    A value that the process was started with is the shell's, also where a file has the same.
    """
    ours = _ours(inputs.environ, names)
    found = set(entries(inputs.environ))
    paths = [*(short(path, inputs.directory) for path in loaded_paths(inputs.directory)), *inputs.env_files]
    # What was read from a pipe is gone.
    for file in _read([path for path in paths if os.path.isfile(whole(path, inputs))], inputs):
        for name, line in file.bindings().items():
            value = ours.get(name)
            if line.value is None or not names.may_be_meant(name):
                continue
            if value is None:  # app.run() loads the files after the application was made
                found.add(entry(whole(file.path, inputs), name, line.value))
            elif (line.value == value or line.unset_when_loaded(value)) and not starting_environment.has(name, value):
                found.add(entry(whole(file.path, inputs), name, value))
    return frozenset(found)


def has_loaded(path: str, inputs: Inputs, names: Names) -> bool:
    """Return whether the marker in ``inputs`` knows one of the environment's values from the file at ``path``."""
    known = entries(inputs.environ)
    return any(entry(path, name, value) in known for name, value in _ours(inputs.environ, names).items())


def whole(path: str, inputs: Inputs) -> str:
    """Return the whole path of a file that is named relative to the directory of ``inputs``."""
    return os.path.join(inputs.directory, path)


def short(path: str, directory: str) -> str:
    """Return what reports call a file: its name alone if it is in the working directory."""
    return os.path.basename(path) if os.path.dirname(path) == directory else path


def _ours(environ: Mapping[str, str], names: Names) -> dict[str, str]:
    ours = {name: value for name, value in environ.items() if names.may_be_meant(name) and name != MARKER}
    for name, value in environ.items():
        if name.startswith(_BYTE_ORDER_MARK) and names.may_be_meant(name[1:]):
            ours.setdefault(name[1:], value)
    return ours


def _has_own(ours: Iterable[str], names: Names) -> bool:
    return any(names.is_ours(name) for name in ours)


def _is_file(path: str) -> bool:
    return os.path.exists(path) and not os.path.isdir(path)


def _loaded(inputs: Inputs) -> Iterator[DotEnv]:
    return _read([short(path, inputs.directory) for path in loaded_paths(inputs.directory)], inputs)


def _read(paths: Iterable[str], inputs: Inputs) -> Iterator[DotEnv]:
    """Yield the files that can be read, except empty ones: an editor may still be writing them."""
    for path in paths:
        try:
            parsed = read(path, inputs.environ, inputs.directory)
            if parsed.lines or parsed.broken or os.path.getsize(whole(path, inputs)):
                yield parsed
        except (OSError, UnreadableError):
            continue  # the source that reads this file reports it

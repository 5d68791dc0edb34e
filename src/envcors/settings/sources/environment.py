"""The process environment, with the variables that Flask loaded into it from ``.env`` and ``.flaskenv``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import dotenv
from pydantic_settings import BaseSettings

from envcors.problems import Source
from envcors.settings.files import UnreadableError
from envcors.settings.located import Located
from envcors.settings.names import Names
from envcors.settings.sources.base import LocatedSource
from envcors.settings.sources.dotenv import (
    DotEnv,
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
    """The process environment. A variable that Flask's command line loaded from a file has that line as its source."""

    def __init__(self, settings_cls: type[BaseSettings], names: Names, environ: Mapping[str, str]) -> None:
        super().__init__(settings_cls, names)
        ours = {name: value for name, value in environ.items() if names.may_be_meant(name)}
        for name, value in environ.items():
            if name.startswith(_BYTE_ORDER_MARK) and names.may_be_meant(name[1:]):
                ours.setdefault(name[1:], value)
        files = list(_loaded_files(environ)) if any(names.is_ours(name) for name in ours) else []
        for name, value in ours.items():
            self._bind(name, value, files)

    def _bind(self, name: str, value: str, files: list[DotEnv]) -> None:
        for file in files:
            line = file.bindings().get(name)
            if line is None:
                continue
            if line.value == value and is_unclosed(line, self.names):
                self.problems.extend(unclosed(line, file.path, self.names))
                return
            if line.value == value and (found := misread(line, file.path, self.names)):
                self.problems.extend(found)
                return
            if line.unset_when_loaded(value):
                self.problems.extend(unset_references(line, file.path))
                return
            if line.value == value:
                self.bind(located_line(line, file.path, self.names))
                return
        self.bind(Located(name, self.names.options.get(name, ""), value, ENVIRONMENT))


def _loaded_files(environ: Mapping[str, str]) -> Iterator[DotEnv]:
    """Yield the files that Flask's command line loads: the nearest of each name, from the working directory upwards."""
    for name in _LOADED_BY_FLASK:
        try:
            path = dotenv.find_dotenv(name, usecwd=True)
        except OSError:
            return  # the working directory was removed or is not accessible
        if not path:
            continue
        try:
            yield read(_short(path), environ)
        except (FileNotFoundError, UnreadableError):
            continue  # the source that reads this file reports it


def _short(path: str) -> str:
    return os.path.basename(path) if os.path.dirname(path) == os.getcwd() else path

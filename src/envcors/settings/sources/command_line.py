"""Options of a command line, which take precedence over every other source while the command runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from pydantic_settings import BaseSettings

from envcors.problems import Source
from envcors.repair.syntax import Syntax
from envcors.settings.located import Located
from envcors.settings.names import Names
from envcors.settings.sources.base import LocatedSource

_values: ContextVar[Mapping[str, str]] = ContextVar("values", default=MappingProxyType({}))


class CommandLineSource(LocatedSource):
    """The values of a command line, by option: ``--config-dir`` is ``config_dir``."""

    def __init__(self, settings_cls: type[BaseSettings], names: Names, values: Mapping[str, str]) -> None:
        super().__init__(settings_cls, names)
        for option, value in values.items():
            source = Source(f"--{option.replace('_', '-')}")
            self.bind(Located(names.variable(option), option, value, source, Syntax.COMMAND))


@contextmanager
def command_line(values: Mapping[str, str]) -> Iterator[None]:
    """Use ``values`` as those of the command line in this block, also for an application that it loads."""
    token = _values.set(values)
    try:
        yield
    finally:
        _values.reset(token)


def current_values() -> Mapping[str, str]:
    """Return the command line's values by option."""
    return _values.get()

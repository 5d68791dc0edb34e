"""Values in code: the keywords of ``CORS()``, and ``app.config``."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_settings import BaseSettings

from envcors.problems import Problem, Source
from envcors.repair.syntax import Syntax
from envcors.settings.located import Located
from envcors.settings.names import Names
from envcors.settings.sources.base import LocatedSource

CODE = Source("code")
CONFIG = Source("app.config")


class KeywordSource(LocatedSource):
    """The keywords of a call. None means "not set"."""

    replaces_resources = True

    def __init__(self, settings_cls: type[BaseSettings], names: Names, values: Mapping[str, object]) -> None:
        super().__init__(settings_cls, names)
        for option, value in values.items():
            known = option in names.options.values()
            variable = names.variable(option) if known else names.prefix + option.lower()
            if value is not None:
                _bind(self, Located(variable, option, value, CODE, Syntax.CODE))

    def is_foreign(self, name: str, ignored: object) -> bool:  # noqa: ARG002 - the base class's signature
        """Return False: a keyword never belongs to another program."""
        return False


class ConfigSource(LocatedSource):
    """The entries of ``app.config`` with the prefix. None means "not set"."""

    replaces_resources = True

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        names: Names,
        values: Mapping[object, object] | Mapping[str, object],
    ) -> None:
        super().__init__(settings_cls, names)
        for name, value in values.items():
            if isinstance(name, str) and names.may_be_meant(name) and value is not None:
                _bind(self, Located(name, names.options.get(name, ""), value, CONFIG, Syntax.CONFIG))


def _bind(source: LocatedSource, located: Located) -> None:
    option = source.names.option(located.variable)
    if option is not None and option.environment_only:
        source.problems.append(environment_only(located))
    else:
        source.bind(located)


def environment_only(located: Located) -> Problem:
    """Make the problem of a value that only the environment can set."""
    return located.problem(
        "usage",
        f"{located.variable} never comes from code: the environment alone must show what is allowed.",
        f"{located.variable}=… in the environment, and nothing in {located.source}",
    )

"""All sources together: which value applies, what it overrides, and what could not be read.

Precedence, highest first: the command line, code, ``app.config``, the process environment, manifests, a mounted
directory, ``.env``. The defaults come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from envcors.problems import Problem, printable
from envcors.repair import repair
from envcors.repair.names import expects
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import problem
from envcors.settings.files import UnreadableError
from envcors.settings.flask_cors import flask_cors_option, option_problem
from envcors.settings.inputs import Inputs
from envcors.settings.located import LONGEST_LINE, Located
from envcors.settings.names import Names, folded_name
from envcors.settings.parsers import ParseError, is_boolean, string_list
from envcors.settings.sources import dotenv
from envcors.settings.sources.base import FallbackSource, LocatedSource, is_plain, plain_name, shown_name
from envcors.settings.sources.code import ConfigSource, KeywordSource
from envcors.settings.sources.command_line import CommandLineSource
from envcors.settings.sources.environment import EnvironmentSource

_EXPRESSION = re.compile(r"\\[.dwsAZ/]|\.[*+]|[\^$()]|\[[^\]:]*\]")


class Reading:
    """Every source of one reading, the one that takes precedence first.

    Attributes:
        names: The names of our variables.
        environ: The process environment that was read.
        sources: The sources.
        mark: The moment at which the mounted directory was read; empty if there is none.
        foreign_files: The number of files in the mounted directory if no file is one of our variables; else None.
    """

    def __init__(
        self, settings_cls: type[BaseSettings], names: Names, inputs: Inputs, problems: Iterable[Problem] = ()
    ) -> None:
        self.names = names
        self.environ = inputs.environ
        self.mark = ""
        self.foreign_files: int | None = None
        self.fallback = FallbackSource(settings_cls)
        self._unread = list(problems)
        first: list[LocatedSource] = [
            CommandLineSource(settings_cls, names, inputs.command_line),
            KeywordSource(settings_cls, names, inputs.keywords),
            ConfigSource(settings_cls, names, inputs.config),
            EnvironmentSource(settings_cls, names, inputs),
        ]
        if inputs.manifests:
            from envcors.settings.sources.manifest import ManifestSource

            first.append(ManifestSource(settings_cls, names, inputs.manifests))
        files = list(self._files(settings_cls, inputs))
        self.sources: tuple[LocatedSource, ...] = (*first, *self._mounted(settings_cls, [*first, *files]), *files)

    @cached_property
    def located(self) -> Mapping[str, Located]:
        """All values that apply, by variable, with the values that they override."""
        chains: dict[str, list[Located]] = {}
        for source in self.sources:
            for located in source.located():
                chains.setdefault(located.variable, []).append(located)
        # Flask's command line copies a .env into the environment: one line is still one value.
        return {
            name: replace(first, overrides=tuple(link for link in rest if link.source != first.source))
            for name, (first, *rest) in chains.items()
        }

    @property
    def untyped(self) -> Iterator[Located]:
        """The values that sources refuse themselves."""
        return (located for source in self.sources for located in source.untyped)

    def option(self, option: str) -> Located | None:
        """Return the value of an option that applies; None if no source sets it."""
        return self.located.get(self.names.variable(option))

    def overridden(self) -> Iterator[Located]:
        """Yield every value that does not apply, because another one takes precedence."""
        yield from (overridden for _, overridden in self.overrides())

    def overrides(self) -> Iterator[tuple[Located, Located]]:
        """Yield each value that applies with each value that it overrides.

        Resources in code override all variables of single resources too.
        """
        resources = self.option("resources")
        for name, located in self.located.items():
            if resources is not None and resources.in_code and self.names.resource(name):
                yield resources, located
                yield from ((resources, overridden) for overridden in located.overrides)
            else:
                yield from ((located, overridden) for overridden in located.overrides)

    def add_problem(self, found: Problem) -> None:
        """Add a problem of the settings class itself."""
        self._unread.append(found)

    def leave_out(self, option: str, base: FieldInfo | None) -> None:
        """Do not pass an invalid value to pydantic; if it is a default, use the default of ``base``."""
        if self.option(option) is None and base is not None:
            self.fall_back(option, base)
        for source in self.sources:
            source.left_out.add(self.names.variable(option))

    def fall_back(self, option: str, base: FieldInfo) -> None:
        """Use the default of ``base`` for an option whose own default is not valid."""
        self.fallback.values[option] = base.default

    def keeping(self, boot: Reading, variables: Iterable[str]) -> Reading:
        """Return this reading with the located values of ``boot`` for some variables."""
        kept = copy(self)
        located = {name: found for name, found in self.located.items() if name not in variables}
        located.update((name, found) for name in variables if (found := boot.located.get(name)) is not None)
        kept.located = located
        return kept

    def problems(self) -> Iterator[Problem]:
        """Yield what could not be read, and the names that are unknown or set twice."""
        ignored = self._ignored
        yield from self._unread
        for source in self.sources:
            for found in source.problems:
                if found.rule != "dotenv-malformed" or found.variable not in ignored:
                    yield found
            for bound in source.duplicates(ignored):
                yield _duplicate(bound)
            for located in source.unknown(ignored):
                option = self._flask_cors_option(located)
                if option is None:
                    yield self._unknown(located)
                elif (
                    of_flask_cors := option_problem(option, located.value, replace(located, option=option))
                ) is not None:
                    yield of_flask_cors

    @cached_property
    def _ignored(self) -> tuple[str, ...]:
        """The names of other programs' variables; none if the list of them is invalid."""
        located = self.option("ignore")
        try:
            return () if located is None else string_list(located.value)
        except ParseError:
            return ()

    def _files(self, settings_cls: type[BaseSettings], inputs: Inputs) -> Iterator[LocatedSource]:
        for path in reversed(inputs.env_files):
            try:
                parsed = dotenv.read(path, inputs.environ, inputs.directory)
            except FileNotFoundError:
                if path not in inputs.optional:
                    self._unread.append(dotenv.missing(path))
            except UnreadableError as error:
                self._unread.append(dotenv.unreadable(path, error))
            else:
                yield dotenv.DotEnvSource(settings_cls, self.names, parsed)

    def _mounted(self, settings_cls: type[BaseSettings], sources: Sequence[LocatedSource]) -> list[LocatedSource]:
        """Return the directory that the first of ``sources`` names, if any names one."""
        variable = self.names.variable("config_dir")
        located = next((found for source in sources if (found := source.last(variable)) is not None), None)
        option = self.names.option(variable)
        if located is None or option is None:
            return []
        try:
            path = option.parse(located)
        except ParseError:
            return []  # reported with all values that do not parse
        from envcors.settings.sources.directory import DirectorySource

        shown = located.shown if located.secret else str(path)
        mounted = DirectorySource(settings_cls, self.names, str(path), shown)
        mounted.problems = [
            replace(found, source=located.source) if found.variable == variable else found for found in mounted.problems
        ]
        self.mark = mounted.mark
        if not mounted.bound and not mounted.problems:
            self.foreign_files = mounted.foreign_files
        return [mounted]

    def _flask_cors_option(self, located: Located) -> str | None:
        return flask_cors_option(located.variable, self.names.prefix, in_config=located.syntax is Syntax.CONFIG)

    def _unknown(self, located: Located) -> Problem:
        in_code = located.syntax is Syntax.CODE
        meant = self.names.meant(located.variable)
        name = shown_name(located.option if in_code else located.variable)
        obstacle = "" if meant is None else self._obstacle(located, meant)
        if in_code and meant is not None:
            meant = self.names.options.get(meant)
        hint = f"did you mean {meant}?" if meant else "no known variable has a similar name."
        if self.names.has_malformed_resource(located.variable):
            hint = "the name of a resource is letters A to Z, digits and _, at least one."
        fix = [located.line_named(meant) if meant and not obstacle else f"remove {name}"]
        if meant and not obstacle and not self._would_be_valid(located):
            fix.append("and correct its value, which would be refused under that name")
        ignore = "" if in_code else self._ignore_line(located.variable)
        return problem(
            "unknown-variable",
            located.option if in_code else plain_name(located.variable),
            None,
            located.source,
            message=" ".join(filter(None, [f"envcors does not know {name}; {hint}", obstacle])),
            fix="\n".join([*fix, *([f"or, if another program reads it: {ignore}"] if ignore else [])]),
        )

    def _obstacle(self, located: Located, meant: str) -> str:
        """Return why a value cannot just move to the name that was meant; empty where it can. Shows no value."""
        known = self.located.get(meant)
        if known is not None:
            place = "" if known.syntax is located.syntax else f" ({known.source})"
            return f"{meant} is set already{place}; what it lacks belongs there."
        earlier = self._first_meant.get(meant)
        if earlier is not None and (earlier.variable, earlier.source) != (located.variable, located.source):
            return f"{shown_name(earlier.variable)} means the same; both belong into one {meant}."
        option = self.names.option(meant)
        if option is None or not option.kind.is_list:
            return ""
        text = located.value if isinstance(located.value, str) else ""
        asks_for = expects(located.variable)
        if asks_for == "boolean" or is_boolean(text):
            return f"{meant} is a list, not true or false."
        if asks_for == "expression" or _EXPRESSION.search(text):
            return f"{meant} has patterns such as https://*.example.com, not regular expressions."
        return ""

    @cached_property
    def _first_meant(self) -> Mapping[str, Located]:
        """The first unknown name that could move to each of our names."""
        found: dict[str, Located] = {}
        for source in self.sources:
            for located in source.unknown(self._ignored):
                meant = self.names.meant(located.variable)
                if meant is not None and not expects(located.variable):
                    found.setdefault(meant, located)
        return found

    def _would_be_valid(self, located: Located) -> bool:
        """Return whether the value of an unknown name would parse, and be spelled correctly, under the name meant."""
        meant = self.names.meant(located.variable)
        option = None if meant is None else self.names.option(meant)
        if option is None or not isinstance(located.value, str):
            return True
        repaired = repair(located.value, option.kind.expected)
        return repaired.value is not None and not repaired.dropped and not any(item.why for item in repaired.items)

    def _ignore_line(self, name: str) -> str:
        """Return the line that ignores ``name`` together with all other unknown names; empty if no list can."""
        if not is_plain(name):
            return ""
        variable = self.names.variable("ignore")
        located = self.located.get(variable)
        ignored = (printable(other) for other in self._ignored if not self.names.is_ours(other))
        unknown = (
            other.variable
            for source in self.sources
            for other in source.unknown(self._ignored)
            if other.syntax is not Syntax.CODE
            and is_plain(other.variable)
            and self.names.meant(other.variable) is None
            and self._flask_cors_option(other) is None
        )
        line = f"{variable}={','.join(dict.fromkeys((*ignored, *unknown, name)))}"
        is_secret = located is not None and located.secret
        return f"{name} added to {variable}" if is_secret or len(line) > LONGEST_LINE else line


def _duplicate(bound: Sequence[Located]) -> Problem:
    first, *rest = bound
    others = " and ".join(
        f"({located.source})"
        if located.variable == first.variable
        else f"as {printable(located.variable)} ({located.source})"
        for located in rest
    )
    return problem(
        "variable-duplicate",
        first.variable,
        first.shown,
        first.source,
        message=f"The same variable is set again {others}: it is not clear which one applies.",
        fix=f"keep one of them, spelled {folded_name(first.variable)}",
    )

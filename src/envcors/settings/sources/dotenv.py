"""A ``.env`` file, in python-dotenv's syntax, each value with its line."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Variable, parse_variables
from pydantic_settings import BaseSettings

from envcors.problems import Problem, Source, printable
from envcors.repair import Kind, repair
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import problem
from envcors.settings.files import UnreadableError, read_text
from envcors.settings.located import Located
from envcors.settings.names import Names, folded_name
from envcors.settings.sources import dotenv_malformed
from envcors.settings.sources.base import OTHER_SETTING, LocatedSource, is_plain
from envcors.settings.sources.dotenv_continued import continuations

_QUOTES = "'\" \t"
_SEPARATOR = re.compile(r"[:?+]")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.-]+)\s*=(?!=)")
_VARIABLE = re.compile(r"\s*(?:export\s+)?[A-Z_][A-Z0-9_]*=(?!=)")


@dataclass(frozen=True, slots=True)
class Line:
    """One binding of a file.

    Attributes:
        name: The name in front of ``=``.
        value: The expanded text after it; None for a name without ``=``.
        raw: That text as written.
        number: The line of the name, from 1.
        unset: The names in ``${…}`` that nothing sets.
        references: The values of all names in ``${…}``.
        written: All lines of the binding as they are in the file.
        continued: The next lines, on which the value goes on without quotes; python-dotenv cuts them off.
        covered: The numbers of the bindings on those lines.
    """

    name: str
    value: str | None
    raw: str | None
    number: int
    unset: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    continued: tuple[str, ...] = ()
    covered: tuple[int, ...] = ()

    @property
    def secret(self) -> bool:
        """Whether the value contains parts of other variables."""
        return self.value != self.raw

    def unset_when_loaded(self, value: str) -> bool:
        """Return whether ``value`` is what the text expands to while a variable that it uses is not set.

        Flask's command line loads a file while a variable of a later line, or of ``.flaskenv``, is not set yet.
        """
        if not self.references or self.raw is None:
            return False
        if self.unset:
            return value == self.value
        return value != self.value and any(
            value == _expand(self.raw, dict.fromkeys(self.references, "") | kept)
            for kept in ({}, *({name: text} for name, text in self.references.items()))
        )


class Broken(NamedTuple):
    """Lines that do not parse: the number of the first, their text, and what ``Line`` has of the next lines."""

    number: int
    text: str
    continued: tuple[str, ...] = ()
    covered: tuple[int, ...] = ()


@dataclass(slots=True)
class DotEnv:
    """The bindings of one file in their order, and the lines that do not parse."""

    path: str
    lines: list[Line] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    def bindings(self) -> dict[str, Line]:
        """Return the last binding of each name, which is the one that applies."""
        return {line.name: line for line in self.lines}


class DotEnvSource(LocatedSource):
    """The values of one ``.env`` file, and its unreadable lines that might be ours."""

    def __init__(self, settings_cls: type[BaseSettings], names: Names, parsed: DotEnv) -> None:
        super().__init__(settings_cls, names)
        self._path = parsed.path
        entries: list[Line | Broken] = [*parsed.broken, *parsed.lines]
        going_on = [entry for entry in entries if entry.continued and is_cut(entry, names)]
        covered = {number for entry in going_on for number in entry.covered}
        for broken in parsed.broken:
            if broken.number not in covered:
                continued = broken.continued if broken in going_on else ()
                self.problems.extend(
                    dotenv_malformed.malformed(broken.text, self._path, broken.number, names, continued)
                )
        for line in parsed.lines:
            if line.number not in covered:
                self._take(line)

    def _take(self, line: Line) -> None:
        self.problems.extend(_inside_quotes(line, self._path, self.names))
        self.problems.extend(_on_the_same_line(line, self._path, self.names))
        if is_unclosed(line, self.names):
            self.problems.extend(unclosed(line, self._path, self.names))
        elif found := misread(line, self._path, self.names):
            self.problems.extend(found)
        elif self.names.may_be_meant(line.name):
            problems = list(_line_problems(line, self._path, self.names))
            self.problems.extend(problems)
            if not problems:
                self.bind(located_line(line, self._path, self.names))


def parse(path: str, text: str, environ: Mapping[str, str]) -> DotEnv:
    """Parse a file's text as python-dotenv does: ``${NAME}`` is the value of an earlier line, else of ``environ``."""
    parsed = DotEnv(path)
    resolved: dict[str, str | None] = {}
    bindings = list(parse_stream(io.StringIO(text, newline=None)))  # any new line is \n, as where Flask opens the file
    going_on = continuations(bindings)
    for index, binding in enumerate(bindings):
        number = _line_number(binding)
        indexes, continued = going_on.get(index, (range(0), ()))
        covered = tuple(_line_number(bindings[other]) for other in indexes)
        if binding.error:
            parsed.broken.append(Broken(number, binding.original.string, continued, covered))
        elif binding.key is not None:
            value, unset, references = _resolve(binding.value, resolved, environ)
            resolved[binding.key] = value
            written = tuple(binding.original.string.strip().splitlines())
            parsed.lines.append(
                Line(binding.key, value, binding.value, number, unset, references, written, continued, covered)
            )
    return parsed


def read(path: str, environ: Mapping[str, str], directory: str = "") -> DotEnv:
    """Parse the file at ``path`` below ``directory``. Raises FileNotFoundError and UnreadableError."""
    whole = os.path.join(directory, path)
    try:
        return parse(path, read_text(whole), environ)
    except FileNotFoundError:
        if os.path.islink(whole):
            raise UnreadableError(
                "It is a link to a file that does not exist.", "create that file, or remove the link"
            ) from None
        raise


_INDEXED = re.compile(r"\[['\"]?(\w+)['\"]?\]")
_CHAIN = re.compile(
    r"\s*(?:export\s+)?[A-Za-z_]\w*=[^\s;&'\"#]*(?:(?:\s+|\s*;\s*|\s*&&\s*)(?:export\s+)?[A-Za-z_]\w*=[^\s;&#]*)+"
)
"""Settings in one line as a shell takes them; a command with arguments is another program's."""


def is_unclosed(line: Line, names: Names) -> bool:
    """Return whether a value of ours contains an assignment to another variable: its closing quote is missing.

    The values of a subclass's own fields, and those of other programs, can be any text.
    """
    if not names.may_be_meant(line.name) or _is_plain_field(line.name, names):
        return False
    other = _ASSIGNMENT if names.is_ours(folded_name(line.name)) else _VARIABLE
    return any(other.match(text) for text in line.written[1:])


def is_cut(entry: Line | Broken, names: Names) -> bool:
    """Return whether a list of ours lacks what is in the next lines; those of other programs are not ours to show.

    Where a line has all of them already, the next ones are left from before it was corrected.
    """
    name = dotenv_malformed.name_in(entry.text if isinstance(entry, Broken) else entry.written[0], names)
    option = names.option(name)
    if option is None or not (option.kind.is_list or option.kind.expected is Kind.RESOURCES):
        return False
    if isinstance(entry, Broken) or entry.value is None or not option.kind.is_list:
        return True
    alone = repair(entry.value, option.kind.expected).value
    return alone is None or alone != repair("\n".join([entry.value, *entry.continued]), option.kind.expected).value


def is_malformed(line: Line, names: Names) -> bool:
    """Return whether python-dotenv reads a line differently from what its author meant."""
    first = line.written[0]
    if not names.may_be_meant(line.name):
        # "CORS_ORIGINS= is a name with a quote for python-dotenv, cors.origins: one with a colon
        name = _SEPARATOR.split(line.name.strip(_QUOTES))[0]
        return names.may_be_meant(name) or dotenv_malformed.is_other_syntax(first, names)
    if not is_plain(line.name):  # CORS_ORIGINS:https://a.example.com is one name for it
        return not line.name.replace(" ", "").isprintable() or _SEPARATOR.search(line.name) is not None
    return names.is_ours(line.name) and dotenv_malformed.has_other_settings(first, names)


def misread(line: Line, path: str, names: Names) -> list[Problem]:
    """Return the problems of a line that python-dotenv reads differently from what its author meant."""
    continued = line.continued if line.continued and is_cut(line, names) else ()
    if not continued and not is_malformed(line, names):
        return []
    return list(dotenv_malformed.malformed(line.written[0], path, line.number, names, continued))


def unclosed(line: Line, path: str, names: Names) -> Iterator[Problem]:
    """Yield the problem of a line with a missing quote. No message may show the variables that the quote contains."""
    yield from dotenv_malformed.malformed(line.written[0], path, line.number, names)


def located_line(line: Line, path: str, names: Names) -> Located:
    """Return one line as a located value."""
    return Located(
        variable=line.name,
        option=names.options.get(line.name, ""),
        value=line.value or "",
        source=Source.in_file(path, line.number),
        syntax=Syntax.DOTENV,
        raw=line.raw,
        secret=line.secret,
    )


def unreadable(path: str, error: UnreadableError) -> Problem:
    """Make the problem of a file that exists and cannot be read."""
    return problem("source-unreadable", path, None, Source.whole_file(path), message=str(error), fix=error.fix)


def missing(path: str) -> Problem:
    """Make the problem of a file that was named and does not exist."""
    return problem(
        "source-unreadable",
        path,
        None,
        Source.whole_file(path),
        message="There is no such file, and it was named.",
        fix=f"create {printable(path)}, or do not name it",
    )


def _is_plain_field(name: str, names: Names) -> bool:
    return name in names.options and names.option(name) is None


def _inside_quotes(line: Line, path: str, names: Names) -> Iterator[Problem]:
    """Yield the problems of our variables that are inside the value of another program's variable."""
    if names.is_ours(line.name) and not _is_plain_field(line.name, names):
        return
    for offset, text in enumerate(line.written[1:], 1):
        match = _ASSIGNMENT.match(text)
        if match is not None and names.is_ours(match["name"]):
            source, start = Source.in_file(path, line.number + offset), Source.in_file(path, line.number)
            yield dotenv_malformed.inside_quotes(match["name"], source, start, line.name)


def _on_the_same_line(line: Line, path: str, names: Names) -> Iterator[Problem]:
    """Yield the problems of our variables on the line of another name: python-dotenv reads one setting on a line."""
    if names.may_be_meant(line.name):
        return
    first, source = line.written[0], Source.in_file(path, line.number)
    indexed = None if dotenv_malformed.is_other_syntax(first, names) else _INDEXED.search(line.name)
    if indexed is not None and names.is_ours(folded_name(indexed[1])):
        yield dotenv_malformed.in_code(folded_name(indexed[1]), source)
    chain = _CHAIN.match(first)
    if chain is not None:
        found = dict.fromkeys(match["name"] for match in OTHER_SETTING.finditer(chain[0]))
        for name in (name for name in found if names.is_ours(folded_name(name))):
            yield dotenv_malformed.on_the_same_line(folded_name(name), source, line.name)


def _line_number(binding: Binding) -> int:
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _resolve(
    value: str | None, resolved: Mapping[str, str | None], environ: Mapping[str, str]
) -> tuple[str | None, tuple[str, ...], dict[str, str]]:
    """Return the expanded text, its names that are not set, and the values of all names in it."""
    if value is None or "${" not in value:
        return value, (), {}
    known = {**environ, **resolved}
    used = [atom for atom in parse_variables(value) if isinstance(atom, Variable)]
    unset = tuple(atom.name for atom in used if atom.default is None and atom.name not in known)
    return _expand(value, known), unset, {atom.name: atom.resolve(known) for atom in used}


def _expand(text: str, known: Mapping[str, str | None]) -> str:
    return "".join(atom.resolve(known) for atom in parse_variables(text))


def _line_problems(line: Line, path: str, names: Names) -> Iterator[Problem]:
    if not names.is_ours(line.name):
        return
    source = Source.in_file(path, line.number)
    if line.value is None:
        yield problem(
            "value-invalid",
            line.name,
            None,
            source,
            message="The name has no = and no value.",
            fix=f"{line.name}=",
        )
    yield from unset_references(line, path) if line.unset else ()


def unset_references(line: Line, path: str) -> Iterator[Problem]:
    """Yield the problems of a value that uses variables which are not set when the file is read."""
    source = Source.in_file(path, line.number)
    for name in dict.fromkeys(line.unset or line.references):
        shown = printable(name)
        yield problem(
            "value-invalid",
            line.name,
            line.raw,
            source,
            message=f"It uses ${{{shown}}}, and {shown} is not set when this line is read.",
            fix=f"{shown}=… on a line above, or in the environment\n"
            f"or the value itself: {line.name}={printable(_written_out(line), 1000)}",
        )


def _written_out(line: Line) -> str:
    """Return the value on one line, with … in place of variables that are not set."""
    text = (line.raw or "").strip()
    for name in line.unset:
        text = text.replace(f"${{{name}}}", "…")
    between = " " if text.startswith(("[", "{")) else ","
    return re.sub(r"[,\s]*[\r\n][,\s]*", lambda found: "," if "," in found[0] else between, text)

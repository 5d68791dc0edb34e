"""A ``.env`` file, in python-dotenv's syntax, each value with its line."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Variable, parse_variables

from envcors.problems import Problem, Source, printable
from envcors.settings.files import UnreadableError, read_text
from envcors.settings.forms import FORMS, LISTS
from envcors.settings.names import Names, folded_name
from envcors.settings.provenance import Given, Place
from envcors.settings.sources.layer import Layer

_logger = logging.getLogger("envcors")
_QUOTES = "'\" \t"
_WORD = re.compile(r"[\w.-]+")
_WORDS = re.compile(r"[\w.-]+(?:[ \t]+[\w.-]+){0,5}")
_BEFORE_NAME = re.compile(r"\A[\s'\"]*(?:(?:export|set|-)\s+)?['\"]*", re.IGNORECASE)
_BEFORE_VALUE = re.compile(r"\A\s*['\"]?\s*(?:[:=]+\s*)?")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.-]+)\s*=(?!=)")
_VARIABLE = re.compile(r"\s*(?:export\s+)?[A-Z_][A-Z0-9_]*=(?!=)")
_LONGEST_VALUE = 1000
_ANY_FAULT = "a quote is not closed, or something stands where NAME=value should."


@dataclass(frozen=True, slots=True)
class Line:
    """One binding of a file. ``value`` is what its ``${…}`` resolve to, ``raw`` what stands there.

    ``value`` is None for a name without ``=``. ``unset`` are the names in ``${…}`` that nothing sets. ``written`` is
    all that stands in the file, line by line.
    """

    name: str
    value: str | None
    raw: str | None
    number: int
    unset: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    @property
    def secret(self) -> bool:
        """Whether the value holds pieces of other variables."""
        return self.value != self.raw


@dataclass(slots=True)
class DotEnv:
    """The bindings of one file in their order, and the numbers and texts of the lines that do not parse."""

    path: str
    lines: list[Line] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)

    def bindings(self) -> dict[str, Line]:
        """The last binding of each name, which is the one in force."""
        return {line.name: line for line in self.lines}


def parse(path: str, text: str, environ: Mapping[str, str]) -> DotEnv:
    """The file's bindings as python-dotenv resolves them: ``${NAME}`` is an earlier line, then ``environ``."""
    parsed = DotEnv(path)
    resolved: dict[str, str | None] = {}
    for binding in parse_stream(io.StringIO(text)):
        number = _line_number(binding)
        if binding.error:
            parsed.broken.append((number, binding.original.string))
        elif binding.key is not None:
            value, unset = _resolve(binding.value, resolved, environ)
            resolved[binding.key] = value
            written = tuple(binding.original.string.strip().splitlines())
            parsed.lines.append(Line(binding.key, value, binding.value, number, unset, written))
    return parsed


def read(path: str, environ: Mapping[str, str], directory: str = "") -> DotEnv:
    """Parse the file at ``path`` below ``directory``. Raises FileNotFoundError and UnreadableError."""
    return parse(path, read_text(os.path.join(directory, path)), environ)


def layer_of(parsed: DotEnv, names: Names) -> Layer:
    """What a file gives to the variables of ``names``, and what is wrong with it."""
    layer = Layer()
    for number, text in parsed.broken:
        _judge_broken(layer, parsed.path, number, text, names)
    for line in parsed.lines:
        layer.problems.extend(_swallowed(line, parsed.path, names))
        if is_unclosed(line, names):
            judge_unclosed(layer, line, parsed.path, names)
        elif line.value is None and line.name.endswith(":") and names.may_be_meant(line.name.rstrip(":")):
            _judge_broken(layer, parsed.path, line.number, line.name, names)  # the key of a list in YAML
        elif names.may_be_meant(line.name):
            faults = list(_line_problems(line, parsed.path, names))
            layer.problems.extend(faults)
            if not faults:
                layer.bind(given_of(line, parsed.path, names))
        elif names.may_be_meant(line.name.strip(_QUOTES)):  # python-dotenv reads "CORS_ORIGINS= as a name with a quote
            _judge_broken(layer, parsed.path, line.number, f"{line.name}={line.raw or ''}", names)
    return layer


def is_unclosed(line: Line, names: Names) -> bool:
    """Whether another variable is set further down in a value that is meant for us: a quote is missing.

    The values of a subclass' own fields are text of any form, and so are those of other programs' variables.
    """
    if not names.may_be_meant(line.name) or names.options.get(line.name, "env") not in FORMS:
        return False
    other = _ASSIGNMENT if names.is_ours(folded_name(line.name)) else _VARIABLE
    return any(other.match(text) for text in line.written[1:])


def judge_unclosed(layer: Layer, line: Line, path: str, names: Names) -> None:
    """Refuse a line whose quote closes somewhere among other variables, which no message may show."""
    _judge_broken(layer, path, line.number, line.written[0], names)


def given_of(line: Line, path: str, names: Names) -> Given:
    """One line as a value with its source."""
    return Given(
        variable=line.name,
        option=names.options.get(line.name, ""),
        value=line.value or "",
        source=Source.in_file(path, line.number),
        place=Place.DOTENV,
        raw=line.raw,
        secret=line.secret,
    )


def unreadable(path: str, error: UnreadableError) -> Problem:
    """The refusal for a file that is there and cannot be read."""
    return Problem("source-unreadable", "refuse", path, None, Source.whole_file(path), str(error), error.fix)


def missing(path: str) -> Problem:
    """The refusal for a file that was named and is not there."""
    return Problem(
        "source-unreadable",
        "refuse",
        path,
        None,
        Source.whole_file(path),
        "There is no such file, and it was asked for by name.",
        f"create {printable(path)}, or do not name it",
    )


def _swallowed(line: Line, path: str, names: Names) -> Iterator[Problem]:
    """The refusals of our variables inside of somebody else's value, where nobody reads them."""
    if names.is_ours(line.name) and names.options.get(line.name, "env") in FORMS:
        return
    for offset, text in enumerate(line.written[1:], 1):
        match = _ASSIGNMENT.match(text)
        if match is not None and names.is_ours(match["name"]):
            yield Problem(
                "dotenv-malformed",
                "refuse",
                match["name"],
                None,
                Source.in_file(path, line.number + offset),
                f"The line is not read: a quote above, opened in the line of {printable(line.name)}, is not closed.",
                f"close the quote in {printable(Source.in_file(path, line.number))}",
            )


def _line_number(binding: Binding) -> int:
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _resolve(
    value: str | None, resolved: Mapping[str, str | None], environ: Mapping[str, str]
) -> tuple[str | None, tuple[str, ...]]:
    if value is None or "${" not in value:
        return value, ()
    atoms = list(parse_variables(value))
    known = {**environ, **resolved}
    unset = tuple(
        atom.name for atom in atoms if isinstance(atom, Variable) and atom.default is None and atom.name not in known
    )
    return "".join(atom.resolve(known) for atom in atoms), unset


def _line_problems(line: Line, path: str, names: Names) -> Iterator[Problem]:
    if not names.is_ours(line.name):
        return
    source = Source.in_file(path, line.number)
    if line.value is None:
        yield Problem(
            "value-invalid",
            "refuse",
            line.name,
            None,
            source,
            "The name stands there without = and a value.",
            f"{line.name}=",
        )
    for name in dict.fromkeys(line.unset):
        shown = printable(name)
        yield Problem(
            "value-invalid",
            "refuse",
            line.name,
            line.raw,
            source,
            f"It uses ${{{shown}}}, and {shown} is not set.",
            f"{shown}=… on a line above, or in the environment\n"
            f"or the value itself: {line.name}={printable(_written_out(line), _LONGEST_VALUE)}",
        )


def _written_out(line: Line) -> str:
    """The value on one line, with a blank in the place of whatever is not set."""
    text = (line.raw or "").strip()
    for name in line.unset:
        text = text.replace(f"${{{name}}}", "…")
    between = " " if text.startswith(("[", "{")) else ","
    return re.sub(r"[,\s]*[\r\n][,\s]*", lambda found: "," if "," in found[0] else between, text)


def _judge_broken(layer: Layer, path: str, number: int, text: str, names: Names) -> None:
    found = False
    for offset, line in enumerate(text.strip().splitlines()):
        source = Source.in_file(path, number + offset)
        problem = _malformed(line, source, names)
        if problem is not None:
            found = True
            layer.problems.append(problem)
    if not found:
        _logger.warning("%s line %d cannot be read; it does not look like a variable of envcors", path, number)


def _malformed(line: str, source: Source, names: Names) -> Problem | None:
    """The refusal of a line that cannot be read, None where it cannot be ours. Only a value of ours is shown."""
    text = _BEFORE_NAME.sub("", line)
    written = _written_name(text, names)
    name = _joined(written)
    if names.prefix not in folded_name(line) and not name.startswith(names.prefix):
        return None
    meant = names.meant(name) if name.startswith(names.prefix) else None
    if meant is None:
        shown = written if name.startswith(names.prefix) else f"{names.prefix}…"
        fix = f"NAME=value on {printable(source)}, with every quote closed"
        return Problem("dotenv-malformed", "refuse", shown, None, source, f"The line cannot be read: {_ANY_FAULT}", fix)
    rest = text[len(written) :]
    value = (_BEFORE_VALUE.sub("", rest).strip() or None) if name == meant else None
    message = f"The line cannot be read: {_fault(line, written, rest)}"
    fix = f"{meant}={printable(_unquoted(value or '', names.options.get(meant, '')), _LONGEST_VALUE) or '…'}"
    return Problem("dotenv-malformed", "refuse", written, value, source, message, fix)


def _unquoted(value: str, option: str) -> str:
    """What was probably meant by a value with a quote too few, or by a list whose items have quotes of their own."""
    bare = value.rstrip(",").strip(_QUOTES)
    if option in LISTS and not bare.startswith(("[", "{")) and "#" not in bare and re.search("['\";]", bare):
        return ",".join(part for item in re.split(r"[,;\s]+", bare) if (part := item.strip(_QUOTES)))
    return bare


def _written_name(text: str, names: Names) -> str:
    """What probably is the name at the beginning of a line, in one word or several; nothing of a value."""
    match = _WORDS.match(text)
    if match is None:
        return ""
    words = match[0]
    starts = [words[: word.end()] for word in _WORD.finditer(words)]
    for start in reversed(starts):
        if names.is_ours(_joined(start)):
            return start
    ends_in_separator = text[len(words) :].lstrip().startswith((":", "="))
    if ends_in_separator and not _joined(starts[0]).startswith(names.prefix) and names.meant(_joined(words)):
        return words
    return starts[0]


def _joined(words: str) -> str:
    """Words as the name of one variable."""
    return folded_name("_".join(words.split()))


def _fault(line: str, written: str, rest: str) -> str:
    if len(written.split()) > 1:
        return "a name has no spaces."
    match rest.lstrip(_QUOTES)[:1]:
        case ":":
            items = ", and its items on this very line, with commas between" if not rest.lstrip(_QUOTES)[1:] else ""
            return f"after the name stands : where = belongs{items}."
        case "=":
            quoted = line.lstrip()[:1] in _QUOTES
            return "a quote stands before the name." if quoted else _ANY_FAULT
    return "no = stands between name and value."

"""Lines of a ``.env`` file that cannot be read: which might be ours, and what they probably mean."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence

from envcors.problems import Problem, Source, printable
from envcors.repair import Syntax, repair, text_of
from envcors.repair import line as line_of
from envcors.rules.catalogue import problem
from envcors.settings.json_text import is_json
from envcors.settings.names import Names, folded_name
from envcors.settings.sources.base import OTHER_SETTING

_logger = logging.getLogger("envcors")
_QUOTES = "'\" \t"
_WORD = re.compile(r"[\w.-]+")
_WORDS = re.compile(r"[\w.-]+(?:[ \t]+[\w.-]+){0,5}")
_BEFORE_NAME = re.compile(
    r"\A[\s'\"]*(?:(?:export|setx?|env|setenv|(?:declare|typeset)\s+-x|let|const|var|-e|--env|-)\s+"
    r"|\$?env:|environment\s*=\s*|--env=|env\s*=\s*|env\[|-e(?=[A-Z]))*['\"]*",
    re.IGNORECASE,
)
"""What another syntax has in front of a name: a shell's, PowerShell's, that of Docker, systemd, supervisord, PHP."""
_BEFORE_VALUE = re.compile(r"\A\s*['\"\]]?\s*(?:[:?+]?[:=]+\s*)?")
_SYNTAX_OF_ANOTHER = re.compile(
    r"\A\s*(?:(?!export\b|-\s)[a-z]+\s+\S|\$?env:|environment\s*=|--?e|env\s*[=\[])", re.IGNORECASE
)
_CONTINUED = "the value goes on in the next lines without quotes, and would be cut off after the first."
_WORD_OF_A_SHELL = re.compile(r"(?:\s|^)(?:export|set|env)\s*\Z")
_LONGEST_VALUE = 1000
_ANY_CAUSE = "a quote is not closed, or the line is not NAME=value."


def malformed(text: str, path: str, number: int, names: Names, continued: Sequence[str] = ()) -> Iterator[Problem]:
    """Yield the problems of lines that cannot be read and could be ours; log the others without their text.

    Args:
        text: The lines.
        path: The file.
        number: The number of the first line.
        names: The names of our variables.
        continued: The lines after them on which the value goes on without quotes.
    """
    first, *others = text.strip().splitlines() or [""]
    problems = [_problem(first, Source.in_file(path, number), names, continued)]
    for offset, line in enumerate(others, 1):
        problems.append(_problem(line, Source.in_file(path, number + offset), names, within=(path, number, first)))
    if not any(problems):
        _logger.warning("%s line %d cannot be read; it does not look like a variable of envcors", path, number)
    yield from filter(None, problems)


def name_in(line: str, names: Names) -> str:
    """Return the name of ours that a line sets in any syntax, in the spelling of variables; empty if there is none."""
    name = _joined(_written_name(_BEFORE_NAME.sub("", line.lstrip()), names))
    return name if names.is_ours(name) else ""


def has_other_settings(line: str, names: Names) -> bool:
    """Return whether a line of ours holds another setting after a value without quotes."""
    text = _BEFORE_NAME.sub("", line)
    value = _BEFORE_VALUE.sub("", text[len(_written_name(text, names)) :], count=1)
    rest = text[len(_written_name(text, names)) :].lstrip().removeprefix("=").lstrip()
    return rest[:1] not in ("'", '"', "") and not is_json(value) and bool(_settings(value)[1])


def is_other_syntax(line: str, names: Names) -> bool:
    """Return whether a line sets a variable of ours in the syntax of another program."""
    text = _BEFORE_NAME.sub("", line)
    return text.lstrip(_QUOTES) != line.lstrip(_QUOTES) and names.is_ours(_joined(_written_name(text, names)))


def on_the_same_line(name: str, source: Source, other: str) -> Problem:
    """Make the problem of a variable on the line of another one, whose value no message may show."""
    return problem(
        "dotenv-malformed",
        name,
        None,
        source,
        message=f"The line sets {printable(other)}, and {name} is a part of its value: a line sets one variable.",
        fix=f"{name}=… on a line of its own",
    )


def in_code(name: str, source: Source) -> Problem:
    """Make the problem of a variable that a line sets in the syntax of a programming language."""
    message = f"The line sets {name} as a program does; a .env file has NAME=value."
    return problem("dotenv-malformed", name, None, source, message=message, fix=f"{name}=…")


def inside_quotes(name: str, source: Source, start: Source, opener: str) -> Problem:
    """Make the problem of a variable of ours in a line that an unterminated quote swallows."""
    shown = printable(start)
    return problem(
        "dotenv-malformed",
        name,
        None,
        source,
        message=f"This line is inside an unterminated quote that starts at {printable(opener)} ({shown}).",
        fix=f"close the quote in {shown}",
    )


def _problem(
    line: str,
    source: Source,
    names: Names,
    continued: Sequence[str] = (),
    within: tuple[str, int, str] | None = None,
) -> Problem | None:
    """Return the problem of a line; None where it cannot be ours. Only values of ours are shown."""
    text = _BEFORE_NAME.sub("", line)
    written = _written_name(text, names)
    name = _joined(written)
    if names.prefix not in folded_name(line) and not name.startswith(names.prefix):
        return None
    if within is not None and names.is_ours(name) and within[2].count('"') + within[2].count("'"):
        path, number, first = within
        opener = _written_name(_BEFORE_NAME.sub("", first), names)
        return inside_quotes(written, source, Source.in_file(path, number), opener or "a quote")
    meant = names.meant(name) if name.startswith(names.prefix) else None
    if meant is None:
        shown = written if name.startswith(names.prefix) else f"{names.prefix}…"
        fix = f"NAME=value on {printable(source)}, with every quote closed"
        return problem(
            "dotenv-malformed", shown, None, source, message=f"The line cannot be read: {_ANY_CAUSE}", fix=fix
        )
    rest = text[len(written) :]
    value, others = _settings(_BEFORE_VALUE.sub("", rest).strip())
    whole = "\n".join([value, *continued]).strip()
    shown_value = (value or None) if name == meant else None
    cause = _CONTINUED if continued else _cause(line, written, rest, [other for other, _ in others])
    fix = _meant_line(whole if name == meant else "", meant, names)
    return problem(
        "dotenv-malformed",
        written,
        shown_value,
        source,
        message=f"The line cannot be read: {cause}",
        fix="\n".join([fix, *_other_lines(others, names)]),
    )


def _settings(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the value in a text, and the other settings in it with their values."""
    others = [(match["name"], match["value"].strip(_QUOTES + ";,")) for match in OTHER_SETTING.finditer(text)]
    start = next((match.start() for match in OTHER_SETTING.finditer(text)), len(text))
    return _WORD_OF_A_SHELL.sub("", text[:start]).strip(" \t;,&" if others else None), others


def _other_lines(settings: Iterable[tuple[str, str]], names: Names) -> Iterator[str]:
    """Yield what becomes of the other settings of a line; the value of another program's is not shown."""
    for name, value in settings:
        if names.is_ours(name):
            yield _meant_line(value, name, names)
        else:
            yield f"and {printable(name)} on a line of its own"


def _meant_line(value: str, name: str, names: Names) -> str:
    """Return the line for what the text after the name probably means."""
    option = names.option(name)
    text: object = value.rstrip(",").strip(_QUOTES) or "…"
    if option is not None:
        repaired = repair(value.rstrip(","), option.kind.expected)
        if repaired.value is not None and repaired.value != ():
            text = repaired.value
    if text == "…" or len(text_of(text)) > _LONGEST_VALUE:
        return f"{name}={printable(text_of(text), _LONGEST_VALUE)}"
    return line_of(text, Syntax.DOTENV, variable=name, option="")


def _written_name(text: str, names: Names) -> str:
    """Return the probable name at the beginning of a line, in one word or several, without a value."""
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
    """Return words as the name of one variable."""
    return folded_name("_".join(words.split()))


def _cause(line: str, written: str, rest: str, others: Sequence[str]) -> str:
    if others:
        return f"{' and '.join(map(printable, others[:3]))} on the same line must stand on a line of its own."
    if len(written.split()) > 1:
        return "a name has no spaces."
    if _SYNTAX_OF_ANOTHER.match(line):
        return "this is the syntax of another program; a .env file has NAME=value."
    match rest.lstrip(_QUOTES)[:1]:
        case ":":
            items = ", and the items on the same line with commas between them" if not rest.lstrip(_QUOTES)[1:] else ""
            return f"the name is followed by : instead of ={items}."
        case "=":
            quoted = line.lstrip()[:1] in _QUOTES
            return "there is a quote before the name." if quoted else _ANY_CAUSE
    return "there is no = between name and value."

"""Lines of a ``.env`` file that cannot be read: which might be ours, and what they probably mean."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from envcors.problems import Problem, Source, printable
from envcors.repair import repair
from envcors.repair.syntax import text_of
from envcors.rules.catalogue import problem
from envcors.settings.names import Names, folded_name

_logger = logging.getLogger("envcors")
_QUOTES = "'\" \t"
_WORD = re.compile(r"[\w.-]+")
_WORDS = re.compile(r"[\w.-]+(?:[ \t]+[\w.-]+){0,5}")
_BEFORE_NAME = re.compile(r"\A[\s'\"]*(?:(?:export|set|env|-)\s+|\$env:)?['\"]*", re.IGNORECASE)
_BEFORE_VALUE = re.compile(r"\A\s*['\"]?\s*(?:[:=]+\s*)?")
_LONGEST_VALUE = 1000
_ANY_CAUSE = "a quote is not closed, or the line is not NAME=value."


def malformed(text: str, path: str, number: int, names: Names) -> Iterator[Problem]:
    """Yield the problems of lines that cannot be read and might be ours; log the others without their text."""
    found = False
    for offset, line in enumerate(text.strip().splitlines()):
        broken = _problem(line, Source.in_file(path, number + offset), names)
        if broken is not None:
            found = True
            yield broken
    if not found:
        _logger.warning("%s line %d cannot be read; it does not look like a variable of envcors", path, number)


def _problem(line: str, source: Source, names: Names) -> Problem | None:
    """Return the problem of a line; None if it cannot be ours. Only a value of ours is shown."""
    text = _BEFORE_NAME.sub("", line)
    written = _written_name(text, names)
    name = _joined(written)
    if names.prefix not in folded_name(line) and not name.startswith(names.prefix):
        return None
    meant = names.meant(name) if name.startswith(names.prefix) else None
    if meant is None:
        shown = written if name.startswith(names.prefix) else f"{names.prefix}…"
        fix = f"NAME=value on {printable(source)}, with every quote closed"
        return problem(
            "dotenv-malformed", shown, None, source, message=f"The line cannot be read: {_ANY_CAUSE}", fix=fix
        )
    rest = text[len(written) :]
    value = (_BEFORE_VALUE.sub("", rest).strip() or None) if name == meant else None
    return problem(
        "dotenv-malformed",
        written,
        value,
        source,
        message=f"The line cannot be read: {_cause(line, written, rest)}",
        fix=f"{meant}={printable(_meant_value(value or '', meant, names), _LONGEST_VALUE) or '…'}",
    )


def _meant_value(value: str, name: str, names: Names) -> str:
    """Return what the text after the name probably means, as the text of a variable."""
    option = names.option(name)
    if option is not None:
        repaired = repair(value.rstrip(","), option.kind.expected)
        if repaired.value is not None and repaired.value != ():
            return text_of(repaired.value)
    return value.rstrip(",").strip(_QUOTES)


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


def _cause(line: str, written: str, rest: str) -> str:
    if len(written.split()) > 1:
        return "a name has no spaces."
    match rest.lstrip(_QUOTES)[:1]:
        case ":":
            items = ", and the items on the same line with commas between them" if not rest.lstrip(_QUOTES)[1:] else ""
            return f"the name is followed by : instead of ={items}."
        case "=":
            quoted = line.lstrip()[:1] in _QUOTES
            return "there is a quote before the name." if quoted else _ANY_CAUSE
    return "there is no = between name and value."

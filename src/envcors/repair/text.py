"""Removes what is around a value: quotes, escapes, comments, the name of its variable."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from envcors.repair import reasons
from envcors.repair.kinds import Kind, Unclear
from envcors.repair.names import nearest
from envcors.repair.references import check_references

QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_CLOSING = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}
_MOST_LAYERS = 5
_LINE = r"(?:\\\r?\n|[^\r\n])*"
_COMMENT = (
    rf"(?:(?<![^\s,;|(\[{{{QUOTES}])|(?<=\\[nrt]))"
    rf"(?:(?:\#|//|--(?!\S)){_LINE}|(?:<!--.*?(?:-->|\Z)%s){_LINE})|(?<=\n);{_LINE}"
)
"""Up to the end of the line, also after the end of a block. A literal ``\\n`` or a continued line does not end it."""
_COMMENTS_IN_PATHS = re.compile(_COMMENT % "", re.DOTALL)  # there, /* does not start a comment
_COMMENTS = re.compile(_COMMENT % r"|/\*.*?(?:\*/|\Z)", re.DOTALL)
NAME_IN_FRONT = re.compile(
    rf"[{QUOTES}\s]*(?:-\s+)?(?i:(?:export|set|env|declare\s+-x)\s+|\$env:|environment=|--env[=\s]\s*|-e\s+)?[{QUOTES}]?"
    rf"(?P<name>[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+)[{QUOTES}]?\s*(?:=|:(?=[\s{QUOTES}\[({{]|https?:|\Z))\s*"
)
_LITERAL_BREAK = r"(?<!\\)(?:\\r\\n|\\[nrt])"
_BEFORE_ITEM = rf"(?=\s|\Z|[,;/*{QUOTES}\])}}]|\\|https?://)"
_NO_BACKSLASHES = frozenset({Kind.METHODS, Kind.REQUEST_HEADERS, Kind.RESPONSE_HEADERS, Kind.RULES, Kind.VARIABLES})
_OPTIONS = tuple(option for kind in Kind for option in kind.value)


class Bare(NamedTuple):
    """A value without what was around it.

    Attributes:
        text: The text that is left.
        array: The items, if the text is a JSON array of strings.
        comments: The comments that were removed.
        why: The reason why something had to be removed; empty if nothing had to.
    """

    text: str
    array: tuple[str, ...] | None
    comments: tuple[str, ...]
    why: str


def unwrap(text: str, kind: Kind) -> Bare:
    """Remove what is around a value. Raises Unclear."""
    why = ""
    for _ in range(_MOST_LAYERS):
        text = text.strip()
        array = _array(text) if kind.is_list else None
        if array is not None:
            return Bare(text, array, (), why)
        inner, reason = _without_layer(text, kind)
        if not reason:
            break
        text, why = inner, why or reason
    if kind is Kind.RESOURCES:
        check_references(text, kind)
        return Bare(text, None, (), why)
    text, comments = without_comments(text, kind)
    check_references(text, kind)
    return Bare(text, None, comments, why or (reasons.COMMENT if comments else ""))


def without_comments(text: str, kind: Kind) -> tuple[str, tuple[str, ...]]:
    """Return the text without its comments, and the comments."""
    pattern = _COMMENTS_IN_PATHS if kind is Kind.PATHS else _COMMENTS
    comments = tuple(match[0].strip() for match in pattern.finditer(text))
    return pattern.sub(" ", text), comments


def unescape(text: str, kind: Kind) -> str:
    """Replace literal ``\\n`` and ``\\t`` between items, and backslashes at the ends of lines, by white space."""
    text = re.sub(r"\\[ \t]*(?=\r?\n|\Z)", " ", text)
    return re.sub(_LITERAL_BREAK + ("" if kind in _NO_BACKSLASHES else _BEFORE_ITEM), "\n", text)


def _without_layer(text: str, kind: Kind) -> tuple[str, str]:
    """Return the text inside one layer (quotes, a name), and why the layer is a mistake; no reason without a layer."""
    name = NAME_IN_FRONT.match(text)
    if name is not None:
        word = re.split(r"CORS_|__", name["name"])[-1]
        if nearest(word, _OPTIONS) not in kind.value:
            raise Unclear(reasons.OTHER_NAME)
        return text[name.end() :], reasons.NAMED
    if len(text) > 1 and _CLOSING.get(text[0]) == text[-1]:
        return text[1:-1], reasons.QUOTED
    unescaped = re.sub(r"\\(?=[\"'])", "", text)
    return (unescaped, reasons.ESCAPED) if unescaped != text and kind is not Kind.RESOURCES else (text, "")


def _array(text: str) -> tuple[str, ...] | None:
    """Return the items of a JSON array of strings; None for any other text."""
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(value) if all(isinstance(item, str) for item in value) else None

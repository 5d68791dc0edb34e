"""Lists: splits a text into items and repairs each item according to its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote

from envcors.protocol.names import NORMALISED_METHODS, REGISTERED_METHODS, is_token
from envcors.protocol.table import PathError, PathPattern
from envcors.repair import reasons
from envcors.repair.expressions import UnreadableError, paths_of
from envcors.repair.kinds import LONGEST, Item, Kind, Repair, Unclear
from envcors.repair.names import NO_NAMES, nearest_rule
from envcors.repair.origins import origins
from envcors.repair.references import check_references
from envcors.repair.text import NAME_IN_FRONT, QUOTES, unescape, unwrap, without_comments

_HEADERS = (Kind.REQUEST_HEADERS, Kind.RESPONSE_HEADERS)
_SEPARATORS = re.compile(r"[,;\s]+")
_SEPARATORS_OF_NAMES = re.compile(r"[,;\s|]+")
_SEPARATORS_OF_ORIGINS = re.compile(r"(?:[;\s|]|,(?!\d*\}))+")  # not in the quantifier {4,5} of an expression
_SEPARATORS_AROUND_GROUPS = re.compile(r"(?:[;\s]|,(?!\d*\}))+")
_SEPARATORS_OF_METHODS = re.compile(r"[,;\s|/+&]+")
_NEGATIONS = frozenset(
    {
        *("no", "not", "non", "none-of", "except", "without", "but", "never", "minus", "excluding", "exclude"),
        *("deny", "denied", "block", "blocked", "forbid", "disallow", "!", "-", "~", "^"),
    }
)
_FULL_WIDTH = str.maketrans({"\uff0c": ",", "\uff1b": ";", "\u3001": ",", "\uff1a": ":", "\u3000": " "})
_IN_ANGLES = re.compile(r"<([a-z][a-z0-9+.-]*://[^<>\s]+)>")
"""An address between the marks of e-mail and Markdown."""
_BULLET = re.compile(r"[ \t]*-[ \t]+")
_OPENING = re.compile(r"(?:(?:frozenset|set|tuple|list)\s*\(\s*)?(?!\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\](?!\]))[\[({]\s*")
_NAME = re.compile(r"[A-Za-z0-9_][^*|]*")
_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_HEADER_VALUE = re.compile(r"(?<=\w):[ \t]+([^,;\s][^,;\r\n]*)")
_SPACE_IN_NAME = re.compile(r"[ \t_]+")
_KNOWN_HEADERS = frozenset(
    {
        *("accept-encoding", "accept-language", "cache-control", "content-disposition", "content-encoding"),
        *("content-language", "content-length", "content-range", "content-type", "if-match", "if-modified-since"),
        *("if-none-match", "last-modified", "retry-after", "x-csrf-token", "x-request-id", "x-requested-with"),
        *("x-total-count", "x-xsrf-token"),
    }
)
_VARIABLE = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_RULE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_EXAMPLE_OF_RULE = "A rule is named in lower case with hyphens, such as origin-local."

RepairedItem = tuple[tuple[str, ...], str]
"""The values that replace an item, and its problem; the problem is empty if the item is valid."""


def repair_text(text: str, kind: Kind, choices: Sequence[str]) -> Repair:
    """Repair a whole list. Raises Unclear."""
    text = text.translate(_FULL_WIDTH)
    if kind in (Kind.ORIGINS, Kind.DENY_ORIGINS):
        text = _IN_ANGLES.sub(r"\1", text)
    bare = unwrap(text, kind)
    if bare.array is not None:
        return repair_list(bare.array, kind, choices, bare.why)
    value = _json(bare.text)
    if isinstance(value, dict) and value and all(one is True for one in value.values()):
        return repair_list(value, kind, choices, reasons.MAPPING)
    if isinstance(value, list) and any(isinstance(item, str) for item in value):
        others = [Item(json.dumps(item), (), reasons.NO_STRING) for item in value if not isinstance(item, str)]
        return repair_list([item for item in value if isinstance(item, str)], kind, choices, dropped=others)
    if isinstance(value, list) and value:
        raise Unclear(reasons.NOTHING_LEFT)
    body, opened = _without_brackets(_without_bullets(unescape(bare.text, kind)))
    body, values = _without_header_values(body, kind)
    dropped = [Item(comment, (), reasons.IN_COMMENT) for comment in bare.comments] + values
    why = bare.why or (reasons.BRACKETS if opened else "")
    if kind in _HEADERS:
        body, joined = _joined_names(body)
        why = why or (reasons.SPACES if joined else "")
    return _repair_items(_split(body, kind), dropped, kind, choices, why)


def repair_list(
    items: Iterable[str], kind: Kind, choices: Sequence[str] = (), why: str = "", dropped: Iterable[Item] = ()
) -> Repair:
    """Repair the items of a list that code or JSON gave, of which some are ``dropped`` already. Raises Unclear."""
    dropped = list(dropped)
    parts: list[str] = []
    for text in items:
        if len(text) > LONGEST:
            dropped.append(Item(text, (), reasons.TOO_LONG))
        elif _repair_item(text, kind, choices) == ((text,), ""):
            parts.append(text)
        else:
            _, comments = without_comments(text, kind)
            body = text[: text.find(comments[0])] if comments else text  # a comment ends with its item
            if comments:
                dropped.append(Item(text[len(body) :], (), reasons.IN_COMMENT))
            check_references(body, kind)
            body, values = _without_header_values(unescape(body, kind), kind)
            dropped.extend(values)
            parts.extend(_split(body, kind))
    return _repair_items(parts, dropped, kind, choices, why)


def _repair_items(parts: Iterable[str], dropped: list[Item], kind: Kind, choices: Sequence[str], why: str) -> Repair:
    items: list[Item] = []
    for part in parts:
        if part.lower() in _NEGATIONS:
            raise Unclear(reasons.NEGATED, part)
        if NAME_IN_FRONT.match(part):
            raise Unclear(reasons.ANOTHER_SETTING, part)
        items.append(Item(part, *_repair_item(part, kind, choices)))
    refused = [item for item in items if not item.values]
    value: tuple[str, ...] | None = tuple(dict.fromkeys(value for item in items for value in item.values))
    lost = refused or any(item.why == reasons.NO_STRING for item in dropped)
    if lost and (not value or kind is Kind.DENY_ORIGINS):
        why = reasons.UNCLEAR_DENIAL if kind is Kind.DENY_ORIGINS else reasons.NOTHING_LEFT
        value = None
    return Repair(value, (*items, *dropped), tuple((item.text, item.why) for item in [*refused, *dropped]), why)


def _json(text: str) -> object:
    """What a text is in JSON; None for anything but an object or an array."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _joined_names(text: str) -> tuple[str, bool]:
    """``Content Type`` between two commas as ``Content-Type``: a name that everybody knows, written with a space."""
    if "," not in text:
        return text, False
    entries = text.split(",")
    joined = [_SPACE_IN_NAME.sub("-", entry.strip()) for entry in entries]
    known = [name.rstrip(":").lower() in _KNOWN_HEADERS for name in joined]
    changed = [is_known and name != entry.strip() for name, entry, is_known in zip(joined, entries, known, strict=True)]
    return ",".join(new if is_new else old for new, old, is_new in zip(joined, entries, changed, strict=True)), any(
        changed
    )


def _without_bullets(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(map(_BULLET.match, lines)):  # a single one may mean "without"
        return "\n".join(_BULLET.sub("", line, count=1) for line in lines)
    return text


def _without_brackets(text: str) -> tuple[str, bool]:
    """Remove brackets of another language around a list, also if one is missing; return whether there were any."""
    opened = False
    text = text.strip()
    while (match := _OPENING.match(text)) is not None:
        inner = text[match.end() :]
        closed = inner.rstrip(" \t\r\n,;")
        if "{" in match[0] and (not inner.startswith(tuple(QUOTES)) or re.search(rf"[{QUOTES}]\s*:", inner)):
            raise Unclear(reasons.MAPPING)
        if "(" in match[0] and not (closed.endswith(")") or inner.startswith(tuple(QUOTES))):
            break
        text = closed
        for bracket in re.sub(r"[^\[({]", "", match[0]):
            text = text.removesuffix({"[": "]", "(": ")", "{": "}"}[bracket]).rstrip(" \t\r\n,;")
        opened = True
    return text, opened


def _without_header_values(text: str, kind: Kind) -> tuple[str, list[Item]]:
    """Remove the value after the name of a header: ``Content-Type: application/json``. Return the values as items."""
    if kind not in _HEADERS:
        return text, []
    values = [Item(match[1].strip(), (), "This is the value of a header.") for match in _HEADER_VALUE.finditer(text)]
    return _HEADER_VALUE.sub("", text), values


def _split(text: str, kind: Kind) -> list[str]:
    if kind is Kind.METHODS:
        separators = _SEPARATORS_OF_METHODS
    elif kind in _HEADERS:
        separators = _SEPARATORS_OF_NAMES
    elif kind in (Kind.ORIGINS, Kind.DENY_ORIGINS):
        separators = _SEPARATORS_AROUND_GROUPS if "(" in text else _SEPARATORS_OF_ORIGINS
    else:
        separators = _SEPARATORS
    return [part for written in separators.split(text) if (part := written.strip(QUOTES))]


def _repair_item(text: str, kind: Kind, choices: Sequence[str]) -> RepairedItem:
    if kind is Kind.RULES:
        return _rule(text, choices)
    return _REPAIRS[kind](text)


def _method(text: str) -> RepairedItem:
    if text == "*":
        return (text,), ""
    if not _METHOD.fullmatch(text) or text.lower() in NO_NAMES:
        return (), "This is not a method."
    upper = text.upper()
    if text != upper and upper in REGISTERED_METHODS and upper not in NORMALISED_METHODS:
        return (upper,), "Methods are case-sensitive."
    return (text,), ""


def _header(text: str) -> RepairedItem:
    if text == "*":
        return (text,), ""
    bare = text.rstrip(":")
    if not (is_token(bare) and _NAME.fullmatch(bare)) or bare[-1] in QUOTES or bare.lower() in NO_NAMES:
        why = "Names are compared whole. Only * alone means any." if "*" in bare else "This is not a header name."
        return (), why
    return (bare,), "" if bare == text else "A header name has no colon."


def _variable(text: str) -> RepairedItem:
    return ((text,), "") if _VARIABLE.fullmatch(text) else ((), "This is not the exact name of a variable.")


def _rule(text: str, choices: Sequence[str]) -> RepairedItem:
    folded = text.lower().replace("_", "-")
    found = nearest_rule(folded, choices) if choices else folded if _RULE.fullmatch(folded) else None
    if found is None:
        return (), "No rule has this name." if choices else _EXAMPLE_OF_RULE
    return (found,), "" if found == text else _EXAMPLE_OF_RULE


def _path(text: str) -> RepairedItem:
    why = _path_problem(text)
    if not why:
        return (text,), ""
    bare = re.sub(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", text).replace("\\/", "/")
    bare, has_subpaths = re.subn(r"/*(?:\(\.\*\)|\.\*|\*\*|\*)\Z", "", bare.removeprefix("^").removesuffix("$"))
    head = re.sub(r"[?#].*", "", bare)
    if re.search(r"[()\[\]|\\]|\.[*+]|\+\Z", head):
        return _expression_paths(text)
    if "://" in head or any(quote in head for quote in QUOTES):
        return (), why
    fixed = re.sub(r"//+", "/", f"/{unquote(head)}" + ("/*" if has_subpaths else ""))
    return (() if _path_problem(fixed) else (fixed,)), why


def _expression_paths(expression: str) -> RepairedItem:
    try:
        found = paths_of(expression)
    except UnreadableError:
        found = []
    if not found or any(map(_path_problem, found)):
        return (), "A text is a path, not a regular expression, and no path pattern means the same."
    return tuple(found), "A text is a path, not a regular expression."


def _path_problem(text: str) -> str:
    try:
        PathPattern.parse(text)
    except PathError as error:
        return str(error)
    return ""


_REPAIRS: dict[Kind, Callable[[str], RepairedItem]] = {
    Kind.ORIGINS: lambda text: ((text,), "") if text == "*" else origins(text),
    Kind.DENY_ORIGINS: origins,
    Kind.METHODS: _method,
    Kind.REQUEST_HEADERS: _header,
    Kind.RESPONSE_HEADERS: _header,
    Kind.PATHS: _path,
    Kind.VARIABLES: _variable,
}

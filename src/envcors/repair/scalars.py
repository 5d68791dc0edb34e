"""Values that are not lists: booleans, numbers, words, paths, URLs, JSON."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from envcors.repair import reasons
from envcors.repair.kinds import Kind, Repair
from envcors.repair.text import QUOTES, unwrap

_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1", "enabled", "enable"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0", "disabled", "disable"), False),
}
_MODES = {
    **dict.fromkeys(("production", "prod", "prd"), "production"),
    **dict.fromkeys(("development", "develop", "devel", "dev"), "development"),
}
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), Decimal("0.001")),
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Decimal(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(3600)),
    **dict.fromkeys(("d", "day", "days"), Decimal(86400)),
}
_AMOUNT = re.compile(r"([0-9]{1,20}(?:_[0-9]{1,20})*(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(?:e\+?([0-9]))?\s*([a-z]*)\s*")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))|(?<=\A0),(?=\d)")
"""Also a decimal comma: 0,5 and 2,5. What 1,000 means nobody can tell."""
_NEAR = 0.75
_MOST_SECONDS = 10**9
_SHORTEST_BEGINNING = 4
_JSON_TOKEN = re.compile(
    r"""(?P<double>"(?:\\.|[^"\\])*")|'(?P<single>(?:\\.|[^'\\])*)'|(?P<comment>(?:\#|//)[^\r\n]*|/\*.*?\*/)"""
    r"|(?P<word>\b(?:True|False|None)\b)",
    re.DOTALL,
)
_NOT_JSON = "JSON has double quotes, true, false and null in lower case, no comments and no comma at the end."
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[\]}])', re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}


def repair_scalar(text: str, kind: Kind, choices: Sequence[str]) -> Repair:
    """Repair one value. Raises Unclear."""
    bare = unwrap(text, kind)
    if kind is Kind.RESOURCES:
        return _resources(bare.text, bare.why)
    dropped = tuple((comment, reasons.IN_COMMENT) for comment in bare.comments)
    inner = bare.text.strip(QUOTES + " \t\r\n,;")
    why = bare.why or (reasons.QUOTED if bare.text.strip().strip(",;") != inner else "")
    value = _value(inner, kind, choices) if inner else None
    if isinstance(value, str) and unwrap(value, kind).text != value:
        value = None  # more quotes than anyone writes
    return Repair(value, dropped=dropped, why=why)


def _value(text: str, kind: Kind, choices: Sequence[str]) -> bool | int | float | str | None:
    match kind:
        case Kind.BOOLEAN:
            return _BOOLEANS.get(_spelled(text.lower()))
        case Kind.MODE:
            return _MODES.get(text.lower())
        case Kind.WHOLE_SECONDS:
            seconds = _seconds(text)
            return int(seconds) if seconds is not None and seconds == int(seconds) else None
        case Kind.SECONDS:
            seconds = _seconds(_DECIMAL_COMMA.sub(".", text))
            return float(seconds) if seconds is not None and 0 <= seconds < _MOST_SECONDS else None
        case Kind.CHOICE:
            return _choice(text.lower(), choices)
        case Kind.PATH:
            path = re.sub(r"\Afile://(?=/)", "", text)
            return path if path.isprintable() else None
    return text if re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", text) else None


def _spelled(text: str) -> str:
    """``tru`` and ``flase`` as they were meant; a word that begins differently, such as ``untrue``, as it is."""
    for word in ("true", "false"):
        near = text[:1] == word[0] and abs(len(text) - len(word)) <= 1
        if near and difflib.SequenceMatcher(None, text, word).ratio() >= _NEAR:
            return word
    return text


def _seconds(text: str) -> Decimal | None:
    """Return a number of seconds, also with units: ``1h``, ``1 day``, ``1h30m``."""
    sign = -1 if text.startswith("-") else 1
    text = text[1:] if text[:1] in ("+", "-") else text
    total, end = Decimal(0), 0
    while end < len(text):
        match = _AMOUNT.match(text.lower(), end)
        if match is None or match[3] not in _UNITS or (end and not match[3]):
            return None
        total += Decimal(match[1].replace("_", "")) * 10 ** int(match[2] or 0) * _UNITS[match[3]]
        end = match.end()
    return sign * total if end else None


def _choice(text: str, choices: Sequence[str]) -> str | None:
    if text in choices:
        return text
    if _BOOLEANS.get(text) is False and "off" in choices:
        return "off"
    begin = [
        word
        for word in choices
        if len(text) >= _SHORTEST_BEGINNING and (word.startswith(text) or text.startswith(word))
    ]
    return begin[0] if len(begin) == 1 and len(begin[0]) >= _SHORTEST_BEGINNING else None


def _resources(text: str, why: str) -> Repair:
    for candidate in (text, re.sub(r'\\(["\\])', r"\1", text)):
        if _object(candidate) is not None and candidate.isprintable():
            return Repair(candidate, why=why or (reasons.ESCAPED if candidate != text else ""))
        comments = [match["comment"] for match in _JSON_TOKEN.finditer(candidate) if match["comment"]]
        changed = _TRAILING_COMMA.sub(lambda match: match[1] or "", _JSON_TOKEN.sub(_as_json, candidate))
        found = _object(changed.strip().rstrip(",;"))
        if found is not None:
            dropped = tuple((comment, reasons.IN_COMMENT) for comment in comments)
            return Repair(json.dumps(found, ensure_ascii=False), dropped=dropped, why=why or _NOT_JSON)
    return Repair(None, why=why)


def _as_json(match: re.Match[str]) -> str:
    if match["double"]:
        return match[0]
    if match["single"] is not None:
        inner = match["single"].replace("\\'", "'")
        return '"' + re.sub(r'(?<!\\)"', '\\"', inner) + '"'
    return _WORDS.get(match["word"] or "", " ")


def _object(text: str) -> dict[str, object] | None:
    """Return the JSON object in a text; None for anything else, also for an object with a duplicate key."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=float.fromhex)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = sorted(key for key, _ in pairs)
    if any(one == other for one, other in pairwise(keys)):
        raise ValueError
    return dict(pairs)

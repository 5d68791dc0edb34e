"""The kinds of values: how each is parsed, described in tables and in JSON Schema, and repaired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from envcors.repair import Kind
from envcors.settings import parsers
from envcors.settings.store_url import StoreURL

_WORDS = ("true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0")
_NO_COMMENT = r"(?!#|//)"
_NO_COMMENT_IN_JSON = r"(?!#|\\u0023|(/|\\/|\\u002[fF]){2})"
_STRING = rf'"{_NO_COMMENT_IN_JSON}([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{{4}}))*"'
_JSON_LIST = rf"\[[ \t\n\r]*({_STRING}[ \t\n\r]*(,[ \t\n\r]*{_STRING}[ \t\n\r]*)*)?\]"
_LIST = rf"{_JSON_LIST}\s*|{_NO_COMMENT}(?![\s\S]*[,\s](#|//))[^\s\[{{][\s\S]*"
_AGE = "0*([0-9]{1,4}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)"
_STRINGS = {"type": "array", "items": {"type": "string", "pattern": f"^{_NO_COMMENT}"}}


@dataclass(frozen=True, slots=True)
class ValueKind:
    """One kind of value.

    Attributes:
        name: What tables call it.
        parse: Returns the typed value of a variable's text, or of a value in code; raises ParseError.
        expected: The kind for the repair room.
        example: A valid value, for a fix if it is unclear what was meant: it allows nothing that its option does
            not allow by default, placeholders apart.
        is_list: Whether an empty text is an empty list; for every other kind it means "not set".
        pattern: A regular expression that the text matches, for JSON Schema; empty if any text can be valid.
        types: JSON Schema of the values that code can set instead of a text.
        choices: The words of which the value is one.
    """

    name: str
    parse: Callable[[object], object]
    expected: Kind
    example: object
    is_list: bool = False
    pattern: str = ""
    types: Mapping[str, object] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


def _list(expected: Kind, *example: str, parse: Callable[[object], object] = parsers.string_list) -> ValueKind:
    return ValueKind("list", parse, expected, example, is_list=True, pattern=_LIST, types=_STRINGS)


ORIGINS = _list(Kind.ORIGINS, "https://app.example.com", parse=parsers.origin_list)
DENY_ORIGINS = _list(Kind.DENY_ORIGINS, "https://app.example.com")
METHODS = _list(Kind.METHODS, "GET", "HEAD", "POST")
REQUEST_HEADERS = _list(Kind.REQUEST_HEADERS, "Content-Type")
RESPONSE_HEADERS = _list(Kind.RESPONSE_HEADERS)
PATHS = _list(Kind.PATHS, "/api/*")
RULES = _list(Kind.RULES)
VARIABLES = _list(Kind.VARIABLES)
BOOLEAN = ValueKind(
    "boolean",
    parsers.boolean,
    Kind.BOOLEAN,
    example=False,
    pattern="|".join("".join(f"[{c}{c.upper()}]" for c in word) for word in _WORDS),
    types={"type": "boolean"},
)
MAX_AGE = ValueKind(
    "whole seconds",
    parsers.whole_seconds,
    Kind.WHOLE_SECONDS,
    example=600,
    pattern=f"[+-]?{_AGE}",
    types={"type": "integer", "minimum": 0, "maximum": 86400},
)
SECONDS = ValueKind(
    "seconds",
    parsers.decimal_seconds,
    Kind.SECONDS,
    example=5,
    pattern=r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}",
    types={"type": "number", "minimum": 0},
)
MODE = ValueKind(
    "`production` or `development`",
    parsers.mode,
    Kind.MODE,
    example="production",
    pattern="production|development",
)
CSRF_PROTECTION = ValueKind(
    "`off`, `report` or `enforce`",
    parsers.csrf_protection,
    Kind.CHOICE,
    example="enforce",
    choices=("off", "report", "enforce"),
    pattern="off|report|enforce",
)
LOG_DECISIONS = ValueKind(
    "`off`, `refused` or `all`",
    parsers.log_decisions,
    Kind.CHOICE,
    example="refused",
    choices=("off", "refused", "all"),
    pattern="off|refused|all",
)
STORE_URL = ValueKind(
    "URL of Redis",
    StoreURL.parse,
    Kind.URL,
    example="redis://localhost:6379/0",
    pattern=r"rediss?://[!-~]+",
)
OPTIONAL_PATH = ValueKind("path", parsers.optional_path, Kind.PATH, example="")
PATH = ValueKind("path", parsers.path_text, Kind.PATH, example="/dev/termination-log")

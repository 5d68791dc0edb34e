"""Parsers: turn the text of a variable, or a value in code, into a typed value.

A parser checks the type of a value only: whether it is a list, a boolean, a number. What a list may contain is checked
by the rules. Each raises ParseError.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from envcors.protocol.foreign_write import CSRFProtection
from envcors.settings import json_text

OriginEntry: TypeAlias = str | re.Pattern[str] | Callable[..., bool]
"""What a list of origins can contain; in a variable, only strings."""

LogDecisions: TypeAlias = Literal["off", "refused", "all"]
"""Which decisions are logged."""

_SEPARATORS = re.compile(r"[,\s]+")
_COMMENT = ("#", "//")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}")


class ParseError(ValueError):
    """A value does not have the expected type. ``str()`` is a sentence that explains why."""


def string_list(value: object) -> tuple[str, ...]:
    """Parse a list of strings: text with commas, white space or new lines between items, a JSON array, or a list."""
    if isinstance(value, str):
        return _uncommented(_items(value))
    if isinstance(value, AbstractSet):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        items = [item for item in value if isinstance(item, str)]
        if len(items) == len(value):
            return _uncommented(tuple(items))
        wrong = next(item for item in value if not isinstance(item, str))
        raise ParseError(f"An item of the list is {_kind(wrong)}; each must be a string.")
    raise ParseError(f"{_kind(value).capitalize()} is not a list of strings.")


def origin_list(value: object) -> tuple[OriginEntry, ...]:
    """Parse a list of origin patterns. Code can also set compiled regular expressions and a function."""
    entries = tuple(value) if isinstance(value, (list, tuple, AbstractSet)) else (value,)
    special = [entry for entry in entries if isinstance(entry, re.Pattern) or callable(entry)]
    if not special:
        return string_list(value)
    for entry in special:
        if isinstance(entry, re.Pattern) and not isinstance(entry.pattern, str):
            raise ParseError("A regular expression over bytes never matches an origin.")
    return (*string_list([entry for entry in entries if entry not in special]), *special)


@cache
def _boolean_words() -> TypeAdapter[bool]:
    return TypeAdapter(bool)


def boolean(value: object) -> bool:
    """Parse a boolean in pydantic's words: true/false, yes/no, on/off, 1/0, t/f, y/n in any case.

    Code can also set the numbers 1 and 0.
    """
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, (bool, str)) or (isinstance(text, int) and text in (0, 1)):
        with suppress(ValidationError):
            return _boolean_words().validate_python(text)
    raise ParseError("This is neither true nor false (also: yes/no, on/off, 1/0).")


def is_boolean(text: str) -> bool:
    """Return whether a text is one of the words that mean true or false."""
    with suppress(ParseError):
        boolean(text)
        return True
    return False


def whole_seconds(value: object) -> int:
    """Parse whole seconds, in digits; code can also set a ``timedelta``."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, timedelta) and value == timedelta(seconds=value // timedelta(seconds=1)):
        return value // timedelta(seconds=1)
    raise ParseError("This is not a number of whole seconds, such as 600.")


def decimal_seconds(value: object) -> float:
    """Parse seconds, decimals allowed; 0 or more, below a thousand million."""
    if isinstance(value, str) and _DECIMAL_NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 10**9:
        return float(value)
    raise ParseError("This is not a number of seconds, such as 5 or 0.5.")


def mode(value: object) -> Literal["production", "development"]:
    """Parse exactly ``production`` or ``development``: a misspelled mode must not change anything."""
    match value.strip() if isinstance(value, str) else value:
        case "production":
            return "production"
        case "development":
            return "development"
    raise ParseError("This is neither production nor development; it is checked as production.")


def csrf_protection(value: object) -> CSRFProtection:
    """Parse exactly ``off``, ``report`` or ``enforce``: a misspelled word must not turn the protection off."""
    match value.strip() if isinstance(value, str) else value:
        case "off":
            return "off"
        case "report":
            return "report"
        case "enforce":
            return "enforce"
    raise ParseError("This is neither off, report nor enforce.")


def log_decisions(value: object) -> LogDecisions:
    """Parse exactly ``off``, ``refused`` or ``all``."""
    match value.strip() if isinstance(value, str) else value:
        case "off":
            return "off"
        case "refused":
            return "refused"
        case "all":
            return "all"
    raise ParseError("This is neither off, refused nor all.")


def path_text(value: object) -> str:
    """Parse the path of a file or directory; code can set anything with a ``__fspath__``."""
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        if isinstance(text, str) and "\0" not in text:
            with suppress(UnicodeEncodeError):  # with characters that no file name can contain
                os.fsencode(text)
                return text.strip()
    raise ParseError("This is not a path.")


def optional_path(value: object) -> str | None:
    """Parse a path, or None."""
    return None if value is None else path_text(value)


def _items(text: str) -> tuple[str, ...]:
    stripped = text.strip()
    if not stripped.startswith(("[", "{")):
        return tuple(item for item in _SEPARATORS.split(stripped) if item)
    try:
        value = json_text.decoded(stripped)
    except json_text.JSONTextError as error:
        raise ParseError(f"It begins like JSON ({stripped[0]}) and is not valid JSON: {error}.") from None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ParseError("JSON must be an array of strings here.")


def _uncommented(items: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a comment: its words would be items of the list, for example methods that were commented out."""
    if any(item.startswith(_COMMENT) for item in items):
        raise ParseError("A list contains no comments: no item begins with # or //.")
    return items


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing (None)"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case bytes():
            return "bytes"
        case dict():
            return "a mapping"
    return f"a {type(value).__name__}"

"""The form of each kind of value: what a variable's text, or what code gives, becomes.

Form is all that is judged here: whether a value is a list, a boolean, a number. What a list may hold is for the rules.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from envcors.settings import json_text

OriginEntry: TypeAlias = str | re.Pattern[str] | Callable[..., bool]
"""What a list of origins may hold; variables give strings only."""

_SEPARATORS = re.compile(r"[,\s]+")
_BRACKET_OR_QUOTE = re.compile(r"[][{}'\"\\]")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}")


class FormError(ValueError):
    """A value that does not have its form. ``str()`` says why; ``example`` is a value that would do.

    ``meant`` is what was written, in its form; None where that cannot be told.
    """

    def __init__(self, message: str, example: object, meant: object = None) -> None:
        super().__init__(message)
        self.example = example
        self.meant = meant


def string_list(value: object, example: str = "a,b") -> tuple[str, ...]:
    """A list of strings: text with commas, white space or new lines between items, a JSON array, or a list."""
    if isinstance(value, str):
        return _items(value, example)
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        items = [item for item in value if isinstance(item, str)]
        if len(items) == len(value):
            return tuple(items)
        wrong = next(item for item in value if not isinstance(item, str))
        raise FormError(f"An item of the list is {_kind(wrong)}; each must be a string.", example.split(","))
    raise FormError(f"{_kind(value).capitalize()} is no list of strings.", example.split(","))


def origin_list(value: object) -> tuple[OriginEntry, ...]:
    """A list of origin patterns. Code may also give compiled regular expressions and a function."""
    entries = tuple(value) if isinstance(value, (list, tuple, set, frozenset)) else (value,)
    special = [entry for entry in entries if isinstance(entry, re.Pattern) or callable(entry)]
    if not special:
        return string_list(value, "https://app.example.com")
    for entry in special:
        if isinstance(entry, re.Pattern) and not isinstance(entry.pattern, str):
            raise FormError("A regular expression over bytes never matches an origin.", ["https://app.example.com"])
    texts = string_list([entry for entry in entries if entry not in special], "https://app.example.com")
    return (*texts, *special)


def pattern_list(value: object) -> tuple[str, ...]:
    """A list of origin patterns as text only."""
    return string_list(value, "https://app.example.com")


def method_list(value: object) -> tuple[str, ...]:
    """A list of methods."""
    return string_list(value, "GET,POST,PUT")


def header_list(value: object) -> tuple[str, ...]:
    """A list of header names."""
    return string_list(value, "Content-Type,Authorization")


def path_list(value: object) -> tuple[str, ...]:
    """A list of path patterns."""
    return string_list(value, "/api/*")


def name_list(value: object) -> tuple[str, ...]:
    """A list of names of rules or variables."""
    return string_list(value, "name")


@cache
def _boolean_words() -> TypeAdapter[bool]:
    return TypeAdapter(bool)


def boolean(value: object) -> bool:
    """A boolean in pydantic's words: true/false, yes/no, on/off, 1/0, t/f, y/n in any case."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, (bool, str)):
        try:
            return _boolean_words().validate_python(text)
        except ValidationError:
            pass
    raise FormError("This is neither true nor false (also: yes/no, on/off, 1/0).", False)


def whole_seconds(value: object) -> int:
    """Whole seconds, in digits; code may also give a ``timedelta``."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, timedelta) and value == timedelta(seconds=value // timedelta(seconds=1)):
        return value // timedelta(seconds=1)
    raise FormError("This is not a number of whole seconds, such as 600.", 600)


def decimal_seconds(value: object) -> float:
    """Seconds, decimals allowed; 0 or more, below a thousand million."""
    if isinstance(value, str) and _DECIMAL_NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 10**9:
        return float(value)
    raise FormError("This is not a number of seconds, such as 5 or 0.5.", 5)


def mode(value: object) -> Literal["production", "development"]:
    """``production`` or ``development``, to the letter: a near miss must not switch anything."""
    match value.strip() if isinstance(value, str) else value:
        case "production":
            return "production"
        case "development":
            return "development"
    raise FormError("This is neither production nor development; it is judged as production.", "production")


def path_text(value: object) -> str:
    """The path of a file or directory; anything with a ``__fspath__`` in code."""
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        if isinstance(text, str) and "\0" not in text:
            with suppress(UnicodeEncodeError):  # of characters that no file name can hold
                os.fsencode(text)
                return text.strip()
    raise FormError("This is not a path.", "/etc/cors")


def optional_path(value: object) -> str | None:
    """A path, or None where there is none."""
    return None if value is None else path_text(value)


def anything(value: object) -> object:
    """A value whose form is judged where its parts are known."""
    return value


FORMS: Mapping[str, Callable[[object], object]] = {
    "env": mode,
    "origins": origin_list,
    "deny_origins": pattern_list,
    "methods": method_list,
    "allow_headers": header_list,
    "expose_headers": header_list,
    "supports_credentials": boolean,
    "max_age": whole_seconds,
    "resources": anything,
    "paths": path_list,
    "dangerously_allow": name_list,
    "ignore": name_list,
    "config_dir": optional_path,
    "reload_seconds": decimal_seconds,
    "inspector": boolean,
    "termination_log": path_text,
}
"""The form of each option, by its name in lower case without prefix; ``paths`` are those of one resource."""

LISTS = frozenset(
    {"origins", "deny_origins", "methods", "allow_headers", "expose_headers", "dangerously_allow", "ignore"}
)
"""Options for which an empty value is an empty list; for any other it means "not set"."""


def _items(text: str, example: str) -> tuple[str, ...]:
    stripped = text.strip()
    if not stripped.startswith(("[", "{")):
        return tuple(item for item in _SEPARATORS.split(stripped) if item)
    try:
        value = json_text.decoded(stripped)
    except json_text.JSONTextError as fault:
        message = f"It begins like JSON ({stripped[0]}) and is not valid JSON: {fault}."
        raise FormError(message, example, _unbracketed(stripped)) from None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise FormError("JSON must be an array of strings here.", example)


def _unbracketed(text: str) -> tuple[str, ...] | None:
    """The items of a list as another language writes it, or half of one; None where they cannot be told."""
    if not text.startswith("["):
        return None
    parts = (part.strip("'\"") for part in re.split(r"[,;\s]+", text.removeprefix("[").rstrip("],; ")))
    items = tuple(part for part in parts if part)
    return items if items and not any(_BRACKET_OR_QUOTE.search(item) for item in items) else None


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

"""Values in JSON, with clear messages for text that is not JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

_EXPECTED = {
    "Expecting value": "a value is expected: text in double quotes, a number, true, false, [ or {",
    "Expecting property name": "a key in double quotes is expected",
    "Expecting ':'": "a colon is expected",
    "Expecting ','": "a comma or a closing bracket is expected",
    "Illegal trailing comma": "there is a comma with nothing after it",
    "Unterminated string": "there is a double quote that is not closed",
    "Invalid control character": "text in quotes has a new line or a control character",
    "Invalid \\": "there is a backslash before a character that it cannot escape",
    "Extra data": "there is text after the end of the value",
}
"""How the messages of Python's decoder begin, and what each means."""


class JSONTextError(ValueError):
    """A text is not JSON. ``str()`` explains where and why."""


def decoded(text: str, pairs: Callable[[list[tuple[str, object]]], object] | None = None) -> object:
    """Return the value of a JSON text; ``pairs`` creates its objects.

    Raises JSONTextError, which shows nothing of the text unless ``pairs`` raises one that does.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if "\n" in text else ""
        said = (words for begin, words in _EXPECTED.items() if error.msg.startswith(begin))
        raise JSONTextError(f"at {line}character {error.colno} {next(said, 'something else is expected')}") from None
    except JSONTextError:
        raise
    except ValueError:
        raise JSONTextError("it contains a number with too many digits") from None
    except RecursionError:
        raise JSONTextError("it is nested too deep") from None
    return value


def is_json(text: str) -> bool:
    """Return whether a text is valid JSON."""
    try:
        decoded(text)
    except JSONTextError:
        return False
    return True

"""Values written as JSON, and what is wrong with one in words of our own."""

from __future__ import annotations

import json
from collections.abc import Callable

_EXPECTED = {
    "Expecting value": "a value belongs: text in double quotes, a number, true, false, [ or {",
    "Expecting property name": "a key in double quotes belongs",
    "Expecting ':'": "a colon belongs",
    "Expecting ','": "a comma or a closing bracket belongs",
    "Illegal trailing comma": "stands a comma with nothing after it",
    "Unterminated string": "a text begins whose double quote is not closed",
    "Invalid control character": "a text goes on over the end of its line or holds a control character",
    "Invalid \\": "a backslash stands before what it cannot escape",
    "Extra data": "something follows, and the value has ended already",
}
"""How the messages of Python's decoder begin, and what each means."""


class JSONTextError(ValueError):
    """A text is not JSON. ``str()`` says where and why."""


def decoded(text: str, pairs: Callable[[list[tuple[str, object]]], object] | None = None) -> object:
    """The value that JSON stands for, its objects made by ``pairs``.

    Raises JSONTextError, which shows nothing of the text unless ``pairs`` raises one that does.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if "\n" in text else ""
        said = (words for begin, words in _EXPECTED.items() if error.msg.startswith(begin))
        raise JSONTextError(f"at {line}character {error.colno} {next(said, 'something else belongs')}") from None
    except JSONTextError:
        raise
    except ValueError:
        raise JSONTextError("it holds a number with too many digits") from None
    except RecursionError:
        raise JSONTextError("it is nested too deep") from None
    return value

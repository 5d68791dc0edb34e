"""What a regular expression surely begins with: enough to tell that it cannot match a path."""

import re

_SPECIAL = frozenset(r"\.^$*+?{}[]|()")
_MAY_BE_NONE = frozenset("*?{")
"""After a character: it may be left out."""


def literal_beginning(expression: re.Pattern[str]) -> str:
    """Return the text that every match begins with; empty where that is not plain to see."""
    pattern = expression.pattern
    if expression.flags & (re.IGNORECASE | re.VERBOSE) or "|" in pattern:
        return ""
    pattern = pattern.removeprefix(r"\A").removeprefix("^")
    end = next((at for at, character in enumerate(pattern) if character in _SPECIAL), len(pattern))
    return pattern[: end - 1] if end and pattern[end : end + 1] in _MAY_BE_NONE else pattern[:end]


def may_begin_alike(expression: re.Pattern[str], path: str) -> bool:
    """Return whether the expression may match a path that begins with ``path``, as ``PATH_INFO`` has it."""
    beginning = literal_beginning(expression).encode("utf-8", "replace").decode("latin-1")
    return beginning.startswith(path) or path.startswith(beginning)

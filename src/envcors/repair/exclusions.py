"""Lists that name what they do not allow: in a comment, or after a word such as ``except``."""

from __future__ import annotations

import re

EXCLUDING = frozenset(
    {
        *("no", "not", "non", "none-of", "except", "without", "but", "never", "minus", "excluding", "exclude", "rem"),
        *("unless", "sans", "instead", "isn't", "aren't", "don't"),
    }
)
"""Words that no item of a list is, in lower case."""

_WORDS = re.compile(r"[,;\s|()<>]+")
_COMMENT = re.compile(r"<!--|-->|(?<!/)/\*|\*/|\{#|#\}|(?<!\S)(?:--|%|'|::)(?=\s)|(?<=\s);(?=\S)", re.ASCII)
SENTENCE = "It also names what is not allowed: a list has only what is allowed, and no comments."


def excludes(text: str) -> bool:
    """Return whether a text probably names items that are not meant to be in its list."""
    return _COMMENT.search(text) is not None or any(word.lower() in EXCLUDING for word in _WORDS.split(text))

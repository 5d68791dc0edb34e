"""Header lists: names compare without case, lines of one name are one value (Fetch standard, §2.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

HeaderList: TypeAlias = tuple[tuple[str, str], ...]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HTTP_WHITESPACE = " \t\r\n"


def is_token(text: str) -> bool:
    """Whether this can be a method or a header name (RFC 9110, §5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def combine(headers: Iterable[tuple[str, str]]) -> HeaderList:
    """Join the values of each name with `, `; a name keeps its first place and spelling.

    Raises:
        ValueError: a name or a value cannot stand in a header.
    """
    combined: dict[str, tuple[str, str]] = {}
    for name, raw in headers:
        value = raw.strip(_HTTP_WHITESPACE)
        if not is_token(name):
            raise ValueError(f"{name!r} is not a header name")
        if any(character in value for character in "\0\r\n") or not _is_latin1(value):
            raise ValueError(f"{value!r} cannot be the value of a header ({name})")
        spelling, before = combined.get(name.lower(), (name, None))
        combined[name.lower()] = (spelling, value if before is None else f"{before}, {value}")
    return tuple(combined.values())


def get(headers: HeaderList, name: str) -> str | None:
    """The combined value of a header, or `None` where it is absent."""
    values = [value.strip(_HTTP_WHITESPACE) for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None


def without(headers: HeaderList, names: Iterable[str]) -> HeaderList:
    """The headers that have none of these names."""
    unwanted = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in unwanted)


def tokens(value: str | None) -> tuple[str, ...] | None:
    """The elements of a comma-separated value, without empty ones; `None` where one of them is no token."""
    elements = tuple(element for part in (value or "").split(",") if (element := part.strip(" \t")))
    return elements if all(map(is_token, elements)) else None


class ReadableHeaders(Mapping[str, str]):
    """The response headers that a script may read, by name in any case."""

    def __init__(self, readable: HeaderList, hidden: frozenset[str] = frozenset()) -> None:
        self._values = {name.lower(): get(readable, name) or "" for name, _ in readable}
        self._hidden = hidden

    def __getitem__(self, name: str) -> str:
        try:
            return self._values[name.lower()]
        except KeyError:
            if name.lower() in self._hidden:
                hint = f"{name}: the server sent it, but a script cannot read it"
                raise KeyError(hint) from None
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values!r})"


def _is_latin1(text: str) -> bool:
    return all(ord(character) < 0x100 for character in text)

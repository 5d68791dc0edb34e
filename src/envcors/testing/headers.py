"""Header lists: names compare without case, and a name may occur several times (Fetch standard, §2.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

HeaderList: TypeAlias = tuple[tuple[str, str], ...]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HTTP_WHITESPACE = " \t\r\n"


def is_token(text: str) -> bool:
    """Whether this is a valid method or header name (RFC 9110, §5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def header_list(headers: Iterable[tuple[str, str]]) -> HeaderList:
    """The header list that a script's ``Headers`` object holds after these were appended, one by one.

    A name that occurs again stays an entry of its own; only its spelling becomes that of the first one.

    Raises:
        ValueError: A name or a value is not valid in a header.
    """
    spellings: dict[str, str] = {}
    appended = []
    for name, raw in headers:
        value = raw.strip(_HTTP_WHITESPACE)
        if not is_token(name):
            raise ValueError(f"{name!r} is not a header name")
        if any(character in value for character in "\0\r\n") or not _is_latin1(value):
            raise ValueError(f"{value!r} is not a valid value of the header {name}")
        appended.append((spellings.setdefault(name.lower(), name), value))
    return tuple(appended)


def combined(headers: HeaderList) -> HeaderList:
    """One entry for each name, with its values joined, as a server sees them."""
    return tuple((name, get(headers, name) or "") for name in dict.fromkeys(name for name, _ in headers))


def get(headers: HeaderList, name: str) -> str | None:
    """The values of a header, joined with ``, ``; ``None`` if it is absent."""
    values = [value.strip(_HTTP_WHITESPACE) for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None


def without(headers: HeaderList, names: Iterable[str]) -> HeaderList:
    """The headers with other names than these."""
    removed = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in removed)


def tokens(value: str | None) -> tuple[str, ...] | None:
    """The elements of a comma-separated value, without empty ones; ``None`` if one of them is not a token."""
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

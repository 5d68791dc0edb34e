"""The input and the result of a repair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LONGEST = 2000
"""A text with more characters is not repaired."""


class Kind(Enum):
    """The kind of value that was expected. The value of a member names the options that have it."""

    ORIGINS = ("origins",)
    DENY_ORIGINS = ("deny_origins",)
    METHODS = ("methods",)
    REQUEST_HEADERS = ("allow_headers",)
    RESPONSE_HEADERS = ("expose_headers",)
    PATHS = ("paths",)
    RULES = ("dangerously_allow",)
    VARIABLES = ("ignore",)
    BOOLEAN = ("supports_credentials", "inspector", "metrics", "origins_store_required")
    WHOLE_SECONDS = ("max_age",)
    SECONDS = ("reload_seconds",)
    MODE = ("env",)
    RESOURCES = ("resources",)
    PATH = ("config_dir", "termination_log")
    URL = ("origins_store",)
    CHOICE = ("csrf_protection", "log_decisions")

    @property
    def is_list(self) -> bool:
        """Whether the value is a list."""
        return self in _LISTS


_LISTS = frozenset(
    {
        *(Kind.ORIGINS, Kind.DENY_ORIGINS, Kind.METHODS, Kind.REQUEST_HEADERS, Kind.RESPONSE_HEADERS),
        *(Kind.PATHS, Kind.RULES, Kind.VARIABLES),
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One written item of a list.

    ``values`` replaces the item: no value (it is dropped), one value or several. ``why`` is one sentence about the
    problem of the item; it is empty if the item is valid.
    """

    text: str
    values: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """The valid value that is closest to what was written.

    ``value`` is None if it is unclear what was meant. ``dropped`` has each text that is not part of the value, and the
    reason. ``why`` is one sentence about the value as a whole, or empty.
    """

    value: tuple[str, ...] | bool | int | float | str | None
    items: tuple[Item, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    why: str = ""


class Unclear(Exception):  # noqa: N818 - a result, not an error
    """It is unclear what was meant. ``str()`` is a sentence that explains why; ``text`` is the part that is unclear."""

    def __init__(self, why: str, text: str = "") -> None:
        super().__init__(why)
        self.text = text

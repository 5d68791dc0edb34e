"""Changes of a store: all rules are checked before anything is written, and all or nothing is written."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from envcors.problems import Problem, printable
from envcors.rules.catalogue import problem
from envcors.rules.stored import MemberRules
from envcors.settings.store_url import StoreURL
from envcors.store.database import Change, Content, Database, StoreError

__all__ = ["OriginsRefused", "Store", "StoreError"]

_LONGEST_NAME = 100
MOST_MEMBERS = 1_000_000
"""Of one change."""


class OriginsRefused(ValueError):  # noqa: N818 - as BootRefused
    """Origins violate rules, so nothing was written. ``problems`` has all of them; ``str()`` is one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{found.rule}: {found.value}: {found.message}" for found in self.problems))


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a store.

    Attributes:
        origin: The origin, or a pattern.
        expiry: In Unix seconds; infinity for none.
        rule: The rule that it violates, so that no worker allows it; empty for none.
    """

    origin: str
    expiry: float
    rule: str

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return self.expiry <= time.time()


class Store:
    """A store of origins, to read and to write.

    Args:
        url: Where it is.
        rules: The rules of all policies that use it. An origin that violates one of them is refused.
    """

    def __init__(self, url: StoreURL, rules: Iterable[MemberRules]) -> None:
        self.url = url
        self._rules = tuple(rules)
        self._database = Database(url)

    def add(self, *origins: str, by: str, lifetime: timedelta | None = None) -> int:
        """Allow origins, on every worker within a second.

        Args:
            origins: Origins such as ``https://app.example.com``, or patterns such as ``https://*.example.com``.
            by: Who does it, for the history: the name of a person, or of a customer.
            lifetime: For how long; None for ever. It replaces the lifetime that an origin has.

        Returns:
            The revision of the store.

        Raises:
            OriginsRefused: An origin violates a rule; nothing was written.
            StoreError: The store cannot be written; nothing was written.
        """
        self.check(origins)
        until = math.inf if lifetime is None else time.time() + lifetime.total_seconds()
        return self._database.write("add", _distinct(origins), by=_name(by), until=until)

    def remove(self, *origins: str, by: str) -> int:
        """Allow origins no longer, on any worker within a second.

        Raises:
            OriginsRefused: An origin is not in the store, as a misspelled one; nothing was written.
            StoreError: The store cannot be written; nothing was written.
        """
        members = _distinct(origins)
        held = self._database.held(members)
        absent = [member for member, expiry in zip(members, held, strict=True) if expiry is None]
        if absent:
            raise OriginsRefused(_absent(member, self.url) for member in absent)
        return self._database.write("remove", members, by=_name(by), until=math.inf)

    def check(self, origins: Iterable[str], sources: Iterable[str] = ()) -> None:
        """Check origins against all rules.

        Args:
            origins: What is to be added.
            sources: Where each was written, for problems.

        Raises:
            OriginsRefused: At least one violates a rule, or there are none.
        """
        origins = tuple(origins)
        if not 0 < len(origins) <= MOST_MEMBERS:
            number = f"1 to {MOST_MEMBERS:,} origins can be written at once, not {len(origins):,}."
            raise OriginsRefused([problem("usage", "origin", None, "code", message=number, fix="fewer origins")])
        named = tuple(sources) or ("argument",) * len(origins)
        found = [self._problem(origin, source) for origin, source in zip(origins, named, strict=True)]
        problems = [entry for entry in found if entry is not None]
        if problems:
            raise OriginsRefused(problems)

    def members(self) -> list[Member]:
        """Return all members in order, also those that violate a rule. Raises StoreError."""
        return self._checked(self._database.content())

    def history(self, number: int = 100) -> list[Change]:
        """Return the last changes, the latest first. Raises StoreError."""
        return self._database.history(number)

    def content(self) -> Content:
        """Return the whole set with its revision. Raises StoreError."""
        return self._database.content()

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _checked(self, content: Content) -> list[Member]:
        return [
            Member(origin, expiry, next(self._violated(origin), ""))
            for origin, expiry in sorted(content.expiries.items())
        ]

    def _violated(self, origin: str) -> Iterator[str]:
        for rules in self._rules:
            found = rules.violated(origin)
            if found is not None:
                yield found[0]

    def _problem(self, origin: str, source: str) -> Problem | None:
        return next((found for rules in self._rules if (found := rules.problem(origin, source)) is not None), None)


def _absent(member: str, url: StoreURL) -> Problem:
    message = f"{printable(member)} is not in the store {url}."
    return problem("usage", "origin", printable(member), "argument", message=message, fix="envcors origins list")


def _distinct(origins: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(origins))


def _name(by: str) -> str:
    """Return a name as the history keeps it. Raises ValueError for an empty one."""
    name = printable(by.strip(), _LONGEST_NAME)
    if not name:
        raise ValueError("by= is the name of the person or the program that makes the change.")
    return name

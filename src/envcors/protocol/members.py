"""Origins that come and go while a process runs: the members of a store, as one policy sees them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from time import time

from envcors.protocol.grammar import Port
from envcors.protocol.origins import OriginPattern, OriginSet

FOREVER = math.inf
"""The expiry of a member that does not expire."""


class Members:
    """The members of a store that a policy may allow, in memory. A look-up takes the same time for any number of them.

    The caller that adds members has checked them against the rules. While ``is_current`` is false no member is allowed:
    this process does not know yet whether one was removed.

    Attributes:
        expiries: The expiry of each member, in Unix seconds; ``FOREVER`` for none.
        is_current: Whether the members were compared with the store in this process.
        compare: Called by a look-up while ``is_current`` is false. It may set it, and must not wait for long.
    """

    __slots__ = ("__weakref__", "_patterns", "_wildcards", "_wildcards_until", "compare", "expiries", "is_current")

    def __init__(self) -> None:
        self.expiries: dict[str, float] = {}
        self.is_current = False
        self.compare: Callable[[], None] = _do_nothing
        self._patterns: dict[str, float] = {}  # those of the members that match more than one origin
        self._wildcards = OriginSet(())
        self._wildcards_until = FOREVER

    def replace(self, expiries: Mapping[str, float]) -> None:
        """Take other members in place of all."""
        self._patterns = {pattern: expiry for pattern, expiry in expiries.items() if "*" in pattern}
        self.expiries = dict(expiries)
        self._find_wildcards()

    def add(self, expiries: Mapping[str, float]) -> None:
        """Take more members, or other expiries of known ones."""
        self.expiries.update(expiries)
        patterns = {pattern: expiry for pattern, expiry in expiries.items() if "*" in pattern}
        if patterns:
            self._patterns |= patterns
            self._find_wildcards()

    def discard(self, patterns: Iterable[str]) -> None:
        """Take members away."""
        for pattern in patterns:
            self.expiries.pop(pattern, None)
            if self._patterns.pop(pattern, None) is not None:
                self._find_wildcards()

    def allow(self, origin: str, parts: tuple[str, str, Port, bool]) -> bool:
        """Return whether a member that has not expired matches an origin.

        Args:
            origin: The origin as a browser serialises it.
            parts: The result of ``read_pattern`` for it.
        """
        if not self.is_current:
            self.compare()
            if not self.is_current:
                return False
        expiry = self.expiries.get(origin)
        if expiry is not None and (expiry == FOREVER or time() < expiry):
            return True
        if time() >= self._wildcards_until:
            self._find_wildcards()
        return self._wildcards.matches(origin, parts)

    def _find_wildcards(self) -> None:
        now = time()
        held = {pattern: expiry for pattern, expiry in self._patterns.copy().items() if now < expiry}
        self._wildcards = OriginSet(map(OriginPattern.parse, held))
        self._wildcards_until = min(held.values(), default=FOREVER)


def _do_nothing() -> None:
    pass

"""Origins, patterns of origins, and sets of patterns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from envcors.protocol.grammar import OriginError, Port, error_of, read_pattern

__all__ = ["Origin", "OriginError", "OriginPattern", "OriginSet"]

_Ends = tuple[str, Port]
"""The scheme and the port of a pattern: what is around a host."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A tuple origin (HTML §7.1.1): what a browser sends as ``Origin``, except ``null``.

    ``host`` is lower-case ASCII, an IPv6 address in its brackets; ``port`` is ``None`` for the scheme's default.
    """

    scheme: str
    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse exactly what a browser serialises. Raises ``OriginError`` for any other text."""
        parts = read_pattern(text)
        if parts is None or "*" in text:
            raise error_of(text, pattern=False)
        scheme, host, port, _ = parts
        return cls(scheme, host, port if isinstance(port, int) else None)

    def __str__(self) -> str:
        return _serialised(self.scheme, self.host, self.port)


@dataclass(frozen=True, slots=True)
class OriginPattern:
    """An origin, or ``scheme://*.host`` and ``scheme://host:*`` for many origins.

    With ``subdomains`` it matches every host with one label or more in front of ``host``, and never ``host`` itself.
    ``port`` is ``None`` for the scheme's default port and ``"*"`` for every port, the default one included.
    """

    scheme: str
    host: str
    port: Port
    subdomains: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a pattern. Raises ``OriginError`` for any other text, also for ``*`` alone."""
        parts = read_pattern(text)
        if parts is None:
            raise error_of(text, pattern=True)
        return cls(*parts)

    @property
    def is_exact(self) -> bool:
        """Whether it matches only one origin."""
        return not self.subdomains and self.port != "*"

    def matches(self, origin: Origin) -> bool:
        """Return whether the pattern matches the origin."""
        return (
            self.scheme == origin.scheme
            and self.port in ("*", origin.port)
            and (origin.host.endswith(f".{self.host}") if self.subdomains else origin.host == self.host)
        )

    def covers(self, other: "OriginPattern") -> bool:
        """Return whether the pattern matches every origin that ``other`` matches."""
        if self.scheme != other.scheme or self.port not in ("*", other.port):
            return False
        if self.subdomains and other.host.endswith(f".{self.host}"):
            return True
        return self.host == other.host and self.subdomains == other.subdomains

    def __str__(self) -> str:
        return _serialised(self.scheme, f"*.{self.host}" if self.subdomains else self.host, self.port)


class OriginSet:
    """A set of patterns, which matches an origin if one of them does.

    An origin is looked up by its text, then by its host and the parents of its host, as far as patterns go. The time
    does not depend on the number of patterns.
    """

    __slots__ = ("_any_port", "_below", "_depths", "exact", "has_wildcards")

    def __init__(self, patterns: Iterable[OriginPattern]) -> None:
        exact: set[str] = set()
        any_port: set[tuple[str, str]] = set()
        below: dict[str, frozenset[_Ends]] = {}
        alike: dict[frozenset[_Ends], frozenset[_Ends]] = {}
        for pattern in patterns:
            if pattern.is_exact:
                exact.add(str(pattern))
            elif not pattern.subdomains:
                any_port.add((pattern.scheme, pattern.host))
            else:
                ends = below.get(pattern.host, frozenset()) | {(pattern.scheme, pattern.port)}
                below[pattern.host] = alike.setdefault(ends, ends)
        self.exact = frozenset(exact)
        self.has_wildcards = bool(any_port or below)
        self._any_port = frozenset(any_port)
        self._below = below
        self._depths = tuple(sorted({host.count(".") + 1 for host in below}))

    def matches(self, text: str, parts: tuple[str, str, Port, bool] | None = None) -> bool:
        """Return whether ``text`` is an origin, as a browser serialises it, that one of the patterns matches.

        ``parts`` is the result of ``read_pattern`` for ``text``, if it is known and an origin.
        """
        if text in self.exact:
            return True
        if not self.has_wildcards:
            return False
        parts = parts or (None if "*" in text else read_pattern(text))
        if parts is None:
            return False
        scheme, host, port, _ = parts
        if (scheme, host) in self._any_port:
            return True
        labels = host.count(".") + 1
        for depth in self._depths:
            if depth >= labels:
                break
            ends = self._below.get(host.split(".", labels - depth)[-1])
            if ends is not None and ((scheme, port) in ends or (scheme, "*") in ends):
                return True
        return False


def _serialised(scheme: str, host: str, port: Port) -> str:
    return f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"

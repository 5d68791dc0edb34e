"""What one set of policies allows that another one blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import get_args

from envcors.protocol.foreign_write import CSRFProtection
from envcors.protocol.names import SAFELISTED_METHODS, SAFELISTED_RESPONSE_HEADERS
from envcors.protocol.origins import OriginPattern
from envcors.protocol.policy import ANY, Policy
from envcors.protocol.table import PathPattern, PolicyTable

EVERY_PATH = "/*"
_NOTHING = Policy(methods=(), allow_headers=())
_OTHER = "~"  # a segment that no configuration names


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that only one side allows at ``path``, a path pattern."""

    path: str
    what: str
    value: str


@dataclass(slots=True)
class Comparison:
    """The differences between two sides.

    Attributes:
        opens: What only the second side allows.
        closes: What only the first side allows.
        changes: Other differences, such as another maximum age.
        has_paths: Whether one of the sides has policies for single paths.
    """

    opens: list[Difference] = field(default_factory=list)
    closes: list[Difference] = field(default_factory=list)
    changes: list[Difference] = field(default_factory=list)
    has_paths: bool = False

    def add(self, path: str, what: str, *, before: Iterable[str], after: Iterable[str], covering: Covering) -> None:
        """Compare two lists; an item that the other side covers is not a difference."""
        before, after = tuple(before), tuple(after)
        for found, mine, theirs in ((self.opens, after, before), (self.closes, before, after)):
            covers = covering(theirs)
            found.extend(Difference(path, what, item) for item in mine if not covers(item))


Covering = Callable[[Iterable[str]], Callable[[str], bool]]
"""Makes a function of a list that tells whether the list covers an item."""


def compare(before: PolicyTable, after: PolicyTable) -> Comparison:
    """Compare two tables at every path that one of them names, and at all other paths."""
    comparison = Comparison()
    for path, sample in _paths(before, after):
        comparison.has_paths |= path != EVERY_PATH
        old, new = before.for_path(sample), after.for_path(sample)
        compare_policies(comparison, path, old, new)
        compare_protection(comparison, path, _protection(before, old), _protection(after, new))
    return comparison


def _paths(*tables: PolicyTable) -> Iterator[tuple[str, str]]:
    """Yield each path pattern with a path that no more specific pattern matches; the widest pattern comes last."""
    patterns = {PathPattern.parse(text) for table in tables for text in table.paths}
    widest = PathPattern.parse(EVERY_PATH)
    for pattern in (*sorted(patterns - {widest}, key=str), widest):
        yield str(pattern), f"{pattern.path}/{_OTHER}" if pattern.below else pattern.path


def compare_policies(comparison: Comparison, path: str, before: Policy | None, after: Policy | None) -> None:
    """Add the differences between two policies that govern a path; None governs nothing."""
    old, new = _effective(before), _effective(after)
    for what, listed, covering in _ASPECTS:
        comparison.add(path, what, before=listed(old), after=listed(new), covering=covering)
    _add_denied(comparison.opens, path, old, new)
    _add_denied(comparison.closes, path, new, old)
    if old is not _NOTHING and new is not _NOTHING and old.max_age != new.max_age:
        comparison.changes.append(Difference(path, "max age", f"{old.max_age} → {new.max_age} seconds"))


def _protection(table: PolicyTable, policy: Policy | None) -> str:
    return table.elsewhere if policy is None else policy.csrf_protection


def compare_protection(comparison: Comparison, path: str, before: str, after: str) -> None:
    """Add a difference in the protection against foreign writes."""
    if before != after:
        order = get_args(CSRFProtection)
        found = comparison.closes if order.index(after) > order.index(before) else comparison.opens
        found.append(Difference(path, "foreign writes", f"{before} → {after}"))


def _effective(policy: Policy | None) -> Policy:
    """Return the policy, or one that allows nothing if the policy allows no origin."""
    return policy if policy is not None and (_allowed_origins(policy) or _asks_more(policy)) else _NOTHING


def _asks_more(policy: Policy) -> bool:
    """Return whether an expression, a function or a store may allow origins that no pattern names."""
    return policy.admit is not None or bool(policy.origin_regexes) or policy.members is not None


def _add_denied(found: list[Difference], path: str, denying: Policy, other: Policy) -> None:
    """Add what one side denies and the other side allows, where no pattern shows it by itself."""
    is_denied = _origins(other.deny_origins)
    for denied in denying.deny_origins:
        difference = Difference(path, "origin", denied)
        if not is_denied(denied) and (_asks_more(other) or _meets(other.origins, denied)) and difference not in found:
            found.append(difference)


def _meets(origins: Iterable[str], denied: str) -> bool:
    return any(text == ANY or _overlap(OriginPattern.parse(text), OriginPattern.parse(denied)) for text in origins)


def _overlap(one: OriginPattern, other: OriginPattern) -> bool:
    """Return whether some origin matches both."""
    if one.scheme != other.scheme or not (ANY in (one.port, other.port) or one.port == other.port):
        return False
    return (
        (one.host == other.host and one.subdomains == other.subdomains)
        or (one.subdomains and other.host.endswith(f".{one.host}"))
        or (other.subdomains and one.host.endswith(f".{other.host}"))
    )


def _origins(texts: Iterable[str]) -> Callable[[str], bool]:
    known = frozenset(texts)
    wide = [OriginPattern.parse(text) for text in known if ANY in text and text != ANY]

    def covers(text: str) -> bool:
        if text in known or ANY in known:
            return True
        if text == ANY or not wide:
            return False
        pattern = OriginPattern.parse(text)
        return any(other.covers(pattern) for other in wide)

    return covers


def _names(names: Iterable[str]) -> Callable[[str], bool]:
    known = frozenset(names)
    return lambda name: name in known or ANY in known


def _request_headers(names: Iterable[str]) -> Callable[[str], bool]:
    """A ``*`` covers every name except ``Authorization`` (Fetch §3.3.5)."""
    known = frozenset(names)
    return lambda name: name in known or (ANY in known and name != "authorization")


def _allowed_origins(policy: Policy) -> list[str]:
    """Return the patterns that allow an origin: those that are not denied as a whole."""
    is_denied = _origins(policy.deny_origins)
    return [text for text in policy.origins if not is_denied(text)]


def _stores(policy: Policy) -> list[str]:
    return [policy.store] if policy.members is not None else []


def _methods(policy: Policy) -> list[str]:
    return [name for name in policy.methods if name not in SAFELISTED_METHODS]


def _allowed_headers(policy: Policy) -> list[str]:
    return [name.lower() for name in policy.allow_headers]


def _exposed_headers(policy: Policy) -> list[str]:
    names = map(str.lower, policy.expose_headers)
    return [name for name in names if name not in SAFELISTED_RESPONSE_HEADERS]


def _credentials(policy: Policy) -> list[str]:
    return ["allowed"] if policy.supports_credentials else []


_ASPECTS: tuple[tuple[str, Callable[[Policy], list[str]], Covering], ...] = (
    ("origin", _allowed_origins, _origins),
    ("store", _stores, _names),
    ("method", _methods, _names),
    ("request header", _allowed_headers, _request_headers),
    ("response header", _exposed_headers, _names),
    ("credentials", _credentials, _names),
)
"""What is compared: its name, what a policy allows of it, and when other items cover an item."""

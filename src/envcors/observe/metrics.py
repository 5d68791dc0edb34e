"""Prometheus metrics, in the default registry of prometheus-client, also in its multi-process mode.

No label is chosen by a client: reasons and kinds are ours, policies and patterns are those of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from time import monotonic, time

from prometheus_client import Counter, Gauge

from envcors.observe.record import Outcome
from envcors.protocol.decision import Decision
from envcors.protocol.grammar import read_pattern
from envcors.protocol.origins import OriginPattern
from envcors.protocol.policy import ANY, Policy

MOST_PATTERNS = 1_000
_WRITE_SECONDS = 1.0

NameOf = Callable[[Policy | None], str]


@dataclass(frozen=True, slots=True)
class _Instruments:
    decisions: Counter
    policy: Gauge
    reload_success: Gauge
    reload_time: Gauge
    pattern_used: Gauge


@cache
def _instruments() -> _Instruments:
    """Return the metrics of this process: a registry takes each name once."""
    return _Instruments(
        Counter(
            "cors_decisions",  # the library adds _total
            "Decisions about cross-origin requests.",
            ["kind", "outcome", "reason", "policy"],
        ),
        Gauge("cors_policy_info", "1 for the policies in force.", ["digest"], multiprocess_mode="livemax"),
        Gauge("cors_reload_success", "Whether the last reload was valid.", multiprocess_mode="livemin"),
        Gauge("cors_reload_timestamp_seconds", "When the last reload was.", multiprocess_mode="livemax"),
        Gauge(
            "cors_pattern_last_used_timestamp_seconds",
            "When a pattern of the configuration allowed an origin last.",
            ["pattern"],
            multiprocess_mode="max",
        ),
    )


class _Use:
    """When one pattern was used last."""

    __slots__ = ("_due", "_gauge")

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._due = 0.0

    def note(self) -> None:
        now = monotonic()
        if now >= self._due:
            self._due = now + _WRITE_SECONDS
            self._gauge.set(time())


class _Uses:
    """The patterns of one policy, and when each was used last."""

    __slots__ = ("_any", "_any_port", "_below", "_exact")

    def __init__(self, used: dict[str, _Use]) -> None:
        self._exact: dict[str, _Use] = {}
        self._any_port: dict[tuple[str, str], _Use] = {}
        self._below: dict[str, list[tuple[OriginPattern, _Use]]] = {}
        self._any = used.get(ANY)
        for text, use in used.items():
            if text == ANY:
                continue
            pattern = OriginPattern.parse(text)
            if pattern.is_exact:
                self._exact[text] = use
            elif pattern.subdomains:
                self._below.setdefault(pattern.host, []).append((pattern, use))
            else:
                self._any_port[pattern.scheme, pattern.host] = use

    def note(self, origin: str) -> None:
        """Note that an allowed origin was used."""
        use = self._exact.get(origin)
        if use is None and (self._any_port or self._below):
            use = self._wide(origin)
        use = use or self._any
        if use is not None:
            use.note()

    def _wide(self, origin: str) -> _Use | None:
        parts = read_pattern(origin)
        if parts is None:
            return None
        scheme, host, port, _ = parts
        use = self._any_port.get((scheme, host))
        while use is None and "." in host:
            host = host.partition(".")[2]
            for pattern, candidate in self._below.get(host, ()):
                if pattern.scheme == scheme and pattern.port in (ANY, port):
                    return candidate
        return use


class Metrics:
    """The metrics of one application's policies in force."""

    def __init__(self) -> None:
        self._instruments = _instruments()
        self._instruments.reload_success.set(1)  # what is in force is valid
        self._digest = ""
        self._counters: dict[tuple[str, str, str, int], Counter] = {}
        self._uses: dict[int, _Uses] = {}
        self._held: list[Policy] = []  # so that no other policy gets the identity of one that is known

    def put_in_force(self, digest: str, policies: Iterable[Policy]) -> None:
        """Take the policies in force."""
        if self._digest and self._digest != digest:
            self._instruments.policy.labels(self._digest).set(0)
        self._digest = digest
        self._instruments.policy.labels(digest).set(1)
        self._held = list(policies)
        self._counters = {}
        texts = dict.fromkeys(text for policy in self._held for text in policy.origins)
        used = {text: _Use(self._instruments.pattern_used.labels(text)) for text in list(texts)[:MOST_PATTERNS]}
        self._uses = {
            id(policy): _Uses({text: used[text] for text in policy.origins if text in used}) for policy in self._held
        }

    def reloaded(self, *, ok: bool) -> None:
        """Note a reload."""
        self._instruments.reload_success.set(1 if ok else 0)
        self._instruments.reload_time.set(time())

    def count(self, decision: Decision, outcome: Outcome, origin: object, name_of: NameOf) -> None:
        """Count a decision, and note which pattern allows it."""
        policy = decision.policy
        key = (decision.kind, outcome, decision.reason, id(policy))
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._instruments.decisions.labels(
                decision.kind, outcome, decision.reason, name_of(policy)
            )
            if policy is not None and id(policy) not in self._uses:  # of a view that was registered later
                self._held.append(policy)
        counter.inc()
        if decision.allowed and isinstance(origin, str):
            uses = self._uses.get(id(policy))
            if uses is not None:
                uses.note(origin)

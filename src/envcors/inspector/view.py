"""What the page shows, as plain values: the server and the command make it from what they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """One variable in force."""

    variable: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """One route, or one path, and who may read it."""

    path: str
    methods: str
    origins: str
    credentials: bool
    policy: str
    source: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """One decision of the list.

    Attributes:
        outcome: What became of the request.
        request: Method and path.
        origin: Where it came from.
        reason: The code of the reason.
        sentence: The reason in one sentence.
        fixes: What would change it.
        line: The line that can be written into a file; empty if none can.
        is_foreign: Whether the line allows an origin that is not on this machine.
        is_allowed_now: Whether the policy in force allows it by now.
        count: How often it was made.
        curl: The command that sends the same request.
    """

    outcome: str
    request: str
    origin: str
    reason: str
    sentence: str
    fixes: tuple[str, ...] = ()
    line: str = ""
    is_foreign: bool = False
    is_allowed_now: bool = False
    count: int = 1
    curl: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The explanation of one request."""

    allowed: bool
    reason: str
    sentence: str
    policy: str
    headers: Sequence[tuple[str, str]]
    fixes: tuple[str, ...] = ()
    line: str = ""
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page."""

    mode: str
    digest: str
    is_live: bool
    file: str
    values: Sequence[Value]
    rows: Sequence[Row]
    more_rows: int
    decisions: Sequence[Blocked] = field(default_factory=tuple)
    version: int = 0

"""A decision as it is recorded: bounded, on one line, without a query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from envcors.explanation import option_of_reason
from envcors.problems import printable
from envcors.protocol.decision import Decision
from envcors.rules.scope import Scope

Outcome = Literal["allowed", "blocked", "reported", "ungoverned"]

_ORIGIN_CHARACTERS = 300
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Record:
    """One decision about a cross-origin request.

    Texts of the request are cut, and their unprintable characters escaped.

    Attributes:
        time: When it was decided, in Unix seconds.
        kind: ``preflight`` or ``actual``.
        outcome: ``allowed``; ``blocked``; ``reported``, a foreign write that passes because ``csrf_protection`` is
            ``report``; ``ungoverned``, where no policy governs and the application alone decides.
        reason: The reason of the decision.
        policy: What governs: ``application``, or the name of a resource, a blueprint or a view; empty for nothing.
        method: The method of the request; of a preflight the one that it asks for.
        path: The path as the application sees it, decoded, without its query string.
        origin: The ``Origin``; empty if a foreign write has none.
        requested_headers: The ``Access-Control-Request-Headers`` of a preflight.
        mode: ``production`` or ``development``.
        setting: What would change the decision, such as ``CORS_METHODS``; empty if it is allowed.
    """

    time: float
    kind: Literal["preflight", "actual"]
    outcome: Outcome
    reason: str
    policy: str
    method: str
    path: str
    origin: str
    requested_headers: str
    mode: Literal["production", "development"]
    setting: str

    def as_dict(self) -> dict[str, str | float]:
        """Return the fields by name."""
        return asdict(self)


def outcome_of(decision: Decision, *, is_reported: bool = False) -> Outcome:
    """Return what becomes of a request."""
    if is_reported:
        return "reported"
    if decision.allowed:
        return "allowed"
    return "ungoverned" if decision.reason == "no-policy" else "blocked"


def record_of(  # noqa: PLR0917 - a decision, its request, and where it was made
    decision: Decision,
    outcome: Outcome,
    environ: Mapping[str, object],
    method: str,
    path: str,
    scope: Scope | None,
    *,
    time: float,
    production: bool,
    prefix: str,
) -> Record:
    """Return the record of a decision.

    Args:
        decision: The decision.
        outcome: What becomes of the request.
        environ: The request's WSGI environment, as it came in.
        method: The method that was decided about.
        path: Its ``PATH_INFO`` as it came in.
        scope: The options of the policy that governs; None where none governs.
        time: When it was decided, in Unix seconds.
        production: Whether the rules of production apply.
        prefix: What the names of the variables begin with.
    """
    option = option_of_reason(decision.reason)
    setting = "" if option is None else prefix + option.upper() if scope is None else scope.located(option).setting
    is_preflight = decision.kind == "preflight"
    return Record(
        time,
        "preflight" if is_preflight else "actual",
        outcome,
        decision.reason,
        "" if scope is None else printable(scope.label or "application"),
        printable(method, _SHOWN_CHARACTERS),
        printable(_decoded(path), _SHOWN_CHARACTERS),
        printable(str(environ.get("HTTP_ORIGIN") or ""), _ORIGIN_CHARACTERS),
        printable(str(environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or ""), _SHOWN_CHARACTERS)
        if is_preflight
        else "",
        "production" if production else "development",
        printable(setting),
    )


def _decoded(path: str) -> str:
    """Return a path as people write it: WSGI has its UTF-8 bytes as Latin-1."""
    try:
        return path.encode("latin-1").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return path

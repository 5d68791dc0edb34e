"""Decisions of one application on their way to the log, to receivers of a signal, and to metrics."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from blinker import Namespace

from envcors.observe.decision_log import DecisionLog
from envcors.observe.record import Outcome, Record, outcome_of, record_of
from envcors.protocol.decision import Decision
from envcors.protocol.policy import Policy
from envcors.rules.scope import Scope
from envcors.settings.model import CORSSettings
from envcors.settings.parsers import LogDecisions

if TYPE_CHECKING:
    from envcors.observe.metrics import Metrics

cors_decided = Namespace().signal(
    "cors-decided",
    """Sent by the application for each decision about a cross-origin request.

    ``decision`` (Decision): the decision, with the headers that are sent. ``record`` (Record): what a log shows of it.
    A receiver runs inside the request, so it must be fast; an exception in it is logged and has no other effect.
    """,
)

_logger = logging.getLogger("envcors")
_HTTP, _HTTPS = "http", "https"


ScopeOf = Callable[[Policy | None], Scope]


class Decisions:
    """What becomes of the decisions of one application.

    Args:
        sender: The application, which sends the signal.
        scope_of: Returns the options of a policy in force.
        settings: The settings at boot.
        production: Whether the rules of production apply.
    """

    def __init__(self, sender: object, scope_of: ScopeOf, settings: CORSSettings, *, production: bool) -> None:
        self._sender = sender
        self._scope_of = scope_of
        self._production = production
        self._prefix = settings.prefix
        self._log = DecisionLog()
        self._logged: LogDecisions = "off"
        self._metrics = _metrics() if settings.metrics else None
        self._has_failed = False

    def put_in_force(self, settings: CORSSettings, digest: str, policies: Iterable[Policy]) -> Literal[0, 1, 2]:
        """Take the policies in force, and return which decisions to observe: 0 none, 1 those that allow nothing, 2 all.

        Receivers of the signal get all decisions, whatever is returned.
        """
        self._logged = settings.log_decisions
        if self._metrics is not None:
            self._metrics.put_in_force(digest, policies)
        if self._metrics is not None or self._logged == "all":
            return 2
        return 1 if self._logged == "refused" else 0

    def reloaded(self, *, ok: bool) -> None:
        """Count a reload."""
        if self._metrics is not None:
            self._metrics.reloaded(ok=ok)

    def foreign_write(self, decision: Decision, environ: Mapping[str, object], protection: str) -> None:
        """Take the decision about a foreign write, which passes if the protection is ``report``."""
        method, path = str(environ.get("REQUEST_METHOD", "")), str(environ.get("PATH_INFO", ""))
        self.observe(decision, environ, method, path, is_reported=protection == "report")

    def observe(
        self, decision: Decision, environ: Mapping[str, object], method: str, path: str, *, is_reported: bool = False
    ) -> None:
        """Take a decision.

        Args:
            decision: What the server decided.
            environ: The request's WSGI environment.
            method: The method that was decided about.
            path: Its ``PATH_INFO``, as it came in.
            is_reported: Whether this is a foreign write that passes.
        """
        if decision.kind == "not-cors":
            return
        outcome = outcome_of(decision, is_reported=is_reported)
        if outcome != "allowed" and decision.reason != "foreign-write" and _is_own(environ):
            return
        if self._metrics is not None:
            self._metrics.count(decision, outcome, environ.get("HTTP_ORIGIN"), self._name_of)

        def record() -> Record:
            scope = None if decision.policy is None else self._scope_of(decision.policy)
            return record_of(
                decision,
                outcome,
                environ,
                method,
                path,
                scope,
                time=time.time(),
                production=self._production,
                prefix=self._prefix,
            )

        if self._is_logged(outcome):
            level = self._level(decision.reason, outcome)
            self._log.add(_key(decision, environ, method, path), outcome, level, record)
        if cors_decided.receivers:
            self._send(decision, record())

    def _is_logged(self, outcome: Outcome) -> bool:
        """Return whether a decision is logged. In production the application may well answer what no policy governs."""
        if self._logged != "refused":
            return self._logged == "all"
        return outcome in ("blocked", "reported") or (outcome == "ungoverned" and not self._production)

    def _level(self, reason: str, outcome: Outcome) -> int:
        if outcome == "allowed":
            return logging.INFO
        return logging.WARNING if reason == "foreign-write" or not self._production else logging.INFO

    def _send(self, decision: Decision, record: Record) -> None:
        try:
            cors_decided.send(self._sender, decision=decision, record=record)
        except Exception:
            if not self._has_failed:
                self._has_failed = True
                _logger.exception("a receiver of cors_decided raised; no further error of a receiver is logged")

    def _name_of(self, policy: Policy | None) -> str:
        return "" if policy is None else self._scope_of(policy).label or "application"


def _key(decision: Decision, environ: Mapping[str, object], method: str, path: str) -> tuple[str, ...]:
    """Return what makes two decisions equal in the log, of bounded length."""
    origin = str(environ.get("HTTP_ORIGIN") or "")
    asked = str(environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or "")
    return decision.reason, decision.kind, method[:64], path[:200], origin[:300], asked[:200]


def _metrics() -> Metrics:
    from envcors.observe.metrics import Metrics

    return Metrics()


def _is_own(environ: Mapping[str, object]) -> bool:
    """Return whether the application's own page sends the request: the browser needs no header for it."""
    if environ.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return True
    origin = environ.get("HTTP_ORIGIN")
    host = environ.get("HTTP_HOST")
    if not isinstance(origin, str) or not isinstance(host, str):
        return False
    scheme, separator, authority = origin.partition("://")
    if not separator:
        return False
    default = {_HTTP: ":80", _HTTPS: ":443"}.get(scheme, "")
    return authority.lower() == (host.removesuffix(default) if default else host).lower()

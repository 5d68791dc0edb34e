"""Origins that functions allow at run time: each is checked against the production rules too."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from envcors.protocol.origins import Origin
from envcors.rules.check import waived_rules
from envcors.rules.origins import production_rules
from envcors.rules.scope import Scope

Admit = Callable[[Origin, Mapping[str, object]], bool]

_logger = logging.getLogger("envcors")


def admission(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Admit | None:
    """Return the scope's functions as one that also checks the rules; None if it has none.

    An exception in a function is logged and means "not allowed", like every result except True.
    """
    functions = [item for item in scope.options.origins if not isinstance(item, (str, re.Pattern))]
    if not functions:
        return None
    waived = waived_rules(waivers, credentials=scope.options.supports_credentials)

    log = _BoundedLog()

    def admit(origin: Origin, environ: Mapping[str, object]) -> bool:
        if not any(_answer(function, origin, environ, log) for function in functions):
            return False
        violated = [rule for rule in production_rules(origin) if rule not in waived] if production else []
        if violated and log.may_log():
            _logger.error("%s: a function allowed %s, which a production policy refuses", ", ".join(violated), origin)
        return not violated

    # A digest names the functions; two with one name look alike.
    admit.__qualname__ = ",".join(
        getattr(function, "__qualname__", type(function).__qualname__) for function in functions
    )
    return admit


class _BoundedLog:
    """Limits the log to a few entries a minute, because anyone can send any number of requests."""

    _MOST = 5
    _SECONDS = 60.0

    def __init__(self) -> None:
        self._since = monotonic()
        self._logged = 0

    def may_log(self) -> bool:
        """Return whether another entry may be logged in this minute."""
        now = monotonic()
        if now - self._since >= self._SECONDS:
            self._since, self._logged = now, 0
        self._logged += 1
        return self._logged <= self._MOST


def _answer(function: Callable[..., object], origin: Origin, environ: Mapping[str, object], log: _BoundedLog) -> bool:
    try:
        return function(origin, environ) is True
    except Exception:
        if log.may_log():
            _logger.exception("the function that decides about %s failed; the origin is not allowed", origin)
        return False

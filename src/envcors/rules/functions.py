"""Origins that functions allow at run time: each passes the rules of production too."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping

from envcors.protocol.origins import Origin
from envcors.rules.check import waived_rules
from envcors.rules.origins import production_rules
from envcors.rules.scope import Scope

Admit = Callable[[Origin, Mapping[str, object]], bool]

_logger = logging.getLogger("envcors")


def admission(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Admit | None:
    """Return the scope's functions as one that also checks the rules; None where it has none.

    An exception in a function is logged and means "not allowed", as does every answer but True.
    """
    functions = [item for item in scope.options.origins if not isinstance(item, (str, re.Pattern))]
    if not functions:
        return None
    waived = waived_rules(waivers, credentials=scope.options.supports_credentials)

    def admit(origin: Origin, environ: Mapping[str, object]) -> bool:
        if not any(_answer(function, origin, environ) for function in functions):
            return False
        violated = [rule for rule in production_rules(origin) if rule not in waived] if production else []
        if violated:
            _logger.error("%s: a function allowed %s, which a production policy refuses", ", ".join(violated), origin)
        return not violated

    return admit


def _answer(function: Callable[..., object], origin: Origin, environ: Mapping[str, object]) -> bool:
    try:
        return function(origin, environ) is True
    except Exception:
        _logger.exception("the function that decides about %s failed; the origin is not allowed", origin)
        return False

"""Origins that code lets in at run time: a function's word counts only where the rules of production agree."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping

from envcors.protocol.origins import Origin
from envcors.rules.judgement import lifted_rules
from envcors.rules.origins import broken_by
from envcors.rules.scope import Scope

Admit = Callable[[Origin, Mapping[str, object]], bool]

_logger = logging.getLogger("envcors")


def admission(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Admit | None:
    """The scope's functions as one, behind the rules; None where it has none.

    An exception in a function is logged and means "not allowed"; so does any answer but True.
    """
    functions = [item for item in scope.options.origins if not isinstance(item, (str, re.Pattern))]
    if not functions:
        return None
    lifted = lifted_rules(waivers, credentials=scope.options.supports_credentials)

    def admit(origin: Origin, environ: Mapping[str, object]) -> bool:
        if not any(_answer(function, origin, environ) for function in functions):
            return False
        broken = [rule for rule in broken_by(origin) if rule not in lifted] if production else []
        if broken:
            _logger.error("%s: a function let in %s, which a production policy refuses", ", ".join(broken), origin)
        return not broken

    return admit


def _answer(function: Callable[..., object], origin: Origin, environ: Mapping[str, object]) -> bool:
    try:
        return function(origin, environ) is True
    except Exception:
        _logger.exception("the function that decides about %s failed; the origin is not allowed", origin)
        return False

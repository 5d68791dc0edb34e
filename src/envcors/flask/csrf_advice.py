"""Advice about requests of foreign pages that nothing stops, although they carry the cookies of a visitor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envcors.problems import Problem, printable
from envcors.protocol.foreign_write import SAFE_METHODS
from envcors.rules.catalogue import problem
from envcors.rules.scope import Scope

if TYPE_CHECKING:
    from envcors.flask.enforcement import Enforcement

_MOST_ROUTES = 3


def unprotected(enforcement: Enforcement) -> Iterator[Problem]:
    """Yield a problem for each setting that lets foreign writes with credentials pass, in production."""
    if not enforcement.configuration.production:
        return
    found: dict[tuple[str, str], tuple[Scope, dict[str, None]]] = {}
    for route in enforcement.routes():
        for policy in route.policies:
            if policy is None or not policy.supports_credentials or policy.csrf_protection != "off":
                continue
            if route.method in SAFE_METHODS:
                continue
            scope = enforcement.policies.scope_of(policy)
            located = scope.located("csrf_protection")
            _, paths = found.setdefault((located.owner or located.variable, str(located.source)), (scope, {}))
            paths[f"{route.method} {printable(route.path)}"] = None
    for scope, routes in found.values():
        located = scope.located("csrf_protection")
        named = list(routes)
        more = f" and {len(named) - _MOST_ROUTES} more" if len(named) > _MOST_ROUTES else ""
        shown = f"{', '.join(named[:_MOST_ROUTES])}{more}"
        message = f"A form on any site can send {shown} with the cookies of a visitor: CORS hides only the answer."
        fix = located.line("enforce")
        yield problem("csrf-unprotected", located.variable, located.shown, located.source, message=message, fix=fix)

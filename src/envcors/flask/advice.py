"""Advice that only a whole application shows: what its routes answer, beside what their policies allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from envcors.flask.csrf_advice import unprotected
from envcors.flask.governed_route import GovernedRoute
from envcors.flask.neighbours import neighbour_advice
from envcors.flask.unused_resources import unused_resources
from envcors.problems import Problem, counted, printable
from envcors.protocol.names import SAFELISTED_METHODS, is_forbidden_method
from envcors.protocol.policy import ANY, Policy
from envcors.rules.catalogue import RULES, problem
from envcors.rules.scope import Scope

if TYPE_CHECKING:
    from envcors.flask.enforcement import Enforcement

_MOST_ROUTES = 3
"""How many routes a message names."""


def advise(enforcement: Enforcement) -> Iterator[Problem]:
    """Yield the advice about the routes of an application. All of its views must be registered."""
    routes = enforcement.routes()
    yield from _blocked_methods(routes, enforcement)
    yield from _without_origins(enforcement)
    yield from unused_resources(enforcement.app, enforcement.policies, enforcement.configuration)
    yield from unprotected(enforcement)
    yield from neighbour_advice(enforcement.app)


def allows_an_origin(policy: Policy) -> bool:
    """Return whether any page of another origin may read anything."""
    return bool(policy.origins or policy.origin_regexes or policy.admit)


def _blocked_methods(routes: Iterable[GovernedRoute], enforcement: Enforcement) -> Iterator[Problem]:
    """Yield one problem for each setting of methods that blocks what routes answer."""
    blocked: dict[tuple[str, str], tuple[Scope, dict[str, list[str]]]] = {}
    for route in routes:
        for policy in route.policies:
            if policy is None or not allows_an_origin(policy) or not _blocks(policy, route.method):
                continue
            scope = enforcement.policies.scope_of(policy)
            located = scope.located("methods")
            # Scopes that inherit their methods are all corrected at the same place.
            place = located.owner or located.variable, str(located.source)
            _, paths = blocked.setdefault(place, (scope, {}))
            paths.setdefault(route.method, []).append(route.path)
    for scope, paths in blocked.values():
        yield _blocked(scope, paths)


def _blocks(policy: Policy, method: str) -> bool:
    if method in SAFELISTED_METHODS or is_forbidden_method(method):
        return False
    return ANY not in policy.methods and method not in policy.methods


def _blocked(scope: Scope, paths: Mapping[str, list[str]]) -> Problem:
    located = scope.located("methods")
    methods = sorted(paths)
    named = list(dict.fromkeys(path for each in paths.values() for path in each))
    more = f" and {counted(len(named) - _MOST_ROUTES, 'other route')}" if len(named) > _MOST_ROUTES else ""
    shown = ", ".join(map(printable, named[:_MOST_ROUTES])) + more
    verb = "lacks them" if len(methods) > 1 else "lacks it"
    message = (
        f"Routes answer {', '.join(methods)} ({shown}): {located.setting} {verb}, so browsers block such requests."
    )
    fix = located.line((*scope.options.methods, *methods))
    if located.secret:
        fix = f"{', '.join(methods)} added to {located.setting}"
    return problem("route-method", located.variable, located.shown, located.source, message=message, fix=fix)


def _without_origins(enforcement: Enforcement) -> Iterator[Problem]:
    """Yield a problem for each blueprint and view that declares a policy and allows no origin."""
    if not any(map(allows_an_origin, enforcement.policies.policies())):
        return  # one piece of advice about the whole application says it already
    found: dict[str, Scope] = {}
    for policy in enforcement.policies.declared_policies():
        scope = enforcement.policies.scope_of(policy)
        if not allows_an_origin(policy):
            found.setdefault(scope.label, scope)
    for label, scope in found.items():
        located = scope.located("origins")
        message = f"In {label}: {RULES['origins-empty'].why}"
        fix = located.line(("https://app.example.com",))
        yield problem("origins-empty", located.variable, "", located.source, message=message, fix=fix)

"""``flask cors routes``: the routes of an application, each with who may read it, and where that is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import click

from envcors.cli import output
from envcors.cli.show import mode_of
from envcors.cli.snapshot import content_of
from envcors.cli.target import Target
from envcors.flask.advice import allows_an_origin
from envcors.flask.enforcement import Enforcement
from envcors.flask.governed_route import GovernedRoute, routes_at
from envcors.flask.places import place_of
from envcors.problems import counted, printable
from envcors.protocol.decision import decide
from envcors.protocol.names import SAFELISTED_METHODS
from envcors.protocol.origins import Origin, OriginError
from envcors.protocol.policy import ANY, Policy
from envcors.rules.permissive import environ_of

_LONGEST = 48
_SHOWN_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: methods of one route that one policy governs."""

    route: str
    methods: tuple[str, ...]
    policy: Policy | None


def run(target: Target, *, origin: str | None, path: str | None, style: str) -> int:
    """Print the routes, and return the exit status."""
    enforcement = target.enforcement
    if target.problems or enforcement is None:
        return output.refused(target, style)
    if origin is not None:
        _check(origin)
    routes = _selected(enforcement, path)
    if style == "json":
        if origin is not None:
            routes = [route for route in routes if any(_reads(policy, origin) for policy in route.policies)]
        content = content_of(target, enforcement, routes)
        only = {name: value for name, value in (("origin", origin), ("path", path)) if value is not None}
        output.print_json({**content, "only": only} if only else content)
        return 0
    rows = [row for row in _rows(routes) if origin is None or _reads(row.policy, origin)]
    _print(enforcement, rows, origin)
    return 0


def _check(origin: str) -> None:
    try:
        Origin.parse(origin)
    except OriginError as error:
        raise click.BadParameter(f"{printable(origin)}: {error}", param_hint="--origin") from None


def _selected(enforcement: Enforcement, path: str | None) -> list[GovernedRoute]:
    routes = enforcement.routes()
    if path is None:
        return routes
    if not path.startswith("/"):
        raise click.BadParameter("A path begins with /.", param_hint="--path")
    return routes_at(enforcement, path, sorted({route.method for route in routes}))


def _rows(routes: Iterable[GovernedRoute]) -> Iterator[Row]:
    """Yield one row for all methods of a route that a policy governs, in the order of the routes."""
    rows: dict[tuple[str, int], tuple[str, list[str], Policy | None]] = {}
    for route in routes:
        for policy in route.policies:
            _, methods, _ = rows.setdefault((route.path, id(policy)), (route.path, [], policy))
            methods.append(route.method)
    for path, methods, policy in rows.values():
        yield Row(path, tuple(methods), policy)


def _reads(policy: Policy | None, origin: str) -> bool:
    return policy is not None and decide(policy, "GET", origin, None, None, environ_of(origin)).allowed


def allows_method(policy: Policy, method: str) -> bool:
    """Return whether a page of an allowed origin may use the method."""
    return method in SAFELISTED_METHODS or ANY in policy.methods or method in policy.methods


def _print(enforcement: Enforcement, rows: list[Row], origin: str | None) -> None:
    if not rows:
        who = "" if origin is None else f" that {printable(origin)} may read"
        output.print_line(f"no route{who}")
        return
    head = ("route", "methods", "origins", "cookies", "policy", "set in")
    output.print_line(output.columns([head, *(_cells(enforcement, row) for row in rows)], indent=0))
    _print_policies(enforcement, {id(row.policy): row.policy for row in rows if row.policy is not None}.values())
    blocked = sum(1 for row in rows for method in row.methods if row.policy and _is_blocked(row.policy, method))
    text = f"\n{mode_of(enforcement.configuration)} policy, {counted(len({row.route for row in rows}), 'route')}"
    if blocked:
        text += f"; {counted(blocked, 'method')} in (brackets): the policy blocks what a route answers"
    output.print_line(text)


def _print_policies(enforcement: Enforcement, policies: Iterable[Policy]) -> None:
    """Print what each policy allows beside its origins, with what it inherits."""
    rows = [
        (
            printable(enforcement.policies.scope_of(policy).label) or "application",
            _list(policy.methods),
            _list(policy.allow_headers),
            _list(policy.expose_headers),
            f"{policy.max_age} s",
            policy.csrf_protection,
        )
        for policy in policies
    ]
    if rows:
        head = ("policy", "methods", "request headers", "exposed headers", "max age", "csrf protection")
        output.print_line(f"\n{output.columns([head, *rows], indent=0)}")


def _list(items: Iterable[str]) -> str:
    return printable(",".join(items), _LONGEST) or "none"


def _is_blocked(policy: Policy, method: str) -> bool:
    return allows_an_origin(policy) and not allows_method(policy, method)


def _cells(enforcement: Enforcement, row: Row) -> tuple[str, ...]:
    policy = row.policy
    if policy is None:
        return printable(row.route), ",".join(row.methods), "none", "no", "no policy", ""
    methods = ",".join(f"({method})" if _is_blocked(policy, method) else method for method in row.methods)
    scope = enforcement.policies.scope_of(policy)
    cookies = "yes" if policy.supports_credentials else "no"
    name = printable(scope.label) or "application"
    return printable(row.route), methods, _origins(policy), cookies, name, place_of(enforcement, scope, "origins")


def _origins(policy: Policy) -> str:
    items = [*policy.origins, *(regex.pattern for regex in policy.origin_regexes)]
    if policy.admit is not None:
        items.append("a function")
    if policy.members is not None:
        items.append(policy.store)
    if not items:
        return "none"
    shown = ",".join(printable(item, _LONGEST) for item in items[:_SHOWN_ITEMS])
    if len(items) > _SHOWN_ITEMS:
        shown += f" and {len(items) - _SHOWN_ITEMS} more"
    if policy.deny_origins:
        shown += f", {len(policy.deny_origins)} denied"
    return shown

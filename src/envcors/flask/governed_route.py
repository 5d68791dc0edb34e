"""A route of the application for one method, and the policies that can govern it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.routing import Rule

from envcors.flask.routed_table import KnownRule, RoutedTable
from envcors.flask.url_map import find, request_line
from envcors.protocol.policy import Policy
from envcors.rules.permissive import environ_of

if TYPE_CHECKING:
    from envcors.flask.enforcement import Enforcement

_EVERY_METHOD = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
"""What a rule without a list of methods answers, among others."""


@dataclass(frozen=True, slots=True)
class GovernedRoute:
    """One route and one method.

    Attributes:
        rule: The URL rule.
        method: The HTTP method, in upper case; neither ``OPTIONS``, nor ``HEAD`` beside ``GET``.
        policies: What can govern its paths: None is no policy, and more than one depend on the path. It may hold a
            policy too many, where only a converter tells that no path of the rule has it, but lacks none.
    """

    rule: Rule
    method: str
    policies: tuple[Policy | None, ...]

    @property
    def endpoint(self) -> str:
        """The name of the view."""
        return str(self.rule.endpoint)

    @property
    def path(self) -> str:
        """The rule as the application wrote it, after the host or the subdomain that it is for, if any."""
        where = self.rule.host or (f"{self.rule.subdomain}." if self.rule.subdomain else "")
        return f"{where}{self.rule.rule}"


def listed_methods(rule: Rule) -> list[str]:
    """Return the methods of a rule that a person would list: Flask adds ``OPTIONS``, and ``HEAD`` where it adds it."""
    methods = set(_EVERY_METHOD if rule.methods is None else rule.methods) - {"OPTIONS"}
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)


def governed_routes(
    app: Flask, table: RoutedTable, check: Callable[[RoutedTable, Rule, object], KnownRule]
) -> list[GovernedRoute]:
    """Return every route and method of an application, with the policies that can govern it.

    ``check`` checks a view that no registration has checked.
    """
    may_answer = _answering(app)
    found = list[GovernedRoute]()
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        if view is None or rule.build_only or rule.websocket:
            continue  # nothing that a browser's request can reach
        known = table.known_rule(rule, view) or check(table, rule, view)
        found += [
            GovernedRoute(rule, method, table.possible(known, method, partial(may_answer, method)))
            for method in listed_methods(rule)
        ]
    return found


def _answering(app: Flask) -> Callable[[str, Rule, str], bool]:
    """Return a function that says whether a rule may answer a method at a path, of any host of the application."""

    @cache
    def rule_at(path: str, method: str) -> Rule | None:
        found = find(app, {**environ_of(""), **request_line(app, path, method)}, method)
        return None if found is None else found.rule

    def may_answer(method: str, rule: Rule, path: str) -> bool:
        if rule.host or rule.subdomain:
            return True  # only a request to that host would tell
        return rule_at(path, method) is rule

    return may_answer


def routes_at(enforcement: Enforcement, path: str, methods: Iterable[str]) -> list[GovernedRoute]:
    """Return the routes that answer a path, each with its method and the one policy that governs it there."""
    routes: list[GovernedRoute] = []
    for method in methods:
        environ: dict[str, object] = {**environ_of(""), **request_line(enforcement.app, path, method)}
        found = find(enforcement.app, environ, method)
        if found is not None:
            routes.append(GovernedRoute(found.rule, method, (enforcement.policy_for(environ, method),)))
    return routes

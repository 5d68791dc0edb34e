"""Puts the inspector in front of an application."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Flask

from envcors.configuration import Configuration
from envcors.flask.places import place_of
from envcors.inspector.app import PATH, Inspector
from envcors.inspector.recent import Recent
from envcors.inspector.subject import Governed, Inspected
from envcors.observe.decisions import cors_decided
from envcors.observe.record import Record
from envcors.protocol.decision import Decision
from envcors.protocol.policy import Policy
from envcors.rules.scope import Scope

if TYPE_CHECKING:
    from envcors.flask.enforcement import Enforcement

_logger = logging.getLogger("envcors")


def install(enforcement: Enforcement, env_file: str) -> None:
    """Serve the inspector of an application, and keep its last decisions; ``env_file`` is what it may write."""
    app, recent = enforcement.app, Recent()

    def receive(_sender: object, decision: Decision, record: Record) -> None:  # noqa: ARG001 - a receiver's arguments
        recent.add(record)

    def current() -> Enforcement:
        found: Enforcement = app.extensions["envcors"]
        return found

    cors_decided.connect(receive, sender=app, weak=False)

    # A reload replaces the table of policies, and CORS(app) after CORS(blueprint) the enforcement.
    def policy_for(environ: dict[str, object], method: str) -> Policy | None:
        return current().policy_for(environ, method)

    def scope_of(policy: Policy | None) -> Scope:
        return current().policies.scope_of(policy)

    def configuration() -> Configuration:
        found = current()
        if found.middleware.refresh is not None:
            found.middleware.refresh()  # a request to the page comes past the middleware
        return found.configuration

    inspected = Inspected(configuration, policy_for, scope_of, lambda: _governed(current()), recent, env_file)
    inspector = Inspector(app.wsgi_app, inspected, lambda: _has_route(app))
    app.wsgi_app = inspector  # type: ignore[method-assign]  # Flask's documented place for middleware
    _logger.warning("The inspector is at %s. From another machine: %s?token=%s", PATH, PATH, inspector.access.token)


def _has_route(app: Flask) -> bool:
    return any(rule.rule == PATH or rule.rule.startswith(f"{PATH}/") for rule in app.url_map.iter_rules())


def _governed(enforcement: Enforcement) -> Iterator[Governed]:
    """Yield the routes: one entry for all methods of a route that one policy governs."""
    rows: dict[tuple[str, int], tuple[list[str], Policy | None]] = {}
    for route in enforcement.routes():
        for policy in route.policies:
            rows.setdefault((route.path, id(policy)), ([], policy))[0].append(route.method)
    for (path, _), (methods, policy) in rows.items():
        place = "" if policy is None else place_of(enforcement, enforcement.policies.scope_of(policy), "origins")
        yield Governed(path, ", ".join(methods), policy, place)

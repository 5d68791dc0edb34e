"""Finds the policy of a request where a path alone does not tell it: by the view that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MethodType
from typing import TYPE_CHECKING

from flask import Flask, Request
from werkzeug.routing import RequestRedirect, Rule

from envcors.flask.routed_table import KnownRule, RoutedTable
from envcors.flask.url_map import Found, find
from envcors.protocol.decision import decide, is_foreign_write
from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.wsgi import ASKED_HEADERS, WRITE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    Check = Callable[[RoutedTable, Rule, object], KnownRule]

_METHOD_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
"""Request headers, in lower case, by which middlewares change the method of a request."""


class Arrival(BaseException):
    """A preflight that was sent through the middlewares in front of an application has reached it.

    It goes through them as an exception, past all that catch ``Exception``, so that nothing answers it. ``environ`` is
    what the application would have been called with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.environ: WSGIEnvironment | None = None


class Router:
    """The policies of requests to one application.

    A request leaves its trace in ``environ[mark]``: a list, to which the application adds its ``Request``. The
    middleware makes the list, so that a request without one has come past it.

    Args:
        app: The application.
        wsgi_app: What the middleware calls.
        mark: The key in ``environ``, which belongs to this application alone.
        check: Checks a view that no registration has checked: the table, the URL rule, the view.
    """

    def __init__(self, app: Flask, wsgi_app: WSGIApplication, mark: str, check: Check) -> None:
        self.app = app
        self.mark = mark
        self.check = check
        self._wsgi_app = wsgi_app
        # A request passes nothing on its way to the application, so that what comes in is what it will see.
        self._is_direct = wsgi_app == MethodType(type(app).wsgi_app, app)

    def route(
        self, policies: PolicyTable, environ: WSGIEnvironment, method: str, path: str, preflight: bool
    ) -> Policy | None:
        """The policy of a request or a preflight, as ``CORSMiddleware.route`` asks for it."""
        if not isinstance(policies, RoutedTable):
            return policies.for_path(path)
        if preflight:
            return self._for_preflight(policies, environ, method, path)
        trace: list[Request] | None = environ.get(self.mark)
        if not trace:
            return policies.for_path(path)  # something in front of the application answered
        request = trace[-1]
        rule = request.url_rule
        if rule is None:
            return self._for_no_rule(policies, request)
        known = self._known(policies, rule)
        if known.policies is not None:
            method = request.method
            return known.policies[method if method in known.policies else ""]
        # Asked again, as preprocessors of the application may have changed what was found.
        inner = _path_of(request)
        found = find(self.app, {**request.environ, "PATH_INFO": inner}, request.method)
        return policies.for_path(inner) if found is None else self._for_found(policies, found, request.method, inner)

    def _for_no_rule(self, policies: RoutedTable, request: Request) -> Policy | None:
        if isinstance(request.routing_exception, RequestRedirect):
            found = find(self.app, request.environ, request.method, self.mark)
            if found is not None:
                return self._for_found(policies, found, request.method, _path_of(request))
        return policies.for_path(_path_of(request))

    def _for_preflight(self, policies: RoutedTable, environ: WSGIEnvironment, method: str, path: str) -> Policy | None:
        arrived = self._arrived(environ)
        asked = environ.get(ASKED_HEADERS, "")
        if arrived is None:
            return self._at_both(policies, environ, method, path, asked)
        if WRITE in environ:
            method = arrived["REQUEST_METHOD"]  # a middleware may have changed it
        policy = self._at(policies, arrived, method)
        for other in self._others(policies, arrived) if _announces_override(asked) else ():
            # No preflight tells the method that arrives in place of its own: so each view of the path must allow it.
            if not decide(other, "OPTIONS", environ.get("HTTP_ORIGIN"), method, asked, environ).allowed:
                return other
        return policy

    def _at_both(
        self, policies: RoutedTable, environ: WSGIEnvironment, method: str, path: str, asked: str
    ) -> Policy | None:
        """The policy of a preflight that something in front of the application answers, such as a login.

        Perhaps it lets the request itself pass. So the path's policy and the view's must both allow it.
        """
        policy, view = policies.for_path(path), self._at(policies, environ, method)
        if WRITE in environ:
            return _stricter(policy, view, method, environ)
        if view is policy or decide(view, "OPTIONS", environ.get("HTTP_ORIGIN"), method, asked, environ).allowed:
            return policy
        return view

    def _others(self, policies: RoutedTable, environ: WSGIEnvironment) -> Iterator[Policy | None]:
        """The policies of all views at a path."""
        path = environ.get("PATH_INFO", "")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            found = find(self.app, environ, method, self.mark)
            if found is not None:
                yield self._for_found(policies, found, method, path)

    def _at(self, policies: RoutedTable, environ: WSGIEnvironment, method: str) -> Policy | None:
        path = environ.get("PATH_INFO", "")
        found = find(self.app, environ, method, self.mark)
        return policies.for_path(path) if found is None else self._for_found(policies, found, method.upper(), path)

    def _for_found(self, policies: RoutedTable, found: Found, method: str, path: str) -> Policy | None:
        known = self._known(policies, found.rule)
        if known.policies is not None:
            return known.policies[method if method in known.policies else ""]
        return policies.for_found(found, method, path)

    def _known(self, policies: RoutedTable, rule: Rule) -> KnownRule:
        """What is known of the rule; its view is checked now where no registration did so or another took its place."""
        view = self.app.view_functions.get(rule.endpoint)
        known = policies.known_rule(rule, view)
        return known if known is not None else self.check(policies, rule, view)

    def _arrived(self, environ: WSGIEnvironment) -> WSGIEnvironment | None:
        """The environment with which the request will reach the application; None where something answers before it.

        Middlewares between this one and the application change it: ``ProxyFix``, a prefix. So the preflight is sent
        through them, as it is, up to the application.
        """
        if self._is_direct or self.mark in environ:
            return environ
        arrival = Arrival()
        try:
            chunks = self._wsgi_app({**environ, self.mark: arrival}, _start_nothing)
            try:
                next(iter(chunks), None)  # a middleware may be a generator, which begins here
            finally:
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()
        except Arrival:
            return self._traced(arrival)
        except Exception:  # noqa: BLE001 - the request itself will fail alike
            return None
        return self._traced(arrival)

    def _traced(self, arrival: Arrival) -> WSGIEnvironment | None:
        """The environment that arrived, with an empty trace: a converter may need a request context of it."""
        return None if arrival.environ is None else {**arrival.environ, self.mark: []}


def _stricter(path: Policy | None, view: Policy | None, method: str, environ: WSGIEnvironment) -> Policy | None:
    """The policy of a foreign write that stops it, be it the path's or the view's; else the one that reports it."""
    for protection in ("enforce", "report"):
        for policy in (view, path):
            is_so = policy is not None and policy.csrf_protection == protection
            if is_so and is_foreign_write(policy, method, environ):
                return policy
    return path


def _announces_override(asked: str) -> bool:
    """Whether a preflight asks for a request header by which a middleware may change the method."""
    return "method" in asked.lower() and not _METHOD_OVERRIDES.isdisjoint(
        name.strip(" \t").lower() for name in asked.split(",", 64)
    )


def _path_of(request: Request) -> str:
    """The path that the application matched, as ``PATH_INFO`` has it: a view may have changed the environment."""
    return request.path.encode("utf-8", "replace").decode("latin-1")


def _start_nothing(*_: object) -> Callable[[bytes], object]:
    return lambda _: None

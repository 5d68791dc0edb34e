"""What is in force in one application, and how views and blueprints come into it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from envcors.configuration import Configuration, configure
from envcors.flask.declarations import REGISTERED, Declaration, declaration_of, mark, misplaced
from envcors.flask.matching import endpoint_for, endpoint_in_context
from envcors.flask.routes import Chain, RoutedTable
from envcors.observe.log import log
from envcors.observe.reloads import tell_refused, tell_started, tell_taken, tell_waiting, waiting
from envcors.refusal import BootRefused
from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.settings.inputs import EnvFile, Inputs
from envcors.settings.model import CORSSettings
from envcors.wsgi import DEBUGGER, CORSMiddleware

if TYPE_CHECKING:
    from types import EllipsisType

    from _typeshed.wsgi import WSGIEnvironment
    from flask.typing import RouteCallable

    from envcors.protocol.decision import Decision
    from envcors.reload import Follower, Reloads

EXTENSION = "envcors"
"""The key in ``app.extensions``."""


class Enforcement:
    """The policies in force in an application; ``app.extensions["envcors"]``.

    ``governs_application`` is false where only ``CORS(blueprint)`` was used: then blueprints and views alone are
    governed. ``serving`` says that the application serves already, so that a refusal ends nothing.
    """

    def __init__(
        self,
        app: Flask,
        keywords: Mapping[str, object],
        settings_class: type[CORSSettings],
        prefix: str | None,
        env_file: EnvFile | EllipsisType,
        *,
        governs_application: bool = True,
        serving: bool = False,
    ) -> None:
        self.app = app
        self.places = settings_class, prefix, env_file
        self.governs_application = governs_application
        self.blueprints: dict[str, Declaration] = {}
        inputs = Inputs(keywords=dict(keywords), config=dict(app.config))
        # A file that is there at boot must be there at every reload: without it a denied origin would be let in.
        missing = (path for path in inputs.optional if not os.path.exists(os.path.join(inputs.directory, path)))
        later = replace(inputs, optional=frozenset(missing))
        self._read = partial(settings_class.read, later, prefix=prefix, env_file=env_file)
        self._latest = self._read()
        self.configuration = self._judged(self._latest, serving=serving)
        self._follower: Follower | None = None
        self.policies: RoutedTable
        self.middleware: CORSMiddleware

    @property
    def policy(self) -> Policy | None:
        """The application's own policy, which governs where no resource, blueprint or view has one."""
        return self.policies.default

    @property
    def settings(self) -> CORSSettings:
        """The settings that the policies were made from."""
        return self.configuration.settings

    @property
    def digest(self) -> str:
        """The digest of the policies of the application and its resources."""
        return self.configuration.digest

    @property
    def reloads(self) -> Reloads:
        """How reloads of a mounted directory went in this process."""
        from envcors.reload import Reloads

        return self._follower.reloads if self._follower else Reloads()

    def install(self, *, blueprints: Mapping[str, Declaration] | None = None) -> None:
        """Put the middleware in front of the application. Raises BootRefused for views that are there already."""
        self.blueprints.update(blueprints or {})
        self.policies = self._table(self.configuration)
        earlier = self.app.extensions.get(EXTENSION)
        if isinstance(earlier, Enforcement):
            self.middleware = earlier.middleware
        else:
            self.middleware = CORSMiddleware(self.app.wsgi_app, self.policies)
            self.app.wsgi_app = self.middleware  # type: ignore[method-assign]  # Flask's documented place for middleware
        self.app.view_functions = WatchedViews(self.app.view_functions, self._view_registered)
        self.app.extensions[EXTENSION] = self
        self._start()

    def stand_alone(self) -> None:
        """Make a middleware that stands in front of nothing: others ask it. Raises BootRefused as ``install`` does."""
        self.policies = self._table(self.configuration)
        self.middleware = CORSMiddleware(self.app.wsgi_app, self.policies)
        self._start()

    def _start(self) -> None:
        log((*self.configuration.waived, *self.configuration.advice))
        self.middleware.explain = self.explain
        self.middleware.is_test = self._is_test
        self._put_in_force(self.policies)
        tell_started(self.configuration)
        self._follow()

    def reconfigure(self) -> Configuration:
        """Read the settings anew and put them in force, view and blueprint policies with them.

        What code gave stays as it was at boot, and so do the options of ``BOOT_ONLY``. Raises BootRefused, and leaves
        everything as it is, where the new settings break a rule, now or when the application is started again.
        """
        before = self.configuration
        self._latest = self._read()
        settings = self._latest.keeping(before.settings)
        configuration = self._judged(settings, serving=True)
        table = self._table(configuration)
        if waiting(self._latest, settings):
            self._judged(self._latest, serving=True).policies()
        known = {*before.lifted, *before.advice}
        log(problem for problem in (*configuration.lifted, *configuration.advice) if problem not in known)
        self._put_in_force(table)
        return configuration

    def register_blueprint(self, name: str, declaration: Declaration) -> None:
        """Take over a blueprint's declaration under the name that it has in this application."""
        self.blueprints[name] = declaration
        self.policies.judge(self._blueprint_chain(f"{name}."))
        for endpoint, view in self.app.view_functions.items():
            if endpoint.startswith(f"{name}."):
                self._declare(self.policies, endpoint, view)
        self._put_in_force(self.policies)

    def policy_for(self, environ: WSGIEnvironment, method: str) -> Policy | None:
        """The policy that governs ``method`` at the path of a request, for tools that explain."""
        path_policy = self.policies.for_path(environ.get("PATH_INFO", ""))
        return self._route(self.policies, environ, method, path_policy, True)

    def _judged(self, settings: CORSSettings, *, serving: bool) -> Configuration:
        configuration = configure(settings, debug=self.app.debug)
        if self.governs_application:
            return configuration
        # Nobody asks for origins of an application whose views or blueprints have their own.
        advice = tuple(said for said in configuration.advice if said.rule != "origins-empty")
        return replace(configuration, advice=advice)

    def _follow(self) -> None:
        """Follow the mounted directory, if there is one; without one a request pays nothing."""
        self.middleware.refresh = None
        if self.settings.config_dir and self.settings.reload_seconds:
            from envcors.reload import Follower

            self._follower = Follower(self.settings, self.reconfigure, self._tell)
            self.middleware.refresh = self._follower.refresh

    def _tell(self, refusal: BootRefused | None) -> None:
        tell_waiting(self._latest, self.settings)
        if refusal is None:
            tell_taken(self.app, self.digest, str(self.settings.config_dir))
        else:
            tell_refused(self.app, self.digest, refusal)

    def explain(self, decision: Decision, environ: WSGIEnvironment) -> str:
        """What a preflight that is refused in development answers."""
        from envcors.explanation import refusal_text

        return refusal_text(decision, environ, self.policies.scope_of(decision.policy))

    def _is_test(self, environ: WSGIEnvironment) -> bool:
        """Whether Flask's own client in a ``with`` block may ask an application under test.

        Such a client keeps contexts in a list of its own, as the debugger does.
        """
        return self.app.testing and isinstance(getattr(environ.get(DEBUGGER), "__self__", None), list)

    def _table(self, configuration: Configuration) -> RoutedTable:
        table = RoutedTable(configuration, governs_application=self.governs_application)
        for name in self.blueprints:
            table.judge(self._blueprint_chain(f"{name}."))
        for endpoint, view in self.app.view_functions.items():
            self._declare(table, endpoint, view)
        return table

    def _put_in_force(self, table: RoutedTable) -> None:
        self.configuration = table.configuration
        self.policies = table
        self.middleware.route = self._route if table.has_declarations else None
        self.middleware.policies = table

    def _view_registered(self, endpoint: str, view: Callable[..., object]) -> None:
        self._declare(self.policies, endpoint, view)
        self._put_in_force(self.policies)

    def _declare(self, table: RoutedTable, endpoint: str, view: Callable[..., object]) -> None:
        problem = misplaced(view)
        if problem is not None:
            raise BootRefused([problem], production=self.configuration.production)
        mark(view, REGISTERED)
        mark(getattr(view, "view_class", None), REGISTERED)
        chains = self._chains(endpoint, view)
        if any(chains.values()):
            table.declare(endpoint, chains, self._paths(endpoint))
        else:
            table.forget(endpoint)

    def _paths(self, endpoint: str) -> list[str]:
        try:
            return [rule.rule for rule in self.app.url_map.iter_rules(endpoint)]
        except KeyError:  # a view without a URL rule, as yet
            return []

    def _chains(self, endpoint: str, view: Callable[..., object]) -> dict[str, Chain]:
        """The declarations of an endpoint by method; those under ``""`` hold for every other method."""
        outer = self._blueprint_chain(endpoint)
        view_class = getattr(view, "view_class", None)
        things = (view_class, getattr(view_class, "dispatch_request", None), view)
        own = [declaration for thing in things if (declaration := declaration_of(thing)) is not None]
        chains: dict[str, Chain] = {"": (*outer, *own)}
        for method in sorted(getattr(view_class, "methods", None) or ()):
            handler = getattr(view_class, method.lower(), None)
            declaration = declaration_of(handler)
            if declaration is not None:
                chains[method] = (*chains[""], declaration)
        if "GET" in chains:
            chains.setdefault("HEAD", chains["GET"])
        return chains

    def _blueprint_chain(self, endpoint: str) -> Chain:
        names = endpoint.split(".")[:-1]
        paths = [".".join(names[: end + 1]) for end in range(len(names))]
        return tuple(self.blueprints[path] for path in paths if path in self.blueprints)

    def _route(
        self,
        policies: PolicyTable,
        environ: WSGIEnvironment,
        method: str,
        path_policy: Policy | None,
        preflight: bool,
    ) -> Policy | None:
        if not isinstance(policies, RoutedTable):
            return path_policy
        find = endpoint_for(self.app, environ, method) if preflight else endpoint_in_context(self.app, environ)
        return path_policy if find is None else policies.for_endpoint(find, method, path_policy)


class WatchedViews(dict[str, "RouteCallable"]):
    """An application's view functions; tells of each one that is registered."""

    def __init__(
        self, views: Mapping[str, RouteCallable], registered: Callable[[str, Callable[..., object]], None]
    ) -> None:
        super().__init__(views)
        self._registered = registered

    def __setitem__(self, endpoint: str, view: RouteCallable) -> None:
        super().__setitem__(endpoint, view)
        self._registered(endpoint, view)

    def update(self, *args: object, **views: RouteCallable) -> None:
        """As ``dict`` does, and every view is told of."""
        for endpoint, view in dict(*args, **views).items():
            self[endpoint] = view

    def setdefault(self, endpoint: str, view: RouteCallable) -> RouteCallable:
        """As ``dict`` does, and a new view is told of."""
        if endpoint not in self:
            self[endpoint] = view
        return self[endpoint]

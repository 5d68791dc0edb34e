"""What is in force in one application, and how views and blueprints come into it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flask import Flask

from envcors.configuration import Configuration, configure
from envcors.flask import stores
from envcors.flask.chains import blueprint_chain, chains_of
from envcors.flask.declarations import Declaration, hidden, mark_registered, misplaced
from envcors.flask.entrance import Entrance
from envcors.flask.governed_route import GovernedRoute, governed_routes
from envcors.flask.late_config import snapshot
from envcors.flask.neighbours import neighbour_advice
from envcors.flask.notices import Notices
from envcors.flask.places import calling_place
from envcors.flask.recorded import booting, record
from envcors.flask.routed_table import KnownRule, RoutedTable
from envcors.flask.router import Router
from envcors.flask.sources import Sources
from envcors.flask.url_map import request_line, rules_of
from envcors.observe.decisions import Decisions, cors_decided
from envcors.observe.log import log
from envcors.observe.reloads import tell_started, waiting
from envcors.observe.termination_log import recorded_refusal
from envcors.problems import Problem
from envcors.protocol.decision import Decision, decide
from envcors.protocol.policy import Policy
from envcors.refusal import BootRefused
from envcors.rules.deployment import emptied_directory
from envcors.rules.permissive import environ_of
from envcors.settings.inputs import EnvFile, Inputs
from envcors.settings.model import CORSSettings
from envcors.wsgi import DEBUGGER, CORSMiddleware

if TYPE_CHECKING:
    from types import EllipsisType

    from _typeshed.wsgi import WSGIEnvironment
    from flask.typing import RouteCallable
    from werkzeug.routing import Rule

    from envcors.reload import Follower, Reloads
    from envcors.rules.scope import Scope
    from envcors.store.writing import Store

EXTENSION = "envcors"
"""The key in ``app.extensions``."""

_logger = logging.getLogger("envcors")
_installed: WeakSet[Enforcement] = WeakSet()
_has_declarations = _has_protection = False
"""Whether this process has declared anything, and protection: until then no request needs to know its view."""


def declaration_made(options: Mapping[str, object]) -> None:
    """From now on every request is looked up by its view: however a declared one comes in, it is noticed."""
    global _has_declarations, _has_protection
    protects = _has_protection or options.get("csrf_protection") not in (None, "off")
    if not _has_declarations or protects is not _has_protection:
        _has_declarations, _has_protection = True, protects
        for enforcement in list(_installed):
            enforcement.look_up_views()


class Enforcement:
    """The policies in force in an application; ``app.extensions["envcors"]``.

    ``governs_application`` is false where only ``CORS(blueprint)`` was used: it governs blueprints and views alone.
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
    ) -> None:
        self.app = app
        self.place = calling_place()
        self.places = settings_class, prefix, env_file
        self.names_places = False  # whether a blueprint did, before the application
        self.governs_application = governs_application
        self.blueprints: dict[str, Declaration] = {}
        inputs = Inputs(keywords=dict(keywords), config=dict(app.config))
        self._sources = Sources(settings_class, prefix, env_file, inputs)
        self._latest = self._sources.at_boot()
        self._notices = Notices(app, snapshot(app.config), self._latest)
        self.configuration = self._checked(self._latest)
        self._decisions = Decisions(app, self._scope_of, self.settings, production=self.configuration.production)
        self._follower: Follower | None = None
        self._lock = threading.RLock()
        self._noted: set[Problem] = set()  # what is waived and advised against for views, each logged once
        self.policies: RoutedTable
        self.middleware: CORSMiddleware
        self.router: Router

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
        """How reloads of a mounted directory and of ``.env`` files went in this process."""
        from envcors.reload import Reloads

        return self._follower.reloads if self._follower else Reloads()

    @property
    def store(self) -> Store:
        """The store of origins of the application. Raises LookupError if it has none."""
        return stores.of(self.settings, self.policies)

    def allows(self, origin: str | None, path: str = "/", method: str = "GET") -> bool:
        """Whether a page of this origin may send this request and read the answer, also as a WebSocket's handshake.

        Args:
            origin: The request's ``Origin``; None, as of a client that is no browser, is not allowed.
            path: The path of the request, decoded and without a prefix under which the application is mounted.
            method: The request's method.
        """
        if origin is None:
            return False
        environ = {**environ_of(origin), **request_line(self.app, path.partition("?")[0], method)}
        policy = self.policy_for(environ, method)
        is_write = decide(policy, method, origin, None, None, environ).reason == "foreign-write"
        return not is_write and decide(policy, "OPTIONS", origin, method, None, environ).allowed

    def install(self, *, blueprints: Mapping[str, Declaration] | None = None) -> None:
        """Put the middleware in front of the application. Raises BootRefused for views that are there already."""
        self.blueprints.update(blueprints or {})
        with recorded_refusal(self.settings), booting():
            try:
                self.policies = self._first_table()
                stores.read_at_boot(self.policies.policies(), self.settings)
            except BootRefused:
                self.policies = self._closed_table()
                raise
        earlier = self.app.extensions.get(EXTENSION)
        if isinstance(earlier, Enforcement):
            self.middleware, self.router = earlier.middleware, earlier.router
            self.router.check = self._check_now
        else:
            self._enter()
        self.app.extensions[EXTENSION] = self
        _installed.add(self)
        log((*self.configuration.waived, *self.configuration.advice))
        self.middleware.explain = self.explain
        self.middleware.is_test = self._is_test
        self.middleware.observe = self._decisions.observe
        self.middleware.watchers = cors_decided.receivers
        self.middleware.note_foreign_write = self._decisions.foreign_write
        self.middleware.before_first_request = self._before_first_request
        self._put_in_force(self.policies)
        tell_started(self.configuration)
        self._tell_of_overrides()
        self._follow()

    def _enter(self) -> None:
        app = self.app
        self.middleware = CORSMiddleware(app.wsgi_app, self.policies)
        self.middleware.mark = f"envcors.request.{id(app)}"
        self.router = Router(app, app.wsgi_app, self.middleware.mark, self._check_now)
        app.wsgi_app = self.middleware  # type: ignore[method-assign]  # Flask's documented place for middleware
        if self.settings.inspector:
            from envcors.flask.inspection import install

            install(self, self._sources.env_file)
        Entrance(app, self.middleware, self.router)
        # A view that is refused ends the boot at the line that registers it, since all ways of Flask's to add a view
        # lead through this method. A view that comes another way is checked when a request is first routed to it.
        add_url_rule = app.add_url_rule

        def checked(
            rule: str, endpoint: str | None = None, view_func: RouteCallable | None = None, *args: Any, **options: Any
        ) -> None:
            add_url_rule(rule, endpoint, view_func, *args, **options)
            name = endpoint or getattr(view_func, "__name__", "")
            if name in app.view_functions:
                app.extensions[EXTENSION].view_registered(name)

        app.add_url_rule = checked  # type: ignore[method-assign]  # as above

    def reconfigure(self) -> Configuration:
        """Read the settings anew and put them in force, view and blueprint policies with them.

        What code gave stays as it was at boot, and so do the options of ``BOOT_ONLY``. Raises BootRefused, and leaves
        everything as it is, where the new settings break a rule, now or when the application is started again.
        """
        before = self.configuration
        self._latest = self._sources.again(before)
        emptied = emptied_directory(before.settings, self._latest)
        if emptied is not None:
            raise before.refusal([emptied])
        settings = self._latest.keeping(before.settings)
        configuration = self._checked(settings)
        table = self._table(configuration)
        if waiting(self._latest, settings):
            self._checked(self._latest).policies()
        known = {*before.waived, *before.advice}
        log(problem for problem in (*configuration.waived, *configuration.advice) if problem not in known)
        self._put_in_force(table)
        self._sources.files.taken()
        return configuration

    def register_blueprint(self, name: str, declaration: Declaration) -> None:
        """Take over a blueprint's declaration under the name that it has in this application."""
        self.blueprints[name] = declaration
        with recorded_refusal(self.settings), booting():
            self.policies.check(blueprint_chain(f"{name}.", self.blueprints))
        for endpoint in list(self.app.view_functions):
            if endpoint.startswith(f"{name}."):
                self.view_registered(endpoint)
        self._put_in_force(self.policies)

    def view_registered(self, endpoint: str) -> None:
        """Check a view that the application has now. Raises BootRefused."""
        with self._lock, recorded_refusal(self.settings), booting():
            self._declare(self.policies, endpoint, self.app.view_functions[endpoint])

    def knows(self, declaration: Declaration, rule: Rule | None) -> bool:
        """Whether a view has the declaration; ``rule`` is the one of the request that runs, whose view is checked now
        where another one took its place."""
        if rule is not None:
            view = self.app.view_functions.get(rule.endpoint)
            if self.policies.known_rule(rule, view) is None:
                self._check_now(self.policies, rule, view)
        return self.policies.knows(declaration)

    def policy_for(self, environ: WSGIEnvironment, method: str) -> Policy | None:
        """The policy that governs ``method`` at the path of a request, for tools that explain."""
        return self.router.route(self.policies, environ, method, environ.get("PATH_INFO", ""), True)

    def routes(self) -> list[GovernedRoute]:
        """Return every route and method of the application, with what can govern it."""
        return governed_routes(self.app, self.policies, self._check_now)

    def declaration_problems(self) -> list[Problem]:
        """What registration could not tell: declarations without effect, and entries of ``app.config`` that are late.

        All are known for certain when all views are registered.
        """
        views = dict(self.app.view_functions)
        late = self._notices.late_entries(self.settings)
        return list(dict.fromkeys([*misplaced(views), *hidden(views), *late]))

    def advice(self) -> list[Problem]:
        """Return the advice that only the whole application shows, when all extensions and views are registered."""
        from envcors.flask.advice import advise

        return list(dict.fromkeys(advise(self)))

    def look_up_views(self) -> None:
        """Find the policy of every request by its view from now on."""
        self._put_in_force(self.policies)

    def _checked(self, settings: CORSSettings) -> Configuration:
        configuration = configure(settings, debug=self.app.debug)
        record(configuration)
        if self.governs_application:
            return configuration
        # Nobody asks for origins of an application whose views or blueprints have their own.
        advice = tuple(said for said in configuration.advice if said.rule != "origins-empty")
        return replace(configuration, advice=advice)

    def _follow(self) -> None:
        """Follow the mounted directory, and in development ``.env`` files; without them a request pays nothing."""
        self.middleware.refresh = None
        files = None if self.configuration.production else self._sources.files
        if files or (self.settings.config_dir and self.settings.reload_seconds):
            from envcors.reload import Follower

            self._follower = Follower(self.settings, files, self.reconfigure, self._tell)
            self.middleware.refresh = self._follower.refresh

    def _before_first_request(self) -> None:
        """Refuse to serve with a declaration that has no effect: the last moment at which that can be told."""
        problems = list(misplaced(self.app.view_functions))
        if problems:
            raise BootRefused(problems, production=self.configuration.production)
        self._tell_of_overrides()
        self._notices.before_first_request(self.settings)
        log(neighbour_advice(self.app) if self.configuration.production else self.advice())
        self.middleware.before_first_request = None

    def _tell_of_overrides(self) -> None:
        if self.middleware.route is not None:
            self._notices.overrides()

    def _tell(self, refusal: BootRefused | None, *, by_files: bool) -> None:
        files = self._sources.files.shown if by_files else ""
        self._decisions.reloaded(ok=refusal is None)
        self._notices.reload(refusal, self._latest, self.settings, self.digest, files)

    def explain(self, decision: Decision, environ: WSGIEnvironment) -> str:
        """What a preflight that is refused in development answers."""
        from envcors.explanation import refusal_text

        return refusal_text(decision, environ, self.policies.scope_of(decision.policy))

    def _scope_of(self, policy: Policy | None) -> Scope:
        return self.policies.scope_of(policy)

    def _is_test(self, environ: WSGIEnvironment) -> bool:
        """Whether Flask's own client in a ``with`` block may ask: it keeps contexts in a list, as the debugger does."""
        return self.app.testing and isinstance(getattr(environ.get(DEBUGGER), "__self__", None), list)

    def _first_table(self) -> RoutedTable:
        """The policies at boot. Raises BootRefused with all problems that are known by then."""
        if not self.configuration.problems:
            return self._table(self.configuration)
        problems = [*self.configuration.problems]
        try:
            self._table(self.configuration.closed())
        except BootRefused as refusal:
            problems += refusal.problems
        raise self.configuration.refusal(dict.fromkeys(problems))

    def _closed_table(self) -> RoutedTable:
        """The policies of an application that is refused, for a command that goes on: nothing serves with them."""
        self.configuration = self.configuration.closed()
        return RoutedTable(self.configuration, governs_application=self.governs_application, noted=self._noted)

    def _table(self, configuration: Configuration) -> RoutedTable:
        """The policies of a configuration in this application. Raises BootRefused with all problems."""
        table = RoutedTable(configuration, governs_application=self.governs_application, noted=self._noted)
        problems: list[Problem] = []
        for name in self.blueprints:
            try:
                table.check(blueprint_chain(f"{name}.", self.blueprints))
            except BootRefused as refusal:
                problems += refusal.problems
        for endpoint, view in list(self.app.view_functions.items()):
            try:
                self._declare(table, endpoint, view)
            except BootRefused as refusal:
                problems += refusal.problems
        if problems:
            raise configuration.refusal(dict.fromkeys(problems))
        return table

    def _put_in_force(self, table: RoutedTable) -> None:
        self.configuration = table.configuration
        self.policies = table
        table.protects = table.protects or _has_protection
        is_looked_up = _has_declarations or bool(self.blueprints) or not table.governs_all
        self.middleware.route = self.router.route if is_looked_up else None
        stores.serve(table.policies())
        self.middleware.observed = self._decisions.put_in_force(self.settings, self.digest, table.policies())
        self.middleware.policies = table

    def _declare(self, table: RoutedTable, endpoint: str, view: object) -> None:
        chains = chains_of(endpoint, view, self.blueprints)
        # Werkzeug sorts the whole map before it lists rules: only a view with a policy of its own is worth that.
        table.declare(endpoint, view, chains, self._rules(endpoint) if any(chains.values()) else ())
        mark_registered(view)

    def _check_now(self, table: RoutedTable, rule: Rule, view: object) -> KnownRule:
        """Check a view that a request is routed to, and that no registration has checked."""
        endpoint = str(rule.endpoint)
        with self._lock:
            known = table.known_rule(rule, view)
            if known is not None:
                return known
            chains = chains_of(endpoint, view, self.blueprints)
            try:
                table.declare(endpoint, view, chains, self._rules(endpoint))
                mark_registered(view)
            except BootRefused as refusal:
                _logger.error("the view %s is refused, so it allows no origin: %s", endpoint, refusal)
                table.close(endpoint, view, chains)
            known = table.known_rule(rule, view)
            if known is None:
                raise LookupError(endpoint)
            return known

    def _rules(self, endpoint: str) -> list[Rule]:
        return rules_of(self.app, endpoint)

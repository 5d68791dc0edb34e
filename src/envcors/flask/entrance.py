"""Where requests enter an application: what reaches it past its middleware is answered here."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, has_request_context, request
from werkzeug.datastructures import Headers

from envcors.flask.router import Arrival, Router
from envcors.protocol.decision import decide
from envcors.wsgi import ASKED_HEADERS, ASKED_METHOD, CORSMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask.ctx import RequestContext

_logger = logging.getLogger("envcors")
_PASSED_OVER = frozenset({"envcors", "flask", "werkzeug"})


class Unseen(list[Request]):
    """The trace of a request that the middleware did not see."""


class Entrance:
    """The hooks of one application.

    ``Flask.wsgi_app`` makes a request context first of all, before any function of the application runs. There the
    request is noted for the router. A server or a framework that took ``app.wsgi_app`` before ``CORS(app)``, or calls
    ``app.full_dispatch_request()``, comes past the middleware. The first time this happens two more hooks are set,
    which answer such a preflight and add the headers to such a response; other applications do not pay for them.
    """

    def __init__(self, app: Flask, middleware: CORSMiddleware, router: Router) -> None:
        self._app = app
        self._middleware = middleware
        self._router = router
        self._mark = router.mark
        self._make_context = app.request_context
        self._dispatch = app.full_dispatch_request
        self._finalize = app.finalize_request
        self._has_hooks = self._has_warned = False
        app.request_context = self._request_context  # type: ignore[method-assign]  # Flask calls it by this name

    def _request_context(self, environ: WSGIEnvironment) -> RequestContext:
        trace = environ.get(self._mark)
        if isinstance(trace, Arrival):
            trace.environ = environ
            raise trace
        context = self._make_context(environ)
        if trace and has_request_context() and request._get_current_object() is trace[-1]:  # type: ignore[attr-defined]  # request is a LocalProxy
            return context  # a request that a view makes of its own: the outer one gets the response
        if trace is None:
            trace = environ[self._mark] = Unseen()
            self._set_hooks()
        trace.append(context.request)
        return context

    def _set_hooks(self) -> None:
        if not self._has_hooks:
            self._has_hooks = True
            self._app.full_dispatch_request = self._full_dispatch_request  # type: ignore[method-assign]  # as above
            self._app.finalize_request = self._finalize_request  # type: ignore[method-assign]  # as above

    # What Flask hands to these methods differs between its versions, and is handed on.
    def _full_dispatch_request(self, *args: Any, **kwargs: Any) -> Response:
        environ = request.environ
        if type(environ.get(self._mark)) is not Unseen:
            return self._dispatch(*args, **kwargs)
        self._warn()
        for prepare in (self._middleware.before_first_request, self._middleware.refresh):
            if prepare is not None:
                prepare()
        return self._preflight_answer(environ) or self._foreign_write_answer(environ) or self._dispatch(*args, **kwargs)

    def _foreign_write_answer(self, environ: WSGIEnvironment) -> Response | None:
        policies = self._middleware.policies
        decision = self._middleware.foreign_write(policies, environ) if policies.protects else None
        if decision is None:
            return None
        status, described, body = self._middleware.answer(decision, environ)
        response = self._app.response_class(body, status)
        response.headers = Headers([*decision.headers, *described])
        return response

    def _preflight_answer(self, environ: WSGIEnvironment) -> Response | None:
        method, origin = environ.get(ASKED_METHOD), environ.get("HTTP_ORIGIN")
        if environ["REQUEST_METHOD"] != "OPTIONS" or origin is None or method is None:
            return None
        path = environ.get("PATH_INFO", "")
        policy = self._router.route(self._middleware.policies, environ, method, path, True)
        decision = decide(policy, "OPTIONS", origin, method, environ.get(ASKED_HEADERS), environ)
        self._middleware.note(decision, environ, method, path)
        if policy is None:
            return None
        status, described, body = self._middleware.answer(decision, environ)
        response = self._app.response_class(body, status)
        response.headers = Headers([*decision.headers, *described])
        return response

    def _finalize_request(self, *args: Any, **kwargs: Any) -> Response:
        response = self._finalize(*args, **kwargs)
        environ = request.environ
        if type(environ.get(self._mark)) is Unseen:
            policies = self._middleware.policies
            method = environ["REQUEST_METHOD"]
            path = environ.get("PATH_INFO", "")
            policy = self._router.route(policies, environ, method, path, False)
            decision = decide(policy, method, environ.get("HTTP_ORIGIN"), None, None, environ)
            self._middleware.note(decision, environ, method, path)
            if policy is not None:
                response.headers = Headers(self._middleware.merged(list(response.headers), decision.headers, environ))
        return response

    def _warn(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            _logger.warning(
                "%s calls the application past CORS(app): it took app.wsgi_app before CORS(app) changed it, or calls "
                "app.full_dispatch_request() itself. envcors answers preflights and sets the headers inside the "
                "application; an error in front of it has none. Call CORS(app) before that, if you can.",
                _caller(),
            )


def _caller() -> str:
    """The module outside Flask that called the application."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] not in _PASSED_OVER:
            return name
        frame = frame.f_back
    return "a server"

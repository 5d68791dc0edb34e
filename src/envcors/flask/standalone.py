"""``@cross_origin`` in an application without ``CORS(app)``.

Nothing stands in front of such an application, so its declared views are served from inside: a preflight is answered
before all other ``before_request`` functions (a ``url_value_preprocessor`` comes earlier still), and a response gets
its headers when all hooks have seen it. A response that Flask makes because a hook failed at the very end has none.
"""

from __future__ import annotations

import logging
import threading
from functools import partial

from flask import Flask, Response, request, request_finished, request_started
from werkzeug.datastructures import Headers

from envcors.flask.declarations import declared_by
from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.refusal import BootRefused
from envcors.protocol.decision import Decision, decide
from envcors.settings.model import CORSSettings

_logger = logging.getLogger("envcors")
_PREPARED = "envcors.standalone"
_preparing = threading.Lock()


def connect() -> None:
    """Serve declared views of applications without ``CORS(app)``. Connecting twice is connecting once."""
    request_started.connect(_request_started)
    request_finished.connect(_request_finished)


def prepare(app: Flask, *, serving: bool = False) -> Enforcement | None:
    """The policies of an application's declared views; None where it has none. Raises BootRefused.

    ``serving`` says that the application serves already.
    """
    if not any(True for view in app.view_functions.values() for _ in declared_by(view)):
        return None
    enforcement = Enforcement(app, {}, CORSSettings, None, ..., governs_application=False, serving=serving)
    enforcement.stand_alone()
    return enforcement


def enforcement_in(app: Flask) -> Enforcement | None:
    """What is in force in an application, be it without ``CORS(app)``; None where nothing is."""
    found: object = app.extensions.get(EXTENSION) or app.extensions.get(_PREPARED)
    return found if isinstance(found, Enforcement) else None


def _request_started(app: Flask, **_: object) -> None:
    if EXTENSION in app.extensions:
        return
    if _PREPARED not in app.extensions:
        with _preparing:
            if _PREPARED not in app.extensions:
                app.extensions[_PREPARED] = _prepared(app)
    enforcement = enforcement_in(app)
    if enforcement is not None:
        if enforcement.middleware.refresh is not None:
            enforcement.middleware.refresh()
        request.environ[_decided_in(app)] = _decision(enforcement)


def _decision(enforcement: Enforcement) -> Decision | None:
    asked = {name: request.headers.get(f"Access-Control-Request-{name}") for name in ("Method", "Headers")}
    is_preflight = request.method == "OPTIONS" and "Origin" in request.headers
    method = asked["Method"] if is_preflight and asked["Method"] is not None else request.method
    policy = enforcement.policy_for(request.environ, method)
    if policy is None:
        return None
    origin = request.headers.get("Origin")
    return decide(policy, request.method, origin, asked["Method"], asked["Headers"], request.environ)


def _decided_in(app: Flask) -> str:
    """Where the decision about a request is kept: an application may hand on what it was given to another one."""
    return f"{_PREPARED}.{id(app)}"


def _prepared(app: Flask) -> Enforcement | None:
    """What is in force; None where nothing is declared, or where it is refused and so opens nothing."""
    try:
        enforcement = prepare(app, serving=True)
    except BootRefused as refusal:
        _logger.error("@cross_origin lets nobody in: %s", refusal)
        return None
    if enforcement is not None:
        _logger.warning(
            "@cross_origin without CORS(app): preflights are answered inside the application, where its hooks see the "
            "answers; put CORS(app) where the application is made"
        )
        # Flask lets nobody register a hook in the middle of a request, and there is no earlier moment.
        app.before_request_funcs[None] = [partial(_answer_preflight, app), *app.before_request_funcs.get(None, ())]
    return enforcement


def _answer_preflight(app: Flask) -> Response | None:
    enforcement = enforcement_in(app)
    decision = request.environ.get(_decided_in(app))
    if enforcement is None or not isinstance(decision, Decision) or decision.kind != "preflight":
        return None
    status, described, body = enforcement.middleware.answer(decision, request.environ)
    response = Response(body, status)
    response.headers = Headers(described)
    return response


def _request_finished(app: Flask, response: Response, **_: object) -> None:
    enforcement = enforcement_in(app)
    decision = request.environ.get(_decided_in(app))
    if enforcement is not None and isinstance(decision, Decision):
        app_headers = list(response.headers)
        response.headers = Headers(enforcement.middleware.merged(app_headers, decision.headers, request.environ))

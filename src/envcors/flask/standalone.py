"""``@cross_origin`` in an application without ``CORS(app)``.

Nothing stands in front of such an application, so its declared views are served from inside: a preflight is answered
before all other ``before_request`` functions, and a response gets its headers when all hooks have seen it. A response
that Flask makes because a hook failed at the very end has none.
"""

from __future__ import annotations

import logging
import threading
from typing import cast

from flask import Flask, Response, current_app, request, request_finished, request_started
from werkzeug.datastructures import Headers

from envcors.flask.declarations import declared_by
from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.problems import BootRefused
from envcors.protocol.decision import decide
from envcors.protocol.policy import Policy
from envcors.settings.model import CORSSettings

_logger = logging.getLogger("envcors")
_PREPARED = "envcors.standalone"
_ASKED_METHOD = "Access-Control-Request-Method"
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
    if enforcement is not None and enforcement.middleware.refresh is not None:
        enforcement.middleware.refresh()


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
        app.before_request_funcs[None] = [_answer_preflight, *app.before_request_funcs.get(None, ())]
    return enforcement


def _answer_preflight() -> Response | None:
    enforcement = _standing_alone(current_app)
    if enforcement is None or not _is_preflight() or _policy(enforcement) is None:
        return None
    return cast(Response, Response.from_app(enforcement.middleware, request.environ))


def _request_finished(app: Flask, response: Response, **_: object) -> None:
    enforcement = _standing_alone(app)
    policy = None if enforcement is None else _policy(enforcement)
    if enforcement is None or policy is None:
        return
    origin, method, names = map(request.headers.get, ("Origin", _ASKED_METHOD, "Access-Control-Request-Headers"))
    headers = decide(policy, request.method, origin, method, names, request.environ).headers
    others = [header for header in response.headers if header not in headers]
    response.headers = Headers(enforcement.middleware.merged(others, headers, request.environ))


def _standing_alone(app: Flask) -> Enforcement | None:
    return None if EXTENSION in app.extensions else enforcement_in(app)


def _policy(enforcement: Enforcement) -> Policy | None:
    method = request.headers[_ASKED_METHOD] if _is_preflight() else request.method
    return enforcement.policy_for(request.environ, method)


def _is_preflight() -> bool:
    return request.method == "OPTIONS" and "Origin" in request.headers and _ASKED_METHOD in request.headers

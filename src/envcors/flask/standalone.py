"""``@cross_origin`` in an application without ``CORS(app)``.

Nothing stands in front of such an application, so its declared views are served from signals of Flask's: a preflight is
answered from the one that comes before a request is dispatched, and every response gets its headers from the one that
comes when all hooks have seen it.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, request, request_finished, request_started
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, NotFound

from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.problems import BootRefused
from envcors.protocol.decision import decide
from envcors.protocol.policy import Policy
from envcors.settings.model import CORSSettings

_logger = logging.getLogger("envcors")
_PREPARED = "envcors.standalone"
_ASKED_METHOD = "Access-Control-Request-Method"


def connect() -> None:
    """Serve declared views of applications without ``CORS(app)``. Connecting twice is connecting once."""
    request_started.connect(_request_started)
    request_finished.connect(_request_finished)


def enforcement_in(app: Flask) -> Enforcement | None:
    """What is in force in an application, be it without ``CORS(app)``; None where nothing is."""
    found: object = app.extensions.get(EXTENSION) or app.extensions.get(_PREPARED)
    return found if isinstance(found, Enforcement) else None


def _request_started(app: Flask, **_: object) -> None:
    if EXTENSION not in app.extensions and _PREPARED not in app.extensions:
        app.extensions[_PREPARED] = _prepared(app)
    enforcement = _standing_alone(app)
    if enforcement is not None and _is_preflight() and _policy(enforcement) is not None:
        raise HTTPException(response=Response.from_app(enforcement.middleware, request.environ))


def _request_finished(app: Flask, response: Response, **_: object) -> None:
    enforcement = _standing_alone(app)
    policy = None if enforcement is None else _policy(enforcement)
    if enforcement is None or policy is None:
        return
    origin, method, names = map(request.headers.get, ("Origin", _ASKED_METHOD, "Access-Control-Request-Headers"))
    headers = decide(policy, request.method, origin, method, names, request.environ).headers
    others = [header for header in response.headers if header not in headers]
    response.headers = Headers(enforcement.middleware.merged(others, headers))


def _standing_alone(app: Flask) -> Enforcement | None:
    enforcement = None if EXTENSION in app.extensions else enforcement_in(app)
    return enforcement if enforcement is not None and enforcement.policies.has_declarations else None


def _policy(enforcement: Enforcement) -> Policy | None:
    method = request.headers[_ASKED_METHOD] if _is_preflight() else request.method
    return enforcement.policy_for(request.environ, method)


def _is_preflight() -> bool:
    return request.method == "OPTIONS" and "Origin" in request.headers and _ASKED_METHOD in request.headers


def prepare(app: Flask) -> Enforcement:
    """The policies of an application's declared views. Raises BootRefused."""
    enforcement = Enforcement(app, {}, CORSSettings, None, ..., governs_application=False)
    enforcement.stand_alone(NotFound())
    return enforcement


def _prepared(app: Flask) -> Enforcement | None:
    """What is in force; None where it is refused, and so opens nothing."""
    try:
        enforcement = prepare(app)
    except BootRefused as refusal:
        _logger.error("@cross_origin lets nobody in: %s", refusal)
        return None
    if enforcement.policies.has_declarations:
        _logger.warning(
            "@cross_origin without CORS(app): preflights are answered inside the application, where its hooks see "
            "them; put CORS(app) where the application is made"
        )
    return enforcement

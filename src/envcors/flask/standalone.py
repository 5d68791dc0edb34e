"""``@cross_origin`` in an application without ``CORS(app)``.

Nothing stands in front of such an application, so its declared views are served from a signal that Flask sends before
it dispatches: a preflight is answered there, and other responses get their headers when they are ready.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import cast

from flask import Flask, Response, after_this_request, request, request_started
from werkzeug.exceptions import HTTPException, NotFound

from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.problems import BootRefused
from envcors.protocol.table import PolicyTable
from envcors.settings.model import CORSSettings
from envcors.wsgi import CORSMiddleware

_logger = logging.getLogger("envcors")
_PREPARED = "envcors.standalone"


def connect() -> None:
    """Serve declared views of applications without ``CORS(app)``. Connecting twice is connecting once."""
    request_started.connect(_request_started)


def _request_started(app: Flask, **_: object) -> None:
    if EXTENSION in app.extensions:
        return
    if _PREPARED not in app.extensions:
        app.extensions[_PREPARED] = _prepared(app)
    enforcement = app.extensions[_PREPARED]
    if isinstance(enforcement, Enforcement):
        _serve(enforcement)


def _prepared(app: Flask) -> Enforcement | None:
    """The declared views' policies; None where there are none, or where they are refused and so open nothing."""
    try:
        enforcement = Enforcement(app, {}, CORSSettings, None, ..., governs_application=False)
        enforcement.prepare()
    except BootRefused as refusal:
        _logger.error("@cross_origin lets nobody in: %s", refusal)
        return None
    if not enforcement.policies.has_declarations:
        return None
    _logger.warning(
        "@cross_origin without CORS(app): preflights are answered inside the application, where its hooks see them; "
        "put CORS(app) where the application is made"
    )
    return enforcement


def _serve(enforcement: Enforcement) -> None:
    environ = request.environ
    asked = request.headers.get("Access-Control-Request-Method")
    is_preflight = request.method == "OPTIONS" and asked is not None and "Origin" in request.headers
    policy = enforcement.policy_for(environ, asked if is_preflight and asked is not None else request.method)
    if policy is None:
        return
    serve = partial(CORSMiddleware, policies=PolicyTable(policy), explain=enforcement.explain)
    if is_preflight:
        raise HTTPException(response=Response.from_app(serve(NotFound()), environ))

    @after_this_request
    def add_headers(response: Response) -> Response:
        return cast(Response, type(response).from_app(serve(response), environ))

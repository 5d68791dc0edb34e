"""Which view answers a request: asked of the application's own URL map, so that both always agree."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask, Request, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from envcors.wsgi import ENTERED_AT

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def endpoint_for(app: Flask, environ: WSGIEnvironment, method: str) -> str | None:
    """The endpoint that would answer ``method`` at this path; the target's where a redirect would answer.

    None where none would: an unknown path, another method, a host that the application does not serve.
    """
    try:
        adapter = app.create_url_adapter(app.request_class(environ, populate_request=False))
        return _match(adapter, method) if adapter is not None else None
    except HTTPException:
        return None


def endpoint_in_context(app: Flask, environ: WSGIEnvironment) -> str | None:
    """The endpoint that answers the request in hand: what routing found, without another look at the map.

    None where it is not this application that answers, but one that is mounted in it.
    """
    try:
        answered: Request = request._get_current_object()  # type: ignore[attr-defined]  # request is a LocalProxy
    except RuntimeError:
        # Gone where a middleware in between holds the response back, and under the debugger; never there where
        # something else answered, which a changed SCRIPT_NAME tells.
        is_mounted = environ.get("SCRIPT_NAME") != environ.get(ENTERED_AT)
        return None if is_mounted else endpoint_for(app, environ, environ["REQUEST_METHOD"])
    if current_app._get_current_object() is not app:  # type: ignore[attr-defined]  # current_app is a LocalProxy
        return None
    if answered.url_rule is not None:
        return str(answered.url_rule.endpoint)
    if isinstance(answered.routing_exception, RequestRedirect):
        return endpoint_for(app, environ, environ["REQUEST_METHOD"])
    return None


def _match(adapter: MapAdapter, method: str, path: str | None = None) -> str | None:
    try:
        endpoint, _ = adapter.match(path, method=method)
    except RequestRedirect as redirect:
        target = _path_below(adapter, redirect.new_url)
        return _match(adapter, method, target) if path is None and target is not None else None
    except HTTPException:
        return None
    return str(endpoint)


def _path_below(adapter: MapAdapter, url: str) -> str | None:
    path = unquote(urlsplit(url).path)
    root = adapter.script_name.rstrip("/")
    return path.removeprefix(root) if path.startswith(root) else None

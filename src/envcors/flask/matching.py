"""Which view answers a request: asked of the application's own URL map, so that both always agree."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask, Request, has_request_context, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NOTED = "werkzeug.request"
"""Where Werkzeug keeps a request in its own environment."""


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
    found = _routed_request(environ)
    if found is None:
        return None
    if found.url_rule is not None:
        return str(found.url_rule.endpoint) if found.url_rule.map is app.url_map else None
    if isinstance(found.routing_exception, RequestRedirect):
        return endpoint_for(app, environ, environ["REQUEST_METHOD"])
    return None


def _routed_request(environ: WSGIEnvironment) -> Request | None:
    """Flask's request for this environment; None where Flask has not seen it.

    The context is gone where a middleware in between waits for the whole response, and under the debugger; then
    Werkzeug's note in the environment tells. Where a middleware has copied the environment, the context alone tells.
    """
    noted = environ.get(_NOTED)
    if has_request_context() and (noted is None or request.environ is environ):
        return request
    return noted if isinstance(noted, Request) else None


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

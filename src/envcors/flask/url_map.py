"""Which URL rule answers a request: asked of the application's own URL map, so that both always agree."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_logger = logging.getLogger("envcors")
_OWN_CONVERTERS = frozenset(Map.default_converters.values())
"""Converters of Werkzeug's own: they need no context, and raise nothing."""


class Found(NamedTuple):
    """The rule that answers, and the values of its variables."""

    rule: Rule
    values: Mapping[str, Any]  # what converters make of a path


def rules_of(app: Flask, endpoint: str) -> list[Rule]:
    """Return the URL rules of an endpoint; none for a view without a rule, as yet.

    The public method sorts the whole map after each new rule, so that a boot would take quadratic time.
    """
    known = getattr(app.url_map, "_rules_by_endpoint", None)
    if isinstance(known, dict):
        return list(known.get(endpoint, ()))
    try:
        return list(app.url_map.iter_rules(endpoint))
    except KeyError:
        return []


def request_line(app: Flask, path: str, method: str) -> dict[str, str]:
    """The part of a WSGI environment that says what is asked for, at the application's own host.

    ``path`` is decoded, and without a prefix under which the application is mounted.
    """
    server = app.config.get("SERVER_NAME") or "localhost"
    path_info = path.encode().decode("latin-1")
    return {"REQUEST_METHOD": method, "PATH_INFO": path_info, "SERVER_NAME": server, "HTTP_HOST": server}


def endpoint_for(app: Flask, environ: WSGIEnvironment, method: str) -> str | None:
    """The endpoint that would answer ``method`` at this path, as ``find`` has it."""
    found = find(app, environ, method)
    return None if found is None else str(found.rule.endpoint)


def find(app: Flask, environ: WSGIEnvironment, method: str, mark: str = "") -> Found | None:
    """The rule that would answer ``method`` at this path; the target's where a redirect would answer.

    None where none would: an unknown path, another method, a host that the application does not serve, or a converter
    that raises. Converters of the application's own are asked inside its context, as they are for a request.
    """
    if _OWN_CONVERTERS.issuperset(app.url_map.converters.values()):
        return _find(app, environ, method)
    try:
        with app.app_context():
            return _find(app, environ, method)
    except RuntimeError:  # one that needs the request as well
        return _find_in_request(app, {**environ, mark: []} if mark else environ, method)
    except Exception as error:  # noqa: BLE001 - a converter is anybody's code; the request itself will fail alike
        _tell_failed(error)
        return None


def _find(app: Flask, environ: WSGIEnvironment, method: str) -> Found | None:
    try:
        adapter = app.create_url_adapter(app.request_class(environ, populate_request=False))
        return _match(adapter, method) if adapter is not None else None
    except HTTPException:
        return None


def _find_in_request(app: Flask, environ: WSGIEnvironment, method: str) -> Found | None:
    context = app.request_context({**environ, "REQUEST_METHOD": method})
    try:
        context.push()  # which may raise when it has set the context: so it is inside, as in `Flask.wsgi_app`
        return _find(app, environ, method)
    except Exception as error:  # noqa: BLE001 - as above
        _tell_failed(error)
        return None
    finally:
        context.pop()


def _tell_failed(error: Exception) -> None:
    _logger.debug("a URL converter raised %s: the policy of the path governs", type(error).__name__)


def _match(adapter: MapAdapter, method: str, path: str | None = None) -> Found | None:
    try:
        return Found(*adapter.match(path, method=method, return_rule=True))
    except RequestRedirect as redirect:
        target = _path_below(adapter, redirect.new_url)
        return _match(adapter, method, target) if path is None and target is not None else None
    except HTTPException:
        return None


def _path_below(adapter: MapAdapter, url: str) -> str | None:
    path = unquote(urlsplit(url).path)
    root = adapter.script_name.rstrip("/")
    return path.removeprefix(root) if path.startswith(root) else None


def literal_paths(rule: Rule) -> tuple[str, ...]:
    """The paths of a rule without variables, as ``PATH_INFO`` has them: the rule's own, then its other spelling.

    Without strict slashes Werkzeug answers a path with and without a slash at its end by the same view.
    """
    return spellings(rule, rule.rule.encode().decode("latin-1"))


def spellings(rule: Rule, *paths: str) -> tuple[str, ...]:
    """Return paths that a rule answers alike: without strict slashes each with and without a slash at its end."""
    if rule.strict_slashes is not False:
        return paths
    both = (
        spelling for path in paths for spelling in (path, path.removesuffix("/") or "/", f"{path.removesuffix('/')}/")
    )
    return tuple(dict.fromkeys(both))


def built_path(found: Found) -> str | None:
    """The path that the application itself builds for these values, as ``PATH_INFO`` has it.

    ``/users/01`` has the values of ``/users/1``. None where the rule cannot build one.
    """
    try:
        built = found.rule.build(found.values, append_unknown=False)
    except Exception:  # noqa: BLE001 - `to_url` of a converter is anybody's code
        return None
    return None if built is None else unquote(built[1]).encode("utf-8", "replace").decode("latin-1")

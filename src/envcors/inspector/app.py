"""The WSGI application of the inspector: the page, its parts, and what it writes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, select_autoescape

from envcors.inspector.access import Access
from envcors.inspector.env_writer import WriteError
from envcors.inspector.view import Answer, Blocked, Page

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/_cors"

_LARGEST_BODY = 100_000
_ASSETS = {"inspector.css": "text/css; charset=utf-8", "inspector.js": "text/javascript; charset=utf-8"}
_logger = logging.getLogger("envcors")


class Subject(Protocol):
    """What an inspector inspects."""

    def page(self, *, path: str, origin: str) -> Page:
        """Return the page, with the routes that match filters."""

    def decisions(self) -> tuple[int, list[Blocked]]:
        """Return the last decisions, and a number that changes with them."""

    def explain(self, origin: str, method: str, path: str, headers: str) -> Answer:
        """Explain a request. Raises ValueError with a sentence for a person."""

    def compare(self, text: str) -> list[str]:
        """Return what a ``.env`` text allows or blocks compared with this. Raises ValueError."""

    def write(self, line: str, *, confirmed: bool = False) -> str:
        """Write a line into ``.env`` and return a sentence. Raises WriteError."""


class Inspector:
    """Answers ``/_cors`` and all below it; everything else goes to the application.

    Args:
        app: The application behind it; None for an inspector of its own.
        subject: What it inspects.
        has_route: Returns whether the application has a route of that name, which then stays.
    """

    def __init__(
        self, app: WSGIApplication | None, subject: Subject, has_route: Callable[[], bool] = lambda: False
    ) -> None:
        self.access = Access()
        self._app = app
        self._subject = subject
        self._has_route = has_route
        self._stands_aside: bool | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request (PEP 3333)."""
        path = environ.get("PATH_INFO", "")
        if path != PATH and not path.startswith(f"{PATH}/"):
            if self._app is not None:
                return self._app(environ, start_response)
            return _respond(
                start_response, "404 Not Found", "text/plain; charset=utf-8", "The inspector is at /_cors.\n"
            )
        if self._app is not None and self._is_taken():
            return self._app(environ, start_response)
        return self._answer(path.removeprefix(PATH).strip("/"), environ, start_response)

    def _is_taken(self) -> bool:
        if self._stands_aside is None:
            self._stands_aside = self._has_route()
            if self._stands_aside:
                _logger.warning("The application has a route at %s: it stays, and the inspector is not served.", PATH)
        return self._stands_aside

    def _answer(self, name: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = {key: values[-1] for key, values in parse_qs(environ.get("QUERY_STRING", "")[:5000]).items()}
        if name == "" and self.access.takes(query.get("token", "")):
            cookie = [("Location", PATH), ("Set-Cookie", self.access.cookie())]
            return _respond(start_response, "303 See Other", "text/plain", "", cookie)
        refusal = self.access.refusal(environ)
        if refusal:
            return _respond(start_response, "403 Forbidden", "text/plain; charset=utf-8", f"{refusal}\n")
        method = environ["REQUEST_METHOD"]
        if method == "POST" and name in ("write", "compare"):
            return self._post(name, environ, start_response)
        if method not in ("GET", "HEAD"):
            return _respond(start_response, "405 Method Not Allowed", "text/plain", "")
        if name in _ASSETS:
            return _respond(start_response, "200 OK", _ASSETS[name], _asset(name))
        if name == "decisions":
            version, decisions = self._subject.decisions()
            html = _templates().get_template("decisions.html").render(decisions=decisions)
            return _json(start_response, {"version": version, "html": html})
        if name == "explain":
            return self._explain(query, start_response)
        if name:
            return _respond(start_response, "404 Not Found", "text/plain", "There is no such page.\n")
        page = self._subject.page(path=query.get("path", ""), origin=query.get("origin", ""))
        html = (
            _templates()
            .get_template("page.html")
            .render(
                page=page,
                token=self.access.token,
                path=query.get("path", ""),
                origin=query.get("origin", ""),
                other=_other_host(environ.get("HTTP_HOST", "")),
            )
        )
        return _respond(start_response, "200 OK", "text/html; charset=utf-8", html, [_policy_of(environ)])

    def _explain(self, query: dict[str, str], start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = self._subject.explain(
                query.get("origin", ""), query.get("method", "GET"), query.get("path", "/"), query.get("headers", "")
            )
        except ValueError as error:
            return _json(start_response, {"error": str(error)})
        return _json(start_response, {"html": _templates().get_template("answer.html").render(answer=answer)})

    def _post(self, name: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            length = min(int(environ.get("CONTENT_LENGTH") or 0), _LARGEST_BODY)
            content = json.loads(environ["wsgi.input"].read(length))
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or not self.access.may_write(environ, str(content.get("token", ""))):
            reason = "This must come from the inspector's own page: load it again.\n"
            return _respond(start_response, "403 Forbidden", "text/plain; charset=utf-8", reason)
        try:
            if name == "compare":
                return _json(start_response, {"lines": self._subject.compare(str(content.get("text", "")))})
            return _json(
                start_response,
                {"said": self._subject.write(str(content.get("line", "")), confirmed=content.get("confirmed") is True)},
            )
        except (WriteError, ValueError) as error:
            return _json(start_response, {"error": str(error)})


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("envcors.inspector"), autoescape=select_autoescape(), trim_blocks=True)


@cache
def _asset(name: str) -> str:
    return files("envcors.inspector").joinpath("assets", name).read_text("utf-8")


def _other_host(host: str) -> str:
    """Return another name of this machine: to a browser it is another origin."""
    name, colon, port = host.partition(":")
    other = "127.0.0.1" if name == "localhost" else "localhost"
    return f"{other}{colon}{port}"


def _policy_of(environ: WSGIEnvironment) -> tuple[str, str]:
    other = f"{environ.get('wsgi.url_scheme', 'http')}://{_other_host(environ.get('HTTP_HOST', ''))}"
    value = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {other}; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return "Content-Security-Policy", value


def _json(start_response: StartResponse, value: object) -> Iterable[bytes]:
    return _respond(start_response, "200 OK", "application/json", json.dumps(value))


def _respond(
    start_response: StartResponse, status: str, kind: str, text: str, more: Iterable[tuple[str, str]] = ()
) -> Iterable[bytes]:
    body = text.encode("utf-8", "backslashreplace")
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        *more,
    ]
    start_response(status, headers)
    return [body]

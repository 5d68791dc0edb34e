"""The middleware: enforces policies in front of any WSGI application."""

# Without it, annotations of the functions that are made for each request would be evaluated for each request.
from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from io import BytesIO
from typing import TYPE_CHECKING

from envcors.protocol.decision import (
    Decision,
    actual_headers,
    decide,
    foreign_write,
    is_foreign_write,
    preflight_status,
)
from envcors.protocol.foreign_write import SAFE_METHODS, may_be_foreign
from envcors.protocol.headers import Header, Headers
from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    Explain = Callable[[Decision, WSGIEnvironment], str]
    Observe = Callable[[Decision, WSGIEnvironment, str, str], None]
    Route = Callable[[PolicyTable, WSGIEnvironment, str, str, bool], Policy | None]

logger = logging.getLogger("envcors")

DEBUGGER = "werkzeug.debug.preserve_context"
"""In `environ` where Werkzeug's debugger waits for exceptions."""

DEVELOPMENT_SERVER = "werkzeug.socket"
"""In ``environ`` where Werkzeug's development server calls: its answer to an exception has no header of the policy."""

WRITE = "envcors.write"
"""In ``environ`` where a request that may be a foreign write, and no preflight, is looked up in advance."""

ASKED_METHOD = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"
ASKED_HEADERS = "HTTP_ACCESS_CONTROL_REQUEST_HEADERS"

_SHOWN_CHARACTERS = 200
_PLAIN_TEXT = ("Content-Type", "text/plain; charset=utf-8")

# A response with no other headers than these needs no closer look.
_ORDINARY = frozenset(
    {
        "Cache-Control",
        "Content-Disposition",
        "Content-Length",
        "Content-Type",
        "Date",
        "ETag",
        "Last-Modified",
        "Location",
        "Set-Cookie",
        "content-length",
        "content-type",
    }
)

_NAMES_BY_LOWER_CASE = {
    name.lower(): name
    for name in (
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Private-Network",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
    )
}


def reason_alone(decision: Decision, environ: WSGIEnvironment) -> str:  # noqa: ARG001 - an Explain takes both
    """The answer to a preflight refused in development, where nothing more is known."""
    return f"CORS preflight refused: {decision.reason}\n"


def _ignore(decision: Decision, environ: WSGIEnvironment, method: str, path: str) -> None:
    """Observe nothing."""


def _is_no_test(environ: WSGIEnvironment) -> bool:  # noqa: ARG001 - a framework may know better
    return False


class CORSMiddleware:
    """Answers preflights itself, and adds the headers of the policy to every response of ``app``.

    Where no policy governs, requests and responses pass untouched. ``explain`` gives the text that answers a
    preflight refused in development; it must escape what it shows of the request.

    Attributes that others set:

    - ``policies``: the table in force. A request takes it once, as it comes in; one assignment changes it.
    - ``before_first_request``: called at each request until it sets itself to None; an exception refuses to serve.
    - ``refresh``: called when a request comes in, before the table is taken.
    - ``route``: finds the policy where a path alone does not tell it, as for a view with its own. It is called
      with the table, the environment, the method (of a preflight: the one it asks for), ``PATH_INFO`` as it came in,
      and whether this is a preflight: then before that is answered, else when the application answers.
    - ``mark``: a key of ``environ`` under which each request that is no preflight gets a new list, so that the
      application can tell that the request came this way, and what became of it.
    - ``observe``: called with decisions about cross-origin requests, each with the environment, the method that was
      decided about, and ``PATH_INFO`` as it came in. ``observed`` says which ones: 0 none, 1 those that allow nothing,
      2 all; while ``watchers`` is not empty, all.
    - ``note_foreign_write``: called with the decision, the environment and the protection, for each foreign write; by
      itself the first one is logged.
    - ``is_test``: whether a test client sends this request, which leaves the debugger's mark in ``environ`` too and
      expects exceptions.
    """

    def __init__(
        self,
        app: WSGIApplication,
        policies: PolicyTable | Policy,
        *,
        explain: Explain = reason_alone,
    ) -> None:
        self.app = app
        self.policies = policies if isinstance(policies, PolicyTable) else PolicyTable(policies)
        self.explain = explain
        self.before_first_request: Callable[[], None] | None = None
        self.refresh: Callable[[], None] | None = None
        self.route: Route | None = None
        self.mark: str | None = None
        self.observe: Observe = _ignore
        self.observed = 0
        self.watchers: Sized = ()
        self.note_foreign_write: Callable[[Decision, WSGIEnvironment, str], None] = self._note_first
        self.is_test: Callable[[WSGIEnvironment], bool] = _is_no_test
        self._logged: set[str] = set()

    def __call__(  # noqa: C901 - each request takes these steps, and a function for one would cost as much as it
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Handle one request (PEP 3333)."""
        if self.before_first_request is not None:
            self.before_first_request()
        if self.refresh is not None:
            self.refresh()
        policies = self.policies
        method = environ["REQUEST_METHOD"]
        origin = environ.get("HTTP_ORIGIN")
        if method == "OPTIONS" and origin is not None and ASKED_METHOD in environ:
            return self._run_preflight(policies, environ, start_response)
        if policies.protects and method not in SAFE_METHODS:
            decision = self.foreign_write(policies, environ)
            if decision is not None:
                status, described, body = self.answer(decision, environ)
                start_response(status, [*decision.headers, *described])
                return body
        if self.mark is not None:
            environ[self.mark] = []
        if self.route is not None:
            return self._run_routed(self.route, policies, environ, start_response)
        policy = policies.default if policies.governs_all else policies.for_path(environ.get("PATH_INFO", ""))
        if policy is None:
            if origin is not None and (self.observed or self.watchers):
                self.observe(decide(None, method, origin), environ, method, environ.get("PATH_INFO", ""))
            return self.app(environ, start_response)
        headers = policy.prepared.known.get(origin)
        if origin is not None and (self.observed > 1 or self.watchers or (headers is None and self.observed)):
            headers = self._observed(policy, method, origin, environ, environ.get("PATH_INFO", ""))
        elif headers is None:
            headers = actual_headers(policy, origin, environ)

        def start(
            status: str, app_headers: list[Header], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            for name, _ in app_headers:
                if name not in _ORDINARY:
                    app_headers = self.merged(app_headers, headers, environ)
                    break
            else:
                app_headers = [*app_headers, *headers]
            # Some servers take two arguments and no more, though PEP 3333 has three.
            return start_response(status, app_headers, exc_info) if exc_info else start_response(status, app_headers)

        if origin is not None and (DEBUGGER in environ or DEVELOPMENT_SERVER in environ) and not self.is_test(environ):
            decision = decide(policy, method, origin, None, None, environ)
            return self._run_debugged(environ, start_response, start, lambda: decision)
        return self.app(environ, start)

    def _run_routed(
        self,
        route: Route,
        policies: PolicyTable,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Run the application where its routing has a say: it is asked when the response starts."""
        method = environ["REQUEST_METHOD"]
        origin = environ.get("HTTP_ORIGIN")
        path = environ.get("PATH_INFO", "")  # kept, because an application that mounts others changes it

        def start(
            status: str, app_headers: list[Header], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            policy = route(policies, environ, method, path, False)
            if policy is not None:  # the same steps as above: a function for both would be one call more per request
                headers = policy.prepared.known.get(origin)
                if origin is not None and (self.observed > 1 or self.watchers or (headers is None and self.observed)):
                    headers = self._observed(policy, method, origin, environ, path)
                elif headers is None:
                    headers = actual_headers(policy, origin, environ)
                for name, _ in app_headers:
                    if name not in _ORDINARY:
                        app_headers = self.merged(app_headers, headers, environ)
                        break
                else:
                    app_headers = [*app_headers, *headers]
            elif origin is not None and (self.observed or self.watchers):
                self.observe(decide(None, method, origin), environ, method, path)
            return start_response(status, app_headers, exc_info) if exc_info else start_response(status, app_headers)

        if origin is not None and (DEBUGGER in environ or DEVELOPMENT_SERVER in environ) and not self.is_test(environ):

            def decide_now() -> Decision:
                return decide(route(policies, environ, method, path, False), method, origin, None, None, environ)

            return self._run_debugged(environ, start_response, start, decide_now)
        return self.app(environ, start)

    def _run_preflight(
        self,
        policies: PolicyTable,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        origin = environ["HTTP_ORIGIN"]
        method = environ[ASKED_METHOD]
        path = environ.get("PATH_INFO", "")
        if self.route is not None:
            policy = self.route(policies, environ, method, path, True)
        else:
            policy = policies.default if policies.governs_all else policies.for_path(path)
        decision = decide(policy, "OPTIONS", origin, method, environ.get(ASKED_HEADERS), environ)
        self.note(decision, environ, method, path)
        if policy is None:
            if self.mark is not None:
                environ[self.mark] = []
            return self.app(environ, start_response)
        status, described, body = self.answer(decision, environ)
        start_response(status, [*decision.headers, *described])
        return body

    def foreign_write(self, policies: PolicyTable, environ: WSGIEnvironment) -> Decision | None:
        """Return the decision about a foreign write that must not reach the application; None for all else.

        It is found before the application runs, by the method as the browser sent it. The body stays unread.
        """
        method = environ["REQUEST_METHOD"]
        if not may_be_foreign(method, environ):
            return None
        path = environ.get("PATH_INFO", "")
        if self.route is not None:
            unread = {**environ, WRITE: True, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}
            policy = self.route(policies, unread, method, path, True)
        else:
            policy = policies.default if policies.governs_all else policies.for_path(path)
        protection = policies.elsewhere if policy is None else policy.csrf_protection
        if protection == "off" or not is_foreign_write(policy, method, environ):
            return None
        decision = foreign_write(policy)
        self.note_foreign_write(decision, environ, protection)
        return decision if protection == "enforce" else None

    def _observed(self, policy: Policy, method: str, origin: str, environ: WSGIEnvironment, path: str) -> Headers:
        """Decide, and tell the observer. A first decision about a listed origin is remembered."""
        if origin in policy.prepared.exact:
            actual_headers(policy, origin, environ)
        decision = decide(policy, method, origin, None, None, environ)
        self.note(decision, environ, method, path)
        return decision.headers

    def note(self, decision: Decision, environ: WSGIEnvironment, method: str, path: str) -> None:
        """Tell the observer of a decision, if it wants to know."""
        if self.observed > 1 or self.watchers or (self.observed and not decision.allowed):
            self.observe(decision, environ, method, path)

    def answer(self, decision: Decision, environ: WSGIEnvironment) -> tuple[str, list[Header], list[bytes]]:
        """The answer to a preflight or a foreign write: its status, the headers that describe its body, and this."""
        if decision.reason == "foreign-write":
            body = self._explained(decision, environ) if self._is_development(decision) else b""
            described = [_PLAIN_TEXT] if body else []
            return "403 Forbidden", [*described, ("Content-Length", str(len(body)))], [body] if body else []
        status = 204 if decision.allowed else preflight_status(decision)
        if status == 204:
            return "204 No Content", [], []
        if status == 403:
            return "403 Forbidden", [("Content-Length", "0")], []
        body = self._explained(decision, environ)
        return "200 OK", [_PLAIN_TEXT, ("Content-Length", str(len(body)))], [body]

    def _note_first(self, _decision: Decision, environ: Mapping[str, object], protection: str) -> None:
        if "foreign-write" not in self._logged:
            self._logged.add("foreign-write")
            path = str(environ.get("PATH_INFO", ""))[:_SHOWN_CHARACTERS]
            logger.warning("foreign-write: %a (%s). No further one is logged.", path, protection)

    def _explained(self, decision: Decision, environ: WSGIEnvironment) -> bytes:
        return self.explain(decision, environ).encode("utf-8", "backslashreplace")

    def _is_development(self, decision: Decision) -> bool:
        policy = decision.policy or self.policies.default
        return policy is not None and policy.development

    def _run_debugged(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        start: StartResponse,
        decision_of: Callable[[], Decision],
    ) -> Iterator[bytes]:
        """Answer an exception with a 500 that an allowed page may read; ``wsgi.errors`` gets its traceback.

        Under the debugger the answer shows the traceback: the debugger's own page has no CORS headers, and holds the
        secret that lets its reader run code here. The development server's own answer shows nothing, and so does this.
        """
        chunks: Iterable[bytes] = ()
        has_started = has_sent = False

        def noting_start(
            status: str, app_headers: list[Header], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            nonlocal has_started
            has_started = True
            return start(status, app_headers, exc_info)

        try:
            chunks = self.app(environ, noting_start)
            for chunk in chunks:
                yield chunk
                has_sent = has_sent or bool(chunk)
        except Exception:
            decision = decision_of()
            if has_sent or not decision.allowed:
                raise
            body = traceback.format_exc().encode("utf-8", "backslashreplace")
            environ["wsgi.errors"].write(body.decode())
            if DEBUGGER not in environ:
                body = b"Internal Server Error\n"
            headers = [_PLAIN_TEXT, ("Content-Length", str(len(body))), *decision.headers]
            # Only a response that has been started may be replaced (PEP 3333, "The start_response() Callable").
            start_response("500 Internal Server Error", headers, *((sys.exc_info(),) if has_started else ()))
            yield body
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def merged(self, app_headers: list[Header], headers: Headers, environ: WSGIEnvironment) -> list[Header]:
        """The application's headers and ours: `Access-Control-*` are ours alone, `Vary` belongs to both."""
        if _ORDINARY.issuperset([name for name, _ in app_headers]):
            return [*app_headers, *headers]
        merged: list[Header] = []
        last_vary = None
        varies_by: set[str] = set()
        for name, value in app_headers:
            lower = name.lower()
            if lower.startswith("access-control-"):
                self._log_removed(lower, environ)
                continue
            if lower == "vary":
                last_vary = len(merged)
                varies_by.update(element.strip(" \t").lower() for element in value.split(","))
            merged.append((name, value))
        for name, value in headers:
            if name != "Vary" or last_vary is None:
                merged.append((name, value))
            elif value.lower() not in varies_by and "*" not in varies_by:
                vary, existing = merged[last_vary]
                merged[last_vary] = (vary, f"{existing}, {value}" if existing.strip(" \t") else value)
        return merged

    def _log_removed(self, lower: str, environ: WSGIEnvironment) -> None:
        """Tells once about each name with a meaning; others could be made from requests, without end."""
        name = _NAMES_BY_LOWER_CASE.get(lower, "Access-Control-*")
        if name not in self._logged:
            self._logged.add(name)
            logger.warning(
                "Removed %s, which the application set itself in its answer to %a: the CORS policy alone sets it.",
                name,
                environ.get("PATH_INFO", "")[:_SHOWN_CHARACTERS],
            )

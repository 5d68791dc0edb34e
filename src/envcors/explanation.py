"""A decision in words: what a browser does with it, why, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from envcors.problems import decapitalised, printable
from envcors.protocol import names
from envcors.protocol.decision import (
    MAX_REQUEST_HEADERS,
    MAX_REQUEST_HEADERS_LENGTH,
    Decision,
    decide,
    preflight_status,
)
from envcors.protocol.origins import Origin, OriginError
from envcors.protocol.policy import Policy
from envcors.rules.origins import production_rules
from envcors.rules.scope import Scope
from envcors.settings.located import LONGEST_LINE

SOME_ORIGIN = "https://app.example.com"

_OPTIONS = {
    "origin-malformed": "origins",
    "origin-null": "origins",
    "origin-not-allowed": "origins",
    "origin-denied": "deny_origins",
    "method-not-allowed": "methods",
    "header-not-allowed": "allow_headers",
    "no-policy": "resources",
    "foreign-write": "csrf_protection",
}
"""For each reason the option that would change it."""


def option_of_reason(reason: str) -> str | None:
    """Return the option that would change a decision; None where it is allowed."""
    return _OPTIONS.get(reason)


@dataclass(frozen=True, slots=True)
class BrowserError:
    """What browsers call an error.

    Attributes:
        chromium: Chromium's ``CorsError``.
        firefox: The page of Firefox's documentation.
        webkit: What the console of WebKit (Safari) says.
    """

    chromium: str
    firefox: str
    webkit: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request is decided as it is. ``option``, ``fix`` and ``browser_error`` are None if it is allowed."""

    sentence: str
    option: str | None
    fix: str | None
    browser_error: BrowserError | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for. ``request_headers`` is the list as the browser sends it."""

    method: str
    origin: str | None
    request_method: str | None = None
    request_headers: str | None = None

    @classmethod
    def of(cls, environ: Mapping[str, object]) -> Asked:
        """Return what the request of a WSGI environment asks for."""

        def header(name: str) -> str | None:
            value = environ.get(name)
            return value if isinstance(value, str) else None

        return cls(
            str(environ.get("REQUEST_METHOD", "")),
            header("HTTP_ORIGIN"),
            header("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
            header("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"),
        )


def explain(
    decision: Decision,
    asked: Asked,
    scope: Scope | None = None,
    prefix: str = "CORS_",
    environ: Mapping[str, object] | None = None,
) -> Explanation:
    """Explain a decision.

    Args:
        decision: The decision.
        asked: What the request asks for.
        scope: The options of the policy that decided, each with where it is set; None where no policy governs.
        prefix: What the names of the variables begin with.
        environ: The request's WSGI environment, which functions among the origins get.
    """
    if decision.allowed or decision.reason in ("allowed", "not-cors"):
        return Explanation(_SENTENCES[decision.reason], None, None, None)
    return Explanation(
        _sentence(decision, asked),
        _OPTIONS[decision.reason],
        _fix(decision, asked, scope, prefix, environ or {}),
        browser_error(decision, asked),
    )


def browser_error(decision: Decision, asked: Asked) -> BrowserError | None:
    """Return the error of a browser that gets the headers of this decision; None if there is no error."""
    if decision.allowed or decision.reason == "not-cors":
        return None
    forbidden = f"Origin {_quoted(asked.origin)} is not allowed by Access-Control-Allow-Origin."
    if decision.kind != "preflight":
        status = " Status code: 403" if decision.reason == "foreign-write" else ""
        return BrowserError("MissingAllowOriginHeader", "CORSMissingAllowOrigin", forbidden + status)
    if decision.reason == "method-not-allowed":
        said = f"Method {_quoted(asked.request_method)} is not allowed by Access-Control-Allow-Methods."
        return BrowserError("MethodDisallowedByPreflightResponse", "CORSMethodNotFound", said)
    if decision.reason == "header-not-allowed":
        refused = refused_headers(decision.policy, asked)
        said = f"Request header field {_quoted((refused or ['x'])[0])} is not allowed by Access-Control-Allow-Headers."
        return BrowserError("HeaderDisallowedByPreflightResponse", "CORSMissingAllowHeaderFromPreflight", said)
    status_code = preflight_status(decision)  # WebKit looks at it before it looks at the headers
    said = (
        forbidden if 200 <= status_code < 300 else f"Preflight response is not successful. Status code: {status_code}"
    )
    return BrowserError("PreflightMissingAllowOriginHeader", "CORSMissingAllowOrigin", said)


_SENTENCES = {
    "allowed": "The policy allows it.",
    "not-cors": "The request has no Origin, so it is not a cross-origin request of a page.",
    "no-policy": "No policy governs this path, so the response has no CORS headers.",
    "origin-malformed": "Browsers do not send such an origin.",
    "origin-null": "Sandboxed frames, local files and some redirects send the origin null; no list can allow it.",
    "origin-not-allowed": "No pattern in the list of origins matches this origin.",
    "origin-denied": "The list of denied origins contains this origin, and takes precedence.",
    "method-not-allowed": "The list of methods does not contain this method.",
    "header-not-allowed": "The list of request headers does not contain this.",
    "foreign-write": "A page of another origin may not change anything unless a pattern in the list of origins "
    "matches it; * allows reading only.",
}


def _sentence(decision: Decision, asked: Asked) -> str:
    sentence = _SENTENCES[decision.reason]
    match decision.reason:
        case "method-not-allowed":
            return f"{_quoted(asked.request_method)}: {decapitalised(sentence)}"
        case "header-not-allowed":
            refused = refused_headers(decision.policy, asked)
            if not refused:
                return "The request asks for more request headers than are checked."
            return f"{_quoted(', '.join(refused))}: {decapitalised(sentence)}"
        case "no-policy" | "origin-null":
            return sentence
        case "foreign-write" if asked.origin is None:
            return sentence
    return f"{_quoted(asked.origin)}: {decapitalised(sentence)}"


def _fix(decision: Decision, asked: Asked, scope: Scope | None, prefix: str, environ: Mapping[str, object]) -> str:
    if decision.reason == "foreign-write":
        return "\n".join(_foreign_write_fixes(decision, asked, scope, prefix))
    if scope is None or decision.policy is None:
        return f"give the path a policy in {prefix}RESOURCES"
    match decision.reason:
        case "origin-denied":
            setting = scope.located("deny_origins").setting
            return f"remove the pattern that matches {_quoted(asked.origin)} from {setting}"
        case "origin-malformed" | "origin-null":
            return f"serve the page from an http(s) origin, and add that origin to {scope.located('origins').setting}"
    return "\n".join(step_fixes(decision.policy, asked, scope, environ))


def _foreign_write_fixes(decision: Decision, asked: Asked, scope: Scope | None, prefix: str) -> Iterator[str]:
    """Yield what would let a foreign write through: its origin, its path, or the host that the page really has."""
    if scope is not None and decision.policy is not None and asked.origin is not None and _is_origin(asked.origin):
        yield _origin_fix(decision.policy, asked.origin, scope)
    setting = f"{prefix}CSRF_PROTECTION" if scope is None else scope.located("csrf_protection").setting
    yield f"or, for a path that other sites post to, a resource whose csrf_protection is off ({setting})"
    yield "or, if this is your own page behind a proxy: let the proxy send the Host of the browser on"


def _is_origin(text: str) -> bool:
    try:
        Origin.parse(text)
    except OriginError:
        return False
    return True


def step_fixes(
    policy: Policy, asked: Asked, scope: Scope, environ: Mapping[str, object], *, credentials: bool = False
) -> list[str]:
    """Return what would change each failing step of a request, one line for each option: its whole new value.

    Args:
        policy: The policy that decided.
        asked: What the request asks for.
        scope: The policy's options.
        environ: The request's WSGI environment.
        credentials: Whether the script sends credentials.
    """
    fixes: list[str] = []
    if asked.origin is not None and not decide(policy, "GET", asked.origin, None, None, environ).allowed:
        fixes.append(_origin_fix(policy, asked.origin, scope))
    if credentials and not policy.supports_credentials:
        fixes.append(scope.located("supports_credentials").line(True))
        if policy.allows_any_origin:
            fixes.append(f"and a list of origins instead of * in {scope.located('origins').setting}")
    if asked.request_method is not None and not _allows_method(policy, asked.request_method):
        fixes.append(_method_fix(asked.request_method, scope))
    refused = refused_headers(policy, asked)
    if refused:
        fixes.append(_with(scope, "allow_headers", *map(_header_case, refused)))
    elif asked.request_headers and not _allows_headers(policy, asked.request_headers):
        fixes.append(f"send at most {MAX_REQUEST_HEADERS} headers of {MAX_REQUEST_HEADERS_LENGTH} characters in all")
    return fixes


def _origin_fix(policy: Policy, origin: str, scope: Scope) -> str:
    violated = () if policy.development else production_rules(Origin.parse(origin))
    if not violated:
        line = _with(scope, "origins", origin)
        return f"{line}\nor add it to the store: envcors origins add {_quoted(origin)}" if policy.members else line
    mode = f"{scope.prefix}ENV=development, on your own machine or in CI"
    return f"{mode}: a production policy refuses {_quoted(origin)} ({', '.join(violated)})"


def _method_fix(method: str, scope: Scope) -> str:
    if not names.is_token(method) or names.is_forbidden_method(method):
        return "use another method: no browser sends this one"
    if method != method.upper() and method.upper() in names.REGISTERED_METHODS:
        return f"write the method in upper case in the script: {_quoted(method.upper())}"
    return _with(scope, "methods", method)


def _with(scope: Scope, option: str, *items: str) -> str:
    """Return the line that gives an option its value with ``items`` added."""
    located = scope.located(option)
    value: tuple[object, ...] = getattr(scope.options, option)
    line = located.line((*value, *items))
    if located.secret or any(callable(item) for item in value) or len(line) > LONGEST_LINE or not line.isprintable():
        return f"add {_quoted(','.join(items))} to {located.setting}"
    return line


_WELL_KNOWN = {name.lower(): name for name in ("Authorization", "Content-Type", "If-Match", "If-None-Match", "Range")}


def _header_case(name: str) -> str:
    """Return a header name as people write it; browsers ask in lower case, and case means nothing."""
    return _WELL_KNOWN.get(name.lower(), name)


def _allows_method(policy: Policy, method: str) -> bool:
    return decide(for_any_origin(policy), "OPTIONS", SOME_ORIGIN, method).allowed


def _allows_headers(policy: Policy, request_headers: str) -> bool:
    return decide(for_any_origin(policy), "OPTIONS", SOME_ORIGIN, "GET", request_headers).allowed


def for_any_origin(policy: Policy) -> Policy:
    """Return the same lists for any origin: for an origin that is not allowed the server does not check the rest."""
    return Policy(origins=["*"], methods=policy.methods, allow_headers=policy.allow_headers)


def refused_headers(policy: Policy | None, asked: Asked) -> list[str]:
    """Return the requested header names that the policy does not allow, spelled as requested, at most ten."""
    asked_names = (name.strip(" \t") for name in (asked.request_headers or "").split(",")[:MAX_REQUEST_HEADERS])
    listed = {name.lower() for name in policy.allow_headers} if policy is not None else set()
    refused = [name for name in asked_names if name and name.lower() not in listed]
    if policy is not None and policy.allows_any_header:  # which covers all but this name, and names alone
        refused = [name for name in refused if name.lower() == "authorization" or not names.is_token(name)]
    return refused[:10]


def _quoted(text: str | None) -> str:
    return printable(text or "", 200)


def refusal_text(decision: Decision, environ: Mapping[str, object], scope: Scope) -> str:
    """Return the body of the response to a preflight that is denied in development: the reason and the fix.

    Args:
        decision: The decision about the preflight.
        environ: Its WSGI environment.
        scope: The options of the policy that decided.
    """
    explanation = explain(decision, Asked.of(environ), scope, scope.prefix, environ)
    request = "request" if decision.reason == "foreign-write" else "preflight"
    lines = [f"envcors denied this {request}: {decision.reason}", explanation.sentence]
    if explanation.fix is not None:
        lines.append("Fix: " + explanation.fix.replace("\n", "\n     "))
    return "\n".join(lines) + "\n"

"""A decision in words: what a browser does with it, why, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from envcors.problems import decapitalised, printable
from envcors.protocol import names
from envcors.protocol.decision import MAX_REQUEST_HEADERS, MAX_REQUEST_HEADERS_LENGTH, Decision
from envcors.rules.scope import Scope

_OPTIONS = {
    "origin-malformed": "origins",
    "origin-null": "origins",
    "origin-not-allowed": "origins",
    "origin-denied": "deny_origins",
    "method-not-allowed": "methods",
    "header-not-allowed": "allow_headers",
    "no-policy": "resources",
}
"""For each reason the option that would change it."""


@dataclass(frozen=True, slots=True)
class BrowserError:
    """The name of an error: Chromium's ``CorsError``, and the page of Firefox's documentation about it."""

    chromium: str
    firefox: str


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
    decision: Decision, asked: Asked, prefix: str = "CORS_", setting: Callable[[str], str] | None = None
) -> Explanation:
    """Explain a decision.

    Args:
        decision: The decision.
        asked: What the request asks for.
        prefix: What the names of the variables begin with.
        setting: Returns what a person edits to change an option, where that is not the option's variable: an option in
            a resource or in code.
    """
    if decision.allowed or decision.reason in ("allowed", "not-cors"):
        return Explanation(_SENTENCES[decision.reason], None, None, None)
    option = _OPTIONS[decision.reason]
    return Explanation(
        _sentence(decision, asked),
        option,
        _fix(decision, asked, setting(option) if setting else prefix + option.upper()),
        browser_error(decision),
    )


def browser_error(decision: Decision) -> BrowserError | None:
    """Return the error of a browser that gets the headers of this decision; None if there is no error."""
    if decision.allowed or decision.reason == "not-cors":
        return None
    if decision.kind != "preflight":
        return BrowserError("MissingAllowOriginHeader", "CORSMissingAllowOrigin")
    if decision.reason in _PREFLIGHT_ERRORS:
        return _PREFLIGHT_ERRORS[decision.reason]
    return BrowserError("PreflightMissingAllowOriginHeader", "CORSMissingAllowOrigin")


_PREFLIGHT_ERRORS = {
    "method-not-allowed": BrowserError("MethodDisallowedByPreflightResponse", "CORSMethodNotFound"),
    "header-not-allowed": BrowserError("HeaderDisallowedByPreflightResponse", "CORSMissingAllowHeaderFromPreflight"),
}

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
}


def _sentence(decision: Decision, asked: Asked) -> str:
    sentence = _SENTENCES[decision.reason]
    match decision.reason:
        case "method-not-allowed":
            return f"{_quoted(asked.request_method)}: {decapitalised(sentence)}"
        case "header-not-allowed":
            refused = refused_headers(decision, asked)
            if not refused:
                return "The request asks for more request headers than are checked."
            return f"{_quoted(', '.join(refused))}: {decapitalised(sentence)}"
        case "no-policy" | "origin-null":
            return sentence
    return f"{_quoted(asked.origin)}: {decapitalised(sentence)}"


def _fix(decision: Decision, asked: Asked, setting: str) -> str:
    match decision.reason:
        case "origin-not-allowed":
            return f"add {_quoted(asked.origin)} to {setting}"
        case "origin-denied":
            return f"remove the pattern that matches {_quoted(asked.origin)} from {setting}"
        case "method-not-allowed":
            method = asked.request_method or ""
            if not names.is_token(method) or names.is_forbidden_method(method):
                return "use another method: no browser sends this one"
            if method != method.upper() and method.upper() in names.REGISTERED_METHODS:
                return f"write the method in upper case in the script: {_quoted(method.upper())}"
            return f"add {_quoted(method)} to {setting}"
        case "header-not-allowed":
            refused = refused_headers(decision, asked)
            if not refused:
                return f"send at most {MAX_REQUEST_HEADERS} headers of {MAX_REQUEST_HEADERS_LENGTH} characters in all"
            return f"add {_quoted(','.join(refused))} to {setting}"
        case "no-policy":
            return f"give the path a policy in {setting}"
    return f"serve the page from an http(s) origin, and add that origin to {setting}"


def refused_headers(decision: Decision, asked: Asked) -> list[str]:
    """Return the requested header names that the policy does not allow, spelled as requested, at most ten."""
    policy = decision.policy
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
    explanation = explain(decision, Asked.of(environ), setting=lambda option: scope.located(option).setting)
    lines = [f"envcors denied this preflight: {decision.reason}", explanation.sentence]
    if explanation.fix is not None:
        lines.append(f"Fix: {explanation.fix}")
    return "\n".join(lines) + "\n"

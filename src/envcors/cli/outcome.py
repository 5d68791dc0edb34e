"""The outcome of a browser's request: what the server decides, and what the browser makes of its responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from envcors.cli.browser_request import BrowserRequest
from envcors.cli.governing_policy import GoverningPolicy
from envcors.explanation import Asked, BrowserError, browser_error, explain, step_fixes
from envcors.problems import printable
from envcors.protocol.decision import Decision, Reason, decide, foreign_write, is_foreign_write, preflight_status
from envcors.protocol.headers import ALLOW_CREDENTIALS, ALLOW_ORIGIN
from envcors.repair import Kind, repair_items

CREDENTIALS: Final = "credentials-not-allowed"
"""The browser's own reason. The server has none for it: it does not know whether a script asked for credentials."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to a request.

    Attributes:
        allowed: Whether the page may read the response.
        reason: Why, for programs.
        sentence: Why, for people.
        fix: What would change it; None where the request is allowed.
        browser_error: How browsers name the error; None where the request is allowed.
        preflight: The decision about the preflight; None where the browser sends none.
        last: The decision at which the browser stops, or which allows the page to read the response.
    """

    allowed: bool
    reason: Reason | Literal["credentials-not-allowed"]
    sentence: str
    fix: str | None
    browser_error: BrowserError | None
    preflight: Decision | None
    last: Decision

    @property
    def status(self) -> int | None:
        """The status of the response to the preflight; None where the browser sends none."""
        return None if self.preflight is None else preflight_status(self.preflight)


def outcome_of(request: BrowserRequest, governing: GoverningPolicy) -> Outcome:
    """Decide as the server does, and check the responses as a browser does (Fetch §4.8, §4.9)."""
    policy = governing.policy
    preflight = None
    if request.needs_preflight:
        preflight = decide(policy, "OPTIONS", request.origin, request.method, request.request_headers, {})
        if not _passes(preflight, request):
            asked = Asked("OPTIONS", request.origin, request.method, request.request_headers)
            return _blocked(preflight, request, asked, governing, preflight)
    actual = decide(policy, request.method, request.origin, None, None, {})
    sent = {"HTTP_ORIGIN": request.origin}
    if policy is None and governing.elsewhere == "enforce" and is_foreign_write(None, request.method, sent):
        actual = foreign_write(None)
    if not _passes(actual, request):
        return _blocked(preflight, request, Asked(request.method, request.origin), governing, actual)
    return Outcome(True, "allowed", "The policy allows it.", None, None, preflight, actual)


def _passes(decision: Decision, request: BrowserRequest) -> bool:
    return decision.allowed and not _lacks_credentials(decision, request)


def _lacks_credentials(decision: Decision, request: BrowserRequest) -> bool:
    """Return whether the origin is allowed and its credentials are not: the browser's first check fails."""
    names = dict(decision.headers)
    return request.credentials and ALLOW_ORIGIN in names and ALLOW_CREDENTIALS not in decision.headers


def _blocked(
    preflight: Decision | None, request: BrowserRequest, asked: Asked, governing: GoverningPolicy, decision: Decision
) -> Outcome:
    fix: str | None
    every_step = Asked(request.method, request.origin, *_preflight_of(request))
    if _lacks_credentials(decision, request):
        sentence = "The script sends credentials, and the policy does not support them."
        fix = _all_fixes(governing, every_step, credentials=True)
        return Outcome(False, CREDENTIALS, sentence, fix, _credentials_error(decision), preflight, decision)
    explanation = explain(decision, asked, governing.scope, governing.prefix)
    sentence, fix = explanation.sentence, explanation.fix
    if decision.reason in ("origin-not-allowed", "method-not-allowed", "header-not-allowed"):
        fix = _all_fixes(governing, every_step, credentials=request.credentials)
    if decision.reason == "origin-malformed":
        fix = _spelling_fix(request.origin) or fix
    elif governing.route_methods:
        taken = ", ".join(governing.route_methods)
        sentence = f"No route takes {request.method} at this path, only {taken}. {sentence}"
        fix = f"use a method that a route takes ({taken}), or add a view for {request.method}"
    error = browser_error(decision, asked)
    return Outcome(False, decision.reason, sentence, fix, error, preflight, decision)


def _spelling_fix(origin: str) -> str | None:
    """Return what to use in place of an origin that no browser spells like this."""
    if "*" in origin:
        return "use one origin, such as https://app.example.com: a pattern belongs in a policy, not in a request"
    spelled = repair_items([origin], Kind.ORIGINS).value
    if not isinstance(spelled, tuple) or not spelled:
        return None
    return f"a browser sends {printable(spelled[0], 200)}: use that"


def _preflight_of(request: BrowserRequest) -> tuple[str | None, str | None]:
    """Return the method and the header names that the preflight asks for; nothing where the browser sends none."""
    return (request.method, request.request_headers) if request.needs_preflight else (None, None)


def _all_fixes(governing: GoverningPolicy, asked: Asked, *, credentials: bool) -> str | None:
    """Return what would change every failing step, so that one change makes the request work."""
    if governing.policy is None or governing.scope is None:
        return None
    return "\n".join(step_fixes(governing.policy, asked, governing.scope, {}, credentials=credentials))


def _credentials_error(decision: Decision) -> BrowserError:
    """Return the error: browsers distinguish a literal * from a missing permission."""
    prefix = "Preflight" if decision.kind == "preflight" else ""
    if dict(decision.headers)[ALLOW_ORIGIN] == "*":
        said = "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true."
        return BrowserError(f"{prefix}WildcardOriginNotAllowed", "CORSNotSupportingCredentials", said)
    said = 'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".'
    return BrowserError(f"{prefix}InvalidAllowCredentials", "CORSMissingAllowCredentials", said)

"""What a browser does with a request: the decisions that the server makes about it, and what the browser says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from envcors.cli.governing import Governing
from envcors.cli.request import BrowserRequest
from envcors.explanation import Asked, BrowserError, browser_error, explain
from envcors.problems import printable
from envcors.protocol.decision import Decision, Reason, decide, preflight_status
from envcors.repair import Kind, repair_items

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
CREDENTIALS: Final = "credentials-not-allowed"
"""The browser's own reason, for which the server's decision has none: it does not know what a script asked for."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of a request. ``preflight`` is the decision about it, where the browser sends one.

    ``last`` is the decision at which the browser stops, or which lets the page read the answer. ``fix`` and
    ``browser_error`` are None where nothing is blocked.
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
        """The status of the preflight's answer; None where the application answers."""
        return None if self.preflight is None else preflight_status(self.preflight)


def forecast(request: BrowserRequest, governing: Governing) -> Forecast:
    """Decide as the server does, and check the answers as a browser does (Fetch §4.8, §4.9)."""
    policy = governing.policy
    preflight = None
    if request.needs_preflight:
        preflight = decide(policy, "OPTIONS", request.origin, request.method, request.asked_headers, {})
        if not _passes(preflight, request):
            asked = Asked("OPTIONS", request.origin, request.method, request.asked_headers)
            return _blocked(preflight, request, asked, governing, preflight)
    actual = decide(policy, request.method, request.origin, None, None, {})
    if not _passes(actual, request):
        return _blocked(preflight, request, Asked(request.method, request.origin), governing, actual)
    return Forecast(True, "allowed", "The policy allows it.", None, None, preflight, actual)


def _passes(decision: Decision, request: BrowserRequest) -> bool:
    return decision.allowed and not _lacks_credentials(decision, request)


def _lacks_credentials(decision: Decision, request: BrowserRequest) -> bool:
    """Whether the origin is let in and its credentials are not: the browser's first check fails for them."""
    headers = dict(decision.headers)
    return request.credentials and ALLOW_ORIGIN in headers and ALLOW_CREDENTIALS not in headers


def _blocked(
    preflight: Decision | None, request: BrowserRequest, asked: Asked, governing: Governing, decision: Decision
) -> Forecast:
    fix: str | None
    if _lacks_credentials(decision, request):
        sentence = "The script sends credentials, and the policy takes none from other origins."
        fix = _credentials_fix(governing)
        return Forecast(False, CREDENTIALS, sentence, fix, _credentials_error(decision), preflight, decision)
    explanation = explain(decision, asked, governing.prefix, governing.place_of)
    sentence, fix = explanation.sentence, explanation.fix
    if decision.reason == "origin-malformed":
        fix = _spelling_fix(request.origin) or fix
    elif governing.other_methods:
        taken = ", ".join(governing.other_methods)
        sentence = f"No route takes {request.method} at this path, only {taken}. {sentence}"
        fix = f"ask with a method that a route takes ({taken}), or give a view {request.method}"
    error = browser_error(decision)
    return Forecast(False, decision.reason, sentence, fix, error, preflight, decision)


def _spelling_fix(origin: str) -> str | None:
    """What to ask with in place of an origin that no browser spells so."""
    if "*" in origin:
        return "ask with one origin, such as https://app.example.com: a pattern stands in a policy, not in a request"
    spelled = repair_items([origin], Kind.ORIGINS).value
    return (
        f"a browser sends {printable(spelled[0], 200)}; ask with that"
        if isinstance(spelled, tuple) and spelled
        else None
    )


def _credentials_fix(governing: Governing) -> str:
    place = governing.place_of("supports_credentials")
    fix = f"{place}=true" if place.isidentifier() else f"true for {place}"
    if governing.policy is not None and governing.policy.allows_any_origin:
        return f"{fix}, and the origins by name in place of * in {governing.place_of('origins')}"
    return fix


def _credentials_error(decision: Decision) -> BrowserError:
    """Browsers tell a literal * from a missing permission."""
    prefix = "Preflight" if decision.kind == "preflight" else ""
    if dict(decision.headers)[ALLOW_ORIGIN] == "*":
        return BrowserError(f"{prefix}WildcardOriginNotAllowed", "CORSNotSupportingCredentials")
    return BrowserError(f"{prefix}InvalidAllowCredentials", "CORSMissingAllowCredentials")

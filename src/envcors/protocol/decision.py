"""The one place that decides what a request gets: `decide()`."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from envcors.protocol.grammar import is_ordinary_origin, read_pattern
from envcors.protocol.names import is_forbidden_method, is_token
from envcors.protocol.origins import Origin
from envcors.protocol.policy import ANY, VARY_BY_ORIGIN, VARY_BY_PREFLIGHT, Headers, Policy, allow_header_names

Kind = Literal["not-cors", "actual", "preflight"]
Reason = Literal[
    "allowed",
    "not-cors",
    "no-policy",
    "origin-malformed",
    "origin-null",
    "origin-not-allowed",
    "origin-denied",
    "method-not-allowed",
    "header-not-allowed",
]

MAX_METHOD_LENGTH = 64
"""Characters. Where every method is allowed, a longer one still is not."""
MAX_REQUEST_HEADERS_LENGTH = 8_192
"""Characters of `Access-Control-Request-Headers`. Nothing is allowed in a longer one."""
MAX_REQUEST_HEADERS = 256
"""Elements of `Access-Control-Request-Headers`, also empty ones. Nothing is allowed in more of them."""

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_ALLOW_ANY_ORIGIN: Headers = ((_ALLOW_ORIGIN, ANY),)
_VARY_BY_ORIGIN: Headers = (VARY_BY_ORIGIN,)
_VARY_BY_PREFLIGHT: Headers = (VARY_BY_PREFLIGHT,)


class Decision(NamedTuple):
    """What a request gets, and why."""

    kind: Kind
    allowed: bool
    """Whether another origin was allowed something: not where none asked, or nothing governs."""
    reason: Reason
    headers: Headers
    """Exactly what is to be sent. `Vary` is to be merged with what the application sends."""
    policy: Policy | None


def decide(  # noqa: PLR0917 - in the order in which a request says them; this is the hot path
    policy: Policy | None,
    method: str,
    origin: str | None,
    request_method: str | None = None,
    request_headers: str | None = None,
    environ: Mapping[str, object] | None = None,
) -> Decision:
    """Decides about a request under the policy that governs it, or under none.

    `method` is the request's, `origin` its `Origin`, `request_method` and `request_headers` its
    `Access-Control-Request-Method` and `-Headers`: `None` where the request has no such header. `environ` is
    shown to `Policy.admit`, which alone can raise. The work is linear in the headers' length (Fetch §3.3).
    """
    if request_method is not None and origin is not None and method == "OPTIONS":
        return _decide_preflight(policy, origin, request_method, request_headers, environ)
    if policy is None:
        return _NOT_CORS if origin is None else _NO_POLICY
    known = policy.decided.get(origin)
    if known is not None:
        return known
    if origin is None:
        headers = _ALLOW_ANY_ORIGIN + policy.actual_headers if policy.is_same_for_every_origin else _VARY_BY_ORIGIN
        return _remember(Decision("not-cors", False, "not-cors", headers, policy), policy, origin)
    if policy.is_same_for_every_origin:
        return policy.decided.get(ANY) or _remember(
            Decision("actual", True, "allowed", _ALLOW_ANY_ORIGIN + policy.actual_headers, policy), policy, ANY
        )
    if origin in policy.allowed_as_it_stands:
        headers = ((_ALLOW_ORIGIN, origin), *policy.actual_headers)
        return _remember(Decision("actual", True, "allowed", headers, policy), policy, origin)
    if policy.allows_only_as_it_stands and is_ordinary_origin(origin):
        return _new(Decision, ("actual", False, "origin-not-allowed", _VARY_BY_ORIGIN, policy))
    reason = _judge_origin(policy, origin, environ)
    headers = _VARY_BY_ORIGIN if reason != "allowed" else ((_ALLOW_ORIGIN, origin), *policy.actual_headers)
    return _new(Decision, ("actual", reason == "allowed", reason, headers, policy))


def preflight_status(decision: Decision) -> int:
    """The status of the answer to a preflight: 204, or for a refused one 403, and 200 in development.

    A browser that sees 403 says no more than that; under 200 it names the header that is missing.
    """
    if decision.allowed:
        return 204
    return 200 if decision.policy is not None and decision.policy.development else 403


def _remember(decision: Decision, policy: Policy, origin: str | None) -> Decision:
    """Keeps what was decided for an origin that the policy lists, or for none: no stranger adds to their number."""
    policy.decided[origin] = decision
    return decision


def _decide_preflight(
    policy: Policy | None,
    origin: str,
    method: str,
    names: str | None,
    environ: Mapping[str, object] | None,
) -> Decision:
    if policy is None:
        return _NO_POLICY_PREFLIGHT
    if policy.is_same_for_every_origin:
        headers = _ALLOW_ANY_ORIGIN
    else:
        reason = "allowed" if origin in policy.allowed_as_it_stands else _judge_origin(policy, origin, environ)
        if reason != "allowed":
            return _refused(policy, reason)
        headers = ((_ALLOW_ORIGIN, origin),)
    allow_method = policy.method_headers.get(method) or _allow_any_method(policy, method)
    if allow_method is None:
        return _refused(policy, "method-not-allowed", *headers, *policy.credentials_headers)
    headers += allow_method
    asked = names or ""
    ending = policy.preflight_endings.get(asked)
    if ending is None:
        allowed, refused = _sort_header_names(policy, asked)
        if refused:
            return _refused(policy, "header-not-allowed", *headers, *allow_header_names(allowed))
        ending = allow_header_names(allowed) + policy.preflight_endings[""]
    return _new(Decision, ("preflight", True, "allowed", headers + ending, policy))


def _refused(policy: Policy, reason: Reason, *headers: tuple[str, str]) -> Decision:
    """In development with the headers up to the step that failed, so that the browser names the step."""
    shown = (*headers, VARY_BY_PREFLIGHT) if policy.development else _VARY_BY_PREFLIGHT
    return Decision("preflight", False, reason, shown, policy)


def _judge_origin(policy: Policy, text: str, environ: Mapping[str, object] | None) -> Reason:
    """Judges an origin that the policy does not allow as it stands."""
    if policy.allows_only_as_it_stands and is_ordinary_origin(text):
        return "origin-not-allowed"
    if text == "null":
        return "origin-null"
    parts = read_pattern(text)
    if parts is None or "*" in text:
        return "origin-malformed"
    if policy.allows_only_as_it_stands:
        return "origin-not-allowed"
    if policy.deny_origins and policy.denied.matches(text, parts):
        return "origin-denied"
    if (
        policy.allows_any_origin
        or policy.allowed.matches(text, parts)
        or (policy.origin_regexes and any(regex.fullmatch(text) for regex in policy.origin_regexes))
        or (policy.admit is not None and policy.admit(Origin.parse(text), {} if environ is None else environ))
    ):
        return "allowed"
    return "origin-not-allowed"


def _allow_any_method(policy: Policy, method: str) -> Headers | None:
    """What a browser never asks for is not allowed by "every method" either."""
    if not policy.allows_any_method or len(method) > MAX_METHOD_LENGTH or method == ANY:
        return None
    return None if is_forbidden_method(method) or not is_token(method) else policy.allow_method(method)


def _sort_header_names(policy: Policy, text: str) -> tuple[str, bool]:
    """The names that are allowed, each once as it was asked for, and whether there are others."""
    if len(text) > MAX_REQUEST_HEADERS_LENGTH:
        return "", True
    known = policy.allowed_header_names
    elements = text.split(",")
    if known.issuperset(elements) and len(set(elements)) == len(elements):
        return ", ".join(elements), False
    if len(elements) > MAX_REQUEST_HEADERS or not text.isascii():
        return "", True
    allowed: dict[str, str] = {}
    refused = False
    for element in elements:
        name = element.strip(" \t")
        lower = name.lower()
        if lower in known or (policy.allows_any_header and _is_covered_by_any(lower)):
            allowed.setdefault(lower, name)
        elif name:
            refused = True
    return ", ".join(allowed.values()), refused


def _is_covered_by_any(name: str) -> bool:
    """`Authorization` is not (Fetch §3.3.5), nor a literal `*`, which would allow more than was asked."""
    return name not in ("authorization", ANY) and is_token(name)


# Makes a `Decision` at half the cost.
_new = tuple.__new__

_NOT_CORS = Decision("not-cors", False, "not-cors", (), None)
_NO_POLICY = Decision("actual", False, "no-policy", (), None)
_NO_POLICY_PREFLIGHT = Decision("preflight", False, "no-policy", (), None)

"""The one place that decides what a request gets: `decide()`."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from envcors.protocol.foreign_write import SAFE_METHODS, may_be_foreign
from envcors.protocol.grammar import is_ordinary_origin, read_pattern
from envcors.protocol.headers import (
    ALLOW_ORIGIN,
    ANY,
    Headers,
    allow_header_names,
)
from envcors.protocol.names import is_forbidden_method, is_token
from envcors.protocol.origins import Origin
from envcors.protocol.policy import Policy

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
    "foreign-write",
]

MAX_METHOD_LENGTH = 64
"""Characters. Where every method is allowed, a longer one still is not."""
MAX_REQUEST_HEADERS_LENGTH = 8_192
"""Characters of `Access-Control-Request-Headers`. Nothing is allowed in a longer one."""
MAX_REQUEST_HEADERS = 256
"""Elements of `Access-Control-Request-Headers`, also empty ones. Nothing is allowed in more of them."""

_ALLOW_ANY_ORIGIN: Headers = ((ALLOW_ORIGIN, ANY),)
_SHOWN_TO_ALLOWED_PAGES: frozenset[Reason] = frozenset({"method-not-allowed", "header-not-allowed"})


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
    """Decide about a request under the policy that governs it, or under none.

    The work is linear in the length of the headers (Fetch §3.3).

    Args:
        policy: The policy; None where none governs the path.
        method: The request's method.
        origin: Its ``Origin``, None where it has no such header; so for the next two.
        request_method: Its ``Access-Control-Request-Method``.
        request_headers: Its ``Access-Control-Request-Headers``.
        environ: Its WSGI environment, which ``Policy.admit`` is shown; that function alone can raise.
    """
    if request_method is not None and origin is not None and method == "OPTIONS":
        return _decide_preflight(policy, origin, request_method, request_headers, environ)
    if policy is None:
        return _NOT_CORS if origin is None else _NO_POLICY
    if policy.csrf_protection == "enforce" and method not in SAFE_METHODS:
        asked = environ or {} if origin is None else {"HTTP_ORIGIN": origin, **(environ or {})}
        if is_foreign_write(policy, method, asked):
            return foreign_write(policy)
    prepared = policy.prepared
    if origin is None:
        return _new(Decision, ("not-cors", False, "not-cors", prepared.known[None], policy))
    if prepared.is_same_for_every_origin:
        return _new(Decision, ("actual", True, "allowed", prepared.known[None], policy))
    known = prepared.known.get(origin)
    if known is not None:
        return _new(Decision, ("actual", True, "allowed", known, policy))
    reason = _check_origin(policy, origin, environ)
    headers = prepared.vary_actual if reason != "allowed" else ((ALLOW_ORIGIN, origin), *prepared.actual)
    return _new(Decision, ("actual", reason == "allowed", reason, headers, policy))


def foreign_write(policy: Policy | None) -> Decision:
    """Return the decision about a foreign write that is not let through: it has no header that allows anything."""
    return Decision("actual", False, "foreign-write", () if policy is None else policy.prepared.vary_actual, policy)


def is_foreign_write(policy: Policy | None, method: str, environ: Mapping[str, object]) -> bool:
    """Return whether a request is a foreign write under the policy that governs it, or under none.

    ``*`` allows every page to read, and none to write.

    Args:
        policy: The policy; under none no foreign origin may write.
        method: The request's method, as it was sent.
        environ: Its WSGI environment.
    """
    if not may_be_foreign(method, environ):
        return False
    origin = environ.get("HTTP_ORIGIN")
    if policy is None or not isinstance(origin, str):
        return True
    return not _lists(policy, origin, environ)


def _lists(policy: Policy, origin: str, environ: Mapping[str, object]) -> bool:
    if not policy.allows_any_origin:
        return _check_origin(policy, origin, environ) == "allowed"
    listed = _of_listed(policy)
    may_allow = bool(listed.origins) or listed.members is not None
    return may_allow and _check_origin(listed, origin, environ) == "allowed"


@lru_cache(maxsize=64)
def _of_listed(policy: Policy) -> Policy:
    """The policy with the origins that it lists beside ``*``."""
    listed = [pattern for pattern in policy.origins if pattern != ANY]
    return Policy(origins=listed, deny_origins=policy.deny_origins, members=policy.members, store=policy.store)


def actual_headers(policy: Policy, origin: str | None, environ: Mapping[str, object] | None = None) -> Headers:
    """The headers that ``decide`` gives to a request that is no preflight, where nobody asks for the reason."""
    prepared = policy.prepared
    headers = prepared.known.get(origin)
    if headers is not None:
        return headers
    if origin is not None and origin in prepared.exact:
        headers = prepared.known[origin] = ((ALLOW_ORIGIN, origin), *prepared.actual)
        return headers
    if prepared.foreign is not None:
        return prepared.foreign
    return decide(policy, "GET", origin, None, None, environ).headers


def preflight_status(decision: Decision) -> int:
    """The status of the answer to a preflight.

    A stranger's browser gets 403 and learns nothing. A refused method or header of an allowed page is answered with
    204, so that the browser names the step that failed. In development every refusal is a 200, whose body explains it.
    """
    if decision.allowed:
        return 204
    if decision.policy is not None and decision.policy.development:
        return 200
    return 204 if decision.reason in _SHOWN_TO_ALLOWED_PAGES else 403


def _decide_preflight(
    policy: Policy | None,
    origin: str,
    method: str,
    names: str | None,
    environ: Mapping[str, object] | None,
) -> Decision:
    if policy is None:
        return _NO_POLICY_PREFLIGHT
    prepared = policy.prepared
    if prepared.is_same_for_every_origin:
        headers = _ALLOW_ANY_ORIGIN
    else:
        reason = "allowed" if origin in prepared.exact else _check_origin(policy, origin, environ)
        if reason != "allowed":
            return _refused(policy, reason)
        headers = ((ALLOW_ORIGIN, origin),)
    allow_method = prepared.methods.get(method) or _allow_any_method(policy, method)
    if allow_method is None:
        return _refused(policy, "method-not-allowed", *headers, *prepared.credentials)
    headers += allow_method
    asked = names or ""
    ending = prepared.preflight_endings.get(asked)
    if ending is None:
        allowed, refused = _sort_header_names(policy, asked)
        if refused:
            return _refused(policy, "header-not-allowed", *headers, *allow_header_names(allowed))
        ending = allow_header_names(allowed) + prepared.preflight_endings[""]
    return _new(Decision, ("preflight", True, "allowed", headers + ending, policy))


def _refused(policy: Policy, reason: Reason, *headers: tuple[str, str]) -> Decision:
    """With the headers up to the step that failed, so that the browser names the step: none where the origin failed."""
    return Decision("preflight", False, reason, (*headers, *policy.prepared.vary_preflight), policy)


def _check_origin(policy: Policy, text: str, environ: Mapping[str, object] | None) -> Reason:
    prepared = policy.prepared
    if text in prepared.exact:
        return "allowed"
    if prepared.allows_exact_only and is_ordinary_origin(text):
        return "origin-not-allowed"
    if text == "null":
        return "origin-null"
    parts = read_pattern(text)
    if parts is None or "*" in text:
        return "origin-malformed"
    if prepared.allows_exact_only:
        return "origin-not-allowed"
    if prepared.denied is not None and prepared.denied.matches(text, parts):
        return "origin-denied"
    if (
        policy.allows_any_origin
        or prepared.allowed.matches(text, parts)
        or (policy.members is not None and policy.members.allow(text, parts))
        or (policy.origin_regexes and any(regex.fullmatch(text) for regex in policy.origin_regexes))
        or (policy.admit is not None and policy.admit(Origin.parse(text), {} if environ is None else environ))
    ):
        return "allowed"
    return "origin-not-allowed"


def _allow_any_method(policy: Policy, method: str) -> Headers | None:
    """What a browser never asks for is not allowed by "every method" either."""
    if not policy.allows_any_method or len(method) > MAX_METHOD_LENGTH or method == ANY:
        return None
    return None if is_forbidden_method(method) or not is_token(method) else policy.prepared.allow_method(method)


def _sort_header_names(policy: Policy, text: str) -> tuple[str, bool]:
    """The names that are allowed, each once as it was asked for, and whether there are others."""
    # Counted before they are split: a stranger's header of nothing but commas must cost nothing.
    if len(text) > MAX_REQUEST_HEADERS_LENGTH or text.count(",") >= MAX_REQUEST_HEADERS:
        return "", True
    known = policy.prepared.header_names
    elements = text.split(",")
    if known.issuperset(elements) and len(set(elements)) == len(elements):
        return ", ".join(elements), False
    if not text.isascii():
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

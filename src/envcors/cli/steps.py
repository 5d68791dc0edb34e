"""Every step of a browser's check for itself: a decision names only the first that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from envcors.cli.request import BrowserRequest
from envcors.protocol.decision import decide
from envcors.protocol.policy import ANY, Policy
from envcors.protocol.safelist import unsafe_names

_ANYBODY = "https://app.example.com"


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked of a policy, and whether it lets it pass."""

    what: str
    passes: bool


def steps(request: BrowserRequest, policy: Policy) -> Iterator[Step]:
    """The origin; credentials where the script sends any; the method and each header where the browser asks.

    The headers also together, where they are too many or too long in one request (``MAX_REQUEST_HEADERS``).
    """
    yield Step(f"origin {request.origin}", decide(policy, "GET", request.origin, None, None, {}).allowed)
    if request.credentials:
        yield Step("credentials", policy.supports_credentials)
    if not request.needs_preflight:
        return
    # Decided as ever, but for whatever origin: a foreign one keeps the server from looking further.
    open_to_all = Policy(origins=[ANY], methods=policy.methods, allow_headers=policy.allow_headers)
    yield Step(f"method {request.method}", decide(open_to_all, "OPTIONS", _ANYBODY, request.method).allowed)
    names = unsafe_names(request.headers)
    alone = [Step(f"header {name}", decide(open_to_all, "OPTIONS", _ANYBODY, "GET", name).allowed) for name in names]
    yield from alone
    together = decide(open_to_all, "OPTIONS", _ANYBODY, "GET", request.asked_headers)
    if not together.allowed and all(step.passes for step in alone):
        yield Step(f"all {len(names)} headers together", passes=False)

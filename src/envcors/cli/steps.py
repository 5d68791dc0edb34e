"""Each step of a browser's check by itself: a decision names only the first one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from envcors.cli.browser_request import BrowserRequest
from envcors.explanation import SOME_ORIGIN, for_any_origin
from envcors.protocol.decision import decide
from envcors.protocol.policy import Policy
from envcors.protocol.safelist import unsafe_names


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the check, and whether the policy allows it."""

    name: str
    passes: bool


def steps(request: BrowserRequest, policy: Policy) -> Iterator[Step]:
    """Yield the steps: the origin; credentials, if the script sends any; the method and each header of a preflight.

    All headers together are one more step if they are too many or too long for one request
    (``MAX_REQUEST_HEADERS``).
    """
    yield Step(f"origin {request.origin}", decide(policy, "GET", request.origin, None, None, {}).allowed)
    if request.credentials:
        yield Step("credentials", policy.supports_credentials)
    if not request.needs_preflight:
        return
    any_origin = for_any_origin(policy)
    yield Step(f"method {request.method}", decide(any_origin, "OPTIONS", SOME_ORIGIN, request.method).allowed)
    names = unsafe_names(request.headers)
    allowed = {name: decide(any_origin, "OPTIONS", SOME_ORIGIN, "GET", name).allowed for name in names}
    yield from (Step(f"header {name}", passes) for name, passes in allowed.items())
    together = decide(any_origin, "OPTIONS", SOME_ORIGIN, "GET", request.request_headers)
    if not together.allowed and all(allowed.values()):
        yield Step(f"all {len(names)} headers together", passes=False)

"""The requests that a probe sends: from pages of allowed origins, from a foreign one, and without an origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from envcors.cli.browser_request import BrowserRequest
from envcors.cli.governing_policy import GoverningPolicy, governing_policy
from envcors.cli.target import Target
from envcors.protocol.decision import Decision, decide
from envcors.protocol.names import SAFELISTED_METHODS
from envcors.protocol.origins import OriginPattern
from envcors.protocol.policy import ANY, Policy

FOREIGN = "https://envcors-probe.invalid"
"""An origin that nobody can have (RFC 2606 §2)."""

_SAMPLES = 3
_HEADER = "x-envcors-probe"


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """One request, and the decision of the policy about it.

    ``method`` is the method that a preflight asks for. Only ``OPTIONS`` and ``GET`` are sent.
    """

    kind: Literal["preflight", "actual"]
    method: str
    origin: str | None
    expected: Decision
    request_headers: str | None = None

    @property
    def sent_method(self) -> str:
        """The method of the HTTP request."""
        return "OPTIONS" if self.kind == "preflight" else "GET"

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers of the HTTP request."""
        headers = {"Origin": self.origin} if self.origin is not None else {}
        if self.kind == "preflight":
            headers["Access-Control-Request-Method"] = self.method
        if self.request_headers is not None:
            headers["Access-Control-Request-Headers"] = self.request_headers
        return headers

    def __str__(self) -> str:
        page = "without an origin" if self.origin is None else f"from {self.origin}"
        return f"{'preflight ' if self.kind == 'preflight' else ''}{self.method} {page}"


def probe_requests(target: Target, path: str, origins: tuple[str, ...], method: str | None) -> Iterator[ProbeRequest]:
    """Yield the requests to a path; none where no policy governs it.

    Args:
        target: The configuration that the server should have.
        path: The path, as the application sees it.
        origins: The origins to send requests from; if there are none, some that the policy allows.
        method: The method that preflights ask for; None for one that the policy allows.
    """
    path_info = BrowserRequest("", path=path).path_info
    get = governing_policy(target, path_info, "GET")
    asked_method = method or _method(get)
    asked = governing_policy(target, path_info, asked_method)
    if get.policy is None or asked.policy is None:
        return
    header = _header(asked.policy)
    for origin in (*(origins or _allowed_origins(asked.policy)), FOREIGN):
        decision = decide(asked.policy, "OPTIONS", origin, asked_method, header, {})
        yield ProbeRequest("preflight", asked_method, origin, decision, header)
        yield ProbeRequest("actual", "GET", origin, decide(get.policy, "GET", origin, None, None, {}))
    yield ProbeRequest("actual", "GET", None, decide(get.policy, "GET", None))


def _method(governing: GoverningPolicy) -> str:
    """Return a method that needs a preflight, if the policy allows one."""
    methods = governing.policy.methods if governing.policy is not None else ()
    return next((name for name in methods if name not in SAFELISTED_METHODS and name != ANY), "GET")


def _header(policy: Policy) -> str | None:
    """Return a header that the policy allows, as browsers ask for it."""
    if policy.allows_any_header:
        return _HEADER
    return next((name.lower() for name in policy.allow_headers), None)


def _allowed_origins(policy: Policy) -> list[str]:
    """Return some origins that the policy allows, one for each of its first patterns."""
    samples = [FOREIGN.replace("invalid", "example") if text == ANY else _sample(text) for text in policy.origins]
    return [origin for origin in samples if decide(policy, "GET", origin, None, None, {}).allowed][:_SAMPLES]


def _sample(text: str) -> str:
    pattern = OriginPattern.parse(text)
    host = f"envcors-probe.{pattern.host}" if pattern.subdomains else pattern.host
    port = f":{pattern.port}" if isinstance(pattern.port, int) else ""
    return f"{pattern.scheme}://{host}{port}"

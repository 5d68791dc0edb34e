"""Which requests a probe sends: as pages of allowed origins and of a foreign one, and as no page at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from envcors.cli.governing import Governing, governing
from envcors.cli.request import BrowserRequest
from envcors.cli.subject import Subject
from envcors.protocol.decision import Decision, decide
from envcors.protocol.names import SAFELISTED_METHODS
from envcors.protocol.origins import OriginPattern
from envcors.protocol.policy import ANY, Policy

FOREIGN = "https://envcors-probe.invalid"
"""An origin that nobody can have (RFC 2606 §2)."""

_SAMPLES = 3
_HEADER = "x-envcors-probe"


@dataclass(frozen=True, slots=True)
class Question:
    """One request, and the decision that the policy makes about it.

    ``method`` is what a preflight asks for; sent are ``OPTIONS`` and ``GET`` alone.
    """

    kind: Literal["preflight", "actual"]
    method: str
    origin: str | None
    expected: Decision
    asked_headers: str | None = None

    @property
    def sent_method(self) -> str:
        """The method that goes over the wire."""
        return "OPTIONS" if self.kind == "preflight" else "GET"

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers of the question."""
        headers = {"Origin": self.origin} if self.origin is not None else {}
        if self.kind == "preflight":
            headers["Access-Control-Request-Method"] = self.method
        if self.asked_headers is not None:
            headers["Access-Control-Request-Headers"] = self.asked_headers
        return headers

    def __str__(self) -> str:
        page = "no page" if self.origin is None else self.origin
        return f"{'preflight ' if self.kind == 'preflight' else ''}{self.method} from {page}"


def questions(subject: Subject, path: str, origins: tuple[str, ...], method: str | None) -> Iterator[Question]:
    """The questions about a path. Nothing where no policy governs it."""
    path_info = BrowserRequest("", path=path).path_info
    get = governing(subject, path_info, "GET")
    asked_method = method or _method(get)
    asked = governing(subject, path_info, asked_method)
    if get.policy is None or asked.policy is None:
        return
    header = _header(asked.policy)
    for origin in (*(origins or _allowed_origins(asked.policy)), FOREIGN):
        decision = decide(asked.policy, "OPTIONS", origin, asked_method, header, {})
        yield Question("preflight", asked_method, origin, decision, header)
        yield Question("actual", "GET", origin, decide(get.policy, "GET", origin, None, None, {}))
    yield Question("actual", "GET", None, decide(get.policy, "GET", None))


def _method(governed: Governing) -> str:
    """A method that needs a preflight, if the policy has one."""
    methods = governed.policy.methods if governed.policy is not None else ()
    return next((name for name in methods if name not in SAFELISTED_METHODS and name != ANY), "GET")


def _header(policy: Policy) -> str | None:
    """A header that the policy allows, as browsers ask for it."""
    if policy.allows_any_header:
        return _HEADER
    return next((name.lower() for name in policy.allow_headers), None)


def _allowed_origins(policy: Policy) -> list[str]:
    """Some origins that the policy lets in, one for each of its first patterns."""
    samples = [FOREIGN.replace("invalid", "example") if text == ANY else _sample(text) for text in policy.origins]
    return [origin for origin in samples if decide(policy, "GET", origin, None, None, {}).allowed][:_SAMPLES]


def _sample(text: str) -> str:
    pattern = OriginPattern.parse(text)
    host = f"envcors-probe.{pattern.host}" if pattern.subdomains else pattern.host
    port = f":{pattern.port}" if isinstance(pattern.port, int) else ""
    return f"{pattern.scheme}://{host}{port}"

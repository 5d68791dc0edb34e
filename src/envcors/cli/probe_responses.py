"""How the responses of a running server differ from the policy, and what usually causes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from envcors.cli.probe_requests import ProbeRequest
from envcors.problems import printable
from envcors.protocol.policy import Headers

_PREFIX = "access-control-"
_LISTS = frozenset({"access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"})


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    """A response as the server sent it: each header as often as it was sent."""

    status: int
    headers: Headers

    def values(self, name: str) -> list[str]:
        """Return the values of a header in the order in which they came."""
        return [value for sent, value in self.headers if sent.lower() == name.lower()]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference between a response and the policy. ``code`` is for programs."""

    code: str
    message: str


def mismatches(request: ProbeRequest, response: ProbeResponse) -> list[Mismatch]:
    """Return every difference; if something else than the policy responded to a preflight, only that."""
    other = _other_responder(request, response)
    if other is not None:
        return [other]
    return [*_duplicates(response), *_differences(request, response), *_vary(request, response)]


def _other_responder(request: ProbeRequest, response: ProbeResponse) -> Mismatch | None:
    """Return whether a preflight did not reach the policy: browsers follow no redirect and accept 2xx only."""
    if request.kind != "preflight" or 200 <= response.status < 300:
        return None
    if 300 <= response.status < 400:
        location = "".join(response.values("Location")[:1]).partition("?")[0]
        return Mismatch(
            "preflight-redirected",
            f"The preflight is redirected to {printable(location)}, and browsers do not follow a redirect of a "
            "preflight. Something in front of the application (a login, a redirect to https, a slash) must pass "
            "OPTIONS on.",
        )
    if not request.expected.allowed:
        return None
    causes = {
        401: "A login in front of the application requires credentials, which no preflight has.",
        403: "Another policy is in force, or something in front of the application denies the request.",
        404: "The server has no such path for OPTIONS.",
        405: "Something in front of the application responds to OPTIONS itself.",
    }
    cause = causes.get(response.status, "The response does not come from the policy.")
    return Mismatch("preflight-refused", f"The status of the preflight is {response.status}, not 2xx. {cause}")


def _duplicates(response: ProbeResponse) -> Iterator[Mismatch]:
    counts = Counter(name.lower() for name, _ in response.headers if name.lower().startswith(_PREFIX))
    for name, count in counts.items():
        values = response.values(name)
        if count > 1 or (name == "access-control-allow-origin" and "," in values[0]):
            yield Mismatch(
                "header-doubled",
                f"The response has {name.title()} more than once ({printable(', '.join(values))}), and browsers block "
                "such a response: a proxy adds the header too. Let only the application set it.",
            )


def _differences(request: ProbeRequest, response: ProbeResponse) -> Iterator[Mismatch]:
    expected = {name.lower(): value for name, value in request.expected.headers if name != "Vary"}
    sent = {name.lower() for name, _ in response.headers if name.lower().startswith(_PREFIX)}
    for name, value in expected.items():
        values = response.values(name)
        if not values:
            yield Mismatch(
                "header-missing",
                f"{name.title()}: {value} is missing: a proxy removes it or responds itself, or another policy is in "
                "force.",
            )
        elif len(values) == 1 and not _same(name, value, values[0]):
            yield Mismatch(
                "header-different", f"{name.title()} is {printable(values[0])}, but the policy sends {value}."
            )
    for name in sorted(sent - expected.keys()):
        value = printable(", ".join(response.values(name)))
        yield Mismatch(
            "header-unexpected",
            f"The response has {name.title()}: {value}, but the policy does not send this header. Something else adds "
            "it.",
        )


def _vary(request: ProbeRequest, response: ProbeResponse) -> Iterator[Mismatch]:
    expected = ", ".join(value for name, value in request.expected.headers if name == "Vary")
    sent = _elements(", ".join(response.values("Vary")))
    missing = [name for name in expected.split(", ") if name and name.lower() not in sent]
    if missing and "*" not in sent:
        yield Mismatch(
            "vary-missing",
            f"Vary does not contain {', '.join(missing)}, so a cache can send the response for one origin to another. "
            "A proxy removes or replaces the header.",
        )


def _same(name: str, one: str, other: str) -> bool:
    return _elements(one) == _elements(other) if name in _LISTS else one == other


def _elements(text: str) -> set[str]:
    return {element.strip().lower() for element in text.split(",") if element.strip()}

"""What is wrong with an answer: where it differs from what the policy says, and what usually is the cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from envcors.cli.probe_requests import Question
from envcors.problems import printable
from envcors.protocol.policy import Headers

_PREFIX = "access-control-"
_LISTS = frozenset({"access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came over the wire: each header as often as it was sent."""

    status: int
    headers: Headers

    def values(self, name: str) -> list[str]:
        """The values of a header, in the order in which they came."""
        return [value for sent, value in self.headers if sent.lower() == name.lower()]


@dataclass(frozen=True, slots=True)
class Fault:
    """One difference. ``code`` is for programs."""

    code: str
    message: str


def faults(question: Question, answer: Answer) -> list[Fault]:
    """Every difference; of a preflight that something else answered, that alone."""
    stranger = _not_answered_by_policy(question, answer)
    if stranger is not None:
        return [stranger]
    return [*_doubled(answer), *_differences(question, answer), *_vary(question, answer)]


def _not_answered_by_policy(question: Question, answer: Answer) -> Fault | None:
    """Whether a preflight never reached the policy: browsers follow no redirect of it and take 2xx alone."""
    if question.kind != "preflight" or 200 <= answer.status < 300:
        return None
    if 300 <= answer.status < 400:
        target = "".join(answer.values("Location")[:1]).partition("?")[0]
        return Fault(
            "preflight-redirected",
            f"It is redirected to {printable(target)}, and browsers follow no redirect of a preflight. Something in "
            "front of the application (a login, a switch to https, a slash) must let OPTIONS pass.",
        )
    if not question.expected.allowed:
        return None
    causes = {
        401: "A login in front of the application asks it for credentials, which no preflight carries.",
        403: "The policy in force is another one, or something in front of the application refuses it.",
        404: "Nothing in the server knows the path for OPTIONS.",
        405: "Something in front of the application answers OPTIONS by itself.",
    }
    cause = causes.get(answer.status, "The policy does not answer it.")
    return Fault("preflight-refused", f"It is answered with {answer.status}, not 2xx. {cause}")


def _doubled(answer: Answer) -> Iterator[Fault]:
    counts = Counter(name.lower() for name, _ in answer.headers if name.lower().startswith(_PREFIX))
    for name, count in counts.items():
        values = answer.values(name)
        if count > 1 or (name == "access-control-allow-origin" and "," in values[0]):
            yield Fault(
                "header-doubled",
                f"{_title(name)} comes more than once ({printable(', '.join(values))}), which browsers refuse: a proxy "
                "adds it too. Let only the application do so.",
            )


def _differences(question: Question, answer: Answer) -> Iterator[Fault]:
    expected = {name.lower(): value for name, value in question.expected.headers if name != "Vary"}
    sent = {name.lower() for name, _ in answer.headers if name.lower().startswith(_PREFIX)}
    for name, value in expected.items():
        values = answer.values(name)
        if not values:
            yield Fault(
                "header-missing",
                f"{_title(name)}: {value} is missing: a proxy strips it or answers by itself, or another policy is in "
                "force.",
            )
        elif len(values) == 1 and not _same(name, value, values[0]):
            yield Fault("header-different", f"{_title(name)} is {printable(values[0])}, and the policy says {value}.")
    for name in sorted(sent - expected.keys()):
        value = printable(", ".join(answer.values(name)))
        yield Fault(
            "header-unexpected", f"{_title(name)}: {value} is sent, and the policy sends none: something else does."
        )


def _vary(question: Question, answer: Answer) -> Iterator[Fault]:
    expected = ", ".join(value for name, value in question.expected.headers if name == "Vary")
    sent = _elements(", ".join(answer.values("Vary")))
    missing = [name for name in expected.split(", ") if name and name.lower() not in sent]
    if missing and "*" not in sent:
        yield Fault(
            "vary-missing",
            f"Vary lacks {', '.join(missing)}: a cache would hand the answer for one origin to another. A proxy strips "
            "or replaces it.",
        )


def _same(name: str, one: str, other: str) -> bool:
    return _elements(one) == _elements(other) if name in _LISTS else one == other


def _elements(text: str) -> set[str]:
    return {element.strip().lower() for element in text.split(",") if element.strip()}


def _title(name: str) -> str:
    return name.title()

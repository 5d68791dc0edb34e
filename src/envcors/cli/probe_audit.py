"""Audits a running server: sends the origins that attackers try, and reports which of them may read responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from envcors.cli.probe_responses import ProbeResponse
from envcors.problems import Problem, printable
from envcors.rules.catalogue import problem

PROBE_METHOD = "ENVCORS-PROBE"
"""A method that no application has: a server that protects itself from foreign writes answers it with 403."""

_FOREIGN = "https://envcors-probe.invalid"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One origin that an attacker could have.

    Attributes:
        name: What it tries.
        origin: The origin.
        rule: The rule that a server violates which allows it.
    """

    name: str
    origin: str
    rule: str


def attempts(own: str) -> Iterator[Attempt]:
    """Yield what attackers try against a server that allows ``own``, such as ``https://app.example.com``."""
    parts = urlsplit(own)
    host, scheme = parts.hostname or "example.com", parts.scheme
    yield Attempt("a foreign origin", _FOREIGN, "origin-any")
    yield Attempt("a foreign origin that begins alike", f"{scheme}://{host}.envcors-probe.invalid", "origin-regex")
    yield Attempt("a foreign origin that ends alike", f"{scheme}://envcors-probe{host}", "origin-regex")
    yield Attempt(
        "a subdomain of the host", f"{scheme}://envcors-probe.{host}", "origin-any-subdomain-with-credentials"
    )
    other = "http" if scheme == "https" else "https"
    yield Attempt("another scheme", f"{other}://{host}", "origin-plain-http" if other == "http" else "origin-regex")
    yield Attempt("another port", f"{scheme}://{host}:8443", "origin-any-port")
    yield Attempt("the origin null", "null", "origin-null")
    if "." in host:
        yield Attempt("any character in place of a dot", f"{scheme}://{host.replace('.', 'x', 1)}", "origin-regex")
    yield Attempt("special characters behind the host", f"{scheme}://{host}`.envcors-probe.invalid", "origin-malformed")
    yield Attempt("an underscore behind the host", f"{scheme}://{host}_.envcors-probe.invalid", "origin-regex")
    yield Attempt("a user name", f"{scheme}://{host}@envcors-probe.invalid", "origin-malformed")
    yield Attempt("a dot at the end", f"{scheme}://{host}.", "origin-regex")
    yield Attempt("upper case", f"{scheme}://{host.upper()}", "origin-malformed")


def finding(attempt: Attempt, kind: str, response: ProbeResponse, url: str) -> Problem | None:
    """Return the problem of a response that allows an attacker's origin; None if it does not."""
    allowed = response.values("Access-Control-Allow-Origin")
    credentials = response.values("Access-Control-Allow-Credentials") == ["true"]
    if attempt.origin in allowed:
        reflected = attempt.rule == "origin-any" and credentials
        rule = "origin-any-with-credentials" if reflected else attempt.rule
    elif "*" in allowed and credentials:
        rule = "origin-any-with-credentials"
    else:
        return None
    cookies = " with cookies" if credentials else ""
    message = f"The server allows {attempt.name}{cookies}: {printable(attempt.origin, 200)} ({kind})."
    return problem(
        rule,
        "Origin",
        printable(attempt.origin, 200),
        url,
        message=message,
        fix="list the origins that may read the API, each as a whole",
    )


def foreign_write(response: ProbeResponse, url: str) -> Problem | None:
    """Return the problem of a server that takes a foreign write although its configuration says ``enforce``."""
    if response.status == 403:
        return None
    message = f"A foreign write reached the server: status {response.status}, not 403."
    return problem(
        "csrf-unprotected", "CORS_CSRF_PROTECTION", None, url, message=message, fix="CORS_CSRF_PROTECTION=enforce"
    )

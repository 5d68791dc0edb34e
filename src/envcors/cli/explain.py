"""``envcors explain``: explains what a browser does with a request."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict

from envcors.cli import output
from envcors.cli.browser_request import BrowserRequest
from envcors.cli.governing_policy import GoverningPolicy, governing_policy
from envcors.cli.outcome import Outcome, outcome_of
from envcors.cli.steps import steps
from envcors.cli.target import Target
from envcors.problems import printable
from envcors.protocol.policy import Headers, Policy


def run(target: Target, request: BrowserRequest, *, style: str, curl: bool = False) -> int:
    """Print the outcome of the request and return the exit status: 1 if it is blocked or the target is refused."""
    if target.problems or target.configuration is None:
        return output.refused(target, style)
    governing = governing_policy(target, request.path_info, request.method)
    outcome = outcome_of(request, governing)
    if style == "json":
        commands = {"curl": list(_curl(request, outcome))} if curl else {}
        output.print_json({**_json(outcome, governing), **commands})
    else:
        _print_text(outcome, request, governing)
        if curl:
            output.print_line("\n  The same requests to a server on this machine:\n")
            for command in _curl(request, outcome):
                output.print_line(f"  {command}")
    return 0 if outcome.allowed else 1


def _json(outcome: Outcome, governing: GoverningPolicy) -> dict[str, object]:
    error = outcome.browser_error
    return {
        "allowed": outcome.allowed,
        "reason": outcome.reason,
        "preflight": outcome.preflight is not None,
        "status": outcome.status,
        "headers": dict((outcome.preflight or outcome.last).headers),
        "policy": governing.name,
        "browser_error": None if error is None else asdict(error),
        "fix": outcome.fix,
    }


def _print_text(outcome: Outcome, request: BrowserRequest, governing: GoverningPolicy) -> None:
    head = output.good("allowed") if outcome.allowed else f"{output.bad('blocked')}: {outcome.reason}"
    output.print_line(f"{head}\n")
    output.print_line(output.columns(_rows(outcome, request, governing)))
    if outcome.fix is not None:
        fix = outcome.fix.replace("\n", "\n       ")
        output.print_line(f"\n  Fix: {fix}")


def _rows(outcome: Outcome, request: BrowserRequest, governing: GoverningPolicy) -> Iterator[tuple[str, str]]:
    credentials = ", with credentials" if request.credentials else ""
    yield "page", printable(request.origin)
    yield "request", f"{request.method} {printable(request.path)}{credentials}"
    yield "policy", governing.name or "none"
    if outcome.preflight is None:
        yield "preflight", "none: browsers send this request without one"
    else:
        asked = f" for {request.request_headers}" if request.request_headers else ""
        status = "the application responds" if outcome.preflight.policy is None else str(outcome.status)
        yield "preflight", f"OPTIONS{asked}: {status}"
        yield from _header_rows(outcome.preflight.headers)
    if outcome.last is not outcome.preflight:
        is_stopped = outcome.last.reason == "foreign-write"
        yield "response", "403, before the application sees the request" if is_stopped else "the application's, with"
        yield from _header_rows(outcome.last.headers)
    if not outcome.allowed:
        yield from _step_rows(request, governing.policy)
        yield "why", outcome.sentence
    if outcome.browser_error is not None:
        yield "Chromium", outcome.browser_error.chromium
        yield "Firefox", outcome.browser_error.firefox
        yield "WebKit", outcome.browser_error.webkit


def _curl(request: BrowserRequest, outcome: Outcome) -> Iterator[str]:
    """Yield the commands that send what a browser sends: the preflight, then the request."""
    url = f"http://127.0.0.1:5000{request.path}"
    origin = ["-H", f"Origin: {request.origin}"]
    if outcome.preflight is not None:
        asked = ["-H", f"Access-Control-Request-Method: {request.method}"]
        if request.request_headers:
            asked += ["-H", f"Access-Control-Request-Headers: {request.request_headers}"]
        yield shlex.join(["curl", "-i", "-X", "OPTIONS", url, *origin, *asked])
    method = ["-I"] if request.method == "HEAD" else [] if request.method == "GET" else ["-X", request.method]
    headers = [part for name, value in request.headers for part in ("-H", f"{name}: {value or ''}")]
    cookies = ["-H", "Cookie: name=value"] if request.credentials else []
    yield shlex.join(["curl", "-i", *method, url, *origin, *headers, *cookies])


def _step_rows(request: BrowserRequest, policy: Policy | None) -> Iterator[tuple[str, str]]:
    """Yield every step of the check where there is more than one: the reason names only the first that fails."""
    all_steps = [] if policy is None else list(steps(request, policy))
    heading = "checks"
    for step in all_steps if len(all_steps) > 1 else ():
        yield heading, f"{printable(step.name)}: {'ok' if step.passes else output.bad('not allowed')}"
        heading = ""


def _header_rows(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield "", f"{name}: {value}"
    if not headers:
        yield "", "no CORS header"

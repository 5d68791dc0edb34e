"""``envcors explain``: what a browser does with a request, in words or as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from envcors.cli import output
from envcors.cli.forecast import Forecast, forecast
from envcors.cli.governing import Governing, governing
from envcors.cli.request import BrowserRequest
from envcors.cli.steps import steps
from envcors.cli.subject import Subject
from envcors.problems import printable
from envcors.protocol.policy import Headers, Policy


def run(subject: Subject, request: BrowserRequest, *, style: str) -> int:
    """Print what becomes of the request; the status to end with: 1 where it is blocked or nothing is in force."""
    if subject.problems or subject.configuration is None:
        return output.say_refused(subject, style)
    governed = governing(subject, request.path_info, request.method)
    result = forecast(request, governed)
    if style == "json":
        output.document(_json(result, governed))
    else:
        _print_text(result, request, governed)
    return 0 if result.allowed else 1


def _json(result: Forecast, governed: Governing) -> dict[str, object]:
    error = result.browser_error
    return {
        "allowed": result.allowed,
        "reason": result.reason,
        "preflight": result.preflight is not None,
        "status": result.status,
        "headers": dict((result.preflight or result.last).headers),
        "policy": governed.name,
        "browser_error": None if error is None else {"chromium": error.chromium, "firefox": error.firefox},
        "fix": result.fix,
    }


def _print_text(result: Forecast, request: BrowserRequest, governed: Governing) -> None:
    verdict = output.good("allowed") if result.allowed else f"{output.bad('blocked')}: {result.reason}"
    output.say(f"{verdict}\n")
    output.say(output.columns(_rows(result, request, governed)))
    if result.fix is not None:
        fix = result.fix.replace("\n", "\n       ")
        output.say(f"\n  Fix: {fix}")


def _rows(result: Forecast, request: BrowserRequest, governed: Governing) -> Iterator[tuple[str, str]]:
    credentials = ", with credentials" if request.credentials else ""
    yield "page", printable(request.origin)
    yield "request", f"{request.method} {printable(request.path)}{credentials}"
    yield "policy", governed.name or "none"
    if result.preflight is None:
        yield "preflight", "none: a browser sends such a request without asking"
    else:
        asked = f" for {request.asked_headers}" if request.asked_headers else ""
        status = "the application answers" if result.preflight.policy is None else str(result.status)
        yield "preflight", f"OPTIONS{asked}: {status}"
        yield from _header_rows(result.preflight.headers)
    if result.last is not result.preflight:
        yield "answer", "the application's, with"
        yield from _header_rows(result.last.headers)
    if not result.allowed:
        yield from _step_rows(request, governed.policy)
        yield "why", result.sentence
    if result.browser_error is not None:
        yield "Chromium", result.browser_error.chromium
        yield "Firefox", result.browser_error.firefox


def _step_rows(request: BrowserRequest, policy: Policy | None) -> Iterator[tuple[str, str]]:
    """All that is wrong at once, where there may be more than the reason says."""
    taken = [] if policy is None else list(steps(request, policy))
    name = "checks"
    for step in taken if len(taken) > 1 else ():
        yield name, f"{printable(step.what)}: {'ok' if step.passes else output.bad('not allowed')}"
        name = ""


def _header_rows(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield "", f"{name}: {value}"
    if not headers:
        yield "", "no CORS header"

"""``envcors probe``: sends test requests to a running server and compares the responses with the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import click

from envcors.cli import output, sarif
from envcors.cli.browser_request import BrowserRequest, sendable_method
from envcors.cli.governing_policy import governing_policy
from envcors.cli.probe_audit import PROBE_METHOD, Attempt, attempts, finding, foreign_write
from envcors.cli.probe_diagnosis import Diagnosis, Exchange, diagnose
from envcors.cli.probe_requests import ProbeRequest, probe_requests
from envcors.cli.probe_responses import ProbeResponse, mismatches
from envcors.cli.target import Target
from envcors.problems import Problem, counted, printable

if TYPE_CHECKING:
    from httpx import Client

UNREACHABLE = 3
_INDENT = " " * 13


class UnreachableError(Exception):
    """The server sent no response; ``str()`` is the reason."""


def run(
    target: Target,
    url: str,
    *,
    path: str | None,
    origins: tuple[str, ...],
    method: str | None,
    timeout: float,
    style: str,
    verbose: bool = False,
    audit: bool = False,
) -> int:
    """Send the requests, print the cause of differences, and return the exit status.

    Args:
        target: The configuration that the server should have.
        url: The URL to send requests to.
        path: The path that the application sees; None for that of the URL.
        origins: The origins to send requests from; if there are none, some that the policy allows.
        method: The method that preflights ask for; None for one that the policy allows.
        timeout: How long to wait for each response, in seconds.
        style: ``text``, ``json`` or, for an audit, ``sarif``.
        verbose: Whether to print every response with its differences.
        audit: Whether to try the origins that attackers try; that needs no configuration.
    """
    if audit:
        return _audit(target, url, origins, timeout, style)
    if style == "sarif":
        raise click.UsageError("--format sarif is for --audit.")
    if target.problems or target.configuration is None:
        return output.refused(target, style)
    parts = _url(url)
    path = path or parts.path or "/"
    requests = list(probe_requests(target, path, origins, sendable_method(method) if method else None))
    if not requests:
        raise click.UsageError(f"No policy governs {printable(path)}, so there is nothing to compare.")
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    try:
        exchanges = _send(parts.geturl(), requests, timeout)
    except UnreachableError as error:
        _print_unreachable(shown, str(error), style)
        return UNREACHABLE
    name = governing_policy(target, BrowserRequest("", path=path).path_info, "GET").name
    diagnosis = diagnose(exchanges, parts.geturl())
    if style == "json":
        output.print_json({**_json(shown, name, exchanges), "diagnosis": asdict(diagnosis) if diagnosis else None})
    else:
        _print_text(shown, name, exchanges, diagnosis, verbose=verbose)
    return 1 if any(exchange.mismatches for exchange in exchanges) else 0


def _url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise click.BadParameter("Expected a URL, such as https://api.example.com/items", param_hint="URL")
    return parts._replace(fragment="")


def _send(url: str, requests: Iterable[ProbeRequest], timeout: float) -> list[Exchange]:
    with _connected(timeout) as client:
        return [_exchange(client, url, request) for request in requests]


@contextmanager
def _connected(timeout: float) -> Iterator[Client]:
    """Return a client that follows no redirect, to ask no other server. Raises UnreachableError in its block."""
    try:
        import httpx
    except ImportError:
        raise click.UsageError("This command needs httpx: pip install 'envcors[probe]'") from None
    try:
        with httpx.Client(timeout=timeout, follow_redirects=False) as client:
            yield client
    except httpx.InvalidURL as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    except httpx.HTTPError as error:
        raise UnreachableError(printable(str(error)) or type(error).__name__) from None


def _response(client: Client, method: str, url: str, headers: dict[str, str]) -> ProbeResponse:
    """Send one request; the body of the response is not read."""
    with client.stream(method, url, headers=headers) as stream:
        return ProbeResponse(stream.status_code, tuple(stream.headers.multi_items()))


def _exchange(client: Client, url: str, request: ProbeRequest) -> Exchange:
    response = _response(client, request.sent_method, url, request.sent_headers)
    return Exchange(request, response, mismatches(request, response))


def _audit(target: Target, url: str, origins: tuple[str, ...], timeout: float, style: str) -> int:
    """Try the origins that attackers try, and return the exit status: 1 if the server allows one of them."""
    parts = _url(url)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    tried = list(
        attempts(origins[0] if origins else _own_origin(target, f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"))
    )
    try:
        problems = list(dict.fromkeys(_findings(target, parts.geturl(), shown, tried, timeout)))
    except UnreachableError as error:
        _print_unreachable(shown, str(error), "json" if style == "json" else "text")
        return UNREACHABLE
    if style == "json":
        content = [found.as_dict() for found in problems]
        output.print_json({"ok": not problems, "url": shown, "tried": len(tried), "problems": content})
    elif style == "sarif":
        output.print_json(sarif.log(problems, (), (), target.prefix))
    else:
        state = output.bad(counted(len(problems), "problem")) if problems else output.good("ok")
        output.print_line(
            f"{state}: {len(tried)} origins that attackers try, each as preflight and as GET, at {printable(shown)}"
        )
        output.print_entries("The server allows:", problems)
    return 1 if problems else 0


def _own_origin(target: Target, otherwise: str) -> str:
    """Return an origin that the configuration allows, to make similar ones from; else that of the server itself."""
    configuration = target.configuration
    table = None if configuration is None else configuration.table
    for policy in table.policies() if table else ():
        for text in policy.origins:
            if text.startswith("https://") and "*" not in text:
                return text
    return otherwise


def _findings(target: Target, url: str, shown: str, tried: Iterable[Attempt], timeout: float) -> Iterator[Problem]:
    with _connected(timeout) as client:
        for attempt in tried:
            for kind, method in (("preflight", "OPTIONS"), ("GET", "GET")):
                headers = {"Origin": attempt.origin}
                if kind == "preflight":
                    headers["Access-Control-Request-Method"] = "GET"
                found = finding(attempt, kind, _response(client, method, url, headers), shown)
                if found is not None:
                    yield found
        path = urlsplit(url).path or "/"
        governing = governing_policy(target, BrowserRequest("", path=path).path_info, "POST")
        protection = governing.elsewhere if governing.policy is None else governing.policy.csrf_protection
        if protection == "enforce":
            headers = {"Origin": "https://envcors-probe.invalid", "Sec-Fetch-Site": "cross-site"}
            written = foreign_write(_response(client, PROBE_METHOD, url, headers), shown)
            if written is not None:
                yield written


def _json(url: str, policy: str | None, exchanges: list[Exchange]) -> dict[str, object]:
    return {
        "ok": not any(exchange.mismatches for exchange in exchanges),
        "url": url,
        "policy": policy,
        "requests": [
            {
                "preflight": exchange.request.kind == "preflight",
                "method": exchange.request.method,
                "origin": exchange.request.origin,
                "status": exchange.status,
                "ok": not exchange.mismatches,
                "mismatches": [asdict(mismatch) for mismatch in exchange.mismatches],
            }
            for exchange in exchanges
        ],
    }


def _print_unreachable(url: str, reason: str, style: str) -> None:
    if style == "json":
        output.print_json({"ok": False, "url": url, "error": reason})
    else:
        output.print_line(f"{output.bad('unreachable')}: {printable(url)}: {reason}", err=True)


def _print_text(
    url: str, policy: str | None, exchanges: list[Exchange], diagnosis: Diagnosis | None, *, verbose: bool
) -> None:
    different = sum(bool(exchange.mismatches) for exchange in exchanges)
    total = counted(len(exchanges), "response")
    head = output.bad(f"{different} of {total} different") if different else f"{output.good('ok')}: {total}"
    output.print_line(f"{head} from {printable(url)}, policy {policy}")
    if diagnosis is not None:
        output.print_line(f"\n{diagnosis.sentence}\n")
        rows = [("cause", diagnosis.cause), ("evidence", diagnosis.evidence)]
        rows += [("change" if server == "all" else server, text) for server, text in diagnosis.directives.items()]
        output.print_line(output.columns(rows))
        if not verbose:
            output.print_line("\n--verbose shows every response.")
    if not (verbose or diagnosis is None):
        return
    output.print_line()
    for exchange in exchanges:
        mark = output.bad("different") if exchange.mismatches else output.good("ok       ")
        output.print_line(f"  {mark}  {exchange.status}  {printable(str(exchange.request))}")
        for mismatch in exchange.mismatches:
            output.print_line(click.wrap_text(mismatch.message, 96, initial_indent=_INDENT, subsequent_indent=_INDENT))

"""``envcors probe``: sends test requests to a running server and compares the responses with the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import click

from envcors.cli import output
from envcors.cli.browser_request import BrowserRequest, sendable_method
from envcors.cli.governing_policy import governing_policy
from envcors.cli.probe_requests import ProbeRequest, probe_requests
from envcors.cli.probe_responses import Mismatch, ProbeResponse, mismatches
from envcors.cli.target import Target
from envcors.problems import counted, printable

if TYPE_CHECKING:
    from httpx import Client

UNREACHABLE = 3
_INDENT = " " * 13


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, the status of its response, and how the response differs from the policy."""

    request: ProbeRequest
    status: int
    mismatches: list[Mismatch]


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
) -> int:
    """Send the requests, print the comparison, and return the exit status.

    Args:
        target: The configuration that the server should have.
        url: The URL to send requests to.
        path: The path that the application sees; None for that of the URL.
        origins: The origins to send requests from; if there are none, some that the policy allows.
        method: The method that preflights ask for; None for one that the policy allows.
        timeout: How long to wait for each response, in seconds.
        style: ``text`` or ``json``.
    """
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
    if style == "json":
        output.print_json(_json(shown, name, exchanges))
    else:
        _print_text(shown, name, exchanges)
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
    try:
        import httpx
    except ImportError:
        raise click.UsageError("This command needs httpx: pip install 'envcors[probe]'") from None
    try:
        with httpx.Client(timeout=timeout, follow_redirects=False) as client:
            return [_exchange(client, url, request) for request in requests]
    except httpx.InvalidURL as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    except httpx.HTTPError as error:
        raise UnreachableError(printable(str(error)) or type(error).__name__) from None


def _exchange(client: Client, url: str, request: ProbeRequest) -> Exchange:
    with client.stream(request.sent_method, url, headers=request.sent_headers) as stream:
        response = ProbeResponse(stream.status_code, tuple(stream.headers.multi_items()))
    return Exchange(request, response.status, mismatches(request, response))


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


def _print_text(url: str, policy: str | None, exchanges: list[Exchange]) -> None:
    different = sum(bool(exchange.mismatches) for exchange in exchanges)
    total = counted(len(exchanges), "response")
    head = output.bad(f"{different} of {total} different") if different else f"{output.good('ok')}: {total}"
    output.print_line(f"{head} from {printable(url)}, policy {policy}\n")
    for exchange in exchanges:
        mark = output.bad("different") if exchange.mismatches else output.good("ok       ")
        output.print_line(f"  {mark}  {exchange.status}  {printable(str(exchange.request))}")
        for mismatch in exchange.mismatches:
            output.print_line(click.wrap_text(mismatch.message, 96, initial_indent=_INDENT, subsequent_indent=_INDENT))

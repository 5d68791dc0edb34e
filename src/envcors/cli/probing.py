"""``envcors probe``: real requests to a running server, compared with the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import click

from envcors.cli import output
from envcors.cli.governing import governing
from envcors.cli.probe_answers import Answer, Fault, faults
from envcors.cli.probe_requests import Question, questions
from envcors.cli.request import BrowserRequest, sendable_method
from envcors.cli.subject import Subject
from envcors.problems import counted, printable

if TYPE_CHECKING:
    from httpx import Client

UNREACHABLE = 3


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, the status of its answer, and what is wrong with the answer."""

    question: Question
    status: int
    faults: list[Fault]


class UnreachableError(Exception):
    """The server gave no answer; ``str()`` says why."""


def run(
    subject: Subject,
    url: str,
    *,
    path: str | None,
    origins: tuple[str, ...],
    method: str | None,
    timeout: float,
    style: str,
) -> int:
    """Ask and compare; the status to end with. ``timeout`` is in seconds, for each answer."""
    if subject.problems or subject.configuration is None:
        return output.say_refused(subject, style)
    place = _place(url)
    path = path or place.path or "/"
    asked = list(questions(subject, path, origins, sendable_method(method) if method else None))
    if not asked:
        raise click.UsageError(f"No policy governs {printable(path)}, so there is nothing to compare.")
    shown = f"{place.scheme}://{place.netloc.rpartition('@')[2]}{place.path}"
    try:
        exchanges = _ask(place.geturl(), asked, timeout)
    except UnreachableError as error:
        _say_unreachable(shown, str(error), style)
        return UNREACHABLE
    name = governing(subject, BrowserRequest("", path=path).path_info, "GET").name
    if style == "json":
        output.document(_json(shown, name, exchanges))
    else:
        _print_text(shown, name, exchanges)
    return 1 if any(exchange.faults for exchange in exchanges) else 0


def _place(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        usable = place.scheme in ("http", "https") and place.hostname and place.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise click.BadParameter("A URL is wanted, such as https://api.example.com/items", param_hint="URL")
    return place._replace(fragment="")


def _ask(url: str, asked: Iterable[Question], timeout: float) -> list[Exchange]:
    try:
        import httpx
    except ImportError:
        raise click.UsageError("A probe needs httpx: pip install 'envcors[probe]'") from None
    try:
        with httpx.Client(timeout=timeout, follow_redirects=False) as client:
            return [_exchange(client, url, question) for question in asked]
    except httpx.InvalidURL as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    except httpx.HTTPError as error:
        raise UnreachableError(printable(str(error)) or type(error).__name__) from None


def _exchange(client: Client, url: str, question: Question) -> Exchange:
    with client.stream(question.sent_method, url, headers=question.sent_headers) as response:
        answer = Answer(response.status_code, tuple(response.headers.multi_items()))
    return Exchange(question, answer.status, faults(question, answer))


def _json(url: str, policy: str | None, exchanges: list[Exchange]) -> dict[str, object]:
    return {
        "ok": not any(exchange.faults for exchange in exchanges),
        "url": url,
        "policy": policy,
        "requests": [
            {
                "preflight": exchange.question.kind == "preflight",
                "method": exchange.question.method,
                "origin": exchange.question.origin,
                "status": exchange.status,
                "ok": not exchange.faults,
                "faults": [asdict(fault) for fault in exchange.faults],
            }
            for exchange in exchanges
        ],
    }


def _say_unreachable(url: str, reason: str, style: str) -> None:
    if style == "json":
        output.document({"ok": False, "url": url, "error": reason})
    else:
        output.say(f"{output.bad('unreachable')}: {printable(url)}: {reason}", err=True)


def _print_text(url: str, policy: str | None, exchanges: list[Exchange]) -> None:
    wrong = sum(bool(exchange.faults) for exchange in exchanges)
    total = counted(len(exchanges), "answer")
    verdict = output.bad(f"{wrong} of {total} wrong") if wrong else f"{output.good('ok')}: {total}"
    output.say(f"{verdict} from {printable(url)}, policy {policy}\n")
    for exchange in exchanges:
        mark = output.bad("wrong") if exchange.faults else output.good("ok   ")
        output.say(f"  {mark}  {exchange.status}  {printable(str(exchange.question))}")
        for fault in exchange.faults:
            output.say(click.wrap_text(fault.message, 96, initial_indent=" " * 9, subsequent_indent=" " * 9))

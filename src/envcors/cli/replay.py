"""``envcors replay``: answers recorded decisions with another configuration."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, NamedTuple, TypeGuard, get_args

import click

from envcors.cli import output
from envcors.cli.governing_policy import GoverningPolicy, governing_policy
from envcors.cli.target import Target
from envcors.explanation import option_of_reason
from envcors.observe.json_lines import VERSION
from envcors.observe.record import Outcome
from envcors.problems import counted, printable
from envcors.protocol.decision import decide, is_foreign_write

_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 100_000
_MOST_REMEMBERED = 200_000
_MOST_GROUPS = 10_000
_SHOWN_GROUPS = 20
_CUT = "…"
_KINDS = ("preflight", "actual")
_OUTCOMES = get_args(Outcome)
_FIELDS = ("kind", "outcome", "reason", "method", "path", "origin", "requested_headers")


_Advance = Callable[[IO[bytes], int], int]


class Question(NamedTuple):
    """What a decision depends on."""

    kind: str
    is_write: bool
    method: str
    path: str
    origin: str
    requested_headers: str


class Group(NamedTuple):
    """Requests that change in the same way."""

    origin: str
    method: str
    path: str
    reason: str
    setting: str


@dataclass(slots=True)
class Replayed:
    """The result of all logs.

    Attributes:
        blocked: What would be blocked that was allowed.
        allowed: What would be allowed that was blocked.
        records: How many decisions were answered anew.
        recorded_allowed: How many of them were allowed.
        summarised: How many decisions the logs only count.
        incomplete: How many records lack what a decision needs: a text in them is cut.
        other_versions: How many records have another format.
        skipped: How many lines hold no decision.
        first_skipped: Where the first of them is; empty for none.
    """

    blocked: Counter[Group] = field(default_factory=Counter)
    allowed: Counter[Group] = field(default_factory=Counter)
    records: int = 0
    recorded_allowed: int = 0
    summarised: int = 0
    incomplete: int = 0
    other_versions: int = 0
    skipped: int = 0
    first_skipped: str = ""


def run(target: Target, logs: Sequence[str], *, style: str) -> int:
    """Print what changes, and return the exit status: 1 if something is blocked that was allowed."""
    if target.problems or target.configuration is None:
        return output.refused(target, style)
    replayed = Replayed()
    answers = _Answers(target)
    for name in logs:
        for place, line in _lines(name):
            _take(replayed, answers, place, line)
    if not replayed.records:
        raise click.UsageError(_nothing(replayed))
    if style == "json":
        output.print_json(_json(replayed))
    else:
        _print(replayed)
    return 1 if replayed.blocked else 0


class _Answers:
    """The answers of one configuration, each decided once."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[tuple[Question, str], tuple[bool, str, str]] = {}

    def answer(self, question: Question, old_reason: str) -> tuple[bool, str, str]:
        """Return whether a request is allowed, why, and the setting that makes the difference."""
        key = question, old_reason
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._decided(question, old_reason)
        return found

    def _decided(self, question: Question, old_reason: str) -> tuple[bool, str, str]:
        path_info = question.path.encode("utf-8", "surrogateescape").decode("latin-1")
        governing = governing_policy(self._target, path_info, question.method)
        environ: dict[str, object] = {
            "REQUEST_METHOD": question.method,
            "PATH_INFO": path_info,
            "HTTP_ORIGIN": question.origin,
            "HTTP_SEC_FETCH_SITE": "cross-site",
        }
        if question.is_write:
            return self._foreign_write(governing, question, environ)
        if question.kind == "preflight":
            decision = decide(
                governing.policy,
                "OPTIONS",
                question.origin,
                question.method,
                question.requested_headers or None,
                environ,
            )
        else:
            passes, reason, setting = self._foreign_write(governing, question, environ)
            if not passes:
                return False, reason, setting
            decision = decide(governing.policy, question.method, question.origin, None, None, environ)
        option = option_of_reason(old_reason if decision.allowed else decision.reason)
        return decision.allowed, decision.reason, "" if option is None else governing.setting(option)

    def _foreign_write(
        self, governing: GoverningPolicy, question: Question, environ: Mapping[str, object]
    ) -> tuple[bool, str, str]:
        protection = governing.elsewhere if governing.policy is None else governing.policy.csrf_protection
        known = {name: value for name, value in environ.items() if name != "HTTP_ORIGIN" or question.origin}
        stopped = protection == "enforce" and is_foreign_write(governing.policy, question.method, known)
        return not stopped, "foreign-write" if stopped else "allowed", governing.setting("csrf_protection")


def _take(replayed: Replayed, answers: _Answers, place: str, line: bytes) -> None:
    record = _record(line)
    if record is None:
        if line.strip():
            replayed.skipped += 1
            replayed.first_skipped = replayed.first_skipped or place
        return
    if record.get("envcors") != VERSION:
        replayed.other_versions += 1
        return
    if record.get("event") == "summary":
        replayed.summarised += sum(_numbers(record.get("counts")))
        return
    texts = [record.get(name) for name in _FIELDS]
    if not _are_texts(texts) or texts[0] not in _KINDS or texts[1] not in _OUTCOMES:
        replayed.skipped += 1
        replayed.first_skipped = replayed.first_skipped or place
        return
    kind, outcome, reason, method, path, origin, headers = texts
    if any(text.endswith(_CUT) for text in (path, origin, headers, method)):
        replayed.incomplete += 1
        return
    was_allowed = outcome in ("allowed", "reported")
    replayed.records += 1
    replayed.recorded_allowed += was_allowed
    question = Question(kind, reason == "foreign-write", method, path, origin, headers)
    allowed, new_reason, setting = answers.answer(question, reason)
    # CORS hides an answer after the application has run; a foreign write that is stopped does not even reach it.
    is_stopped = new_reason == "foreign-write" != reason
    if allowed is not was_allowed or is_stopped:
        groups = replayed.allowed if allowed else replayed.blocked
        group = Group(origin, method, path, reason if allowed else new_reason, setting)
        if group not in groups and len(groups) >= _MOST_GROUPS:
            group = Group("others", "", "", "", "")
        groups[group] += 1


def _record(line: bytes) -> dict[str, object] | None:
    """Return a record of envcors; None for any other line."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "envcors" in found else None


def _numbers(counts: object) -> Iterator[int]:
    for number in counts.values() if isinstance(counts, dict) else ():
        if isinstance(number, int) and not isinstance(number, bool) and number > 0:
            yield number


def _are_texts(values: list[object]) -> TypeGuard[list[str]]:
    return all(isinstance(value, str) for value in values)


def _lines(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the lines of a log, plain or compressed, each with its place. Raises click.BadParameter."""
    shown = "standard input" if name == "-" else printable(name)
    try:
        with _opened(name) as (file, raw, size), _progress(size, shown) as advance:
            number, before = 0, 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if number % 10_000 == 0:
                    before = advance(raw, before)
                yield f"{shown} line {number}", line
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        reason = getattr(error, "strerror", None) or "it is damaged, or a part of it is missing"
        raise click.BadParameter(f"{shown} cannot be read: {reason}.", param_hint="LOG") from None


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], IO[bytes], int]]:
    """Open a log: what to read, the file below it, and its size in bytes, 0 if that is unknown."""
    raw: IO[bytes] = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115 - closed below
    try:
        buffered = io.BufferedReader(raw) if isinstance(raw, io.RawIOBase) else raw
        beginning = buffered.peek(2)[:2] if isinstance(buffered, io.BufferedReader) else b""
        size = 0 if name == "-" else os.fstat(raw.fileno()).st_size
        if beginning == _GZIP:
            with gzip.open(buffered) as unpacked:
                yield io.BufferedReader(unpacked), raw, size
        else:
            yield buffered, raw, size
    finally:
        if name != "-":
            raw.close()


@contextmanager
def _progress(size: int, label: str) -> Iterator[_Advance]:
    """Show a progress bar on a terminal."""
    if not size or not sys.stderr.isatty():
        yield lambda _raw, before: before
        return
    with click.progressbar(length=size, label=label, file=sys.stderr) as bar:

        def advance(raw: IO[bytes], before: int) -> int:
            position = raw.tell()
            bar.update(position - before)
            return position

        yield advance
        bar.update(size)


def _nothing(replayed: Replayed) -> str:
    if replayed.other_versions:
        return "The log has records of another version of envcors only."
    if replayed.summarised:
        return "The log has summaries only: no single decision is in it."
    if replayed.incomplete:
        return "No record of the log is complete: their texts are cut."
    if replayed.skipped:
        return (
            f"There is no decision in the log ({replayed.first_skipped} is no record of envcors). Write it with "
            "envcors.observe.JSONFormatter (docs/observability.md)."
        )
    return "The log is empty."


def _remarks(replayed: Replayed) -> Iterator[str]:
    if not replayed.recorded_allowed:
        yield "The log has blocked decisions only: CORS_LOG_DECISIONS=all records what a tighter policy would block."
    if replayed.summarised:
        yield f"{replayed.summarised:,} more decisions are only counted in summaries, and are not part of this."
    if replayed.incomplete:
        yield f"{replayed.incomplete:,} records lack what a decision needs: a text in them is cut."
    if replayed.other_versions:
        yield f"{replayed.other_versions:,} records are of another version of envcors."
    if replayed.skipped:
        yield f"{replayed.skipped:,} lines are no records of decisions; the first is {replayed.first_skipped}."


def _print(replayed: Replayed) -> None:
    changed = sum(replayed.blocked.values()) + sum(replayed.allowed.values())
    state = output.bad("blocks more") if replayed.blocked else output.good("ok")
    output.print_line(f"{state}: {replayed.records:,} recorded decisions, {changed:,} would change")
    _print_groups("Would be blocked, and was allowed:", replayed.blocked)
    _print_groups("Would be allowed, and was blocked:", replayed.allowed)
    remarks = list(_remarks(replayed))
    if remarks:
        output.print_line("\n" + "\n".join(remarks))


def _print_groups(heading: str, groups: Counter[Group]) -> None:
    if not groups:
        return
    output.print_line(f"\n{heading}\n")
    rows = [
        (f"{number:,}", group.origin, f"{group.method} {group.path}", group.reason, group.setting)
        for group, number in groups.most_common(_SHOWN_GROUPS)
    ]
    output.print_line(output.columns([("requests", "origin", "request", "reason", "setting"), *rows]))
    if len(groups) > _SHOWN_GROUPS:
        rest = sum(groups.values()) - sum(number for _, number in groups.most_common(_SHOWN_GROUPS))
        output.print_line(f"  … and {counted(rest, 'request')} in {len(groups) - _SHOWN_GROUPS} more groups")


def _json(replayed: Replayed) -> dict[str, object]:
    return {
        "ok": not replayed.blocked,
        "records": replayed.records,
        "blocked": _rows(replayed.blocked),
        "allowed": _rows(replayed.allowed),
        "summarised": replayed.summarised,
        "incomplete": replayed.incomplete,
        "other_versions": replayed.other_versions,
        "skipped": replayed.skipped,
        "remarks": list(_remarks(replayed)),
    }


def _rows(groups: Counter[Group]) -> list[dict[str, object]]:
    return [{**group._asdict(), "requests": number} for group, number in groups.most_common()]

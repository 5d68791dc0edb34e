"""``envcors origins``: reads and changes the origins of a store."""

from __future__ import annotations

import getpass
import math
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from envcors.cli import output
from envcors.cli.stores import members_of
from envcors.cli.target import Target
from envcors.problems import Problem, counted, printable
from envcors.protocol.grammar import read_pattern
from envcors.report import entry_of
from envcors.settings.store_url import StoreURL

if TYPE_CHECKING:
    from envcors.store.database import Change
    from envcors.store.writing import Member, Store

UNREACHABLE = 3
_DURATION = re.compile(r"([0-9]{1,6})\s*(m|min|h|d|w)")
_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CHECKED_AT_ONCE = 5_000
_MOST_SHOWN = 20


def add(
    target: Target,
    *,
    origins: Sequence[str],
    lifetime: str | None,
    by: str | None,
    dry_run: bool,
    resource: str | None,
    style: str,
) -> int:
    """Add origins, and return the exit status."""
    sources = ["argument"] * len(origins)

    def run(store: Store) -> int:
        return _add(store, origins, sources, lifetime=lifetime, by=by, dry_run=dry_run, style=style)

    return _run(target, resource, style, run)


def import_file(
    target: Target,
    *,
    file: str,
    lifetime: str | None,
    by: str | None,
    dry_run: bool,
    resource: str | None,
    style: str,
) -> int:
    """Add the origins of a file, one on each line, and return the exit status."""
    origins, sources = _read(file)

    def run(store: Store) -> int:
        return _add(store, origins, sources, lifetime=lifetime, by=by, dry_run=dry_run, style=style)

    return _run(target, resource, style, run)


def remove(
    target: Target, *, origins: Sequence[str], by: str | None, dry_run: bool, resource: str | None, style: str
) -> int:
    """Remove origins, and return the exit status."""

    def run(store: Store) -> int:
        from envcors.store.writing import OriginsRefused

        if dry_run:
            held = {member.origin for member in store.members()}
            absent = [origin for origin in origins if origin not in held]
            return _printed(style, {"dry_run": True, "absent": absent}, _dry(f"remove {_number(origins)}", absent))
        try:
            revision = store.remove(*origins, by=by or _user())
        except OriginsRefused as refusal:
            return _refused(refusal.problems, style)
        still = dict(_still_allowed(target, store, origins))
        lines = [f"{output.good('removed')} {_number(origins)}: revision {revision}"]
        lines += [f"  {origin} is still allowed by {pattern}" for origin, pattern in still.items()]
        return _printed(style, {"removed": list(origins), "revision": revision, "still_allowed": still}, lines)

    return _run(target, resource, style, run)


def list_origins(target: Target, *, resource: str | None, style: str) -> int:
    """Print all origins of a store, and return the exit status."""

    def run(store: Store) -> int:
        content = store.content()
        members = store.members()
        rows = [(member.origin, _expiry(member), _note(member)) for member in members]
        head = f"{counted(len(members), 'origin')}, revision {content.revision}, {store.url}"
        lines = [head, *([output.columns(rows)] if rows else [])]
        value = {"store": str(store.url), "revision": content.revision, "origins": [_member(m) for m in members]}
        return _printed(style, value, lines)

    return _run(target, resource, style, run)


def history(target: Target, *, number: int, resource: str | None, style: str) -> int:
    """Print the last changes, the latest first, and return the exit status."""

    def run(store: Store) -> int:
        from envcors.store.database import described

        changes = store.history(number)
        rows = [(_moment(change.time), change.by, described(change)) for change in changes]
        lines = [output.columns(rows, indent=0)] if rows else ["Nobody has changed this store yet."]
        return _printed(style, {"changes": [_change(change) for change in changes]}, lines)

    return _run(target, resource, style, run)


def verify(target: Target, *, resource: str | None, style: str) -> int:
    """Check all members of a store, and return the exit status."""

    def run(store: Store) -> int:
        content, members = store.content(), store.members()
        bad = [member for member in members if member.rule]
        expired = [member for member in members if member.has_expired]
        lost = content.revision == 0 and bool(members)
        reasons = [
            *([f"left out, because they violate a rule: {len(bad)}"] if bad else []),
            *([f"left out, because they are no text: {content.undecodable}"] if content.undecodable else []),
            *(
                ["the revision is missing: workers ignore the store until `envcors origins` writes to it"]
                if lost
                else []
            ),
        ]
        state = output.bad("invalid") if reasons else output.good("ok")
        lines = [
            f"{state}: {counted(len(members), 'origin')}, {len(expired)} expired, revision {content.revision}",
            *(f"  {reason}" for reason in reasons),
            *(f"  {printable(member.origin)}: {member.rule}" for member in bad[:_MOST_SHOWN]),
            *([f"  … and {len(bad) - _MOST_SHOWN} more"] if len(bad) > _MOST_SHOWN else []),
        ]
        value = {
            "ok": not reasons,
            "origins": len(members),
            "expired": len(expired),
            "revision": content.revision,
            "undecodable": content.undecodable,
            "invalid": [_member(member) for member in bad],
        }
        _printed(style, value, lines)
        return 1 if reasons else 0

    return _run(target, resource, style, run)


def _run(target: Target, resource: str | None, style: str, command: Callable[[Store], int]) -> int:
    """Run a command on the store that a configuration names, and return the exit status."""
    if target.problems or target.configuration is None:
        return output.refused(target, style)
    with _connected(target, resource) as store:
        from envcors.store.database import StoreError

        try:
            return command(store)
        except StoreError as error:
            _print_error(str(error), style)
            return UNREACHABLE if error.is_away else 1


@contextmanager
def _connected(target: Target, resource: str | None) -> Iterator[Store]:
    if target.configuration is None:
        raise click.UsageError("There is no configuration.")
    settings = target.configuration.settings
    url = settings.origins_store
    if resource is not None:
        found = [entry for entry in settings.resources if resource in (entry.name, *map(str, entry.paths))]
        if not found:
            raise click.BadParameter(f"No resource is called {printable(resource)}.", param_hint="--resource")
        scope_url = found[0].options.get("origins_store")
        url = settings.origins_store if scope_url is None else StoreURL.parse(scope_url.value)
    if url is None:
        raise click.UsageError(f"There is no store of origins: set {settings.variable('origins_store')}=redis://…")
    from envcors.store.writing import Store

    store = Store(url, {members.rules for members in members_of(target) if members.url == url})
    try:
        yield store
    finally:
        store.close()


def _add(
    store: Store,
    origins: Sequence[str],
    sources: Sequence[str],
    *,
    lifetime: str | None,
    by: str | None,
    dry_run: bool,
    style: str,
) -> int:
    from envcors.store.writing import OriginsRefused

    duration = None if lifetime is None else _duration(lifetime)
    try:
        _check(store, origins, sources)
        if dry_run:
            held = {member.origin for member in store.members()}
            new = [origin for origin in dict.fromkeys(origins) if origin not in held]
            text = f"would add {counted(len(new), 'new origin')} to {store.url}; nothing was written"
            return _printed(style, {"dry_run": True, "new": new}, [text])
        revision = store.add(*origins, by=by or _user(), lifetime=duration)
    except OriginsRefused as refusal:
        return _refused(refusal.problems, style)
    until = "" if duration is None else f" until {_moment(time.time() + duration.total_seconds())}"
    line = f"{output.good('added')} {_number(origins)}{until}: revision {revision}"
    return _printed(style, {"added": len(set(origins)), "revision": revision}, [line])


def _check(store: Store, origins: Sequence[str], sources: Sequence[str]) -> None:
    """Check all origins; many of them with a progress bar on a terminal. Raises OriginsRefused with all problems."""
    from envcors.store.writing import OriginsRefused

    if len(origins) <= _CHECKED_AT_ONCE or not sys.stderr.isatty():
        store.check(origins, sources)
        return
    problems: list[Problem] = []
    with click.progressbar(length=len(origins), label="Checking", file=sys.stderr) as bar:
        for start in range(0, len(origins), _CHECKED_AT_ONCE):
            part = slice(start, start + _CHECKED_AT_ONCE)
            try:
                store.check(origins[part], sources[part])
            except OriginsRefused as refusal:
                problems += refusal.problems
            bar.update(len(origins[part]))
    if problems:
        raise OriginsRefused(problems)


def _read(file: str) -> tuple[list[str], list[str]]:
    """Return the origins of a file and the place of each: one on each line; empty lines and # lines are left out."""
    try:
        if file == "-":
            text = sys.stdin.read()
        else:
            with open(file, encoding="utf-8-sig") as opened:
                text = opened.read()
    except OSError as error:
        raise click.BadParameter(f"{printable(file)} cannot be read: {error.strerror}.", param_hint="FILE") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{printable(file)} is not UTF-8 text.", param_hint="FILE") from None
    origins, sources = [], []
    name = "standard input" if file == "-" else file
    for number, line in enumerate(text.splitlines(), 1):
        item = line.strip()
        if item and not item.startswith("#"):
            origins.append(item)
            sources.append(f"{name} line {number}")
    return origins, sources


def _still_allowed(target: Target, store: Store, origins: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each removed origin that a pattern of the configuration or of the store still allows, with what does."""
    from envcors.protocol.origins import Origin, OriginError, OriginPattern

    configuration = target.configuration
    listed = [] if configuration is None else [item for item in configuration.settings.origins if isinstance(item, str)]
    patterns = [*listed, *(member.origin for member in store.members() if "*" in member.origin)]
    for text in origins:
        if read_pattern(text) is None or "*" in text:
            continue
        try:
            origin = Origin.parse(text)
        except OriginError:
            continue
        for pattern in patterns:
            if pattern == "*" or OriginPattern.parse(pattern).matches(origin):
                yield text, pattern
                break


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not int(match[1]):
        raise click.BadParameter(f"{printable(text)} is no duration, such as 30d, 12h or 45m.", param_hint="--for")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def _user() -> str:
    """Return who runs the command: a name and the name of the machine."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _number(origins: Sequence[str]) -> str:
    return counted(len(set(origins)), "origin")


def _dry(what: str, absent: Sequence[str]) -> list[str]:
    lines = [f"would {what}; nothing was written"]
    return lines + [f"  {printable(origin)} is not in the store" for origin in absent]


def _expiry(member: Member) -> str:
    return "" if member.expiry == math.inf else f"until {_moment(member.expiry)}"


def _note(member: Member) -> str:
    if member.rule:
        return f"left out: {member.rule}"
    return "expired" if member.has_expired else ""


def _member(member: Member) -> dict[str, object]:
    expiry = None if member.expiry == math.inf else member.expiry
    return {"origin": member.origin, "expiry": expiry, "expired": member.has_expired, "rule": member.rule or None}


def _change(change: Change) -> dict[str, object]:
    return {
        "time": change.time,
        "by": change.by,
        "operation": change.operation,
        "number": change.number,
        "origins": None if change.members is None else list(change.members),
        "until": None if change.until == math.inf else change.until,
        "revision": change.revision,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _refused(problems: Sequence[Problem], style: str) -> int:
    if style == "json":
        output.print_json({"ok": False, "problems": [problem.as_dict() for problem in problems]})
        return 1
    output.print_line(f"{output.bad('refused')}: {counted(len(problems), 'problem')}, nothing was written", err=True)
    width = max(len(problem.rule) for problem in problems)
    for problem in problems[:_MOST_SHOWN]:
        output.print_line(entry_of(problem, width).rstrip(), err=True)
    if len(problems) > _MOST_SHOWN:
        output.print_line(f"… and {len(problems) - _MOST_SHOWN} more", err=True)
    return 1


def _printed(style: str, value: dict[str, object], lines: Iterable[str]) -> int:
    if style == "json":
        output.print_json(value)
    else:
        for line in lines:
            output.print_line(line)
    return 0


def _print_error(sentence: str, style: str) -> None:
    if style == "json":
        output.print_json({"ok": False, "error": sentence})
    else:
        output.print_line(f"{output.bad('error')}: {sentence}", err=True)

"""The stores of origins that a configuration names, read for a command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from envcors.cli import output
from envcors.cli.target import Target
from envcors.problems import Problem, Source, counted
from envcors.protocol.policy import Policy
from envcors.rules.catalogue import problem
from envcors.rules.stored import StoredMembers
from envcors.settings.store_url import StoreURL


def with_stores(target: Target) -> Target:
    """Read all stores of a valid configuration, so that its policies allow their members.

    A store that cannot be read is a problem of the target.
    """
    if target.problems:
        return target
    found = [_read(target, url) for url in dict.fromkeys(members.url for members in members_of(target))]
    return replace(target, problems=tuple(entry for entry in found if entry is not None))


def members_of(target: Target) -> Iterator[StoredMembers]:
    """Yield the members that the policies of a target allow."""
    for policy in _policies(target):
        if isinstance(policy.members, StoredMembers):
            yield policy.members


def print_stores(target: Target) -> None:
    """Print what was read of each store."""
    from envcors.store.listener import listener_of

    for url in dict.fromkeys(members.url for members in members_of(target)):
        status = listener_of(url).status
        if not status.error and status.compared:
            at = datetime.fromtimestamp(status.compared, UTC).strftime("%H:%M:%SZ")
            left_out = f", {status.left_out} left out" if status.left_out else ""
            text = f"{counted(status.members, 'origin')}{left_out}, revision {status.revision}, read at {at}"
            output.print_line(f"\n  store {url}: {text}")


def _policies(target: Target) -> Iterator[Policy]:
    if target.enforcement is not None:
        yield from target.enforcement.policies.policies()
    elif target.configuration is not None and target.configuration.table is not None:
        yield from target.configuration.table.policies()


def _read(target: Target, url: StoreURL) -> Problem | None:
    from envcors.store.database import StoreError
    from envcors.store.listener import listener_of

    listener = listener_of(url)
    concerned = [members for members in members_of(target) if members.url == url]
    for members in concerned:
        listener.serve(members)
    try:
        listener.load()
    except StoreError as error:
        return _problem(target, url, str(error))
    for members in concerned:
        members.is_current = True  # it was read a moment ago, and a command ends in a moment
    return None


def _problem(target: Target, url: StoreURL, sentence: str) -> Problem:
    settings = target.configuration.settings if target.configuration else None
    variable = f"{target.prefix}ORIGINS_STORE"
    source = settings.source("origins_store") if settings else Source("environment")
    fix = f"start it, or correct {variable}"
    return problem("source-unreadable", variable, str(url), source, message=sentence, fix=fix)

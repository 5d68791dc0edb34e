"""The stores of origins that the policies of an application use."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from envcors.flask.recorded import is_recording
from envcors.problems import Problem
from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.refusal import BootRefused
from envcors.rules.catalogue import problem
from envcors.rules.stored import StoredMembers
from envcors.settings.model import CORSSettings
from envcors.settings.store_url import StoreURL
from envcors.threads import threads_run

if TYPE_CHECKING:
    from envcors.store.writing import Store

_logger = logging.getLogger("envcors")


def read_at_boot(policies: Iterable[Policy], settings: CORSSettings) -> None:
    """Read each store that this process has not read yet. Raises BootRefused where one is required and not readable.

    A command that loads the application does not connect.
    """
    urls = dict.fromkeys(found.url for found in _members(policies))
    if not urls or is_recording():
        return
    from envcors.store.database import StoreError
    from envcors.store.listener import listener_of

    problems: list[Problem] = []
    for url in urls:
        if not threads_run():
            problems.append(_without_threads(settings, url))
        elif not listener_of(url).was_tried:
            try:
                listener_of(url).load()
            except StoreError as error:
                if settings.origins_store_required:
                    problems.append(unusable(settings, url, str(error)))
                else:
                    _logger.warning("%s The application starts without the origins of this store.", error)
    if problems:
        raise BootRefused(problems, production=settings.production)


def serve(policies: Iterable[Policy]) -> None:
    """Keep the members of policies up to date, from the first decision that concerns them.

    A command that loads the application connects to a store only where it is told to.
    """
    for members in () if is_recording() else _members(policies):
        from envcors.store.listener import listener_of

        listener_of(members.url).serve(members)


def of(settings: CORSSettings, table: PolicyTable) -> Store:
    """Return the application's own store, to write to. Raises LookupError if it has none."""
    from envcors.store.writing import Store

    url = settings.origins_store
    if url is None:
        raise LookupError(f"There is no store of origins: set {settings.variable('origins_store')}.")
    return Store(url, {found.rules for found in _members(table.policies()) if found.url == url})


def unusable(settings: CORSSettings, url: StoreURL, sentence: str) -> Problem:
    """Return the problem of a store that cannot be read."""
    variable, source = _written(settings, url)
    optional = f"{settings.variable('origins_store_required')}=false"
    fix = f"start it or correct {variable}; {optional} starts without its origins"
    return problem("source-unreadable", variable, str(url), source, message=sentence, fix=fix)


def _without_threads(settings: CORSSettings, url: StoreURL) -> Problem:
    variable, source = _written(settings, url)
    message = "uWSGI runs no threads here, so that no worker would hear of a removed origin."
    return problem("usage", variable, str(url), source, message=message, fix="enable-threads = true in uWSGI's options")


def _written(settings: CORSSettings, url: StoreURL) -> tuple[str, str]:
    """Return the variable that names a store, and its source."""
    for resource in settings.resources:
        located = resource.options.get("origins_store")
        if located is not None and StoreURL.parse(located.value) == url:
            return located.setting, located.source
    return settings.variable("origins_store"), settings.source("origins_store")


def _members(policies: Iterable[Policy]) -> Iterator[StoredMembers]:
    for policy in policies:
        if isinstance(policy.members, StoredMembers):
            yield policy.members

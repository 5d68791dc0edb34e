"""Entries of ``app.config`` that were set after ``CORS(app)``, which has read them by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from envcors.problems import Problem, printable
from envcors.rules.catalogue import usage
from envcors.settings.names import Names


def snapshot(config: Mapping[str, object]) -> dict[str, object]:
    """Return a copy that notices what is changed in place: lists, sets and mappings are copied."""
    return {name: _copied(value) for name, value in config.items()}


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [*map(_copied, value)]
    return set(value) if isinstance(value, set) else value


def late_entries(before: Mapping[Any, object], now: Mapping[Any, object], names: Names) -> Iterator[Problem]:
    """Yield a problem for each entry with one of our names that is not what ``CORS(app)`` has read."""
    for name in sorted(key for key in before.keys() | now.keys() if isinstance(key, str) and names.may_be_meant(key)):
        if not _is_same(before.get(name), now.get(name)):
            entry = f'app.config["{printable(name)}"]'
            yield usage(
                f"{entry} was set after CORS(app), so it has no effect: CORS(app) reads app.config once.",
                f"{entry} = … above CORS(app)",
            )


def _is_same(one: object, other: object) -> bool:
    try:
        return one is other or bool(one == other)
    except Exception:  # noqa: BLE001 - a comparison is anybody's code
        return False

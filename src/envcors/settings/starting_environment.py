"""The environment with which this process was started: what a file brought in later is not in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from envcors.settings import marker


def has(name: str, value: str) -> bool:
    """Return whether the process was started with this variable, so that it cannot come from a ``.env`` file.

    Only Linux shows this (``/proc/self/environ``); elsewhere the result is False, which allows nothing more. What
    Flask's reloader handed on from a file came from that file.
    """
    variables = _variables()
    return variables.get(name) == value and not marker.is_from_file(variables, name, value)


def is_known() -> bool:
    """Return whether the environment at the start of the process is known."""
    return bool(_variables())


def is_test_run() -> bool:
    """Return whether this very process runs tests, which set variables for their own applications.

    pytest sets the variable while a test runs. A server that a test starts has it from the start, and is a server.
    """
    return "PYTEST_CURRENT_TEST" in os.environ and "PYTEST_CURRENT_TEST" not in _variables()


@cache
def _variables() -> Mapping[str, str]:
    try:
        with open("/proc/self/environ", "rb") as file:
            content = file.read()
    except OSError:
        return {}
    entries = (entry.partition(b"=") for entry in content.split(b"\0") if entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in entries}

"""Where the programs of a browser are, and what happens to a test where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import NoReturn

import pytest


class NoBrowserError(Exception):
    """A browser is not installed; the message says where the tests looked for it."""

    def __init__(self, name: str, places: Iterable[str]) -> None:
        super().__init__(f"{name} is not installed: {', '.join(places)} not found")


def program(name: str, variable: str, commands: Iterable[str]) -> str:
    """The path of a program: that of the environment variable if it is set, else the first known command's.

    Raises:
        NoBrowserError: There is none.
    """
    named = os.environ.get(variable)
    for command in (named,) if named else commands:
        path = shutil.which(command)
        if path is not None:
            return path
    raise NoBrowserError(name, (variable, *commands))


def missing(error: NoBrowserError) -> NoReturn:
    """Skip the test for this reason; in CI fail it, where a skipped test would go unnoticed."""
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))

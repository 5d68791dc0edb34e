"""A Redis server for the tests of this directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.finding import NoBrowserError, missing
from tests.store.redis_server import RedisServer, redis_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server without data. Without redis-server the test is skipped and says so, but in CI it fails."""
    try:
        with redis_server(tmp_path) as started:
            yield started
    except NoBrowserError as error:
        missing(error)

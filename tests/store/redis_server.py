"""A real Redis server of a test: started, stopped, emptied and restored by it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from tests.browser.finding import NoBrowserError
from tests.processes import Running, free_port, running

PASSWORD = "s3cret-of-redis"


def find() -> str:
    """The path of redis-server. Raises NoBrowserError where it is missing."""
    path = shutil.which("redis-server")
    if path is None:
        raise NoBrowserError("Redis", ["redis-server"])
    return path


class RedisServer:
    """One server, on a port that stays the same when it is started again."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.port = free_port()
        self.directory = directory
        self._options = options
        self._stack = ExitStack()
        self.process: Running | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=PASSWORD)

    def start(self) -> None:
        common = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory))
        command = [find(), *common, "--save", "", "--requirepass", PASSWORD, *self._options]
        self.process = self._stack.enter_context(running(command))
        self.process.wait_for_port(self.port)

    def stop(self) -> None:
        self._stack.close()

    def write(self, *command: str | float) -> object:
        """Send a command as somebody does who does not use envcors."""
        with self.client as client:
            return client.execute_command(*command)


@contextmanager
def redis_server(directory: Path, options: Sequence[str] = ()) -> Iterator[RedisServer]:
    server = RedisServer(directory, *options)
    server.start()
    try:
        yield server
    finally:
        server.stop()

"""Sends requests to a real application while policies change and things break, and checks every answer.

``make load`` swaps a mounted directory and writes to a store; ``make faults`` also kills Redis, empties it, lets it
answer nothing, kills workers and replaces all of them. Exit status: 0 no answer was wrong, 1 at least one was.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from envcors.rules.stored import MemberRules
from envcors.settings.store_url import StoreURL
from envcors.store.database import StoreError
from envcors.store.writing import Store
from tests.processes import Running, free_port, running
from tests.store.redis_server import RedisServer

OWN, STRANGER = "https://own.acme.io", "https://evil.example"
STORED = [f"https://customer{number}.example.org" for number in range(20)]
MOUNTED = [f"https://mounted{number}.acme.io" for number in range(5)]
APPLICATION = """
from flask import Flask
from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/")
def index():
    return "x" * 2000
"""
GRACE_SECONDS = 1.5
"""A change is in force within a second; the rest is for a busy machine."""
RELOAD_SECONDS = 0.5


@dataclass
class Legal:
    """Which answers were legal when: for each origin the last change of its state."""

    changes: dict[str, tuple[float, bool]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, origin: str, allowed: bool) -> None:
        """Note that an origin is allowed, or is not, from now on."""
        with self.lock:
            self.changes[origin] = (time.monotonic(), allowed)

    def must_not_allow(self, origin: str, begun: float) -> bool:
        """Whether allowing the origin is wrong: it was not allowed since long before the request began."""
        changed, allowed = self.changes.get(origin, (0.0, False))
        return not allowed and begun - changed > GRACE_SECONDS


@dataclass
class Seen:
    """What the clients saw."""

    requests: int = 0
    wrong: list[str] = field(default_factory=list)
    blocked: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    longest: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Clients:
    """Threads that send requests until they are stopped."""

    def __init__(self, port: int, legal: Legal) -> None:
        self.seen = Seen()
        self.phase = ""
        self._port = port
        self._legal = legal
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        connection: HTTPConnection | None = None
        while not self._stopped.is_set():
            origin = random.choice([OWN, STRANGER, *STORED, *MOUNTED])  # noqa: S311 - for no secret
            begun = time.monotonic()
            try:
                connection = connection or HTTPConnection("127.0.0.1", self._port, timeout=30)
                connection.request("GET", "/", headers={"Origin": origin})
                response = connection.getresponse()
                response.read()
            except (OSError, HTTPException):  # a worker was killed while it answered
                connection = None
                with self.seen.lock:
                    self.seen.refused += 1
                continue
            allowed = response.getheader("Access-Control-Allow-Origin") == origin
            if response.getheader("Connection") == "close":
                connection = None
            self._note(origin, allowed, begun)

    def _note(self, origin: str, allowed: bool, begun: float) -> None:
        with self.seen.lock:
            self.seen.requests += 1
            took = time.monotonic() - begun
            self.seen.longest[self.phase] = max(self.seen.longest.get(self.phase, 0.0), took)
            if origin == OWN and not allowed:
                self.seen.wrong.append(f"{self.phase}: {OWN} was blocked")
            elif allowed and origin != OWN and self._legal.must_not_allow(origin, begun):
                self.seen.wrong.append(f"{self.phase}: {origin} was allowed")
            elif not allowed and self._legal.changes.get(origin, (0.0, False))[1]:
                self.seen.blocked[self.phase] += 1


class Stack:
    """A Redis server, an application with a mounted directory and a store under gunicorn, and what may be changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.redis = RedisServer(directory)
        self.legal = Legal()
        self.port = free_port()
        self.mounted = directory / "cors"
        self._number = 0
        url = StoreURL.parse(self.redis.url)
        if url is None:
            raise ValueError(self.redis.url)
        self.store = Store(url, [MemberRules(production=True, waived=frozenset())])

    @contextmanager
    def serving(self) -> Iterator[Running]:
        """Start everything, and stop it at the end of the block."""
        self.redis.start()
        (self.directory / "shop.py").write_text(APPLICATION)
        self.swap()
        variables = {
            "CORS_CONFIG_DIR": str(self.mounted),
            "CORS_RELOAD_SECONDS": str(RELOAD_SECONDS),
            "CORS_ORIGINS_STORE": self.redis.url,
        }
        options = ["--bind", f"127.0.0.1:{self.port}", "--workers", "4", "--threads", "2", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", *options, "shop:app"]
        with running(command, variables, cwd=self.directory, port=self.port) as server:
            yield server
        self.redis.stop()

    def swap(self) -> None:
        """Swap the mounted directory as Kubernetes does."""
        self._number += 1
        chosen = random.sample(MOUNTED, 2)
        version = self.mounted / f"..v{self._number}"
        version.mkdir(parents=True)
        (version / "CORS_ORIGINS").write_text(",".join([OWN, *chosen]))
        for origin in MOUNTED:
            if origin in chosen:
                self.legal.set(origin, True)
        new = self.mounted / "..new"
        new.symlink_to(version.name)
        os.replace(new, self.mounted / "..data")
        if not (self.mounted / "CORS_ORIGINS").is_symlink():
            (self.mounted / "CORS_ORIGINS").symlink_to("..data/CORS_ORIGINS")
        for origin in MOUNTED:
            if origin not in chosen and self.legal.changes.get(origin, (0.0, False))[1]:
                self.legal.set(origin, False)

    def write(self) -> None:
        """Add or remove one origin of the store."""
        origin = random.choice(STORED)  # noqa: S311 - as above
        try:
            if self.legal.changes.get(origin, (0.0, False))[1]:
                self.store.remove(origin, by="load")
                self.legal.set(origin, False)
            else:
                self.legal.set(origin, True)
                self.store.add(origin, by="load")
        except (StoreError, ValueError):
            pass  # Redis is away, or has lost the origin: what was in force stays in force

    def restored(self) -> None:
        """After a loss: write the set again, as an operator does."""
        kept = [origin for origin in STORED if self.legal.changes.get(origin, (0.0, False))[1]]
        self.store.add(*(kept or STORED[:1]), by="load")
        for origin in kept or STORED[:1]:
            self.legal.set(origin, True)


def change(stack: Stack, seconds: float) -> None:
    """Change policies for some time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stack.write()
        if random.random() < 0.2:  # noqa: S311 - as above
            stack.swap()
        time.sleep(0.1)


def breakages(stack: Stack, server: Running) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what breaks: its name and what causes it."""
    gone = stack.mounted.with_name("gone")

    def restart() -> None:
        stack.redis.stop()
        time.sleep(3)
        stack.redis.start()

    def vanish() -> None:
        stack.mounted.rename(gone)
        time.sleep(2)

    yield "Redis is killed and comes back empty", restart
    yield "the set is written again", stack.restored
    yield "Redis is emptied", lambda: stack.redis.write("FLUSHALL")
    yield "the set is written once more", stack.restored
    yield "Redis answers nothing for 3 seconds", lambda: stack.redis.write("CLIENT", "PAUSE", 3_000)
    yield "a worker is killed", lambda: os.kill(_worker(server.pid), signal.SIGKILL)
    yield "all workers are replaced", lambda: server.send_signal(signal.SIGHUP)
    yield "the mounted directory vanishes", vanish
    yield "it comes back", lambda: gone.rename(stack.mounted)


def _worker(master: int) -> int:
    return int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def main(arguments: list[str]) -> int:
    """Run, print what was seen, and return the exit status."""
    breaks = arguments != ["load"]
    with tempfile.TemporaryDirectory() as name:
        stack = Stack(Path(name))
        with stack.serving() as server, Clients(stack.port, stack.legal) as clients:
            clients.phase = "policies change"
            print(f"{clients.phase} ...", flush=True)
            change(stack, 10.0 if breaks else 30.0)
            for phase, cause in breakages(stack, server) if breaks else ():
                clients.phase = phase
                print(f"{phase} ...", flush=True)
                cause()
                if "vanishes" not in phase and "killed and" not in phase and "emptied" not in phase:
                    change(stack, 4.0)
                else:
                    time.sleep(3)
        seen = clients.seen
    print(f"\n{seen.requests:,} requests, {seen.refused} of them met a killed worker")
    print(f"{len(seen.wrong)} wrong answers")
    print(f"{sum(seen.blocked.values()):,} answers blocked an origin that was allowed a moment before or after")
    for phase, took in seen.longest.items():
        print(f"  longest answer while {phase}: {took * 1000:.0f} ms")
    for wrong in seen.wrong[:10]:
        print(f"  {wrong}")
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

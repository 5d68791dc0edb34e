"""A real gunicorn under load while its directory changes hundreds of times, to valid and to invalid policies.

Every policy has a number, and several of its options show it: the names in Expose-Headers, the seconds in Max-Age, and
by its parity the credentials. A response that was put together from two policies would contradict itself.

The changes come in bursts of three, so that some of them come while an earlier one is read. After each burst the test
waits until a client has seen its last policy: no figure here depends on how fast the machine is.
"""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.mounted import Mounted
from tests.processes import PATIENCE, free_port, running, wait_until

HOST = "127.0.0.1"
ORIGIN = "https://app.example.com"
SWAPS = 240
CLIENTS = 3
GROWTH_KIB = 3072  # what the allocator of a worker may still take after half of all changes

SERVERS = {
    "one worker": (1, ""),
    "four workers": (4, ""),
    "threads": (1, "--threads 4"),
    "preloaded workers": (2, "--preload"),
}


def good(number: int) -> dict[str, str]:
    return {
        "CORS_ORIGINS": f"{ORIGIN} https://v{number}.example",
        "CORS_EXPOSE_HEADERS": f"X-First-{number},X-Second-{number}",
        "CORS_MAX_AGE": str(number),
        "CORS_SUPPORTS_CREDENTIALS": "true" if number % 2 else "false",
    }


def bad(number: int) -> dict[str, str]:
    """A policy that is never in force; its number is odd where its credentials show an even one."""
    wrong = {"CORS_ORIGINS": "*"} if number % 3 else {"CORS_METHODS": "put", "CORS_ORIGIN": "s3cret"}
    return {**good(number), "CORS_SUPPORTS_CREDENTIALS": "false" if number % 2 else "true", **wrong}


def number_of(headers: Mapping[str, str]) -> int:
    """The number of the one policy that a response shows."""
    numbers = set()
    if "Access-Control-Max-Age" in headers:
        numbers.add(int(headers["Access-Control-Max-Age"]))
    else:
        numbers.update(int(name.rpartition("-")[2]) for name in headers["Access-Control-Expose-Headers"].split(","))
    (number,) = numbers
    assert headers.get("Access-Control-Allow-Origin") == ORIGIN, headers
    assert (headers.get("Access-Control-Allow-Credentials") == "true") == bool(number % 2), headers
    return number


@dataclass(slots=True)
class Client:
    """Sends requests without a pause until told to stop; what was wrong with a response is in ``problems``."""

    port: int
    stop: threading.Event
    numbers: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def run(self) -> None:
        for method in itertools.cycle(("GET", "OPTIONS")):
            if self.stop.is_set() or self.problems:
                return
            try:
                self.numbers.add(ask(self.port, method)[0])
            except (AssertionError, OSError, KeyError, ValueError, http.client.HTTPException) as problem:
                self.problems.append(f"{method}: {problem!r}")


def ask(port: int, method: str) -> tuple[int, str]:
    """The number of the policy that answers, and the worker that does."""
    headers = {"Origin": ORIGIN} | ({"Access-Control-Request-Method": "GET"} if method == "OPTIONS" else {})
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request(method, "/", headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status == (204 if method == "OPTIONS" else 200), (answer.status, body)
        return number_of(dict(answer.getheaders())), body
    finally:
        connection.close()


def resident_kib(pid: str) -> int:
    """Memory of a process, in KiB, with what it shares: a page that is copied after a fork is no growth."""
    lines = Path("/proc", pid, "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def workers_of(port: int, count: int) -> set[str]:
    """The workers, as soon as all of them have answered."""
    seen: set[str] = set()

    def all_seen() -> bool:
        seen.add(ask(port, "GET")[1])
        return len(seen) == count

    wait_until(all_seen, f"an answer from each of {count} workers")
    return seen


def wait_for_policy(port: int, number: int, workers: set[str]) -> None:
    """Return as soon as every worker has answered by this policy."""
    seen: set[str] = set()

    def all_seen() -> bool:
        served, worker = ask(port, "GET")
        if served == number:
            seen.add(worker)
        return seen == workers

    wait_until(all_seen, f"an answer by policy {number} from each of {len(workers)} workers")


@pytest.mark.parametrize(("count", "options"), SERVERS.values(), ids=list(SERVERS))
def test_hundreds_of_changes_under_load_mix_nothing_and_fail_nothing(count: int, options: str, tmp_path: Path) -> None:
    mounted = Mounted(tmp_path / "cors", good(1))
    port = free_port()
    command = f"gunicorn --no-control-socket --bind {HOST}:{port} --workers {count} {options} tests.reload.api:app"
    variables = {"CORS_CONFIG_DIR": str(mounted.path), "CORS_RELOAD_SECONDS": "0.005"}
    stop = threading.Event()
    clients = [Client(port, stop) for _ in range(CLIENTS)]
    threads = [threading.Thread(target=client.run) for client in clients]

    def was_seen(number: int) -> bool:
        return any(number in client.numbers or client.problems for client in clients)

    with running(command.split(), variables, cwd=tmp_path, port=port) as server:
        workers = workers_of(port, count)
        for thread in threads:
            thread.start()
        memory: dict[str, int] = {}
        try:
            for number in range(2, SWAPS + 2):
                mounted.write(bad(number) if number % 3 == 0 else good(number))
                if number % 3 == 1:
                    wait_until(partial(was_seen, number), f"an answer by policy {number}")
                if number == SWAPS // 2:
                    memory = {worker: resident_kib(worker) for worker in workers}
            mounted.write(good(SWAPS + 2))
            mounted.write(bad(SWAPS + 3))
            mounted.write(good(SWAPS + 4))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert [problem for client in clients for problem in client.problems] == []
        grown = {worker: resident_kib(worker) - memory[worker] for worker in workers}
        wait_for_policy(port, SWAPS + 4, workers)
        output = server.output
    numbers = set().union(*(client.numbers for client in clients))
    assert len(numbers) >= SWAPS / 3
    assert not {number for number in numbers if number % 3 == 0}
    assert "refused a change" in output
    assert "Traceback" not in output
    assert "s3cret" not in output
    assert max(grown.values()) < GROWTH_KIB, grown

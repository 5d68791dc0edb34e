"""Nothing that a test starts outlives it, and no two tests get the same port."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.processes import free_port, run, running

# A child in the program's process group, and one in a group of its own (`set -m`); both ignore SIGTERM.
FAMILY = """
trap '' TERM
sleep 1000 & echo child $!
set -m
sleep 1000 & echo child $!
"""


def children(output: str) -> list[int]:
    return [int(line.removeprefix("child ")) for line in output.splitlines() if line.startswith("child ")]


def runs(pid: int) -> bool:
    try:
        state = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells what else is running")


def test_children_end_with_a_program_that_is_stopped() -> None:
    with running(["bash", "-c", FAMILY + "trap 'exit 0' TERM; echo ready; wait"]) as program:
        pids = children(program.wait_for_output("ready"))
        assert [runs(pid) for pid in pids] == [True, True]
    assert [runs(pid) for pid in pids] == [False, False]


def test_children_end_with_a_program_that_has_ended() -> None:
    ended = run(["bash", "-c", FAMILY.replace("1000 &", "1000 >/dev/null 2>&1 &")])
    pids = children(ended.stdout)
    assert len(pids) == 2
    assert [runs(pid) for pid in pids] == [False, False]


def test_a_program_that_does_not_end_in_time_is_killed_with_what_it_started() -> None:
    with pytest.raises(TimeoutError, match=r"bash did not end within 0\.5 s\n") as late:
        run(["bash", "-c", "echo child $$; exec sleep 1000"], timeout=0.5)
    assert not any(map(runs, children(str(late.value))))


def test_a_program_that_ends_before_it_listens_is_reported_with_its_output() -> None:
    program = [sys.executable, "-c", "print('no port for me')"]
    with pytest.raises(ChildProcessError, match="no port for me"), running(program, port=free_port()):
        pass


def test_a_program_on_a_terminal_sees_one() -> None:
    program = [sys.executable, "-c", "import sys; print(sys.stdin.isatty(), sys.stdout.isatty())"]
    with running(program, terminal=True) as running_program:
        running_program.wait_for_output("True True")
        assert running_program.wait() == 0


def test_a_port_is_given_once_and_can_be_listened_on() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    with socket.create_server(("127.0.0.1", ports[0])):
        pass

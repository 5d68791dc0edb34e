"""Other programs that tests run: with an environment of their own, never this one's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

_STEP = 0.02  # seconds between two looks at a port or a process


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a child process gets: enough to find this Python and the project, and `variables`; nothing else.

    None of this machine's variables reaches the child unless a test names it.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"))
    base = {
        "PATH": path,
        "HOME": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join((str(REPOSITORY / "src"), str(REPOSITORY))),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return base | dict(variables or {})


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port of `host` that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit status (negative: the signal that killed it) and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def run(
    command: Sequence[str],
    variables: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    stdin: str = "",
    timeout: float = 30,
) -> Finished:
    """Run `command` to its end under `environment(variables)`; after `timeout` seconds all of it is killed.

    Raises:
        TimeoutError: it did not end in time; the message holds what it printed.
    """
    process = subprocess.Popen(
        list(command),
        env=environment(variables),
        cwd=cwd or REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        stdout, stderr = process.communicate()
        raise TimeoutError(f"{command[0]} did not end in {timeout} s\n{stdout}{stderr}") from None
    return Finished(process.returncode, stdout, stderr)


class Running:
    """A program that runs until it is told to stop. Both of its outputs go to one file: `output`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, or `None` while it runs."""
        return self._process.poll()

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for_port(self, port: int, host: str = "127.0.0.1", *, timeout: float = 20) -> None:
        """Return as soon as something accepts connections there.

        Raises:
            ChildProcessError: the program ended first; the message holds what it printed.
            TimeoutError: nothing listened within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.status is not None:
                raise ChildProcessError(f"ended with status {self.status} before it listened\n{self.output}")
            try:
                socket.create_connection((host, port), timeout=1).close()
            except OSError:
                time.sleep(_STEP)
            else:
                return
        raise TimeoutError(f"nothing listens on {host}:{port} after {timeout} s\n{self.output}")

    def wait(self, *, timeout: float = 20) -> int:
        """Wait for the program's own end and return its exit status.

        Raises:
            TimeoutError: it still runs after `timeout` seconds.
        """
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"still runs after {timeout} s\n{self.output}") from None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone, not to its children."""
        self._process.send_signal(number)

    def stop(self, *, timeout: float = 10) -> int:
        """Ask the program and its children to end, insist after `timeout` seconds; its exit status."""
        if self.status is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        _signal_group(self._process, signal.SIGKILL)
        return self._process.wait()


@contextmanager
def running(
    command: Sequence[str],
    variables: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    port: int | None = None,
    timeout: float = 20,
) -> Iterator[Running]:
    """Start `command` under `environment(variables)`, wait until `port` answers, stop it at the end."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "output")
        with log.open("wb") as sink:
            process = subprocess.Popen(
                list(command),
                env=environment(variables),
                cwd=cwd or REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        program = Running(process, log)
        try:
            if port is not None:
                program.wait_for_port(port, timeout=timeout)
            yield program
        finally:
            program.stop()


def _signal_group(process: subprocess.Popen[bytes] | subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # every process of the group has ended
        os.killpg(process.pid, number)

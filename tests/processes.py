"""Other programs that tests run: with an environment of their own, never with that of this process.

Every program gets a session of its own. When the test is done with it, the whole session is ended and waited for:
the program, its children, and their children. All waiting is for an event, up to ``PATIENCE`` seconds: a busy machine
makes a test slower, but does not make it fail.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).resolve().parent.parent

PATIENCE = 120.0
"""Seconds after which a test stops waiting for what should happen at once."""

_STEP = 0.02  # seconds between two checks of a port or a process
_PORTS = range(10_240, 32_768)  # below the ports that systems give to clients, so that no connection takes one of them

_reserved: list[int] = []  # the locks of this process's ports; the system releases them when the process ends


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child process: enough to find this Python and the project, and ``variables``.

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
    """A TCP port of ``host`` on which nothing listens, and which no other test process gets while this one runs."""
    locks = Path(tempfile.gettempdir(), f"envcors-ports-{os.geteuid()}")
    locks.mkdir(exist_ok=True)
    for port in random.sample(_PORTS, len(_PORTS)):
        lock = os.open(locks / str(port), os.O_CREAT | os.O_WRONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind((host, port))
        except OSError:
            os.close(lock)
        else:
            _reserved.append(lock)
            return port
    raise OSError(f"no port of {host} is free")


def wait_until(happened: Callable[[], bool], what: str, *, timeout: float = PATIENCE) -> None:
    """Return as soon as ``happened()`` is true.

    Raises:
        TimeoutError: It is not true after ``timeout`` seconds; the message names ``what`` was expected.
    """
    deadline = time.monotonic() + timeout
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what}")
        time.sleep(_STEP)


@contextmanager
def started(
    command: Sequence[str],
    variables: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.STDOUT,
    pass_fds: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``command`` under ``environment(variables)``; at the end of the block end it and all of its children."""
    process = subprocess.Popen(
        list(command),
        env=environment(variables),
        cwd=cwd or REPOSITORY,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):  # the program ended before it read all of its input
                    stream.close()
        end(process)


def end(process: subprocess.Popen[bytes]) -> int:
    """Ask a program that leads a session to end, then kill what is left of the session; the exit status.

    Raises:
        TimeoutError: A process of the session survives even that.
    """
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    if process.returncode is None or not _runs(process.pid):
        with suppress(ProcessLookupError):  # every process of the group has ended
            os.killpg(process.pid, signal.SIGKILL)
        for member in _members(process.pid):  # in groups of their own
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
    status = process.wait()
    wait_until(lambda: _runs(process.pid) or not _members(process.pid), f"the end of all that {process.args!r} started")
    return status


def _runs(pid: int) -> bool:
    """Whether a process has this number. After a program was waited for, that is a new one of somebody else.

    Its number is free for a new process only when nothing is left of its session.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _members(session: int) -> list[int]:
    """The running processes of a session. Only Linux tells them; elsewhere the list is empty."""
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name) state parent group session ...
            state, _, _, its_session, *_ = entry.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if int(its_session) == session and state not in "ZX":
            members.append(int(entry.parent.name))
    return members


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
    timeout: float = PATIENCE,
    merged: bool = False,
) -> Finished:
    """Run ``command`` to its end under ``environment(variables)``.

    Args:
        command: The program and its arguments.
        variables: What its environment has beside the usual.
        cwd: Its working directory; by default the repository.
        stdin: What it reads.
        timeout: Seconds after which it is killed, its children included.
        merged: Whether both of its outputs go to ``stdout``, in the order of printing.

    Raises:
        TimeoutError: It did not end in time; the message holds what it printed.
    """
    pipe = subprocess.PIPE
    errors = subprocess.STDOUT if merged else pipe
    with started(command, variables, cwd=cwd, stdin=pipe, stdout=pipe, stderr=errors) as process:
        try:
            out, err = process.communicate(stdin.encode(), timeout=timeout)
        except subprocess.TimeoutExpired as expired:
            printed = b"".join(filter(None, (expired.stdout, expired.stderr))).decode(errors="replace")
            raise TimeoutError(f"{command[0]} did not end within {timeout} s\n{printed}") from None
    return Finished(process.returncode, out.decode(errors="replace"), (err or b"").decode(errors="replace"))


class Running:
    """A program that runs until it is told to stop. Both of its outputs go to one file: ``output``."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, copier: threading.Thread | None = None) -> None:
        self._process = process
        self._log = log
        self._copier = copier

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, or ``None`` while it runs."""
        return self._process.poll()

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for_port(self, port: int, host: str = "127.0.0.1", *, timeout: float = PATIENCE) -> None:
        """Return as soon as something accepts connections there.

        Raises:
            ChildProcessError: The program ended first; the message holds what it printed.
            TimeoutError: Nothing listened within ``timeout`` seconds; the message holds what it printed.
        """

        def listens() -> bool:
            if self.status is not None:
                raise ChildProcessError(f"ended with status {self.status} before it listened\n{self.output}")
            try:
                socket.create_connection((host, port), timeout=timeout).close()
            except OSError:
                return False
            return True

        try:
            wait_until(listens, f"something listens on {host}:{port}", timeout=timeout)
        except TimeoutError as late:
            raise TimeoutError(f"{late}\n{self.output}") from None

    def wait(self, *, timeout: float = PATIENCE) -> int:
        """Wait for the program's own end and return its exit status.

        Raises:
            TimeoutError: It still runs after ``timeout`` seconds; the message holds what it printed.
        """
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"still runs after {timeout} s\n{self.output}") from None

    def wait_for_output(self, text: str, *, timeout: float = PATIENCE) -> str:
        """Return everything that was printed as soon as ``text`` is in it.

        Raises:
            ChildProcessError: The program ended first; the message holds what it printed.
            TimeoutError: It was not printed within ``timeout`` seconds; the message holds what was.
        """
        self._wait_for(re.compile(re.escape(text)), timeout)
        return self.output

    def wait_for_line(self, pattern: str, *, timeout: float = PATIENCE) -> str:
        """Return the first whole line that matches a regular expression as soon as it is printed.

        Raises:
            ChildProcessError: The program ended first; the message holds what it printed.
            TimeoutError: It was not printed within ``timeout`` seconds; the message holds what was.
        """
        return self._wait_for(re.compile(f"^(?:{pattern})(?=\r?\n)", re.MULTILINE), timeout)

    def _wait_for(self, pattern: re.Pattern[str], timeout: float) -> str:
        def printed() -> bool:
            # Before the output: what a program prints last is there when it has ended, and its terminal was read.
            status = self.status
            is_whole = self._copier is None or not self._copier.is_alive()
            if pattern.search(self.output):
                return True
            if status is not None and is_whole:
                raise ChildProcessError(f"ended with status {status} without {pattern.pattern!r}\n{self.output}")
            return False

        try:
            wait_until(printed, f"{pattern.pattern!r} in the output", timeout=timeout)
        except TimeoutError as late:
            raise TimeoutError(f"{late}\n{self.output}") from None
        found = pattern.search(self.output)
        assert found is not None  # output only grows
        return found[0]

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone, not to its children."""
        self._process.send_signal(number)

    def stop(self) -> int:
        """End the program and its children; its exit status."""
        return end(self._process)


@contextmanager
def running(
    command: Sequence[str],
    variables: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    port: int | None = None,
    timeout: float = PATIENCE,
    terminal: bool = False,
) -> Iterator[Running]:
    """Start ``command`` under ``environment(variables)``, wait until ``port`` answers, stop it at the end.

    With ``terminal`` its input and its outputs are a terminal, as when a person starts it.
    """
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "output")
        with log.open("wb") as sink, ExitStack() as stack:
            if terminal:
                process, copier = stack.enter_context(_on_terminal(command, variables, cwd, sink))
                program = Running(process, log, copier)
            else:
                program = Running(stack.enter_context(started(command, variables, cwd=cwd, stdout=sink)), log)
            if port is not None:
                program.wait_for_port(port, timeout=timeout)
            yield program


@contextmanager
def _on_terminal(
    command: Sequence[str], variables: Mapping[str, str] | None, cwd: Path | None, sink: IO[bytes]
) -> Iterator[tuple[subprocess.Popen[bytes], threading.Thread]]:
    ours, theirs = pty.openpty()
    shown = threading.Thread(target=_copy, args=(ours, sink))
    try:
        with (
            open(theirs, "r+b", buffering=0) as terminal,
            started(command, variables, cwd=cwd, stdin=terminal, stdout=terminal, stderr=terminal) as process,
        ):
            terminal.close()  # so that the terminal ends when the last program that has it does
            shown.start()
            yield process, shown
    finally:
        if shown.ident is not None:
            shown.join()
        os.close(ours)


def _copy(terminal: int, sink: IO[bytes]) -> None:
    """Write what a terminal shows into a file, until no program has the terminal any more."""
    with suppress(OSError):  # which is how Linux tells the end; others read nothing
        while data := os.read(terminal, 65_536):
            sink.write(data)
            sink.flush()

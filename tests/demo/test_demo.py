"""``python -m examples.demo``: what it prints, how it ends, and that it checks its own claims."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from examples.demo.exchanges import Conversation, conversation
from examples.demo.refusals import REFUSALS, Refusal, show
from examples.demo.servers import HOST, Addresses, DemoError
from tests.processes import PATIENCE, Finished, run, running

# One worker runs all of them: two demos at a time would want the same ports.
pytestmark = pytest.mark.xdist_group("demo")

DEMO = [sys.executable, "-m", "examples.demo"]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
NOWHERE = Addresses("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3")


@pytest.fixture(scope="module")
def finished() -> Iterator[Finished]:
    """The demo, run without a terminal while other programs have the ports that it prefers."""
    taken = [socket.socket() for _ in range(3)]
    for port, holder in zip((8000, 8080, 8081), taken, strict=True):
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an earlier demo's connections may linger
        try:
            holder.bind((HOST, port))
            holder.listen()
        except OSError:
            continue  # another program has it indeed
    yield run(DEMO, timeout=600)
    for holder in taken:
        holder.close()


def test_without_a_terminal_it_exits_with_status_0(finished: Finished) -> None:
    assert (finished.status, finished.stderr) == (0, "")


def test_without_a_terminal_its_last_line_tells_how_to_keep_the_servers_running(finished: Finished) -> None:
    assert "`make demo` keeps them running until you press Ctrl-C." in finished.stdout.splitlines()[-1]


def test_it_takes_other_ports_where_its_own_are_taken(finished: Finished) -> None:
    ports = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", finished.stdout)}
    assert len(ports) == 3
    assert not ports & {8000, 8080, 8081}


def test_it_shows_every_request_and_every_refusal(finished: Finished) -> None:
    for exchange in conversation(NOWHERE):
        assert exchange.title in finished.stdout
    for refusal in REFUSALS:
        assert refusal.story in finished.stdout
        assert all(rule in finished.stdout for rule in refusal.rules)
    assert finished.stdout.count("exit status 78") == len(REFUSALS)


def test_without_a_terminal_it_is_plain_text_of_at_most_100_columns(finished: Finished) -> None:
    assert "\x1b" not in finished.stdout
    assert [line for line in finished.stdout.splitlines() if len(line) > 100] == []


# What a shell does with a background program of a script: it ignores SIGINT, and its children inherit that.
STARTS = {"by hand": DEMO, "in the background": ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *DEMO]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", STARTS.values(), ids=list(STARTS))
def test_on_a_terminal_it_is_coloured_stays_up_and_ends_on_a_signal(command: list[str], number: signal.Signals) -> None:
    with running(command, terminal=True) as demo:
        shown = demo.wait_for_output("Press Ctrl-C to stop both servers.")
        page = re.search(r"http://127\.0\.0\.1:(\d+)", shown.rpartition("the page")[2])
        assert page is not None
        socket.create_connection((HOST, int(page[1])), timeout=PATIENCE).close()

        demo.send_signal(number)
        assert demo.wait() == 0
        demo.wait_for_output("Stopped.")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, int(page[1])), timeout=PATIENCE)
    assert ESCAPE.search(shown)
    assert [line for line in ESCAPE.sub("", shown).splitlines() if len(line) > 100] == []


def test_a_signal_while_a_server_starts_leaves_none_running(tmp_path: Path) -> None:
    """The signal comes before the demo knows the process that it has just started."""
    program = """
import os, signal, subprocess, sys
from pathlib import Path
from examples.demo import programs

class Interrupted(subprocess.Popen):
    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        print(self.pid)
        os.kill(os.getpid(), signal.SIGINT)

programs.subprocess.Popen = Interrupted
programs.end_on_signals()
try:
    with programs.program(["sleep", "1000"], {"PATH": os.environ["PATH"]}, Path.cwd(), subprocess.DEVNULL):
        print("not reached")
except KeyboardInterrupt:
    print("ended")
"""
    finished = run([sys.executable, "-c", program], cwd=tmp_path)
    pid, *rest = finished.stdout.splitlines()
    assert (finished.status, rest) == (0, ["ended"])
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


class WithoutCORS(BaseHTTPRequestHandler):
    """An API without CORS headers."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_it_fails_if_a_response_is_not_what_it_claims() -> None:
    server = ThreadingHTTPServer((HOST, 0), WithoutCORS)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = Addresses(f"http://{HOST}:{server.server_port}", NOWHERE.page, NOWHERE.stranger)
    try:
        with pytest.raises(DemoError, match="The page lists the ships"):
            Conversation(addresses).hold()
    finally:
        server.shutdown()
        server.server_close()


def test_it_fails_if_a_boot_is_refused_for_another_reason(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="naming method-malformed"):
        show(Refusal("A star.", {"CORS_ORIGINS": "*"}, ("method-malformed",)), tmp_path)

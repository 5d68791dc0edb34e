"""`python -m examples.demo`: what it prints, how it ends, and that it checks its own claims."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from examples.demo.exchanges import Conversation, conversation
from examples.demo.refusals import REFUSALS, Refusal, show
from examples.demo.servers import HOST, Addresses, DemoError
from tests.processes import REPOSITORY, Finished, environment, run

# One worker runs all of them: two demos at a time would want the same ports.
pytestmark = pytest.mark.xdist_group("demo")

DEMO = [sys.executable, "-m", "examples.demo"]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
NOWHERE = Addresses("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3")


@pytest.fixture(scope="module")
def finished() -> Iterator[Finished]:
    """The demo, run without a terminal while somebody else has the ports that it likes best."""
    taken = [socket.socket() for _ in range(3)]
    for port, holder in zip((8000, 8080, 8081), taken, strict=True):
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an earlier demo's connections may linger
        try:
            holder.bind((HOST, port))
            holder.listen()
        except OSError:
            continue  # somebody else has it indeed
    yield run(DEMO, timeout=90)
    for holder in taken:
        holder.close()


def test_without_a_terminal_it_ends_with_status_0(finished: Finished) -> None:
    assert (finished.status, finished.stderr) == (0, "")


def test_without_a_terminal_its_last_words_are_how_to_keep_the_servers_up(finished: Finished) -> None:
    assert "`make demo` on a terminal keeps them up" in finished.stdout.splitlines()[-1]


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


def test_on_a_terminal_it_is_coloured_stays_up_and_ends_with_ctrl_c() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        DEMO,
        env=environment(),
        cwd=REPOSITORY,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = read_until(ours, "Ctrl-C stops both.")
    page = re.search(r"http://127\.0\.0\.1:(\d+)", shown.rpartition("the page")[2])
    assert page is not None
    socket.create_connection((HOST, int(page[1])), timeout=5).close()

    process.send_signal(signal.SIGINT)
    read_until(ours, "Stopped.")
    assert process.wait(20) == 0
    os.close(ours)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, int(page[1])), timeout=5)
    assert ESCAPE.search(shown)
    assert [line for line in ESCAPE.sub("", shown).splitlines() if len(line) > 100] == []


def read_until(terminal: int, text: str) -> str:
    """What the terminal shows, up to `text`. Fails after half a minute of silence, or when it ends."""
    shown = b""
    while text.encode() not in shown:
        if not select.select([terminal], [], [], 30)[0]:
            pytest.fail(f"“{text}” was not shown:\n{shown.decode()}")
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            pytest.fail(f"ended before it showed “{text}”:\n{shown.decode()}")
    return shown.decode()


class WithoutCORS(BaseHTTPRequestHandler):
    """An API that knows nothing of CORS."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_it_fails_when_an_answer_is_not_what_it_claims() -> None:
    server = ThreadingHTTPServer((HOST, 0), WithoutCORS)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = Addresses(f"http://{HOST}:{server.server_port}", NOWHERE.page, NOWHERE.stranger)
    try:
        with pytest.raises(DemoError, match="The page lists the ships"):
            Conversation(addresses).hold()
    finally:
        server.shutdown()
        server.server_close()


def test_it_fails_when_a_refusal_is_for_another_reason(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="naming method-malformed"):
        show(Refusal("A star.", {"CORS_ORIGINS": "*"}, ("method-malformed",)), tmp_path)

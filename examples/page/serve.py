"""Serves the page's files, and tells the page where the API is.

    python -m examples.page.serve --api http://127.0.0.1:8000 --stranger http://127.0.0.1:8081 \\
        --bind 127.0.0.1:8080 --bind 127.0.0.1:8081

The same files are served on every ``--bind``. Another port is another origin: the second one here is the
other site, which the policy does not allow.
"""

import argparse
import json
import signal
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).parent / "site"


class PageHandler(SimpleHTTPRequestHandler):
    """Files, and ``/config.json``."""

    config = b"{}"

    def do_GET(self) -> None:
        """Answer the configuration, or a file."""
        if self.path != "/config.json":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.config)))
        self.end_headers()
        self.wfile.write(self.config)

    def end_headers(self) -> None:
        """Keep browsers from showing yesterday's page."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log no successful request; ``log_error`` logs the others."""

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Write the error to standard error."""
        sys.stderr.write(format % args + "\n")


def address(text: str) -> tuple[str, int]:
    """``host:port``."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="Serve the page of the lighthouse log.")
    parser.add_argument("--api", required=True, help="the API's origin as browsers see it")
    parser.add_argument("--stranger", required=True, help="the same files on an origin that the policy does not allow")
    parser.add_argument("--bind", type=address, action="append", required=True, help="host:port; repeatable")
    options = parser.parse_args()

    # Blocked here and waited for below, not handled: Python runs a handler only when a call returns, and a wait that
    # begins a moment after the signal does not return. The handlers are there because an ignored signal, or one without
    # a handler in the first process of a container, might be dropped.
    ends = {signal.SIGINT, signal.SIGTERM}
    for number in ends:
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    PageHandler.config = json.dumps({"api": options.api, "stranger": options.stranger}).encode()
    handler = partial(PageHandler, directory=str(SITE))
    # The first one last: a client that can connect to it finds the others listening too.
    for server in [ThreadingHTTPServer(bind, handler) for bind in reversed(options.bind)]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.sigwait(ends)


if __name__ == "__main__":
    main()

"""``python -m examples.demo``, which is what ``make demo`` runs.

The demo checks every claim that it prints. Exit status: 0 if all of them are true, 1 otherwise. On a terminal it stays
up until Ctrl-C.
"""

import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from examples.demo.exchanges import Conversation
from examples.demo.programs import end_on_signals
from examples.demo.refusals import REFUSALS, show
from examples.demo.servers import HOST, PASSWORD, Addresses, DemoError, Server, free_port, policy, serving
from examples.demo.terminal import INTERACTIVE, coloured, heading, paragraph


def main() -> None:
    """Show everything, then stay up on a terminal."""
    end_on_signals()
    addresses = Addresses(*(f"http://{HOST}:{free_port(port)}" for port in (8000, 8080, 8081)))
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as name:
        directory = Path(name)
        with serving(addresses, directory) as servers:
            requests(addresses)
            refusals(directory)
            addresses_to_open(addresses)
            if INTERACTIVE:
                stay(servers)
            else:
                paragraph(
                    "Both servers stop now. On a terminal, `make demo` keeps them running until you press Ctrl-C.",
                    indent=3,
                )


def requests(addresses: Addresses) -> None:
    heading("1. The lighthouse log: an API under gunicorn, and a page on another origin")
    for who, url in (("API", addresses.api), ("page", addresses.page), ("other site", addresses.stranger)):
        print(f"   {who:<12}{url}")
    print()
    paragraph("The API's policy is in its environment:")
    for variable, value in policy(addresses).items():
        print(f"   {variable}={value}")
    paragraph("CORS_ENV is development because a production policy refuses plain http and local addresses.")
    Conversation(addresses).hold()


def refusals(directory: Path) -> None:
    heading("2. The same API in production: three environments with which it refuses to boot")
    for refusal in REFUSALS:
        show(refusal, directory)


def addresses_to_open(addresses: Addresses) -> None:
    heading("3. Open it in a browser")
    print(f"   the page     {coloured(addresses.page, 'green')}     password: {PASSWORD}")
    print(f"   the API      {coloured(addresses.api + '/api/ships', 'green')}")
    print(f"   the reasons  {coloured(addresses.api + '/_cors', 'green')}     what was blocked, and what changes it")


def stay(servers: tuple[Server, ...]) -> None:
    print("\n   Press Ctrl-C to stop both servers.", flush=True)
    while not any(server.ended for server in servers):
        time.sleep(0.5)
    raise DemoError("A server stopped by itself.")


if __name__ == "__main__":
    try:
        main()
    except DemoError as error:
        sys.exit(f"\n{coloured('The demo failed:', 'red')} {error}")
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal has been closed
            print("\n   Stopped.", flush=True)

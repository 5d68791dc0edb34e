"""`python -m examples.demo`, which is what `make demo` runs.

Every claim that it prints is checked. It ends with status 1 when one of them does not hold, and with 0
otherwise; on a terminal it first stays up until Ctrl-C.
"""

import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from examples.demo.exchanges import Conversation
from examples.demo.refusals import REFUSALS, show
from examples.demo.servers import HOST, PASSWORD, Addresses, DemoError, Server, free_port, policy, serving
from examples.demo.terminal import INTERACTIVE, coloured, heading, paragraph


def main() -> None:
    """Show everything, then stay up on a terminal."""
    signal.signal(signal.SIGTERM, stop)
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
                paragraph("Both servers end now. `make demo` on a terminal keeps them up until Ctrl-C.", indent=3)


def requests(addresses: Addresses) -> None:
    heading("1. The lighthouse log: an API under gunicorn, and a page on another origin")
    for who, url in (("API", addresses.api), ("page", addresses.page), ("a stranger", addresses.stranger)):
        print(f"   {who:<12}{url}")
    print()
    paragraph("The API's policy is in its environment:")
    for variable, value in policy(addresses).items():
        print(f"   {variable}={value}")
    paragraph("It says development because plain http on this machine is what a production policy refuses.")
    Conversation(addresses).hold()


def refusals(directory: Path) -> None:
    heading("2. The same API as production: three environments that it does not boot with")
    for refusal in REFUSALS:
        show(refusal, directory)


def addresses_to_open(addresses: Addresses) -> None:
    heading("3. See it in a browser")
    print(f"   the page     {coloured(addresses.page, 'green')}     the keeper's password is “{PASSWORD}”")
    print(f"   the API      {coloured(addresses.api + '/api/ships', 'green')}")


def stay(servers: tuple[Server, ...]) -> None:
    print("\n   Ctrl-C stops both.", flush=True)
    while not any(server.ended for server in servers):
        time.sleep(0.5)
    raise DemoError("A server has ended by itself.")


def stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except DemoError as error:
        sys.exit(f"\n{coloured('The demo does not hold:', 'red')} {error}")
    except KeyboardInterrupt:
        print("\n   Stopped.")

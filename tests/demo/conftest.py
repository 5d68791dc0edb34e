"""The lighthouse log, served as the demo serves it."""

from collections.abc import Iterator

import pytest

from examples.demo.servers import HOST, Addresses, serving
from tests.processes import free_port


@pytest.fixture(scope="session")
def lighthouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """The API under gunicorn and its page, each on a port of its own."""
    addresses = Addresses(*(f"http://{HOST}:{free_port()}" for _ in range(3)))
    with serving(addresses, tmp_path_factory.mktemp("lighthouse")):
        yield addresses

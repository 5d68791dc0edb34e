"""A real browser for the tests of this directory, and of any other that imports these fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, Tab
from tests.browser.console import Console, console
from tests.browser.finding import NoBrowserError, missing
from tests.browser.firefox import Firefox, firefox
from tests.browser.surroundings import Surroundings, surroundings
from tests.browser.webkit import WebKit, webkit


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The installed Chromium. Without one the test is skipped and says so, but in CI it fails."""
    try:
        browser = Chromium()
    except NoBrowserError as error:
        missing(error)
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture
def tab(chromium: Chromium) -> Iterator[Tab]:
    """A page of its own for one test, with an empty profile."""
    page = chromium.open("about:blank")
    try:
        yield page
    finally:
        page.close()


@pytest.fixture(scope="session")
def in_firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings[Firefox]]:
    with surroundings(firefox, tmp_path_factory.mktemp("firefox")) as here:
        yield here


@pytest.fixture(scope="session")
def in_webkit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings[WebKit]]:
    with surroundings(webkit, tmp_path_factory.mktemp("webkit")) as here:
        yield here


@pytest.fixture(scope="session")
def in_webkit_with_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings[Console]]:
    with surroundings(console, tmp_path_factory.mktemp("console")) as here:
        yield here

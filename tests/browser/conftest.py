"""A real browser for the tests of this directory, and of any other that imports these fixtures."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, NoBrowserError, Tab


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The installed Chromium. Where there is none the test is skipped and says so, but under CI it fails."""
    try:
        browser = Chromium()
    except NoBrowserError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield browser
    browser.close()


@pytest.fixture
def tab(chromium: Chromium) -> Iterator[Tab]:
    """A page of its own for one test, with an empty profile."""
    page = chromium.open("about:blank")
    yield page
    page.close()

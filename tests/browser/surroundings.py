"""What the table runs in: a server at three origins, and a page of a browser at the first of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pytest

from tests.browser.case import WITH_CREDENTIALS, answer
from tests.browser.finding import NoBrowserError, missing
from tests.browser.runs import Page
from tests.browser.scripted import Answers, Scripted, three_origins
from tests.browser.table import ANSWERS

WARM_UP = "warm-up"
MOST_WARM_UPS = 50


class Window(Page, Protocol):
    """A page that can navigate."""

    def goto(self, url: str) -> object:
        """Navigate, and wait until the page is loaded."""


AnyWindow_co = TypeVar("AnyWindow_co", bound=Window, covariant=True)


@dataclass(frozen=True, slots=True)
class Surroundings(Generic[AnyWindow_co]):
    """Three origins at which one scripted server answers, and a page at the first of them."""

    server: Scripted
    page: AnyWindow_co


@contextmanager
def surroundings(
    engine: Callable[[Path], AbstractContextManager[AnyWindow_co]], directory: Path
) -> Iterator[Surroundings[AnyWindow_co]]:
    """Start an engine with its files in ``directory``. If it is not installed, the test is skipped; in CI it fails."""
    warm_up = Answers(answer(origin="{page}", credentials="true", methods="PUT"), WITH_CREDENTIALS)
    with three_origins({**ANSWERS, WARM_UP: {"": warm_up}}) as server, ExitStack() as stack:
        try:
            page = stack.enter_context(engine(directory))
        except NoBrowserError as error:
            missing(error)
        page.goto(server.origins["page"])
        warm(page, server)
        yield Surroundings(server, page)


def warm(page: Page, server: Scripted) -> None:
    """Fetch until the cache of preflights works: Firefox preflights its first requests to an origin every time."""
    url = f"{server.origins['api']}/{WARM_UP}/"
    for _ in range(MOST_WARM_UPS):
        server.arrivals.pop(WARM_UP, None)
        page.fetch(url, method="PUT")
        page.fetch(url, method="PUT")
        if server.arrivals[WARM_UP][-2].method == "PUT":
            return
    pytest.fail(f"in {MOST_WARM_UPS} attempts no preflight was cached")

"""The pytest fixture `cors_browser`. Where envcors is installed every run of pytest imports this."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _typeshed.wsgi import WSGIApplication

    from .browser import Browser


class BrowserFactory:
    """What the fixture `cors_browser` is: called, it makes a `Browser`."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __call__(
        self,
        app: WSGIApplication | None = None,
        origin: str = "https://app.example.com",
        *,
        api: str = "https://api.example.com",
        elsewhere: Mapping[str, WSGIApplication] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Browser:
        """Make a browser without cookies and without remembered preflights.

        Args:
            app: The application that answers at `api`; where it is left out, the value of the fixture `app`.
            origin: See `Browser`, as for the others.
            api: The origin of the API.
            elsewhere: Applications at further origins.
            clock: Tells the time in seconds.

        Raises:
            LookupError: there is neither an argument nor a fixture `app`.
        """
        from .browser import Browser  # werkzeug is loaded by those who use the fixture

        application: WSGIApplication = self._request.getfixturevalue("app") if app is None else app
        return Browser(application, origin, api=api, elsewhere=elsewhere, clock=clock)


@pytest.fixture
def cors_browser(request: pytest.FixtureRequest) -> BrowserFactory:
    """Make `Browser`s: `cors_browser(app, origin="https://app.example.com").fetch("/api/items")`."""
    return BrowserFactory(request)

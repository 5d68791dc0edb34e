"""The pytest fixture ``cors_browser``.

Every run of pytest imports this module if envcors is installed. So it imports nothing but pytest: no other module of
envcors, no Flask and no Werkzeug, until a test uses the fixture.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _typeshed.wsgi import WSGIApplication

    from .browser import Browser


class BrowserFactory:
    """The value of the fixture ``cors_browser``: a function that makes a ``Browser``."""

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
        """Make a browser without cookies and with an empty cache of preflights.

        Args:
            app: The application that answers at ``api``; by default the value of the fixture ``app``.
            origin: The origin of the page. See ``Browser`` for this and the others.
            api: The origin of the API.
            elsewhere: Applications at further origins.
            clock: Returns the time in seconds.

        Raises:
            LookupError: There is neither an argument nor a fixture ``app``.
        """
        from .browser import Browser  # and with it werkzeug, which most tests do not need

        application: WSGIApplication = self._request.getfixturevalue("app") if app is None else app
        return Browser(application, origin, api=api, elsewhere=elsewhere, clock=clock)


@pytest.fixture
def cors_browser(request: pytest.FixtureRequest) -> BrowserFactory:
    """Make browsers: ``cors_browser(app, origin="https://app.example.com").fetch("/api/items")``."""
    return BrowserFactory(request)

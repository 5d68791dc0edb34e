"""What a page can do with an application, as one text, so that two libraries can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from envcors.testing import Browser, CORSBlocked

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PAGE = "https://app.example.com"
STRANGER = "https://evil.example.net"
READ = "reads it"


@dataclass(frozen=True, slots=True)
class Ask:
    """A ``fetch()`` of a page. ``exposed`` is a header of the response that the page needs."""

    path: str = "/items"
    origin: str = PAGE
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    credentials: Literal["omit", "same-origin", "include"] = "same-origin"
    exposed: str | None = None

    def of(self, app: WSGIApplication) -> str:
        """Return the result with an application: the page can read the response, or why it cannot."""
        browser = Browser(app, self.origin)
        try:
            response = browser.fetch(self.path, method=self.method, headers=self.headers, credentials=self.credentials)
        except CORSBlocked as blocked:
            return str(blocked.reason)
        if self.exposed is not None and self.exposed not in response.headers:
            return f"reads it without {self.exposed}"
        return READ

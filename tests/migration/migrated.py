"""The applications in `applications/`, each before and after its migration, and what pages can do with them."""

from __future__ import annotations

import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from flask import Flask

from envcors.testing import Browser, CORSBlocked
from tests.booting import Setup, surroundings
from tests.migration.asking import PAGE, STRANGER

DIRECTORY = Path(__file__).parent / "applications"
NAMES = sorted(path.name for path in DIRECTORY.iterdir())

ORIGINS = (
    PAGE,
    STRANGER,
    "https://admin.example.com",
    "https://partner.example.com",
    "https://example.org.evil.example.net",
    "https://a.example.org",
    "http://shop.example.net",
    "https://shop.example.net",
    "http://localhost:5173",
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"Content-Type": "application/json"},
    {"Authorization": "token"},
    {"X-Any": "1"},
)
EXPOSED = ("X-Total", "X-Page")
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Fetch:
    """A `fetch()` of a page."""

    origin: str
    path: str
    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: Literal["omit", "include"] = "omit"

    def of(self, app: Flask) -> str:
        """Return what the page gets: the status and the headers of ours that it can read, or `BLOCKED`."""
        browser = Browser(app, self.origin)
        try:
            response = browser.fetch(self.path, method=self.method, headers=self.headers, credentials=self.credentials)
        except CORSBlocked:
            return BLOCKED
        return " ".join([str(response.status), *(name for name in EXPOSED if name in response.headers)])


def fetches(app: Flask) -> Iterator[Fetch]:
    """Yield every combination of an origin, a route, and what the page sends; also without a route."""
    targets = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    routed = {method for _, method in targets}
    unrouted = {(min(targets)[0], method) for method in ("DELETE", "PATCH") if method not in routed}
    for path, method in sorted({*targets, *unrouted, ("/missing", "GET")}):
        for origin in ORIGINS:
            for headers in HEADERS:
                yield Fetch(origin, path, method, headers)
            yield Fetch(origin, path, method, {}, "include")


def environment(name: str, mode: str) -> dict[str, str]:
    """Return the variables of an application's `production.env` or `local.env`."""
    return dict(line.split("=", 1) for line in lines(name, mode))


def lines(name: str, mode: str) -> tuple[str, ...]:
    """Return the lines of an application's `production.env` or `local.env`; no lines without the file."""
    path = DIRECTORY / name / f"{mode}.env"
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()


def application(name: str, version: str, mode: str = "production") -> Flask:
    """Return an application, before or after its migration."""
    with surroundings(Setup(environment(name, mode))):
        app = runpy.run_path(str(DIRECTORY / name / f"{version}.py"))["app"]
    assert isinstance(app, Flask)
    return app

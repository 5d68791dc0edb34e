"""Foreign writes in real engines: a form and a simple fetch of a foreign page never reach the view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response, request

from envcors import CORS
from tests.browser.chromium import Tab
from tests.browser.firefox import Firefox
from tests.browser.scripted import served
from tests.browser.surroundings import Surroundings, Window
from tests.browser.webkit import WebKit
from tests.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FORM = """<!doctype html><title>page</title>
<form method="post" action="{action}" enctype="text/plain" target="answer"><input name="a" value="1"></form>
<iframe name="answer"></iframe>
<script>
const submit = () => setTimeout(() => document.forms[0].submit())
if (location.pathname === "/form") addEventListener("load", submit)
</script>
"""


@dataclass
class Site:
    """An API with its own page, and pages at two other origins, of which it allows one.

    ``arrived`` has the ``Origin`` of every ``POST`` that was answered, ``written`` of those that the view got.
    """

    api: str = ""
    allowed: str = ""
    foreign: str = ""
    arrived: list[str | None] = field(default_factory=list)
    written: list[str | None] = field(default_factory=list)

    def page(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        del environ
        start_response("200 OK", [("Content-Type", "text/html")])
        return [FORM.replace("{action}", f"{self.api}/write").encode()]

    def application(self) -> Flask:
        app = Flask("api")
        CORS(app, origins=[self.allowed], csrf_protection="enforce", env_file=None)

        @app.get("/")
        @app.get("/form")
        def own() -> Response:
            return Response(FORM.replace("{action}", "/write"), mimetype="text/html")

        @app.post("/write")
        def write() -> str:
            self.written.append(request.headers.get("Origin"))
            return "written"

        inner = app.wsgi_app

        def noting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            chunks = list(inner(environ, start_response))
            if environ["REQUEST_METHOD"] == "POST":
                self.arrived.append(environ.get("HTTP_ORIGIN"))
            return chunks

        app.wsgi_app = noting  # type: ignore[method-assign]  # Flask's documented place for middleware
        return app


@contextmanager
def site() -> Iterator[Site]:
    here = Site()
    with ExitStack() as stack:
        here.allowed, here.foreign = (stack.enter_context(served(here.page)) for _ in range(2))
        here.api = stack.enter_context(served(here.application()))
        yield here


def assert_foreign_writes_are_stopped(page: Window) -> None:
    with site() as here:
        for name, may_write in (("foreign", False), ("allowed", True), ("api", True)):
            origin: str = getattr(here, name)
            for kind in ("fetch", "form"):
                here.arrived.clear()
                here.written.clear()
                if kind == "fetch":
                    page.goto(f"{origin}/")
                    page.fetch(f"{here.api}/write", method="POST", mode="no-cors", body="a=1")
                else:
                    page.goto(f"{origin}/form")
                wait_until(lambda: bool(here.arrived), f"the {kind} of the {name} page")
                assert (name, kind, here.written) == (name, kind, [origin] if may_write else [])


@pytest.fixture(autouse=True)
def _development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ENV", "development")
    monkeypatch.setenv("CI", "true")


def test_a_foreign_page_writes_nothing_in_chromium(tab: Tab) -> None:
    assert_foreign_writes_are_stopped(tab)


@pytest.mark.engines
@pytest.mark.xdist_group("firefox")
def test_a_foreign_page_writes_nothing_in_firefox(in_firefox: Surroundings[Firefox]) -> None:
    try:
        assert_foreign_writes_are_stopped(in_firefox.page)
    finally:
        in_firefox.page.goto(in_firefox.server.origins["page"])


@pytest.mark.engines
@pytest.mark.xdist_group("webkit")
def test_a_foreign_page_writes_nothing_in_webkit(in_webkit: Surroundings[WebKit]) -> None:
    try:
        assert_foreign_writes_are_stopped(in_webkit.page)
    finally:
        in_webkit.page.goto(in_webkit.server.origins["page"])

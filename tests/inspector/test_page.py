"""The inspector's page in a real Chromium: a front end is blocked, one click writes the line, the next try works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.chromium import Tab
from tests.browser.conftest import chromium, tab
from tests.browser.scripted import served
from tests.processes import free_port, running

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["chromium", "tab"]

pytestmark = pytest.mark.xdist_group("browser")

APPLICATION = """
from flask import Flask
from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.route("/items", methods=["GET", "POST", "PUT"])
def items():
    return "items"


for number in range(500):
    app.add_url_rule(f"/many/{number}", f"many{number}", items)
"""
DOTENV = "# of this shop\nCORS_ENV=development\nCORS_INSPECTOR=true\nOTHER='${HOME}/x'\n"


@dataclass
class Shop:
    """An application with an inspector, and the page of its front end on another origin."""

    url: str
    front_end: str
    dotenv: Path


def front_page(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>shop</title>"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "shop.py").write_text(APPLICATION)
    dotenv = tmp_path / ".env"
    with served(front_page) as front_end:
        dotenv.write_text(f"{DOTENV}CORS_ORIGINS={front_end}\n")
        port = free_port()
        command = ["flask", "--app", "shop", "run", "--port", str(port)]
        with running(command, {"CI": "true"}, cwd=tmp_path, port=port):
            yield Shop(f"http://localhost:{port}", front_end, dotenv)


def test_blocked_reason_one_click_allowed(tab: Tab, shop: Shop) -> None:
    tab.goto(shop.front_end)
    assert "failed" in tab.fetch(f"{shop.url}/items", method="PUT")
    tab.goto(f"{shop.url}/_cors")
    tab.wait_for("() => document.querySelector('.decisions li')")
    first = tab.text(".decisions li")
    assert "method-not-allowed" in first
    assert "PUT: the list of methods does not contain this method." in first
    assert "Write CORS_METHODS=GET,HEAD,POST,PUT into .env" in first
    tab.click(".decisions button[data-line]")
    tab.wait_for("() => document.querySelector('#said').textContent.startsWith('Wrote CORS_METHODS')")
    assert shop.dotenv.read_text() == f"{DOTENV}CORS_ORIGINS={shop.front_end}\nCORS_METHODS=GET,HEAD,POST,PUT\n"
    tab.wait_for("() => document.querySelector('.decisions .outcome').textContent === 'now allowed'")
    tab.goto(shop.front_end)
    assert tab.fetch(f"{shop.url}/items", method="PUT")["status"] == 200


def test_a_refusal_appears_while_the_page_is_open(tab: Tab, shop: Shop) -> None:
    tab.goto(f"{shop.url}/_cors")
    assert "No request of another origin has come in yet" in tab.text("#decisions")
    tab.evaluate("() => { document.querySelector('#explain').path.value = '/items' }")
    tab.click("#send")
    tab.wait_for("() => document.querySelector('#said').textContent.includes('blocked')")
    tab.wait_for("() => document.querySelector('.decisions .outcome')?.textContent === 'blocked'")
    assert "origin-not-allowed" in tab.text(".decisions li")


def test_a_foreign_origin_is_asked_about_before_it_is_written(tab: Tab, shop: Shop) -> None:
    before = shop.dotenv.read_text()
    tab.goto(f"{shop.url}/_cors")
    tab.evaluate("() => { document.querySelector('#explain').origin.value = 'https://shop.example.com' }")
    tab.click("#explain button[type=submit]")
    tab.wait_for("() => document.querySelector('#answer button[data-line]')")
    tab.click("#answer button[data-line]")
    assert shop.dotenv.read_text() == before
    assert "anyone can send requests with it" in tab.text("#answer button[data-line]")
    tab.click("#answer button[data-line]")
    tab.wait_for("() => document.querySelector('#said').textContent.startsWith('Wrote CORS_ORIGINS')")
    assert f"CORS_ORIGINS={shop.front_end},https://shop.example.com\n" in shop.dotenv.read_text()


def test_routes_are_filtered_and_configurations_compared(tab: Tab, shop: Shop) -> None:
    tab.goto(f"{shop.url}/_cors")
    assert tab.evaluate("() => document.querySelectorAll('tbody tr').length") < 400
    tab.goto(f"{shop.url}/_cors?path=items")
    assert "GET, POST, PUT" in tab.text("section[aria-labelledby=h-routes] tbody")
    assert "No route matches" in (tab.goto(f"{shop.url}/_cors?path=nowhere"), tab.text("main"))[1]
    tab.evaluate("() => { document.querySelector('#compare').text.value = 'CORS_ORIGINS=https://b.example.com' }")
    tab.click("#compare button")
    tab.wait_for("() => document.querySelector('#differences li')")
    assert "allows: origin https://b.example.com" in tab.text("#differences")


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits(tab: Tab, shop: Shop, width: int, scheme: Literal["light", "dark"]) -> None:
    tab.goto(shop.front_end)
    tab.fetch(f"{shop.url}/items", method="PUT")
    tab.resize(width)
    tab.prefer(scheme)
    tab.goto(f"{shop.url}/_cors?path=items")
    tab.evaluate(f"() => {{ {files('axe_playwright_python').joinpath('axe.min.js').read_text()} }}")
    found = tab.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html)])")
    assert found == []
    assert tab.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert not [line for line in tab.console if "Content Security Policy" in line]


def test_the_page_is_used_with_the_keyboard(tab: Tab, shop: Shop) -> None:
    tab.goto(f"{shop.url}/_cors")
    names = "() => [...document.querySelectorAll('input, textarea')].every((field) => field.labels.length === 1)"
    assert tab.evaluate(names)
    tab.evaluate("() => document.querySelector('#explain [name=origin]').focus()")
    tab.evaluate("() => document.querySelector('#explain').requestSubmit()")
    tab.wait_for("() => document.querySelector('#answer').textContent.includes('origin-not-allowed')")

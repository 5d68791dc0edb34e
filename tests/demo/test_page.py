"""The page of the demo in a real browser."""

from __future__ import annotations

import pytest

from examples.demo.servers import PASSWORD, Addresses
from tests.browser.chromium import Tab
from tests.browser.conftest import chromium, tab

__all__ = ["chromium", "tab"]

pytestmark = pytest.mark.xdist_group("browser")

LOG_IN = """([password, seconds]) => {
    const form = document.querySelector("#login")
    form.password.value = password
    form.seconds.value = seconds
    form.requestSubmit()
}"""
WRITE = """([name, bearing, note]) => {
    const form = document.querySelector("#entry")
    Object.entries({name, bearing, note}).forEach(([field, value]) => { form.elements[field].value = value })
    form.requestSubmit()
}"""
SHIPS = """() => [...document.querySelectorAll("#ships strong")].map((name) => name.textContent)"""


def card(tab: Tab, line: str, outcome: str) -> str:
    """The newest card of that request, once the browser is done with it."""
    tab.wait_for(f"""() => [...document.querySelectorAll("#traffic li.{outcome}")].some(
        (card) => card.querySelector(".line").firstChild.textContent === "{line}")""")
    return str(
        tab.evaluate(
            """([line, outcome]) => [...document.querySelectorAll("#traffic li." + outcome)].find(
                (card) => card.querySelector(".line").firstChild.textContent === line).innerText""",
            [line, outcome],
        )
    )


@pytest.fixture
def page(tab: Tab, lighthouse: Addresses) -> Tab:
    assert tab.goto(lighthouse.page) == 200
    tab.wait_for("""() => document.querySelector("#ships li")""")
    return tab


def test_the_page_reads_the_log_and_the_exposed_header(page: Tab) -> None:
    assert "Marguerite" in page.evaluate(SHIPS)
    assert "in the log" in page.text("#total")
    assert "x-total-count" in card(page, "GET /api/ships", "read")


def test_a_keeper_writes_from_the_page_with_the_cookie(page: Tab) -> None:
    page.evaluate(LOG_IN, [PASSWORD, "600"])
    assert "200" in card(page, "POST /api/login", "read")
    page.evaluate(WRITE, ["Peregrine", "42", "Hull down."])
    assert "201" in card(page, "POST /api/ships", "read")
    page.wait_for(f"() => ({SHIPS})().includes('Peregrine')")
    assert page.evaluate("() => document.cookie") == ""


def test_the_page_reads_a_401_where_nobody_is_logged_in(page: Tab) -> None:
    page.evaluate(WRITE, ["Ghost", "1", ""])
    assert "You are not logged in." in card(page, "POST /api/ships", "read")


@pytest.mark.parametrize(
    ("button", "request_line", "reason"),
    [
        ("#try-method", "PATCH /api/ships/1", "the method PATCH"),
        ("#try-header", "GET /api/ships", "the header X-Lamp"),
    ],
)
def test_the_browser_stops_what_the_policy_does_not_name(
    page: Tab, button: str, request_line: str, reason: str
) -> None:
    page.click(button)
    shown = card(page, request_line, "kept")
    assert "TypeError" in shown
    assert reason in shown


def test_a_stranger_reads_nothing(tab: Tab, lighthouse: Addresses) -> None:
    tab.goto(f"{lighthouse.stranger}/stranger.html")
    for line in ("GET /api/ships", "GET /api/login"):
        assert "kept away" in card(tab, line, "kept")
    assert tab.evaluate("() => document.querySelectorAll('#traffic li.read').length") == 0

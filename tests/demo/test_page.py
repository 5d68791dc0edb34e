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
# The option that expires soonest, without its five seconds.
EXPIRE_AT_ONCE = """() => { document.querySelector("#login option:last-child").value = "0" }"""
WRITE = """([name, bearing, note]) => {
    const form = document.querySelector("#entry")
    Object.entries({name, bearing, note}).forEach(([field, value]) => { form.elements[field].value = value })
    form.requestSubmit()
}"""
SHIPS = """() => [...document.querySelectorAll("#ships strong")].map((name) => name.textContent)"""


def card(tab: Tab, line: str, outcome: str) -> str:
    """The newest card of that request, once the browser is done with it."""
    newest = f"""() => [...document.querySelectorAll("#traffic li.{outcome}")].find(
        (card) => card.querySelector(".line").firstChild.textContent === "{line}")"""
    tab.wait_for(newest)
    return str(tab.evaluate(f"() => ({newest})().innerText"))


@pytest.fixture
def page(tab: Tab, lighthouse: Addresses) -> Tab:
    assert tab.goto(lighthouse.page) == 200
    tab.wait_for("""() => document.querySelector("#ships li")""")
    return tab


def test_the_page_reads_the_log_and_the_exposed_header(page: Tab) -> None:
    assert "Marguerite" in page.evaluate(SHIPS)
    assert "in total" in page.text("#total")
    assert "x-total-count" in card(page, "GET /api/ships", "read")


def test_a_keeper_writes_from_the_page_with_the_cookie(page: Tab) -> None:
    page.evaluate(LOG_IN, [PASSWORD, "600"])
    assert "200" in card(page, "POST /api/login", "read")
    page.evaluate(WRITE, ["Peregrine", "42", "Hull down."])
    assert "201" in card(page, "POST /api/ships", "read")
    page.wait_for(f"() => ({SHIPS})().includes('Peregrine')")
    assert page.evaluate("() => document.cookie") == ""


def test_the_page_shows_at_once_that_it_is_not_logged_in_and_names_the_password(page: Tab) -> None:
    assert "not logged in" in page.text("#login-state")
    assert PASSWORD in str(page.evaluate("""() => document.querySelector("#login").password.placeholder"""))


def test_the_page_shows_after_a_reload_who_is_still_logged_in(page: Tab, lighthouse: Addresses) -> None:
    page.evaluate(LOG_IN, [PASSWORD, "600"])
    card(page, "POST /api/login", "read")
    page.goto(lighthouse.page)
    page.wait_for("""() => document.querySelector("#login-state").textContent.includes("valid for")""")


def test_a_wrong_password_sets_no_cookie_and_mentions_none(page: Tab) -> None:
    page.evaluate(LOG_IN, ["argand", "600"])
    shown = card(page, "POST /api/login", "read")
    assert "403" in shown
    assert "Wrong password." in shown
    assert "cookie" not in shown
    assert "not logged in" in page.text("#login-state")


def test_the_page_reads_that_its_login_has_expired(page: Tab) -> None:
    page.evaluate(EXPIRE_AT_ONCE)
    page.evaluate(LOG_IN, [PASSWORD, "0"])
    page.wait_for("""() => document.querySelector("#traffic").innerText.includes("Your login has expired.")""")
    assert "401" in card(page, "GET /api/login", "read")
    assert "not logged in" in page.text("#login-state")


def test_the_page_reads_a_401_if_it_is_not_logged_in(page: Tab) -> None:
    page.evaluate(WRITE, ["Ghost", "1", ""])
    assert "You are not logged in." in card(page, "POST /api/ships", "read")


@pytest.mark.parametrize(
    ("button", "request_line", "reason"),
    [
        ("#try-method", "PATCH /api/ships/1", "the method PATCH"),
        ("#try-header", "GET /api/ships", "the header X-Lamp"),
    ],
)
def test_the_browser_blocks_what_the_policy_does_not_allow(
    page: Tab, button: str, request_line: str, reason: str
) -> None:
    page.click(button)
    shown = card(page, request_line, "blocked")
    assert "TypeError" in shown
    assert reason in shown


def test_another_site_reads_nothing(tab: Tab, lighthouse: Addresses) -> None:
    tab.goto(f"{lighthouse.stranger}/stranger.html")
    for line in ("GET /api/ships", "GET /api/login"):
        assert "fetch() failed" in card(tab, line, "blocked")
    assert tab.evaluate("() => document.querySelectorAll('#traffic li.read').length") == 0


CROSSING = """(width) => {
    const right = (element) => element.getBoundingClientRect().right
    const boxes = [...document.querySelectorAll("#ships li, form, .trials, #traffic li, header, main")]
    const crossing = boxes.flatMap((box) => [...box.querySelectorAll("*")]
        .filter((inner) => right(inner) > right(box) + 0.5)
        .map((inner) => `${inner.tagName} “${inner.textContent.slice(0, 30)}” crosses ${box.tagName}`))
    const whole = document.documentElement.scrollWidth
    return whole > width ? [...crossing, `the page is ${whole} wide`] : crossing
}"""


@pytest.mark.parametrize("width", [320, 400, 800, 1400])
def test_nothing_crosses_its_card(page: Tab, lighthouse: Addresses, width: int) -> None:
    page.resize(width)
    page.evaluate(LOG_IN, [PASSWORD, "600"])
    card(page, "POST /api/login", "read")
    page.click("#try-header")
    card(page, "GET /api/ships", "blocked")
    assert page.evaluate(CROSSING, width) == []

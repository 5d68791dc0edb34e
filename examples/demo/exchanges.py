"""Real requests as a browser sends them, each with the response that it must get."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from examples.demo.servers import PASSWORD, Addresses, DemoError, without_scheme
from examples.demo.terminal import coloured, columns, paragraph

ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what the demo claims: the status, and every ``Access-Control-*`` header."""

    title: str
    request: str
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    answer: tuple[int, Mapping[str, str]]
    meaning: str
    body: object = None
    cookie: bool = False


def conversation(addresses: Addresses) -> list[Exchange]:
    """What the demo sends, in this order."""
    page, stranger = addresses.page, addresses.stranger
    allowed = {"Access-Control-Allow-Origin": page, "Access-Control-Allow-Credentials": "true"}
    readable = {**allowed, "Access-Control-Expose-Headers": "X-Total-Count"}

    def preflight(method: str) -> dict[str, str]:
        return {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}

    def login(seconds: int) -> dict[str, object]:
        return {"password": PASSWORD, "seconds": seconds}

    ship = {"name": "Otter", "bearing": 136, "note": "Tug, now with a tow."}
    return [
        Exchange(
            "The page lists the ships",
            "GET /api/ships",
            page,
            answer=(200, readable),
            meaning="CORS_ORIGINS contains the page's origin: the page can read the response.",
        ),
        Exchange(
            "Another site lists the ships",
            "GET /api/ships",
            stranger,
            answer=(200, {}),
            meaning="No CORS header: the browser does not let that site read the response.",
        ),
        Exchange(
            "The browser asks whether the page may send PUT",
            "OPTIONS /api/ships/2",
            page,
            preflight("PUT"),
            answer=(
                204,
                {
                    **allowed,
                    "Access-Control-Allow-Methods": "PUT",
                    "Access-Control-Allow-Headers": "content-type",
                    "Access-Control-Max-Age": "600",
                },
            ),
            meaning="A preflight, answered in front of the application. It allows what was asked for and no more.",
        ),
        Exchange(
            "The browser asks whether the page may send PATCH",
            "OPTIONS /api/ships/2",
            page,
            preflight("PATCH"),
            answer=(200, allowed),
            meaning="PATCH is not in CORS_METHODS: the browser does not send it. The body tells the reason "
            "because CORS_ENV is development; in production it is empty.",
        ),
        Exchange(
            "The browser asks whether another site may send PUT",
            "OPTIONS /api/ships/2",
            stranger,
            preflight("PUT"),
            answer=(200, {}),
            meaning="No CORS header: the browser does not send the PUT.",
        ),
        Exchange(
            "The keeper logs in from the page",
            "POST /api/login",
            page,
            body=login(600),
            answer=(200, readable),
            meaning="The response allows credentials, so the browser stores the cookie. No script can read it.",
        ),
        Exchange(
            "The page corrects an entry, with the cookie",
            "PUT /api/ships/2",
            page,
            body=ship,
            cookie=True,
            answer=(200, readable),
            meaning="The cookie was sent: the log is changed.",
        ),
        Exchange(
            "Another site asks who is logged in",
            "GET /api/login",
            stranger,
            cookie=True,
            answer=(200, {}),
            meaning="Two ports of one host are the same site: a browser sends the cookie here too. CORS alone "
            "blocks the response.",
        ),
        Exchange(
            "The keeper logs in for 0 seconds",
            "POST /api/login",
            page,
            body=login(0),
            answer=(200, readable),
            meaning="For the next request: a login that has expired.",
        ),
        Exchange(
            "The page deletes an entry after its login has expired",
            "DELETE /api/ships/3",
            page,
            cookie=True,
            answer=(401, readable),
            meaning="The page can read the 401 and ask for a new login. Without CORS headers it would see a "
            "“network error”.",
        ),
    ]


class Conversation:
    """Sends the requests, shows each with its response, and keeps the cookie as a browser does."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._cookie = ""

    def hold(self) -> None:
        """Send them all.

        Raises:
            DemoError: A response is not what the demo claims.
        """
        for number, exchange in enumerate(conversation(self._addresses), 1):
            print(f"\n{number:>2} {coloured(exchange.title, 'bold')}")
            self._send(exchange)
            paragraph(exchange.meaning, indent=3)

    def _send(self, exchange: Exchange) -> None:
        headers = {"Origin": exchange.origin, **exchange.headers}
        body = None
        if exchange.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(exchange.body)
        if exchange.cookie:
            headers["Cookie"] = self._cookie
        columns(">", exchange.request, [shown(*header) for header in headers.items()], colour="cyan")

        status, answered, text = self._ask(exchange.request, body, headers)
        cors = {name: value for name, value in answered if name.startswith("Access-Control-")}
        cookies = [(name, value) for name, value in answered if name == "Set-Cookie"]
        for _, value in cookies:
            self._cookie = value.partition(";")[0]
        lines = [shown(*header) for header in (*cors.items(), *cookies)] or ["no CORS header"]
        if exchange.request.startswith("OPTIONS"):
            lines += text.splitlines()
        columns("<", str(status), lines, colour="green" if cors else "red")

        if (status, cors) != exchange.answer:
            raise DemoError(f"“{exchange.title}” should get {exchange.answer}, not {(status, cors)}.")

    def _ask(
        self, request: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, list[tuple[str, str]], str]:
        method, path = request.split()
        connection = http.client.HTTPConnection(without_scheme(self._addresses.api), timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read().decode()
        finally:
            connection.close()


def shown(name: str, value: str) -> str:
    """A header on one line, a cookie's token cut."""
    if "Cookie" in name:
        token, separator, attributes = value.partition(";")
        value = f"{token[:12]}…{separator}{attributes}"
    return f"{name}: {value}"

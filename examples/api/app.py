"""The routes of the lighthouse log. Anyone may read it; a keeper who is logged in may change it.

Variables, beside those of envcors:

- ``LIGHTHOUSE_PASSWORD``: without it nobody can log in.
- ``LIGHTHOUSE_DATABASE``: a file, created if it does not exist.
- ``LIGHTHOUSE_PLAIN_COOKIE``: set it if the API is served without TLS, as on your own machine.

Every request that changes something needs a preflight, because of its method or of its JSON. So a form on another
site cannot send any of them: a body with another content type than JSON gets a 415.
"""

import hmac
import os

from flask import Flask, Response, abort, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

from envcors import CORS
from examples.api.logins import Logins, LoginState
from examples.api.ships import Entry, Ships, open_database

app = Flask(__name__)
CORS(app)

COOKIE = "keeper"
LOGIN_SECONDS = 600

database = open_database(os.environ.get("LIGHTHOUSE_DATABASE", "lighthouse.sqlite3"))
ships = Ships(database)
logins = Logins(database)


@app.get("/health")
def health() -> Response:
    return jsonify(ships=len(ships.all()))


@app.get("/api/ships")
def list_ships() -> Response:
    log = ships.all()
    response = jsonify(log)
    response.headers["X-Total-Count"] = str(len(log))
    return response


@app.post("/api/ships")
def log_ship() -> tuple[Response, int, dict[str, str]]:
    need_login()
    ship = ships.add(entry())
    return jsonify(ship), 201, {"Location": url_for("correct_ship", number=ship.id)}


@app.put("/api/ships/<int:number>")
def correct_ship(number: int) -> Response:
    need_login()
    ship = ships.replace(number, entry())
    return jsonify(ship) if ship else abort(404, "There is no such entry in the log.")


@app.delete("/api/ships/<int:number>")
def strike_ship(number: int) -> tuple[str, int]:
    need_login()
    return ("", 204) if ships.remove(number) else abort(404, "There is no such entry in the log.")


@app.get("/api/login")
def login() -> Response:
    need_login()
    return jsonify(seconds_left=logins.seconds_left(token()))


@app.post("/api/login")
def log_in() -> Response:
    """Set the cookie. A page can ask for a shorter login, to see what happens when it has expired."""
    body = json_object()
    password = os.environ.get("LIGHTHOUSE_PASSWORD", "")
    if not password or not hmac.compare_digest(str(body.get("password")).encode(), password.encode()):
        abort(403, "Wrong password.")
    seconds = body.get("seconds", LOGIN_SECONDS)
    if type(seconds) is not int or not 0 <= seconds <= LOGIN_SECONDS:
        abort(400, f"A login lasts from 0 to {LOGIN_SECONDS} seconds.")

    response = jsonify(seconds_left=seconds)
    # SameSite=Lax is enough if the page and the API are on the same site: two ports of one host, or two subdomains of
    # one domain. A page on another site needs SameSite=None, which browsers accept only with Secure.
    response.set_cookie(
        COOKIE,
        logins.start(seconds),
        httponly=True,
        samesite="Lax",
        secure="LIGHTHOUSE_PLAIN_COOKIE" not in os.environ,
    )
    return response


@app.delete("/api/login")
def log_out() -> Response:
    logins.end(token())
    response = Response(status=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


@app.errorhandler(HTTPException)
def tell(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def token() -> str:
    return request.cookies.get(COOKIE, "")


def need_login() -> None:
    match logins.state(token()):
        case LoginState.EXPIRED:
            abort(401, "Your login has expired.")
        case LoginState.UNKNOWN:
            abort(401, "You are not logged in.")


def json_object() -> dict[str, object]:
    body = request.get_json()
    return body if isinstance(body, dict) else abort(400, "The body must be a JSON object.")


def entry() -> Entry:
    body = json_object()
    name, bearing, note = body.get("name"), body.get("bearing"), body.get("note", "")
    if not isinstance(name, str) or not 1 <= len(name) <= 60:
        abort(400, "name: 1 to 60 characters.")
    if type(bearing) is not int or not 0 <= bearing < 360:
        abort(400, "bearing: whole degrees, 0 to 359.")
    if not isinstance(note, str) or len(note) > 200:
        abort(400, "note: at most 200 characters.")
    return Entry(name, bearing, note)

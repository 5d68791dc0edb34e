"""What a person sees of `Browser`: the response, the record, the errors, what it remembers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from flask import Flask, abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from envcors.testing import Browser, CORSBlocked, CORSError, NetworkError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ORIGIN = "https://app.example.com"


def api(**headers: str) -> Flask:
    """An application that gives the same CORS headers with everything, by hand; `allow_origin="*"` is one of them."""
    app = Flask(__name__)
    named = {f"Access-Control-{name.replace('_', '-').title()}": value for name, value in headers.items()}

    @app.after_request
    def cors(response: ResponseReturnValue) -> ResponseReturnValue:
        answer = make_response(response)
        answer.headers.update(named)
        return answer

    @app.route("/items", methods=["GET", "POST", "PUT", "DELETE"])
    def items() -> ResponseReturnValue:
        return jsonify(names=["Zoë"], method=request.method), {"X-Total": "1"}

    @app.route("/who")
    def who() -> ResponseReturnValue:
        return request.cookies.get("name", "nobody")

    @app.route("/login")
    def login() -> ResponseReturnValue:
        response = make_response("welcome")
        response.set_cookie("name", "ada")
        return response

    @app.route("/echo/<path:rest>", methods=["GET", "POST"])
    def echo(rest: str) -> ResponseReturnValue:
        query = request.query_string.decode()
        return jsonify(rest=rest, query=query, type=request.content_type, body=request.get_data(as_text=True))

    @app.route("/bug")
    def bug() -> ResponseReturnValue:
        raise ZeroDivisionError

    return app


def page(*, origin: str = ORIGIN, **headers: str) -> Browser:
    return Browser(api(**{"allow_origin": "*"} | headers), origin)


def test_a_response_is_read_as_in_a_page() -> None:
    response = page().fetch("/items")
    assert (response.status, response.ok, response.type) == (200, True, "cors")
    assert (response.url, response.redirected, response.preflighted) == ("https://api.example.com/items", False, False)
    assert response.json() == {"names": ["Zoë"], "method": "GET"}
    assert response.json() == json.loads(response.text) == json.loads(response.content)
    assert response.headers["CONTENT-TYPE"] == response.headers["content-type"] == "application/json"


def test_an_http_error_is_a_response() -> None:
    response = page().fetch("/nothing")
    assert (response.status, response.ok) == (404, False)


def test_text_is_utf_8_whatever_the_type_says() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: ("\ufeffZoë".encode(), {"Content-Type": "text/plain; charset=latin-1"}))
    assert Browser(app, "https://api.example.com").fetch("/").text == "Zoë"


def test_a_header_that_is_not_exposed_looks_absent_and_the_error_says_why() -> None:
    headers = page().fetch("/items").headers
    assert "X-Total" not in headers
    assert headers.get("X-Total") is None
    with pytest.raises(KeyError, match="the server sent it"):
        headers["X-Total"]
    with pytest.raises(KeyError, match=r"^'X-Other'$"):
        headers["X-Other"]
    assert page(expose_headers="x-total").fetch("/items").headers["X-Total"] == "1"


def test_an_exception_of_the_application_is_raised_on() -> None:
    app = api(allow_origin="*")
    app.testing = True
    with pytest.raises(ZeroDivisionError):
        Browser(app).fetch("/bug")


def test_without_testing_it_is_the_status_500_that_a_page_gets() -> None:
    assert page().fetch("/bug").status == 500


def test_what_is_blocked_says_why_in_one_look() -> None:
    with pytest.raises(CORSBlocked) as blocked:
        page(allow_methods="PUT").fetch("/items", method="DELETE", headers={"X-A": "secret"})
    error = blocked.value
    assert (error.reason, error.detail) == ("MethodDisallowedByPreflightResponse", "DELETE")
    assert (error.url, error.origin) == ("https://api.example.com/items", ORIGIN)
    assert error.exchange is not None
    assert error.exchange.kind == "preflight"
    assert str(error).splitlines() == [
        "fetch of https://api.example.com/items from the origin https://app.example.com is blocked by CORS: "
        + error.reason,
        "  the preflight does not allow the method DELETE",
        "",
        "  > OPTIONS https://api.example.com/items",
        "  > Origin: https://app.example.com",
        "  > Access-Control-Request-Method: DELETE",
        "  > Access-Control-Request-Headers: x-a",
        "  < 200",
        "  < Access-Control-Allow-Origin: *",
        "  < Access-Control-Allow-Methods: PUT",
    ]


@pytest.mark.parametrize("reason", CORSError)
def test_every_reason_has_a_sentence_that_names_the_detail(reason: CORSError) -> None:
    text = str(CORSBlocked(reason, "the-detail", url="https://api/", origin=ORIGIN, exchange=None))
    first, second = text.splitlines()
    assert first.endswith(reason)
    assert ("on the preflight, " in second) == (
        reason.startswith("Preflight") and reason not in {"PreflightInvalidStatus", "PreflightDisallowedRedirect"}
    )
    assert ("the-detail" in second) == (
        not reason.endswith(("ByMode", "MissingAllowOriginHeader", "WildcardOriginNotAllowed", "DisallowedRedirect"))
    )


def test_an_error_shows_no_cookie() -> None:
    browser = page(allow_origin=ORIGIN, allow_credentials="true")
    browser.fetch("/login", credentials="include")
    with pytest.raises(CORSBlocked) as blocked:
        page(allow_origin="https://other.example").fetch("/who", credentials="include")
    assert "ada" not in str(blocked.value)
    assert browser.fetch("/who", credentials="include").text == "ada"


def test_exchanges_are_what_was_really_sent_and_answered() -> None:
    browser = page(allow_methods="PUT", allow_headers="Content-Type")
    response = browser.fetch("/items", method="put", headers={"Content-Type": "application/json"}, body="[]")
    preflight, actual = browser.exchanges
    assert response.preflighted
    assert (preflight.kind, preflight.request.method, preflight.request.body) == ("preflight", "OPTIONS", b"")
    assert preflight.request.header("access-control-request-method") == "PUT"
    assert preflight.request.header("access-control-request-headers") == "content-type"
    assert preflight.request.header("content-type") is None
    assert (actual.kind, actual.request.method, actual.request.body) == ("actual", "PUT", b"[]")
    assert actual.request.header("origin") == ORIGIN
    assert actual.request.header("access-control-request-method") is None
    assert (actual.response.status, actual.response.header("x-total")) == (200, "1")


def test_cookies_are_the_hosts_and_never_a_preflights() -> None:
    browser = page(allow_origin=ORIGIN, allow_credentials="true", allow_headers="X-A")
    browser.fetch("/login", credentials="include")
    browser.fetch("/who", credentials="include", headers={"X-A": "1"})
    *_, preflight, actual = browser.exchanges
    assert preflight.request.header("Cookie") is None
    assert actual.request.header("Cookie") == "name=ada"
    browser.clear_cookies()
    assert browser.fetch("/who", credentials="include").text == "nobody"


def test_cookies_of_one_host_do_not_go_to_another() -> None:
    app = api(allow_origin=ORIGIN, allow_credentials="true")
    browser = Browser(app, elsewhere={"https://other.example": app})
    browser.fetch("/login", credentials="include")
    assert browser.fetch("https://other.example/who", credentials="include").text == "nobody"


@pytest.mark.parametrize(
    ("max_age", "seconds"),
    [(None, 5), ("600", 600), ("7200", 7200), ("86400", 7200), ("soon", 5), ("9" * 30, 5)],
)
def test_a_preflight_is_remembered_for_its_age_and_two_hours_at_most(max_age: str | None, seconds: int) -> None:
    now = 1000.0
    given = {} if max_age is None else {"max_age": max_age}
    browser = Browser(api(allow_origin="*", allow_methods="PUT", **given), clock=lambda: now)
    assert browser.fetch("/items", method="PUT").preflighted
    now += seconds - 0.5
    assert not browser.fetch("/items", method="PUT").preflighted
    now += 0.5
    assert browser.fetch("/items", method="PUT").preflighted


def test_preflights_can_be_forgotten() -> None:
    browser = page(allow_methods="PUT")
    browser.fetch("/items", method="PUT")
    browser.clear_preflight_cache()
    assert browser.fetch("/items", method="PUT").preflighted


def test_a_blocked_preflight_is_not_remembered() -> None:
    browser = page(allow_methods="PUT")
    for _ in range(2):
        with pytest.raises(CORSBlocked):
            browser.fetch("/items", method="DELETE")
    assert [exchange.kind for exchange in browser.exchanges] == ["preflight", "preflight"]


@pytest.mark.parametrize(
    ("path", "rest", "query"),
    [
        ("/echo/a%20b?x=%20y&x=2", "a b", "x=%20y&x=2"),
        ("/echo/a+b%2Fc#fragment", "a+b/c", ""),
        ("/echo/a/../b", "b", ""),
        ("https://api.example.com/echo/b", "b", ""),
        ("/echo/Zo%C3%AB", "Zoë", ""),
    ],
)
def test_a_url_arrives_as_a_browser_sends_it(path: str, rest: str, query: str) -> None:
    echoed = page().fetch(path).json()
    assert (echoed["rest"], echoed["query"]) == (rest, query)


def test_a_path_with_two_slashes_is_no_host() -> None:
    browser = page()
    browser.fetch("//items")
    assert browser.exchanges[0].request.url == "https://api.example.com//items"


@pytest.mark.parametrize(
    ("body", "headers", "content_type", "arrives"),
    [
        ("Zoë", {}, "text/plain;charset=UTF-8", "Zoë"),
        ("a=1", {"content-type": "application/x-www-form-urlencoded"}, "application/x-www-form-urlencoded", ""),
        (b"raw", {}, None, "raw"),
        (None, {}, None, ""),
    ],
)
def test_a_body_brings_the_type_that_fetch_gives_it(
    body: str | bytes | None, headers: dict[str, str], content_type: str | None, arrives: str
) -> None:
    echoed = page().fetch("/echo/x", method="POST", headers=headers, body=body).json()
    assert echoed["type"] == content_type
    assert echoed["body"] == arrives or headers


def test_a_server_sees_a_header_that_is_given_twice_joined() -> None:
    browser = page(allow_headers="*")
    headers = [
        ("Content-Type", "text/plain"),
        ("Accept", "text/html"),
        ("ACCEPT", "text/plain"),
        ("content-type", "a/b"),
    ]
    response = browser.fetch("/echo/x", method="POST", headers=headers, body="x")
    assert browser.exchanges[-1].request.header("Accept") == "text/html, text/plain"
    assert response.json()["type"] == "text/plain, a/b"
    assert browser.exchanges[0].request.header("Access-Control-Request-Headers") == "content-type"


def test_a_no_cors_request_checks_a_header_that_is_given_twice_joined() -> None:
    page().fetch("/items", mode="no-cors", headers=[("Accept", "a" * 64)])
    with pytest.raises(ValueError, match="no-cors"):
        page().fetch("/items", mode="no-cors", headers=[("Accept", "a" * 64), ("Accept", "b" * 64)])


def test_of_several_refused_headers_the_first_in_the_preflight_is_named() -> None:
    with pytest.raises(CORSBlocked) as blocked:
        page(allow_headers="x-c").fetch("/items", headers={"X-B": "1", "X-C": "1", "Authorization": "x", "X-A": "1"})
    error = blocked.value
    assert (error.reason, error.detail) == ("HeaderDisallowedByPreflightResponse", "authorization")


def test_an_opaque_origin_is_null_and_same_as_nothing() -> None:
    browser = page(origin="null")
    browser.fetch("/items")
    assert browser.exchanges[0].request.header("Origin") == "null"
    with pytest.raises(CORSBlocked, match="AllowOriginMismatch"):
        page(origin="null", allow_origin=ORIGIN).fetch("/items")


def test_a_url_without_an_application_is_a_network_error_that_names_it() -> None:
    with pytest.raises(NetworkError, match=r"nothing answers at https://other\.example"):
        page().fetch("https://other.example/items")


def test_a_redirect_to_an_invalid_url_is_a_network_error() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("302 Found", [("Location", "http://[")])
        return []

    with pytest.raises(NetworkError, match="which is not a URL"):
        Browser(app, "https://api.example.com").fetch("/")


@pytest.mark.parametrize("url", ["https://@api.example.com/items", "https://:@api.example.com/items"])
def test_an_empty_user_name_and_password_are_no_credentials(url: str) -> None:
    browser = page()
    assert browser.fetch(url).url == "https://api.example.com/items"
    assert browser.exchanges[0].request.url == "https://api.example.com/items"


def test_a_dot_at_the_end_of_the_host_makes_another_origin() -> None:
    with pytest.raises(CORSBlocked, match="AllowOriginMismatch"):
        page(origin=f"{ORIGIN}.", allow_origin=ORIGIN).fetch("/items")
    assert page(origin=f"{ORIGIN}.", allow_origin=f"{ORIGIN}.").fetch("/items").ok


def test_a_redirect_to_an_empty_location_asks_the_same_url_again() -> None:
    answers = iter([("302 Found", [("Location", "")]), ("200 OK", [])])

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers = next(answers)
        start_response(status, [*headers, ("Access-Control-Allow-Origin", "*")])
        return []

    response = Browser(app).fetch("/login?next=1")
    assert (response.status, response.url, response.redirected) == (200, "https://api.example.com/login?next=1", True)


def test_a_preflight_with_an_empty_location_has_an_invalid_status() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("302 Found", [("Location", ""), ("Access-Control-Allow-Origin", "*")])
        return []

    with pytest.raises(CORSBlocked, match="PreflightInvalidStatus"):
        Browser(app).fetch("/", method="PUT")


@pytest.mark.parametrize("url", ["ftp://a/", "mailto:a", "https://", "http://[", "https://me:pw@api.example.com/"])
def test_a_url_that_fetch_does_not_take_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        page().fetch(url)


@pytest.mark.parametrize("origin", ["https://app.example.com/", "HTTPS://app.example.com", "https://a:443", "app", ""])
def test_an_origin_is_written_as_a_browser_sends_it(origin: str) -> None:
    with pytest.raises(ValueError, match="is not an"):
        Browser(api(), origin)


@pytest.mark.parametrize("argument", ["credentials", "mode", "redirect"])
def test_an_unknown_word_is_refused_with_those_that_there_are(argument: str) -> None:
    with pytest.raises(ValueError, match=rf"{argument} is one of .*; not 'always'"):
        page().fetch("/items", **{argument: "always"})  # type: ignore[arg-type]  # what is refused here


@pytest.mark.parametrize("method", ["CONNECT", "trace", "TrAcK"])
def test_a_method_override_of_a_forbidden_method_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="X-HTTP-Method-Override"):
        page().fetch("/items", headers={"X-HTTP-Method-Override": f"PUT, {method}"})


@pytest.mark.parametrize("header", ["X-A", "Range", "Authorization"])
def test_a_no_cors_request_sets_harmless_headers_alone(header: str) -> None:
    with pytest.raises(ValueError, match="no-cors"):
        page().fetch("/items", mode="no-cors", headers={header: "bytes=0-1"})


def test_an_opaque_response_tells_nothing() -> None:
    response = page().fetch("/items", mode="no-cors")
    assert (response.status, response.ok, response.content, dict(response.headers)) == (0, False, b"", {})


def test_aborting_views_are_responses() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: abort(403))
    assert Browser(app, "https://api.example.com").fetch("/").status == 403

"""What holds for every request and every answer."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from envcors.testing import Browser, CORSBlocked

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ORIGIN = "https://app.example.com"
UNSAFE = set('"():<>?@[\\]{}\x7f') | {chr(code) for code in range(0x20)} - {"\t"}

origins = st.sampled_from([None, "", "*", "null", ORIGIN, ORIGIN + "/", ORIGIN.upper(), "https://b", f"{ORIGIN}, *"])
words = st.sampled_from([None, "*", "PUT", "put", "DELETE", "GET, PUT", "PUT DELETE", "x-a", "X-A, authorization", "x"])
credentials = st.sampled_from(["omit", "same-origin", "include"])
texts = st.text(st.characters(max_codepoint=0xFF, blacklist_characters="\0\r\n"), max_size=150)
visible = st.text(string.ascii_letters + string.digits + ' ,;=*-./"(:\t', max_size=140)


def answering(headers: dict[str, str | None]) -> tuple[WSGIApplication, list[str]]:
    """An application that always answers the same, and the methods that it was asked."""
    asked: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked.append(environ["REQUEST_METHOD"])
        given_headers = [(name, value) for name, value in headers.items() if value is not None]
        start_response("200 OK", [*given_headers, ("X-Secret", "1")])
        return [b"secret"]

    return app, asked


def reads(browser: Browser, **init: object) -> bool:
    try:
        return browser.fetch("/", **init).text == "secret"  # type: ignore[arg-type]  # the strategies' words are the API's
    except CORSBlocked:
        return False


@given(allow=origins, allow_credentials=st.sampled_from([None, "true", "True", "false"]), mode=credentials)
def test_a_script_reads_what_names_its_origin_and_nothing_else(
    allow: str | None, allow_credentials: str | None, mode: str
) -> None:
    app, _ = answering({"Access-Control-Allow-Origin": allow, "Access-Control-Allow-Credentials": allow_credentials})
    with_credentials = mode == "include"
    allowed = (allow == ORIGIN and (not with_credentials or allow_credentials == "true")) or (
        allow == "*" and not with_credentials
    )
    assert reads(Browser(app, ORIGIN), credentials=mode) == allowed


@given(methods=words, names=words, mode=credentials, authorized=st.booleans())
def test_a_request_is_sent_only_when_its_preflight_allows_all_of_it(
    methods: str | None, names: str | None, mode: str, authorized: bool
) -> None:
    app, asked = answering(
        {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": names,
        }
    )
    headers = {"X-A": "1"} | ({"Authorization": "x"} if authorized else {})
    sent = reads(Browser(app, ORIGIN), method="PUT", headers=headers, credentials=mode)

    listed_methods = {word.strip() for word in (methods or "").split(",")}
    listed_names = {word.strip().lower() for word in (names or "").split(",")}
    malformed = any(" " in word for word in listed_methods | listed_names)
    star = mode != "include"
    method_allowed = "PUT" in listed_methods or (star and "*" in listed_methods)
    headers_allowed = all(
        name.lower() in listed_names or (star and "*" in listed_names and name != "Authorization") for name in headers
    )
    assert sent == (method_allowed and headers_allowed and not malformed)
    assert asked == (["OPTIONS", "PUT"] if sent else ["OPTIONS"])


@given(
    name=st.sampled_from(["Accept", "Accept-Language", "Content-Language", "Content-Type", "Range"]),
    value=texts | visible,
)
@example(name="Accept", value="a" * 129)
@example(name="Content-Type", value="text/plain")
def test_no_unsafe_byte_and_no_long_value_goes_without_a_preflight(name: str, value: str) -> None:
    app, asked = answering({"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"})
    browser = Browser(app, ORIGIN)
    browser.fetch("/", headers={name: value})
    sent = browser.exchanges[-1].request.header(name) or ""
    if len(sent) > 128 or (set(sent) & UNSAFE):
        assert asked == ["OPTIONS", "GET"]
    assert browser.exchanges[0].request.header("Access-Control-Request-Headers") in {None, name.lower()}


@given(expose=st.lists(st.sampled_from(["X-Secret", "x-secret", "*", "Set-Cookie", "X-Other"])), mode=credentials)
def test_only_what_is_exposed_is_readable(expose: list[str], mode: str) -> None:
    app, _ = answering(
        {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": ",".join(expose),
            "Set-Cookie": "a=b",
        }
    )
    response = Browser(app, ORIGIN).fetch("/", credentials=mode)  # type: ignore[arg-type]  # the strategy's words
    named = {"X-Secret", "x-secret"} & set(expose)
    assert ("X-Secret" in response.headers) == bool(named or ("*" in expose and mode != "include"))
    assert "Set-Cookie" not in response.headers

"""Names of methods and headers, classified as in the Fetch standard."""

import string

import pytest

from envcors.protocol.names import (
    FORBIDDEN_METHODS,
    NORMALISED_METHODS,
    REGISTERED_METHODS,
    SAFELISTED_METHODS,
    is_forbidden_method,
    is_forbidden_request_header,
    is_forbidden_response_header_name,
    is_token,
)


def test_a_token_has_only_the_characters_of_rfc_9110() -> None:
    tokens = {character for character in map(chr, range(0x250)) if is_token(character)}
    assert tokens == {*string.ascii_letters, *string.digits, *"!#$%&'*+-.^_`|~"}


@pytest.mark.parametrize("text", ["", " ", "a b", "a,b", "a\n", "\u212a", "a:"])
def test_other_texts_are_not_tokens(text: str) -> None:
    assert not is_token(text)


def test_all_known_methods_except_track_are_registered() -> None:
    assert SAFELISTED_METHODS <= NORMALISED_METHODS <= REGISTERED_METHODS
    assert sorted(FORBIDDEN_METHODS - REGISTERED_METHODS) == ["TRACK"]
    assert {"PATCH", "QUERY"} <= REGISTERED_METHODS
    assert all(is_token(method) and method == method.upper() for method in REGISTERED_METHODS)


@pytest.mark.parametrize(
    ("method", "forbidden"),
    [("TRACE", True), ("trace", True), ("Connect", True), ("TRACK", True), ("GET", False), ("TRACER", False)],
)
def test_a_method_is_forbidden_in_any_case(method: str, forbidden: bool) -> None:
    assert is_forbidden_method(method) is forbidden


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("Cookie", True),
        ("HOST", True),
        ("Set-Cookie", True),
        ("Sec-Fetch-Mode", True),
        ("Proxy-Authorization", True),
        ("Access-Control-Request-Method", True),
        ("access-control-allow-origin", False),
        ("Accept-Encoding", True),
        ("Accept", False),
        ("Authorization", False),
        ("User-Agent", False),
        ("X-HTTP-Method-Override", False),
        ("Security", False),
    ],
)
def test_a_request_header_is_forbidden(name: str, forbidden: bool) -> None:
    assert is_forbidden_request_header(name) is forbidden


@pytest.mark.parametrize(
    ("name", "forbidden"), [("Set-Cookie", True), ("set-cookie2", True), ("Cookie", False), ("ETag", False)]
)
def test_a_response_header_is_forbidden(name: str, forbidden: bool) -> None:
    assert is_forbidden_response_header_name(name) is forbidden

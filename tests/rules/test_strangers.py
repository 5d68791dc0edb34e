"""An expression that allows names of one shape only still allows strangers: anybody can register such a name."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from typing import cast

import pytest

from envcors.protocol.origins import Origin, OriginPattern
from envcors.rules.permissive import allows_strangers
from tests.booting import Setup, boot

ONE_SHAPE = [
    *(r"https://[a-z]+\.com", r"https://[a-z]{1,8}\.io", r"https://[a-z]{10,20}\.net", r"https://\d+\.com"),
    *(r"https://[a-z]+[0-9]+\.dev", r"https://[a-z]+-[a-z]+\.app", r"https://www\.[a-z]+\.de", r"http://\w+\.org"),
    *(r"https://[a-z]+\.[a-z]+\.com", r"https://[a-z]+\.com:8443", r"https://[^.]+\.co\.uk", r"https://[a-z0-9]+\.org"),
]


@pytest.mark.parametrize("expression", ONE_SHAPE)
@pytest.mark.parametrize("environment", [{"CORS_ENV": "development"}, {"CORS_DANGEROUSLY_ALLOW": "origin-regex"}])
def test_an_expression_for_names_of_one_shape_never_has_credentials(
    expression: str, environment: Mapping[str, str]
) -> None:
    setup = Setup(environment, code={"origins": re.compile(expression), "supports_credentials": True})
    assert "origin-any-with-credentials" in boot(setup).rules()


def test_a_function_for_names_of_letters_is_found() -> None:
    def names_of_letters(origin: Origin, environ: Mapping[str, object]) -> bool:
        return origin.host.removesuffix(".com").isalpha()

    assert boot(Setup(code={"origins": names_of_letters})).rules() == ["origin-any"]


@pytest.mark.parametrize("expression", [r"https://[a-z]+\.example\.com", r"https://(shop|app)\.com", r"https://a\.de"])
def test_an_expression_for_ones_own_names_allows_no_stranger(expression: str) -> None:
    assert not allows_strangers(re.compile(expression))


def questions() -> list[tuple[Origin, Mapping[str, object]]]:
    """What a function is asked at boot."""
    asked: list[tuple[Origin, Mapping[str, object]]] = []

    def note(origin: Origin, environ: Mapping[str, object]) -> bool:
        asked.append((origin, environ))
        return False

    assert not allows_strangers(note)
    return asked


def test_a_function_is_asked_about_each_domain_and_each_shape_of_a_name() -> None:
    origins = [origin for origin, _ in questions()]
    domains = {"com", "org", "net", "io", "dev", "app", "de", "co.uk"}
    assert {next(domain for domain in domains if origin.host.endswith(f".{domain}")) for origin in origins} == domains
    names = [origin.host.removesuffix(".com") for origin in origins if origin.host.endswith(".com")]
    shapes = (r"[a-z]{6}", r"[a-z]{16}", r"\d{1,6}", r"[0-9a-f]{18}", r"[a-z]{6}\d{1,6}", r"[a-z]{6}-[a-z]{6}")
    for shape in (*shapes, r"www\.[a-z]{6}", r"[a-z]{6}\.[a-z]{6}", r"[0-9a-f]{18}\.\d{1,6}[a-z]{6}"):
        assert any(re.fullmatch(shape, name) for name in names), shape
    others = [origin for origin in origins if not origin.host.endswith(".com")]
    assert all(re.fullmatch(r"[0-9a-f]{18}\.(co\.)?[a-z]+", origin.host) for origin in others)
    assert [(origin.scheme, origin.port) for origin in origins if (origin.scheme, origin.port) != ("https", None)] == [
        ("https", 8443),
        ("http", None),
    ]
    assert len(origins) < 20  # it may ask a database


def test_a_function_is_never_asked_the_same_twice() -> None:
    first, second = ({str(origin) for origin, _ in questions()} for _ in range(2))
    assert first.isdisjoint(second)
    assert all(OriginPattern.parse(origin) for origin in first)


def test_a_function_is_asked_with_a_complete_environment() -> None:
    for origin, environ in questions():
        rest = dict(environ)
        assert isinstance(rest.pop("wsgi.input"), io.BytesIO)
        assert rest.pop("wsgi.errors") is sys.stderr
        assert rest == {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ORIGIN": str(origin),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


@pytest.mark.parametrize("answer", [1, "yes", [True], None, object()])
def test_only_true_allows(answer: object) -> None:
    def answers(origin: Origin, environ: Mapping[str, object]) -> bool:
        return cast(bool, answer)

    assert not allows_strangers(answers)

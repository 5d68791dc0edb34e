"""Sets of patterns: each pattern keeps its own scheme and port, also beside others for the same host."""

from __future__ import annotations

import pytest

from envcors.protocol.origins import OriginPattern, OriginSet

SAME_HOST = ["https://*.example.com", "http://*.example.com:8080", "https://*.example.com:9000"]
OTHER_HOSTS = ["https://*.example.org:8443", "https://*.a.example.net", "http://localhost:*", "https://one.example.net"]


@pytest.fixture
def listed() -> OriginSet:
    return OriginSet(map(OriginPattern.parse, [*SAME_HOST, *OTHER_HOSTS]))


@pytest.mark.parametrize(
    "origin",
    [
        *("https://a.example.com", "http://a.example.com:8080", "https://a.b.example.com:9000"),
        *("https://a.example.org:8443", "https://b.a.example.net", "https://c.b.a.example.net"),
        *("http://localhost", "http://localhost:3000", "https://one.example.net"),
    ],
)
def test_a_set_matches_each_of_its_patterns(listed: OriginSet, origin: str) -> None:
    assert listed.matches(origin)


@pytest.mark.parametrize(
    "origin",
    [
        *("http://a.example.com", "https://a.example.com:8080", "http://a.example.com:9000", "https://a.example.com:1"),
        *("https://a.example.org", "https://a.example.org:9000", "https://a.example.net", "https://a.example.net:8443"),
        *("https://localhost", "http://one.example.net", "https://one.example.net:8443", "https://example.com"),
    ],
)
def test_a_set_mixes_no_scheme_and_no_port_of_two_patterns(listed: OriginSet, origin: str) -> None:
    assert not listed.matches(origin)


def test_a_set_without_wildcards_matches_its_own_origins_alone() -> None:
    listed = OriginSet([OriginPattern.parse("https://a.example.com")])
    assert not listed.has_wildcards
    assert listed.matches("https://a.example.com")
    assert not listed.matches("https://b.example.com")

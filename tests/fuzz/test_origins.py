"""Origins and patterns: what envcors reads is what the URL standard reads and writes again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envcors.protocol import grammar
from envcors.protocol.origins import Origin, OriginError, OriginPattern, OriginSet
from tests.fuzz import url_standard
from tests.fuzz.depth import few
from tests.fuzz.texts import changed

SCHEMES = st.sampled_from(
    ["https", "http", "app", "capacitor", "chrome-extension", "wss", "file", "httpss", "a" * 63, "a" * 64, "x+1.-"]
)
LABELS = st.one_of(
    st.sampled_from(["a", "example", "com", "xn--bcher-kva", "-", "_a", "0", "9", "0x", "0xf", "1e3", "09", "a" * 63]),
    st.text("abz019-_x", min_size=1, max_size=4),
)
DOTTED = st.lists(st.integers(0, 260).map(str), min_size=1, max_size=5).map(".".join)
GROUPS = st.one_of(st.just("0"), st.sampled_from(["", "1", "00", "fe80", "ffff", "01", "10000", "A"]))
IPV6 = st.one_of(
    st.lists(GROUPS, min_size=1, max_size=9).map(":".join),
    st.lists(st.one_of(st.just(0), st.integers(0, 0xFFFF)), min_size=8, max_size=8).map(url_standard.ipv6_text),
).map(lambda text: f"[{text}]")
LONG = st.integers(248, 255).map(lambda length: ("a" * 49 + ".") * 4 + "b" * (length - 200))
HOSTS = st.one_of(st.lists(LABELS, min_size=1, max_size=5).map(".".join), DOTTED, IPV6, LONG)
WILDCARDS = st.sampled_from(["", "", "*."])
FINAL_DOTS = st.sampled_from(["", "", "."])
PORTS = st.sampled_from(["", "", "", ":*", ":80", ":443", ":8443", ":0", ":1", ":65535", ":65536", ":080", ":"])
TEXTS = changed(
    st.builds("{}://{}{}{}{}".format, SCHEMES, WILDCARDS, HOSTS, FINAL_DOTS, PORTS),
    "*.:/@[]\\?#%-_~09afxAZ \t\n\u00fc\u0131\u0661\u212a\u3002",
)


@few(150)
@given(TEXTS)
@example("https://1.2.3.0x10")
@example("https://[::1]:443")
@example("https://[0:0:1::]")
@example("app://*.[::1]")
def test_a_text_is_an_origin_where_the_url_standard_reads_it_and_writes_it_again(text: str) -> None:
    expected = url_standard.read_pattern(text)
    assert grammar.read_pattern(text) == expected
    if expected is not None:
        assert str(OriginPattern.parse(text)) == text
    if expected is None or "*" in text:
        with pytest.raises(OriginError) as refused:
            Origin.parse(text)
        assert refused.value.reason
        assert str(refused.value).isprintable()
    else:
        origin = Origin.parse(text)
        assert expected == (origin.scheme, origin.host, origin.port, False)
        assert str(origin) == text


@few(40)
@given(TEXTS, st.lists(TEXTS, max_size=6))
def test_a_set_of_patterns_matches_what_the_url_standard_says(text: str, others: list[str]) -> None:
    written = [pattern for pattern in [*others, *_wider(text)] if url_standard.read_pattern(pattern)]
    listed = OriginSet(map(OriginPattern.parse, written))
    origin = url_standard.read_pattern(text)
    meant = origin is not None and "*" not in text and any(_means(pattern, origin) for pattern in written)
    assert listed.matches(text) is meant


def _wider(text: str) -> list[str]:
    """Patterns near a text: every port, the hosts below each of its parents."""
    reading = url_standard.read_pattern(text)
    if reading is None or "*" in text:
        return []
    parents = reading.host.split(".")[1:3]
    return [f"{reading.scheme}://*.{'.'.join(parents)}", f"{reading.scheme}://{reading.host}:*"]


def _means(pattern: str, origin: url_standard.Reading) -> bool:
    reading = url_standard.read_pattern(pattern)
    assert reading is not None
    labels, host = reading.host.split("."), origin.host.split(".")
    is_host = host[-len(labels) :] == labels and len(host) > len(labels) if reading.subdomains else host == labels
    return reading.scheme == origin.scheme and is_host and reading.port in ("*", origin.port)


@few(40)
@given(st.text("htps:/.*-ab0[]", max_size=400))
def test_no_text_is_read_that_is_longer_than_any_origin(text: str) -> None:
    assert grammar.read_pattern(text) is None or len(text) <= grammar.MAX_LENGTH

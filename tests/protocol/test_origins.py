"""Which texts are origins and patterns, why others are invalid, and what a pattern matches and covers."""

import pytest

from envcors.protocol.origins import Origin, OriginError, OriginPattern, OriginSet

LABEL = "a" * 63
HOST_OF_253 = ".".join([LABEL, LABEL, LABEL, "a" * 61])
HOST_OF_254 = ".".join([LABEL, LABEL, LABEL, "a" * 62])

ORIGINS = {
    "https://example.com": Origin("https", "example.com", None),
    "http://localhost": Origin("http", "localhost", None),
    "http://localhost:3000": Origin("http", "localhost", 3000),
    "http://example.com:443": Origin("http", "example.com", 443),
    "https://example.com:80": Origin("https", "example.com", 80),
    "https://example.com:1": Origin("https", "example.com", 1),
    "https://example.com:65535": Origin("https", "example.com", 65535),
    "https://a_b.example.com": Origin("https", "a_b.example.com", None),
    "https://-a.b-": Origin("https", "-a.b-", None),
    "https://xn--bcher-kva.example": Origin("https", "xn--bcher-kva.example", None),
    "https://1.example": Origin("https", "1.example", None),
    "https://example.com.": Origin("https", "example.com.", None),
    "https://0xg": Origin("https", "0xg", None),
    "https://a.0x-1": Origin("https", "a.0x-1", None),
    "https://127.0.0.1": Origin("https", "127.0.0.1", None),
    "https://255.255.255.255:8443": Origin("https", "255.255.255.255", 8443),
    "https://[::]": Origin("https", "[::]", None),
    "https://[::1]:8443": Origin("https", "[::1]", 8443),
    "https://[2001:db8::1:0:0:1]": Origin("https", "[2001:db8::1:0:0:1]", None),
    "https://[2001:db8:0:1:1:1:1:1]": Origin("https", "[2001:db8:0:1:1:1:1:1]", None),
    "https://[1:2:3:4:5:6:7:8]": Origin("https", "[1:2:3:4:5:6:7:8]", None),
    "https://[1::8]": Origin("https", "[1::8]", None),
    "https://[10:0:0:1::]": Origin("https", "[10:0:0:1::]", None),
    "https://[::ffff:7f00:1]": Origin("https", "[::ffff:7f00:1]", None),
    "capacitor://localhost": Origin("capacitor", "localhost", None),
    "chrome-extension://abcdefghijklmnop": Origin("chrome-extension", "abcdefghijklmnop", None),
    "capacitor://localhost:80": Origin("capacitor", "localhost", 80),
    "files://localhost": Origin("files", "localhost", None),
    "https://[2001:0:0:1::1]": Origin("https", "[2001:0:0:1::1]", None),
    f"https://{LABEL}.example": Origin("https", f"{LABEL}.example", None),
    f"https://{HOST_OF_253}": Origin("https", HOST_OF_253, None),
    f"{'s' * 63}://{HOST_OF_253}:65535": Origin("s" * 63, HOST_OF_253, 65535),
}

PATTERNS = {
    "https://*.example.com": OriginPattern("https", "example.com", None, True),
    "https://*.com": OriginPattern("https", "com", None, True),
    "https://*.example.com:8443": OriginPattern("https", "example.com", 8443, True),
    "https://*.example.com:*": OriginPattern("https", "example.com", "*", True),
    "http://localhost:*": OriginPattern("http", "localhost", "*", False),
    "http://127.0.0.1:*": OriginPattern("http", "127.0.0.1", "*", False),
    "http://[::1]:*": OriginPattern("http", "[::1]", "*", False),
    f"https://*.{HOST_OF_253[2:]}": OriginPattern("https", HOST_OF_253[2:], None, True),
}

NEITHER = {
    "": "empty",
    "null": "null",
    "*": "wildcard",
    "a" * 10_000: "too-long",
    "example.com": "scheme-missing",
    "localhost:3000": "scheme-missing",
    "https:example.com": "scheme-missing",
    "://example.com": "scheme-malformed",
    "1https://example.com": "scheme-malformed",
    "ht tp://example.com": "scheme-malformed",
    f"{'s' * 64}://example.com": "scheme-malformed",
    "\u017fcheme://example.com": "scheme-malformed",
    "file://": "scheme-pageless",
    "file:///home": "scheme-pageless",
    "FILE://host": "scheme-pageless",
    "HTTPS://example.com": "upper-case",
    "https://Example.com": "upper-case",
    "https://example.com/": "path",
    "https://example.com/path": "path",
    "https://example.com?query": "path",
    "https://example.com#fragment": "path",
    "https://example.com\\": "path",
    "https://user@example.com": "userinfo",
    "https://user:password@example.com": "userinfo",
    "https://": "host-missing",
    "https://:8443": "host-missing",
    "https://b\u00fccher.example": "host-non-ascii",
    "https://\u212aelvin.example": "host-non-ascii",
    "https://exa mple.com": "host-malformed",
    "https://example.com ": "host-malformed",
    "https://example.com\n": "host-malformed",
    "https://example.com\x00": "host-malformed",
    "https://exam%70le.com": "host-malformed",
    "https://example.com,https:": "host-malformed",
    "https://example.com..": "host-empty-label",
    "https://example..com": "host-empty-label",
    "https://.example.com": "host-empty-label",
    f"https://{LABEL}a.example": "host-label-too-long",
    f"https://{HOST_OF_254}": "host-too-long",
    "https://1.2.3": "host-ipv4-malformed",
    "https://1.2.3.4.5": "host-ipv4-malformed",
    "https://01.2.3.4": "host-ipv4-malformed",
    "https://256.2.3.4": "host-ipv4-malformed",
    "https://2130706433": "host-ipv4-malformed",
    "https://0x7f000001": "host-ipv4-malformed",
    "https://example.0x": "host-ipv4-malformed",
    "https://[]": "host-ipv6-malformed",
    "https://[:]": "host-ipv6-malformed",
    "https://[::1": "host-ipv6-malformed",
    "https://[::1]x": "host-ipv6-malformed",
    "https://[::g]": "host-ipv6-malformed",
    "https://[1:2:3:4:5:6:7]": "host-ipv6-malformed",
    "https://[1:2:3:4:5:6:7:8:9]": "host-ipv6-malformed",
    "https://[1:2:3:4::5:6:7:8]": "host-ipv6-malformed",
    "https://[1::2::3]": "host-ipv6-malformed",
    "https://[::ffff:127.0.0.1]": "host-ipv6-malformed",
    "https://[fe80::1%eth0]": "host-ipv6-malformed",
    "https://[::FFFF]": "upper-case",
    "https://[0:0:0:0:0:0:0:1]": "host-ipv6-not-compressed",
    "https://[2001:db8::01]": "host-ipv6-not-compressed",
    "https://[2001:db8::1:1:1:1:1]": "host-ipv6-not-compressed",
    "https://[2001::1:0:0:0:1]": "host-ipv6-not-compressed",
    "https://example.com:": "port-malformed",
    "https://example.com:x": "port-malformed",
    "https://example.com:08443": "port-malformed",
    "https://example.com:+1": "port-malformed",
    "https://example.com:1:2": "port-malformed",
    "https://example.com:\u0661": "port-malformed",
    "https://example.com:0": "port-out-of-range",
    "https://example.com:65536": "port-out-of-range",
    "https://example.com:123456789": "port-out-of-range",
    "https://example.com:443": "port-default",
    "http://example.com:80": "port-default",
    "wss://example.com:443": "scheme-pageless",
    "ws://example.com:80": "scheme-pageless",
    "ftp://example.com:21": "scheme-pageless",
    "*://example.com": "wildcard",
    "https://*": "wildcard",
    "https://*:*": "wildcard",
    "https://a.*.com": "wildcard",
    "https://a*.example.com": "wildcard",
    "https://*a.example.com": "wildcard",
    "https://*.*.example.com": "wildcard",
    "https://**.example.com": "wildcard",
    "https://example.com:8*": "wildcard",
    "https://example.com:**": "wildcard",
}

NO_PATTERNS = {
    "https://*.": "host-missing",
    "https://*..example.com": "host-empty-label",
    "https://*.1.2.3.4": "host-ipv4-malformed",
    "https://*.[::1]": "host-ipv6-malformed",
    "https://*.Example.com": "upper-case",
    f"https://*.a{HOST_OF_253[2:]}": "host-label-too-long",
    f"https://*.{HOST_OF_253[1:]}": "host-too-long",
    r"https://.*\.example\.com": "expression",
    r"^https://example\.com$": "expression",
    "https://.+.example.com": "expression",
    "(?i)https://example.com": "expression",
}


@pytest.mark.parametrize(("text", "origin"), ORIGINS.items(), ids=lambda value: str(value)[:60])
def test_an_origin_is_parsed_and_serialised_to_the_same_text(text: str, origin: Origin) -> None:
    assert Origin.parse(text) == origin
    assert str(origin) == text


@pytest.mark.parametrize(("text", "origin"), ORIGINS.items(), ids=lambda value: str(value)[:60])
def test_an_origin_is_a_pattern_that_matches_only_itself(text: str, origin: Origin) -> None:
    pattern = OriginPattern.parse(text)
    assert pattern == OriginPattern(origin.scheme, origin.host, origin.port, subdomains=False)
    assert pattern.is_exact
    assert str(pattern) == text
    assert [other for other in ORIGINS if pattern.matches(ORIGINS[other])] == [text]


@pytest.mark.parametrize(("text", "pattern"), PATTERNS.items(), ids=lambda value: str(value)[:60])
def test_a_pattern_is_parsed_and_serialised_to_the_same_text(text: str, pattern: OriginPattern) -> None:
    assert OriginPattern.parse(text) == pattern
    assert str(pattern) == text
    assert not pattern.is_exact


@pytest.mark.parametrize("text", PATTERNS)
def test_a_pattern_is_not_an_origin(text: str) -> None:
    with pytest.raises(OriginError) as error:
        Origin.parse(text)
    assert error.value.reason == "wildcard"


@pytest.mark.parametrize(("text", "reason"), NEITHER.items(), ids=lambda value: ascii(value)[:60])
def test_any_other_text_is_refused_as_origin_and_as_pattern_with_a_reason(text: str, reason: str) -> None:
    for read in (Origin.parse, OriginPattern.parse):
        with pytest.raises(OriginError) as error:
            read(text)
        assert error.value.reason == reason
        assert str(error.value).endswith(".")


@pytest.mark.parametrize(("text", "reason"), NO_PATTERNS.items(), ids=lambda value: ascii(value)[:60])
def test_an_invalid_pattern_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(OriginError) as error:
        OriginPattern.parse(text)
    assert error.value.reason == reason


MATCHES = [
    ("https://*.example.com", "https://a.example.com", True),
    ("https://*.example.com", "https://a.b.example.com", True),
    ("https://*.example.com", "https://example.com", False),
    ("https://*.example.com", "https://aexample.com", False),
    ("https://*.example.com", "http://a.example.com", False),
    ("https://*.example.com", "https://a.example.com:8443", False),
    ("https://*.example.com:8443", "https://a.example.com:8443", True),
    ("https://*.example.com:8443", "https://a.example.com", False),
    ("https://*.example.com:*", "https://a.example.com", True),
    ("https://*.example.com:*", "https://a.example.com:1", True),
    ("https://*.example.com:*", "https://example.com:1", False),
    ("http://localhost:*", "http://localhost", True),
    ("http://localhost:*", "http://localhost:3000", True),
    ("http://localhost:*", "https://localhost:3000", False),
    ("http://localhost:*", "http://a.localhost:3000", False),
    ("http://[::1]:*", "http://[::1]:3000", True),
    ("https://*.com", "https://a.b.com", True),
]


@pytest.mark.parametrize(("pattern", "origin", "matches"), MATCHES)
def test_a_pattern_matches(pattern: str, origin: str, matches: bool) -> None:
    assert OriginPattern.parse(pattern).matches(Origin.parse(origin)) is matches
    assert OriginSet([OriginPattern.parse(pattern)]).matches(origin) is matches


COVERS = [
    ("https://a.example.com", "https://a.example.com", True),
    ("https://a.example.com", "https://a.example.com:8443", False),
    ("https://*.example.com", "https://a.example.com", True),
    ("https://*.example.com", "https://*.example.com", True),
    ("https://*.example.com", "https://*.a.example.com", True),
    ("https://*.a.example.com", "https://*.example.com", False),
    ("https://*.example.com", "https://example.com", False),
    ("https://example.com", "https://*.example.com", False),
    ("https://*.example.com", "https://a.example.com:*", False),
    ("https://*.example.com:*", "https://a.example.com:*", True),
    ("https://*.example.com:*", "https://*.example.com:8443", True),
    ("https://*.example.com:8443", "https://*.example.com:*", False),
    ("http://localhost:*", "http://localhost", True),
    ("http://localhost:*", "https://localhost", False),
    ("https://*.example.com", "https://a.notexample.com", False),
]


@pytest.mark.parametrize(("one", "other", "covers"), COVERS)
def test_a_pattern_covers(one: str, other: str, covers: bool) -> None:
    assert OriginPattern.parse(one).covers(OriginPattern.parse(other)) is covers

"""Properties of every policy and every request, hostile ones included."""

import string
from collections.abc import Callable
from typing import NoReturn

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envcors.protocol.decision import (
    MAX_METHOD_LENGTH,
    MAX_REQUEST_HEADERS_LENGTH,
    Decision,
    actual_headers,
    decide,
    preflight_status,
)
from envcors.protocol.grammar import compressed_ipv6, read_pattern
from envcors.protocol.names import is_token
from envcors.protocol.origins import Origin, OriginError, OriginPattern, OriginSet
from envcors.protocol.policy import Policy

# Few words, so that values that are drawn independently often match.
schemes = st.sampled_from(["http", "https", "app"])
labels = st.sampled_from(["a", "b", "example", "com", "x_y", "1a", "localhost"])
hosts = st.lists(labels, min_size=1, max_size=5).map(".".join) | st.sampled_from(["127.0.0.1", "[::1]", "[1::8]"])
ports = st.sampled_from([None, 1, 3000, 65535])
origins = st.builds(Origin, schemes, hosts, ports)
patterns = st.builds(
    OriginPattern, schemes, hosts.filter(lambda host: host[0] not in "[1"), st.just("*") | ports, st.booleans()
) | origins.map(lambda origin: OriginPattern(origin.scheme, origin.host, origin.port, subdomains=False))
pattern_lists = st.lists(patterns, max_size=8)

hostile = st.text(max_size=300) | st.text("*:/.@[]\\,\r\n\x00 \thtpsaexmlco0123456789", max_size=80)
names = st.sampled_from(["Content-Type", "X-A", "X-B", "Authorization"])
header_lists = st.lists(
    names | names.map(str.lower) | st.sampled_from(["", "*", " x-a", "X-B\t", "x-c", "x a"]), max_size=6
)
policies = st.builds(
    Policy,
    origins=pattern_lists,
    deny_origins=st.lists(patterns, max_size=2),
    methods=st.lists(st.sampled_from(["PUT", "DELETE", "PATCH", "*"])),
    allow_headers=st.lists(names | st.just("*")),
    expose_headers=st.lists(names),
    supports_credentials=st.booleans(),
    development=st.booleans(),
) | st.builds(
    Policy,
    origins=st.just(["*"]),
    deny_origins=pattern_lists,
    methods=st.lists(st.sampled_from(["PUT", "*"])),
    allow_headers=st.lists(names | st.just("*")),
    expose_headers=st.lists(names | st.just("*")),
    development=st.booleans(),
)
sent_origins = st.none() | hostile | origins.map(str) | patterns.map(str) | st.sampled_from(["null", ""])
sent_methods = st.none() | hostile | st.sampled_from(["GET", "PUT", "DELETE", "PATCH", "put", "*", "TRACE", ""])
sent_headers = st.none() | hostile | header_lists.map(",".join)
requests = st.tuples(st.sampled_from(["GET", "OPTIONS", "POST"]), sent_origins, sent_methods, sent_headers)


def error_of(parse: Callable[[str], Origin | OriginPattern], text: str) -> OriginError | None:
    """Return why ``parse`` refuses the text; None if it accepts it and the result serialises to the same text."""
    try:
        read = parse(text)
    except OriginError as error:
        return error
    assert str(read) == text
    return None


def is_origin(text: str) -> bool:
    return error_of(Origin.parse, text) is None


def allows(policy: Policy, text: str) -> bool:
    """Return whether a policy allows an origin, computed the slow way: pattern by pattern."""
    if not is_origin(text):
        return False
    origin = Origin.parse(text)
    denied, allowed = (
        [OriginPattern.parse(pattern) for pattern in written if pattern != "*"]
        for written in (policy.deny_origins, policy.origins)
    )
    return not any(pattern.matches(origin) for pattern in denied) and (
        "*" in policy.origins or any(pattern.matches(origin) for pattern in allowed)
    )


def value(decision: Decision, name: str) -> str | None:
    values = [text for key, text in decision.headers if key == name]
    assert len(values) <= 1
    return values[0] if values else None


@given(origins)
def test_every_origin_can_be_parsed_from_its_text(origin: Origin) -> None:
    assert Origin.parse(str(origin)) == origin


@given(hostile)
@example("https://a.com:99999999999999999999999")
@example("https://" + "a." * 150)
@example("https://[" + ":" * 100)
def test_every_text_is_an_origin_or_is_refused_with_a_message_that_does_not_show_it(text: str) -> None:
    error = error_of(Origin.parse, text)
    assert error is None or (error.reason and str(error).isprintable() and len(str(error)) < 100)


@given(hostile)
def test_every_text_is_a_pattern_or_is_refused_with_a_reason(text: str) -> None:
    error = error_of(OriginPattern.parse, text)
    assert error is None or error.reason
    assert error is not None or is_origin(text) or "*" in text


@given(st.lists(st.integers(0, 0xFFFF) | st.just(0), min_size=8, max_size=8))
def test_compressing_a_compressed_ipv6_address_does_not_change_it(groups: list[int]) -> None:
    written = ":".join(f"{group:04x}" for group in groups)
    compressed = compressed_ipv6(written)
    assert compressed is not None
    assert compressed_ipv6(compressed) == compressed
    assert len(compressed) <= len(written)
    assert read_pattern(f"https://[{compressed}]") == ("https", f"[{compressed}]", None, False)


@given(pattern_lists, st.lists(origins, max_size=10))
def test_a_set_matches_the_origins_that_one_of_its_patterns_matches(
    listed: list[OriginPattern], asked: list[Origin]
) -> None:
    together = OriginSet(listed)
    for origin in asked:
        assert together.matches(str(origin)) == any(pattern.matches(origin) for pattern in listed)


@given(pattern_lists, hostile)
def test_a_set_matches_only_origins(listed: list[OriginPattern], text: str) -> None:
    assert is_origin(text) or not OriginSet(listed).matches(text)
    assert not any(OriginSet(listed).matches(str(pattern)) for pattern in listed if not pattern.is_exact)


@given(patterns, patterns, origins)
def test_a_pattern_matches_all_origins_of_the_patterns_that_it_covers(
    one: OriginPattern, other: OriginPattern, origin: Origin
) -> None:
    assert one.covers(one)
    assert not (one.covers(other) and other.matches(origin)) or one.matches(origin)


@given(policies, requests)
def test_only_an_origin_that_a_pattern_allows_is_named_in_a_response(
    policy: Policy, sent: tuple[str, str | None, str | None, str | None]
) -> None:
    decision = decide(policy, *sent)
    named = value(decision, "Access-Control-Allow-Origin")
    if named == "*":
        assert policy.allows_any_origin
        assert not policy.deny_origins
    elif named is not None:
        assert named == sent[1]
        assert allows(policy, named)
    if decision.kind == "actual":
        assert decision.allowed == (named is not None)


@given(policies, requests)
def test_vary_names_the_headers_that_the_response_depends_on(
    policy: Policy, sent: tuple[str, str | None, str | None, str | None]
) -> None:
    decision = decide(policy, *sent)
    vary = value(decision, "Vary")
    if decision.kind == "preflight":
        assert vary == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    elif policy.allows_any_origin and not policy.deny_origins:
        assert vary is None
        assert decision.headers == decide(policy, "GET", None).headers
    else:
        assert vary == "Origin"


@given(policies, requests)
def test_a_denied_preflight_tells_only_an_allowed_page_which_step_failed(
    policy: Policy, sent: tuple[str, str | None, str | None, str | None]
) -> None:
    decision = decide(policy, *sent)
    if decision.kind == "preflight" and not decision.allowed:
        is_foreign = decision.reason not in {"method-not-allowed", "header-not-allowed"}
        assert preflight_status(decision) == (200 if policy.development else 403 if is_foreign else 204)
        assert is_foreign == ([name for name, _ in decision.headers] == ["Vary"])
        assert value(decision, "Access-Control-Max-Age") is None
        assert decision.reason != "method-not-allowed" or value(decision, "Access-Control-Allow-Methods") is None
    elif decision.kind == "preflight":
        assert preflight_status(decision) == 204


@given(policies, requests)
def test_a_preflight_is_allowed_exactly_what_the_policy_lists(
    policy: Policy, sent: tuple[str, str | None, str | None, str | None]
) -> None:
    decision = decide(policy, *sent)
    _, origin, method, asked = sent
    if decision.kind != "preflight" or origin is None or method is None:
        return
    known = {name.lower() for name in policy.allow_headers}
    requested = {element.strip(" \t").lower() for element in (asked or "").split(",")} - {""}
    origin_allowed = (policy.allows_any_origin and not policy.deny_origins) or allows(policy, origin)
    method_allowed = method in {"GET", "HEAD", "POST", *policy.methods} - {"*"} or (
        policy.allows_any_method
        and is_token(method)
        and method != "*"
        and len(method) <= MAX_METHOD_LENGTH
        and method.upper() not in {"CONNECT", "TRACE", "TRACK"}
    )
    headers_allowed = all(
        name != "*"
        and (name in known or ("*" in known and name != "authorization" and is_token(name)))
        for name in requested
    ) and (asked or "").isascii()  # fmt: skip
    assert decision.allowed == (origin_allowed and method_allowed and headers_allowed)
    if decision.allowed:
        assert value(decision, "Access-Control-Allow-Methods") == method
        granted = value(decision, "Access-Control-Allow-Headers")
        assert [name.lower() for name in granted.split(", ")] == list(
            dict.fromkeys(
                name for element in (asked or "").split(",") if (name := element.strip(" \t").lower())
            )
        ) if granted else not requested  # fmt: skip


@given(policies, requests)
def test_every_header_has_a_valid_name_and_a_printable_value(
    policy: Policy, sent: tuple[str, str | None, str | None, str | None]
) -> None:
    printable = set(string.printable) - set("\r\n\t\x0b\x0c")
    for name, text in decide(policy, *sent).headers:
        assert is_token(name)
        assert set(text) <= printable


@given(policies, requests)
def test_the_same_request_gets_the_same_decision(
    policy: Policy, sent: tuple[str, str | None, str | None, str | None]
) -> None:
    assert decide(policy, *sent) == decide(policy, *sent)


@given(requests)
def test_a_request_that_no_policy_governs_gets_no_header(sent: tuple[str, str | None, str | None, str | None]) -> None:
    decision = decide(None, *sent)
    assert (decision.allowed, decision.headers, decision.policy) == (False, (), None)
    assert decision.reason == ("not-cors" if sent[1] is None else "no-policy")


def test_a_million_characters_are_denied_and_not_sent_back() -> None:
    policy = Policy(origins=["https://*.example.com"], methods=["*"], allow_headers=["*"])
    origin = "https://a.example.com"
    for huge in ("," * 1_000_000, "a," * 500_000, "a." * 500_000, "*" * 1_000_000, "x-a" * 300_000):
        for sent in ((huge, "GET", None), (origin, huge, None), (origin, "GET", huge)):
            decision = decide(policy, "OPTIONS", *sent)
            assert not decision.allowed
            assert sum(len(text) for _, text in decision.headers) < 200
        assert decide(policy, "GET", huge).reason == "origin-malformed"


@given(policies, sent_origins)
def test_the_headers_of_an_actual_request_are_those_of_its_decision(policy: Policy, origin: str | None) -> None:
    for _ in range(2):
        assert actual_headers(policy, origin) == decide(policy, "GET", origin).headers


def test_origins_that_the_policy_does_not_list_are_not_cached() -> None:
    policy = Policy(origins=["https://*.example.com", "https://app.example.com"])
    for number in range(100):
        actual_headers(policy, f"https://a{number}.example.com")
        actual_headers(policy, f"https://a{number}.example.org")
        actual_headers(policy, f"\x00{number}")
    actual_headers(policy, "https://app.example.com")
    actual_headers(policy, None)
    assert set(policy.prepared.known) == {"https://app.example.com", None}


class Unsplittable(str):
    """A text that must not be split."""

    __slots__ = ()

    def split(self, *_arguments: object, **_named: object) -> NoReturn:
        raise AssertionError("a list of too many names was split")


@pytest.mark.parametrize("filler", [",", " ,", ",x-a", "x-a,x-b,", ", \t"])
def test_a_list_of_too_many_header_names_is_denied_without_being_split(filler: str) -> None:
    policy = Policy(origins=["https://a"], allow_headers=["X-A"])
    text = Unsplittable((filler * MAX_REQUEST_HEADERS_LENGTH)[:MAX_REQUEST_HEADERS_LENGTH])
    assert decide(policy, "OPTIONS", "https://a", "GET", text).reason == "header-not-allowed"
    with pytest.raises(AssertionError, match="was split"):
        decide(policy, "OPTIONS", "https://a", "GET", Unsplittable("x-b,x-c"))


def test_a_list_of_headers_of_the_maximum_length_is_allowed() -> None:
    policy = Policy(origins=["https://a"], allow_headers=["X-A"])
    padded = "x-a," + " " * (MAX_REQUEST_HEADERS_LENGTH - 4)
    assert decide(policy, "OPTIONS", "https://a", "GET", padded).allowed
    assert not decide(policy, "OPTIONS", "https://a", "GET", padded + " ").allowed

"""The safelist of requests that need no preflight, held against the browser of `envcors.testing`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.protocol.safelist import is_safelisted, needs_preflight, unsafe_names
from envcors.testing import safelist as browser

NAMES = st.sampled_from(["Accept", "accept-language", "Content-Language", "content-type", "Range", "X-Token"])
VALUES = st.one_of(
    st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n"), max_size=140),
    st.sampled_from(["text/plain; charset=utf-8", "TEXT/PLAIN", "application/json", "bytes=0-", "bytes=9-1", "en, de"]),
    st.sampled_from(["a" * 128, "a" * 129, "text/plain/x", "/", "text/"]),
)


@given(NAMES, VALUES)
def test_a_header_is_safelisted_exactly_where_a_browser_says_so(name: str, value: str) -> None:
    assert is_safelisted(name, value) == browser.is_safelisted(name, value)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=12))
def test_the_names_that_are_asked_for_are_those_of_a_browser(headers: list[tuple[str, str]]) -> None:
    assert unsafe_names(headers) == browser.unsafe_names(tuple(headers))


@pytest.mark.parametrize(
    ("name", "safe"),
    [("Accept", True), ("Accept-Language", True), ("Content-Type", False), ("Range", False), ("X-Token", False)],
)
def test_without_a_value_a_header_is_safe_where_its_usual_values_are(name: str, safe: bool) -> None:
    assert is_safelisted(name, None) is safe


@pytest.mark.parametrize(("method", "asked"), [("GET", False), ("HEAD", False), ("POST", False), ("PUT", True)])
def test_other_methods_than_the_safelisted_need_a_preflight(method: str, asked: bool) -> None:
    assert needs_preflight(method, []) is asked

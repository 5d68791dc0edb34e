"""Optimisations give the same decisions as the code without them."""

from hypothesis import given
from hypothesis import strategies as st

from envcors.protocol.decision import decide
from envcors.protocol.policy import Policy

PAGE = "https://app.example.com"
NAMES = ["authorization", "content-type", "x-a", "x-b", "x-c", "x-d", "x-e", "x-f"]

labels = st.one_of(
    st.text("abz019-_", max_size=5), st.sampled_from(["xn--a", "a" * 40, "a" * 64, "0x1", "127", "com", "c" * 21])
)
hosts = st.lists(labels, min_size=1, max_size=8).map(".".join)
ends = st.sampled_from(["", ":1", ":443", ":080", "/", ".", "\n", "*", "é"])
origins = st.builds(
    "{}{}{}".format, st.sampled_from(["https://", "http://", "ws://", "HTTPS://", "http:"]), hosts, ends
)


@given(origins)
def test_the_reason_for_denying_an_origin_does_not_depend_on_whether_the_policy_has_patterns(origin: str) -> None:
    listed = Policy(origins=[PAGE])
    with_pattern = Policy(origins=[PAGE, "https://*.elsewhere.example"])
    assert decide(listed, "GET", origin).reason == decide(with_pattern, "GET", origin).reason


@given(st.sets(st.sampled_from(NAMES)))
def test_white_space_between_header_names_does_not_change_the_decision_on_a_preflight(asked: set[str]) -> None:
    policy = Policy(origins=[PAGE], allow_headers=NAMES)
    like_a_browser, with_spaces = (
        decide(policy, "OPTIONS", PAGE, "GET", separator.join(sorted(asked)) or None) for separator in (",", " , ")
    )
    assert like_a_browser == with_spaces
    assert like_a_browser.allowed

"""Members: origins of a store, as a decision asks for them."""

from __future__ import annotations

import time

import pytest

from envcors.protocol.decision import decide, is_foreign_write
from envcors.protocol.members import FOREVER, Members
from envcors.protocol.policy import Policy

ORIGIN = "https://a.customer.io"


def of(members: dict[str, float], *, is_current: bool = True) -> Members:
    found = Members()
    found.replace(members)
    found.is_current = is_current
    return found


def reason(members: Members, origin: str = ORIGIN, **options: object) -> str:
    policy = Policy(origins=["https://own.io"], members=members, store="redis://h", **options)  # type: ignore[arg-type]
    actual, preflight = decide(policy, "GET", origin), decide(policy, "OPTIONS", origin, "GET")
    assert actual.reason == preflight.reason
    return actual.reason


@pytest.mark.parametrize(
    ("members", "origin", "expected"),
    [
        ({ORIGIN: FOREVER}, ORIGIN, "allowed"),
        ({ORIGIN: FOREVER}, "https://b.customer.io", "origin-not-allowed"),
        ({ORIGIN: FOREVER}, "https://own.io", "allowed"),
        ({ORIGIN: FOREVER}, "http://a.customer.io", "origin-not-allowed"),
        ({ORIGIN: FOREVER}, "https://a.customer.io:8443", "origin-not-allowed"),
        ({ORIGIN: FOREVER}, "https://A.customer.io", "origin-malformed"),
        ({ORIGIN: FOREVER}, "null", "origin-null"),
        ({"https://*.customer.io": FOREVER}, ORIGIN, "allowed"),
        ({"https://*.customer.io": FOREVER}, "https://customer.io", "origin-not-allowed"),
        ({"https://*.customer.io": FOREVER}, "https://evilcustomer.io", "origin-not-allowed"),
        ({ORIGIN: 1.0}, ORIGIN, "origin-not-allowed"),
        ({"https://*.customer.io": 1.0}, ORIGIN, "origin-not-allowed"),
        ({"https://*.customer.io": 4e9}, ORIGIN, "allowed"),
        ({}, ORIGIN, "origin-not-allowed"),
    ],
)
def test_a_member_allows_what_it_matches_until_it_expires(
    members: dict[str, float], origin: str, expected: str
) -> None:
    assert reason(of(members), origin) == expected


@pytest.mark.parametrize("member", [ORIGIN, "https://*.customer.io"])
def test_a_member_expires_while_the_process_runs(member: str) -> None:
    members = of({member: time.time() + 0.2})
    deadline = time.time() + 60
    assert reason(members) == "allowed"
    while reason(members) == "allowed":
        assert time.time() < deadline
    assert reason(members) == "origin-not-allowed"


@pytest.mark.parametrize("member", [ORIGIN, "https://*.customer.io"])
def test_members_come_and_go(member: str) -> None:
    members = of({})
    members.add({member: FOREVER})
    assert reason(members) == "allowed"
    members.discard([member])
    assert reason(members) == "origin-not-allowed"


def test_a_denied_origin_is_denied_although_the_store_has_it() -> None:
    assert reason(of({ORIGIN: FOREVER}), deny_origins=["https://*.customer.io"]) == "origin-denied"


def test_no_member_is_allowed_before_the_members_were_compared() -> None:
    assert reason(of({ORIGIN: FOREVER}, is_current=False)) == "origin-not-allowed"


def test_a_look_up_compares_while_the_members_are_not_current() -> None:
    members = of({ORIGIN: FOREVER}, is_current=False)
    asked = []

    def compare() -> None:
        asked.append(1)
        members.is_current = True

    members.compare = compare
    assert decide(Policy(members=members, store="s"), "GET", ORIGIN).allowed
    assert decide(Policy(members=members, store="s"), "GET", ORIGIN).allowed
    assert len(asked) == 1


@pytest.mark.parametrize("origins", [[], ["*"], ["https://own.io"]])
def test_a_member_may_write_where_foreign_pages_may_not(origins: list[str]) -> None:
    deny = ["https://denied.io"] if origins == ["*"] else []
    policy = Policy(origins=origins, deny_origins=deny, members=of({ORIGIN: FOREVER}), store="s")
    assert not is_foreign_write(policy, "POST", {"HTTP_ORIGIN": ORIGIN, "HTTP_SEC_FETCH_SITE": "cross-site"})
    other = {"HTTP_ORIGIN": "https://other.io", "HTTP_SEC_FETCH_SITE": "cross-site"}
    assert is_foreign_write(policy, "POST", other)

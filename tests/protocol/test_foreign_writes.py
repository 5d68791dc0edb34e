"""Foreign writes: method, Sec-Fetch-Site, Origin and Host under each policy, as a table of facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.protocol.decision import decide, is_foreign_write
from envcors.protocol.policy import Policy, PolicyError

HOST = "api.acme.io"
OWN, PAGE, FOREIGN = f"https://{HOST}", "https://app.acme.io", "https://foreign.example"
LISTED = Policy(origins=[PAGE, "https://*.pages.acme.io"], deny_origins=["https://old.pages.acme.io"])
ANY = Policy(origins=["*"])
ANY_BUT = Policy(origins=["*"], deny_origins=[FOREIGN])
ANY_AND = Policy(origins=["*", PAGE])
NONE = Policy()

# method, Sec-Fetch-Site, Origin, Host, policy, whether it is a foreign write
Fact = tuple[str, str | None, str | None, str | None, Policy | None, bool]

FACTS: list[Fact] = [
    # safe methods change nothing
    *(
        (method, "cross-site", FOREIGN, HOST, policy, False)
        for method in ("GET", "HEAD", "OPTIONS")
        for policy in (None, NONE)
    ),
    # the browser says where it comes from
    *(("POST", site, OWN, HOST, NONE, False) for site in ("same-origin", "none")),
    *(("POST", site, FOREIGN, HOST, NONE, False) for site in ("same-origin", "none")),
    *(("POST", site, None, HOST, NONE, False) for site in ("same-origin", "none")),
    *(
        ("POST", site, FOREIGN, HOST, LISTED, True)
        for site in ("cross-site", "same-site", "", "Same-Origin", "same-origin,none")
    ),
    *(("POST", site, None, HOST, LISTED, True) for site in ("cross-site", "same-site", "other")),
    *(("POST", site, PAGE, HOST, LISTED, False) for site in ("cross-site", "same-site")),
    ("POST", "same-site", OWN, HOST, NONE, True),
    # the policy lists the origin, or does not
    ("POST", "cross-site", "https://a.pages.acme.io", HOST, LISTED, False),
    ("POST", "cross-site", "https://old.pages.acme.io", HOST, LISTED, True),
    ("POST", "cross-site", f"{PAGE}:8443", HOST, LISTED, True),
    ("POST", "cross-site", "http://app.acme.io", HOST, LISTED, True),
    ("POST", "cross-site", "null", HOST, LISTED, True),
    ("POST", "cross-site", f"{PAGE},{FOREIGN}", HOST, LISTED, True),
    ("POST", "cross-site", f"{PAGE} {PAGE}", HOST, LISTED, True),
    ("POST", "cross-site", "", HOST, LISTED, True),
    ("POST", "cross-site", PAGE, HOST, None, True),
    # * allows reading, never writing
    *(
        ("POST", "cross-site", origin, HOST, policy, True)
        for policy in (ANY, ANY_BUT)
        for origin in (PAGE, FOREIGN, "null")
    ),
    ("POST", "cross-site", PAGE, HOST, ANY_AND, False),
    ("POST", "cross-site", FOREIGN, HOST, ANY_AND, True),
    # without Sec-Fetch-Site the host counts
    ("POST", None, None, HOST, NONE, False),
    ("POST", None, OWN, HOST, NONE, False),
    ("POST", None, OWN, f"{HOST}:443", NONE, False),
    ("POST", None, f"{OWN}:443", HOST, NONE, False),
    ("POST", None, OWN, "API.acme.io", NONE, False),
    ("POST", None, f"{OWN}:8443", f"{HOST}:8443", NONE, False),
    ("POST", None, f"{OWN}:8443", HOST, NONE, True),
    ("POST", None, OWN, f"{HOST}:8443", NONE, True),
    ("POST", None, f"http://{HOST}", HOST, NONE, False),
    ("POST", None, f"http://{HOST}", f"{HOST}:443", NONE, True),
    ("POST", None, "http://[::1]:5000", "[::1]:5000", NONE, False),
    ("POST", None, "http://[::1]", "[::1]", NONE, False),
    ("POST", None, OWN, None, NONE, True),
    ("POST", None, OWN, "", NONE, True),
    ("POST", None, "null", "null", NONE, True),
    ("POST", None, "https://", "", NONE, True),
    ("POST", None, f"app://{HOST}", HOST, NONE, True),
    ("POST", None, FOREIGN, HOST, LISTED, True),
    ("POST", None, PAGE, HOST, LISTED, False),
    # every other method may change something, as it was sent
    *(
        (method, "cross-site", FOREIGN, HOST, LISTED, True)
        for method in ("PUT", "PATCH", "DELETE", "get", "post", "PURGE", "TRACE")
    ),
]


def environ(site: str | None, origin: str | None, host: str | None) -> dict[str, object]:
    headers = {"HTTP_SEC_FETCH_SITE": site, "HTTP_ORIGIN": origin, "HTTP_HOST": host}
    return {name: value for name, value in headers.items() if value is not None}


def enforcing(policy: Policy) -> Policy:
    return Policy(origins=policy.origins, deny_origins=policy.deny_origins, csrf_protection="enforce")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: " ".join(map(str, fact[:4])))
def test_a_foreign_write(fact: Fact) -> None:
    method, site, origin, host, policy, is_foreign = fact
    request = environ(site, origin, host)
    assert is_foreign_write(policy, method, request) is is_foreign
    if policy is not None:
        decision = decide(enforcing(policy), method, origin, None, None, request)
        assert (decision.reason == "foreign-write") is is_foreign
        assert not (is_foreign and any(name.startswith("Access-Control") for name, _ in decision.headers))
        for protection in ("off", "report"):
            lenient = Policy(origins=policy.origins, deny_origins=policy.deny_origins, csrf_protection=protection)
            assert decide(lenient, method, origin, None, None, request).reason != "foreign-write"


_TEXTS = st.sampled_from(
    [OWN, PAGE, FOREIGN, "null", "", "https://", "x", f"{OWN}:443", f"{PAGE}/", "https://*.pages.acme.io"]
)
_SITES = st.none() | st.sampled_from(["cross-site", "same-site", "same-origin", "none", "", "x", "same-origin "])
_METHODS = st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "post", "X"])


@given(_METHODS, _SITES, st.none() | _TEXTS, st.none() | st.sampled_from([HOST, f"{HOST}:443", "", "app.acme.io"]))
def test_no_origin_that_is_neither_listed_nor_the_own_one_writes(
    method: str, site: str | None, origin: str | None, host: str | None
) -> None:
    is_let_through = (
        decide(enforcing(LISTED), method, origin, None, None, environ(site, origin, host)).reason != "foreign-write"
    )
    own = {None: origin is None, "same-origin": True, "none": True}.get(site, False)
    same_host = site is None and origin in (OWN, f"{OWN}:443") and host in (HOST, f"{HOST}:443")
    other_own = site is None and origin == PAGE and host == "app.acme.io"
    expected = method in ("GET", "HEAD", "OPTIONS") or own or origin == PAGE or same_host or other_own
    assert is_let_through is expected


@pytest.mark.parametrize("word", ["on", "", None, True, "Enforce"])
def test_a_policy_takes_three_words(word: object) -> None:
    with pytest.raises(PolicyError, match="csrf_protection"):
        Policy(csrf_protection=word)  # type: ignore[arg-type]  # what the types refuse


def test_policies_with_another_protection_are_not_equal() -> None:
    assert Policy(csrf_protection="enforce") != Policy()
    assert Policy().canonical() == Policy(csrf_protection="off").canonical()
    assert Policy(csrf_protection="report").canonical()["csrf_protection"] == "report"

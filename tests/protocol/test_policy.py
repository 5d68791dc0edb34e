"""Which policies are invalid, when two policies are equal, and how much memory many origins need."""

import json
import re
import sys
import tracemalloc

import pytest

from envcors.protocol.origins import OriginPattern
from envcors.protocol.policy import Policy, PolicyError

APP = "https://app.example.com"

REFUSED = [
    ("any origin with credentials", "origins", lambda: Policy(origins=["*"], supports_credentials=True)),
    ("null", "origins", lambda: Policy(origins=["null"])),
    ("a malformed origin", "origins", lambda: Policy(origins=[APP, "https://a/"])),
    ("a string for origins", "origins", lambda: Policy(origins=APP)),
    ("a malformed denied origin", "deny_origins", lambda: Policy(deny_origins=["x"])),
    ("every origin denied", "deny_origins", lambda: Policy(deny_origins=["*"])),
    ("a method that is not a token", "methods", lambda: Policy(methods=["GET POST"])),
    ("a method that only looks like one", "methods", lambda: Policy(methods=["PO\u017fT"])),
    ("an empty method", "methods", lambda: Policy(methods=[""])),
    ("a forbidden method", "methods", lambda: Policy(methods=["trace"])),
    ("a registered method in lower case", "methods", lambda: Policy(methods=["patch"])),
    ("a string for methods", "methods", lambda: Policy(methods="GET")),
    ("a header that is not a token", "allow_headers", lambda: Policy(allow_headers=["X Y"])),
    ("a forbidden request header", "allow_headers", lambda: Policy(allow_headers=["Cookie"])),
    ("an exposed header that is not a token", "expose_headers", lambda: Policy(expose_headers=["a:b"])),
    ("a forbidden response header", "expose_headers", lambda: Policy(expose_headers=["set-cookie"])),
    ("any exposed header with credentials", "expose_headers",
     lambda: Policy(origins=[APP], supports_credentials=True, expose_headers=["*"])),
    ("a negative age", "max_age", lambda: Policy(max_age=-1)),
    ("an age beyond a day", "max_age", lambda: Policy(max_age=86_401)),
    ("a boolean age", "max_age", lambda: Policy(max_age=True)),
    ("an age with decimals", "max_age", lambda: Policy(max_age=1.5)),  # type: ignore[arg-type]  # invalid on purpose
    ("credentials as a string", "supports_credentials",
     lambda: Policy(supports_credentials="false")),  # type: ignore[arg-type]  # invalid on purpose
    ("an expression as a string", "origin_regexes",
     lambda: Policy(origin_regexes=["https://.*"])),  # type: ignore[list-item]  # invalid on purpose
    ("an expression over bytes", "origin_regexes",
     lambda: Policy(origin_regexes=[re.compile(b"x")])),  # type: ignore[arg-type]  # invalid on purpose
]  # fmt: skip


@pytest.mark.parametrize(("option", "make"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_an_invalid_policy_is_refused_with_the_name_of_the_option(option: str, make: object) -> None:
    assert callable(make)
    with pytest.raises(PolicyError) as error:
        make()
    assert error.value.option == option
    assert str(error.value).startswith(f"{option}: ")


def test_the_options_of_a_policy_can_be_read() -> None:
    regex = re.compile("x")
    policy = Policy(
        origins=["*", APP, APP, OriginPattern.parse("https://*.example.com")],
        deny_origins=[APP],
        methods=["get", "PATCH", "GET", "*", "purge"],
        allow_headers=["X-A", "x-a", "*"],
        expose_headers=["ETag", "*", "etag"],
        max_age=86_400,
        development=True,
        origin_regexes=[regex],
    )
    assert policy.origins == ("*", APP, "https://*.example.com")
    assert policy.deny_origins == (APP,)
    assert policy.methods == ("GET", "PATCH", "*", "purge")
    assert policy.allow_headers == ("X-A", "*")
    assert policy.expose_headers == ("ETag", "*")
    assert (policy.supports_credentials, policy.max_age, policy.development) == (False, 86_400, True)
    assert (policy.origin_regexes, policy.admit) == ((regex,), None)
    assert policy.allows_any_origin
    assert policy.allows_any_method
    assert policy.allows_any_header
    assert policy.exposes_any_header


def test_a_policy_without_options_has_the_defaults() -> None:
    policy = Policy()
    assert (policy.origins, policy.deny_origins, policy.expose_headers) == ((), (), ())
    assert (policy.methods, policy.allow_headers, policy.max_age) == (("GET", "HEAD", "POST"), ("Content-Type",), 600)
    assert {policy.allows_any_origin, policy.allows_any_method, policy.allows_any_header} == {False}


def test_a_policy_cannot_be_changed() -> None:
    policy = Policy()
    for name in ("origins", "admit", "unknown"):
        with pytest.raises(AttributeError):
            setattr(policy, name, ("*",))
    with pytest.raises(AttributeError):
        del policy.origins
    assert policy == Policy()


def allow_all(*_: object) -> bool:
    return True


def test_policies_that_differ_in_order_duplicates_or_case_of_header_names_are_equal() -> None:
    one = Policy(
        origins=[APP, "https://b"], methods=["GET", "PUT"], allow_headers=["A", "B"], expose_headers=["C", "D"]
    )
    two = Policy(
        origins=["https://b", APP, APP], methods=["put", "GET"], allow_headers=["b", "a"], expose_headers=["d", "c"]
    )
    assert one == two
    assert hash(one) == hash(two)
    assert one.canonical() == two.canonical()


def test_policies_that_differ_in_an_option_are_not_equal() -> None:
    policies = [
        Policy(),
        Policy(origins=[APP]),
        Policy(deny_origins=[APP]),
        Policy(methods=["PUT"]),
        Policy(allow_headers=[]),
        Policy(expose_headers=["ETag"]),
        Policy(supports_credentials=True),
        Policy(max_age=0),
        Policy(development=True),
        Policy(origin_regexes=[re.compile("x")]),
        Policy(origin_regexes=[re.compile("x", re.IGNORECASE)]),
        Policy(admit=allow_all),
    ]
    assert len(set(policies)) == len(policies)
    assert len({json.dumps(policy.canonical(), sort_keys=True) for policy in policies}) == len(policies)
    assert Policy() != "a policy"


def test_the_repr_of_a_policy_with_many_origins_is_short() -> None:
    assert len(repr(Policy(origins=[f"https://a{number}" for number in range(1_000)]))) < 200


def size_of(origins: list[str]) -> int:
    tracemalloc.start()
    try:
        policy = Policy(origins=origins)
        return tracemalloc.get_traced_memory()[0] - sys.getsizeof(policy)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pattern", ["https://app-{}.example.com", "https://*.app-{}.example.com"])
def test_an_origin_needs_less_than_600_bytes(pattern: str) -> None:
    origins = [pattern.format(number) for number in range(5_000)]
    assert size_of(origins) / len(origins) < 600

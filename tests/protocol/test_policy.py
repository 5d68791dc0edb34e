"""What can never be a policy, when two policies are the same, and what many origins cost."""

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
    ("one text for origins", "origins", lambda: Policy(origins=APP)),
    ("a malformed denied origin", "deny_origins", lambda: Policy(deny_origins=["x"])),
    ("every origin denied", "deny_origins", lambda: Policy(deny_origins=["*"])),
    ("a method that is no token", "methods", lambda: Policy(methods=["GET POST"])),
    ("a method that only looks like one", "methods", lambda: Policy(methods=["PO\u017fT"])),
    ("an empty method", "methods", lambda: Policy(methods=[""])),
    ("a forbidden method", "methods", lambda: Policy(methods=["trace"])),
    ("a registered method in lower case", "methods", lambda: Policy(methods=["patch"])),
    ("one text for methods", "methods", lambda: Policy(methods="GET")),
    ("a header that is no token", "allow_headers", lambda: Policy(allow_headers=["X Y"])),
    ("a forbidden request header", "allow_headers", lambda: Policy(allow_headers=["Cookie"])),
    ("an exposed header that is no token", "expose_headers", lambda: Policy(expose_headers=["a:b"])),
    ("a forbidden response header", "expose_headers", lambda: Policy(expose_headers=["set-cookie"])),
    ("any exposed header with credentials", "expose_headers",
     lambda: Policy(origins=[APP], supports_credentials=True, expose_headers=["*"])),
    ("a negative age", "max_age", lambda: Policy(max_age=-1)),
    ("an age beyond a day", "max_age", lambda: Policy(max_age=86_401)),
    ("a boolean age", "max_age", lambda: Policy(max_age=True)),
    ("an age with decimals", "max_age", lambda: Policy(max_age=1.5)),  # type: ignore[arg-type]  # so it is refused
    ("credentials as a text", "supports_credentials",
     lambda: Policy(supports_credentials="false")),  # type: ignore[arg-type]  # so it is refused
    ("an expression as a text", "origin_regexes",
     lambda: Policy(origin_regexes=["https://.*"])),  # type: ignore[list-item]  # so it is refused
    ("an expression over bytes", "origin_regexes",
     lambda: Policy(origin_regexes=[re.compile(b"x")])),  # type: ignore[arg-type]  # so it is refused
]  # fmt: skip


@pytest.mark.parametrize(("option", "make"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_can_never_be_right_is_refused_by_its_option(option: str, make: object) -> None:
    assert callable(make)
    with pytest.raises(PolicyError) as error:
        make()
    assert error.value.option == option
    assert str(error.value).startswith(f"{option}: ")


def test_what_a_policy_was_made_of_can_be_read() -> None:
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


def test_a_policy_of_nothing_is_the_default() -> None:
    policy = Policy()
    assert (policy.origins, policy.deny_origins, policy.expose_headers) == ((), (), ())
    assert (policy.methods, policy.allow_headers, policy.max_age) == (("GET", "HEAD", "POST"), ("Content-Type",), 600)
    assert {policy.allows_any_origin, policy.allows_any_method, policy.allows_any_header} == {False}


def test_a_policy_cannot_be_changed() -> None:
    policy = Policy()
    for name in ("origins", "admit", "unheard_of"):
        with pytest.raises(AttributeError):
            setattr(policy, name, ("*",))
    with pytest.raises(AttributeError):
        del policy.origins
    assert policy == Policy()


def everywhere(*_: object) -> bool:
    return True


def test_order_and_doubles_and_the_case_of_header_names_make_no_other_policy() -> None:
    one = Policy(
        origins=[APP, "https://b"], methods=["GET", "PUT"], allow_headers=["A", "B"], expose_headers=["C", "D"]
    )
    two = Policy(
        origins=["https://b", APP, APP], methods=["put", "GET"], allow_headers=["b", "a"], expose_headers=["d", "c"]
    )
    assert one == two
    assert hash(one) == hash(two)
    assert one.canonical() == two.canonical()


def test_any_other_option_makes_another_policy() -> None:
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
        Policy(admit=everywhere),
    ]
    assert len(set(policies)) == len(policies)
    assert len({json.dumps(policy.canonical(), sort_keys=True) for policy in policies}) == len(policies)
    assert Policy() != "a policy"


def test_a_short_text_stands_for_a_policy_of_many_origins() -> None:
    assert len(repr(Policy(origins=[f"https://a{number}" for number in range(1_000)]))) < 200


def size_of(origins: list[str]) -> int:
    tracemalloc.start()
    try:
        policy = Policy(origins=origins)
        return tracemalloc.get_traced_memory()[0] - sys.getsizeof(policy)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pattern", ["https://app-{}.example.com", "https://*.app-{}.example.com"])
def test_an_origin_takes_less_than_600_bytes(pattern: str) -> None:
    origins = [pattern.format(number) for number in range(5_000)]
    assert size_of(origins) / len(origins) < 600

"""A list that also names what it does not allow is refused, and no fix allows what it excludes."""

from __future__ import annotations

import pytest

from envcors.protocol.origins import OriginPattern
from tests.booting import Setup, boot

METHODS = [
    *(
        "/* DELETE */ PUT",
        "GET,PUT/*,DELETE*/",
        "<!-- DELETE --> PUT",
        "PUT, no DELETE;",
        "GET ;DELETE",
        "-- DELETE PUT",
    ),
    *("% DELETE PUT", "' DELETE", "PUT REM DELETE", "PUT not DELETE", "GET except DELETE", "GET,PUT minus DELETE"),
    *(
        "never DELETE",
        "GET,PUT,NOT,DELETE",
        "all but DELETE",
        "GET (no DELETE)",
        "GET,~DELETE",
        "GET,-DELETE",
        "GET,!DELETE",
    ),
    *("GET without DELETE", "PUT {# DELETE #}", "excluding DELETE, PUT", "PUT :: DELETE", "GET non DELETE"),
]
ORIGINS = [
    *("https://a.io rem https://b.io", "https://a.io except https://b.io", "https://a.io but not https://b.io"),
    *("not https://b.io, https://a.io", "https://a.io /* https://b.io */", "<!-- https://b.io --> https://a.io"),
    *("https://a.io without https://b.io", "https://a.io,-https://b.io", "https://a.io,!https://b.io"),
    *("https://a.io ;https://b.io", "https://a.io -- https://b.io", "https://a.io excluding https://b.io"),
]
HEADERS = [
    *("X-A not Authorization", "X-A no Authorization", "X-A,-Authorization", "X-A /* Authorization */"),
    *("X-A except Authorization", "X-A ;Authorization", "<!-- Authorization --> X-A", "X-A,!Authorization"),
]


def pasted(variable: str, value: str) -> tuple[str, ...]:
    """Return what the pasted fixes set the variable to."""
    outcome = boot(Setup({"CORS_ORIGINS": "https://own.io", variable: value}))
    assert outcome.problems
    lines = {problem.fix.partition("\n")[0] for problem in outcome.problems if problem.variable == variable}
    return tuple(line.removeprefix(f"{variable}=") for line in lines if line.startswith(f"{variable}="))


@pytest.mark.parametrize("value", METHODS)
def test_no_fix_of_methods_allows_an_excluded_one(value: str) -> None:
    for text in pasted("CORS_METHODS", value):
        assert "DELETE" not in text
        assert boot(Setup({"CORS_ORIGINS": "https://own.io", "CORS_METHODS": text})).rules() == []


@pytest.mark.parametrize("value", ORIGINS)
def test_no_fix_of_origins_allows_an_excluded_one(value: str) -> None:
    for text in pasted("CORS_ORIGINS", value):
        assert "https://b.io" not in text
        assert boot(Setup({"CORS_ORIGINS": text})).rules() == []


@pytest.mark.parametrize("value", HEADERS)
def test_no_fix_of_headers_allows_an_excluded_one(value: str) -> None:
    for text in pasted("CORS_ALLOW_HEADERS", value):
        assert "Authorization" not in text


@pytest.mark.parametrize(
    "value",
    [
        *("wss://evil.io", "httsp://evil.io,https://c.io", "*", "%X%", "//evil.a.io", "https://a.io not https://b.io"),
        *("https://evil.io except https://b.io", "evil.io or others", "https://c.io,???"),
    ],
)
def test_no_fix_of_denied_origins_loses_one_in_silence(value: str) -> None:
    setup = {"CORS_ORIGINS": "https://own.io", "CORS_DENY_ORIGINS": value}
    for problem in boot(Setup(setup)).problems:
        line = problem.fix.partition("\n")[0]
        for text in line.removeprefix("CORS_DENY_ORIGINS=").split(",") if line.startswith("CORS_DENY_ORIGINS=") else ():
            OriginPattern.parse(text)
        assert line != "CORS_DENY_ORIGINS="


@pytest.mark.parametrize("path", [r"/api/v\\d+/.*", "/x/[0-9]+", "/a/*/b", r"/(\\w+)/x", "/api/v[0-9]+"])
def test_a_placeholder_of_a_path_is_not_offered_as_its_replacement(path: str) -> None:
    outcome = boot(Setup({"CORS_ORIGINS": "https://own.io", "CORS_RESOURCES": f'{{"{path}": {{}}}}'}))
    assert [problem.rule for problem in outcome.problems] == ["resource-malformed"]
    assert '"/api/*" instead' not in outcome.problems[0].fix


@pytest.mark.parametrize(
    "value", ["https://a.io\uff1bhttps://b.io", "https://a.io\uff0chttps://b.io", "<https://a.io>,<https://b.io>"]
)
def test_separators_of_other_scripts_and_angle_brackets_are_understood(value: str) -> None:
    assert pasted("CORS_ORIGINS", value) == ("https://a.io,https://b.io",)

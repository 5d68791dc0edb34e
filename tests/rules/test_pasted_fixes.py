"""Every line to paste, pasted back: it is accepted, keeps what was clearly meant, and allows nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envcors.configuration import Configuration
from tests.rules.pasting import CODE, CONFIG, DIRECTORY, DOTENV, ENVIRONMENT, MANIFEST, PLACES, Written, found

A, B = "https://a.acme.io", "https://b.acme.io"

# (variable, what was written, the value of the line to paste, what its other lines say)
SHAPES: list[tuple[str, str, str, str]] = [
    # the list parser splits what belongs together
    ("CORS_ORIGINS", f"('{A}', '{B}')", f"{A},{B}", ""),
    ("CORS_ORIGINS", f'"{A},{B}"', f"{A},{B}", ""),
    ("CORS_ORIGINS", f"'[\"{A}\"]'", A, ""),
    ("CORS_ORIGINS", f"CORS_ORIGINS={A},{B}", f"{A},{B}", ""),
    ("CORS_ORIGINS", f"('{A}', 'http://b.acme.io')", f"{A},{B}", f"{B}, not http://b.acme.io: anyone on the network"),
    ("CORS_METHODS", "export CORS_METHODS=GET,PUT", "GET,PUT", ""),
    ("CORS_METHODS", '"[\\"GET\\",\\"PUT\\"]"', "GET,PUT", ""),
    ("CORS_METHODS", "'GET,PUT'", "GET,PUT", ""),
    ("CORS_METHODS", "('GET', 'PUT', 'TRACE')", "GET,PUT", "without TRACE: browsers let no script"),
    ("CORS_METHODS", "['GET', 'put']", "GET,put", ""),
    ("CORS_ALLOW_HEADERS", "X-*,Content Type:,Authorization", "Content-Type,Authorization", ""),
    ("CORS_ALLOW_HEADERS", "set CORS_ALLOW_HEADERS=X-A,X-B", "X-A,X-B", ""),
    ("CORS_ALLOW_HEADERS", "('X-A', 'Cookie')", "X-A", "without Cookie: browsers let no script"),
    ("CORS_EXPOSE_HEADERS", "\u201cX-A,X-B\u201d", "X-A,X-B", ""),
    ("CORS_EXPOSE_HEADERS", "['X-A', 'Set-Cookie']", "X-A", "without Set-Cookie: browsers show this header"),
    ("CORS_DENY_ORIGINS", f"'{A}','{B}'", f"{A},{B}", ""),
    # values without their type, whose repair would violate a rule
    (
        "CORS_ORIGINS",
        f"{A}\n# {B}\nhttp://c.acme.io/",
        f"{A},https://c.acme.io",
        f"without # {B}: it is in a comment.",
    ),
    ("CORS_ORIGINS", f'["{A}", "*",]', f"{A},https://app.example.com", "https://app.example.com, not *: any site"),
    ("CORS_ORIGINS", f'["{A}", 1, null]', A, "without 1:"),
    ("CORS_ORIGINS", f'["{A}", "http://localhost:3000"', f"{A},https://app.example.com", "not http://localhost:3000:"),
    ("CORS_METHODS", '["GET", "TRACE",]', "GET", "without TRACE:"),
    ("CORS_METHODS", "['*']", "GET,HEAD,POST,PUT,PATCH,DELETE", "GET,HEAD,POST,PUT,PATCH,DELETE, not *: "),
    ("CORS_METHODS", '{"GET": true, "PUT": true}', "GET,PUT", ""),
    ("CORS_METHODS", '{"GET": 1}', "GET,HEAD,POST", ""),
    ("CORS_ALLOW_HEADERS", '["*",]', "Content-Type,Authorization", "Content-Type,Authorization, not *: "),
    ("CORS_ALLOW_HEADERS", "{", "Content-Type", ""),
    ("CORS_EXPOSE_HEADERS", "[1]", "", ""),
    ("CORS_MAX_AGE", "2 days", "86400", "86400, not 172800: the age must be"),
    ("CORS_MAX_AGE", "-1s", "0", "0, not -1:"),
    ("CORS_MAX_AGE", '"31536000"', "86400", "86400, not 31536000:"),
    # numbers, booleans
    ("CORS_RELOAD_SECONDS", "5s", "5", ""),
    ("CORS_RELOAD_SECONDS", "0,5", "0.5", ""),
    ("CORS_RELOAD_SECONDS", "1e1", "10", ""),
    ("CORS_RELOAD_SECONDS", "never", "5", ""),
    ("CORS_SUPPORTS_CREDENTIALS", "tru", "true", ""),
    ("CORS_SUPPORTS_CREDENTIALS", "flase", "false", ""),
    ("CORS_SUPPORTS_CREDENTIALS", "perhaps", "false", ""),
    ("CORS_INSPECTOR", "enabled", "false", "without enabled: true is refused by the rule inspector-in-production."),
    ("CORS_INSPECTOR", "'yes'", "false", "inspector-in-production"),
    ("CORS_INSPECTOR", "true # for a day", "false", "inspector-in-production"),
    ("CORS_DANGEROUSLY_ALLOW", "[", "", ""),
    ("CORS_IGNORE", "{}", "", ""),
    # resources
    (
        "CORS_RESOURCES",
        "{'/api/*': {'origins': '*'}}",
        '{"/api/*": {"origins": ["https://app.example.com"]}}',
        "https://app.example.com, not *: ",
    ),
    (
        "CORS_RESOURCES",
        "{'api/*': {'orgins': 'http://a.acme.io', 'max_age': '1h'}}",
        f'{{"/api/*": {{"origins": ["{A}"], "max_age": 3600}}}}',
        f"{A}, not http://a.acme.io: ",
    ),
    (
        "CORS_RESOURCES",
        "{'/a': {'methods': ['TRACE', 'PUT'], 'other': 1}, '/b/*/c': {}}",
        '{"/a": {"methods": ["PUT"]}}',
        "without other: no option has this name",
    ),
]


@pytest.mark.parametrize(("variable", "text", "value", "note"), SHAPES)
def test_a_line_to_paste_keeps_what_was_clearly_meant_and_says_what_it_drops(
    variable: str, text: str, value: str, note: str
) -> None:
    written = Written(ENVIRONMENT, {variable: text})
    problems = [problem for problem in written.configured().problems if problem.variable == variable]
    fixes = {problem.fix for problem in problems if problem.variable == variable}
    assert {fix.partition("\n")[0] for fix in fixes} == {f"{variable}={value}"}
    assert all(note in fix for fix in fixes)
    pasted = written.pasted(problems[0])
    assert pasted is not None
    assert found(pasted.configured()) == set()


@pytest.mark.parametrize(
    ("beside", "value"),
    [
        ({"CORS_ORIGINS": "*"}, "false"),
        ({"CORS_ORIGINS": A, "CORS_EXPOSE_HEADERS": "*"}, "false"),
        ({"CORS_ORIGINS": "https://*.acme.io"}, "true"),
        ({"CORS_ORIGINS": A}, "true"),
    ],
)
@pytest.mark.parametrize("text", ['"true"', "enabled", "true # cookies", "CORS_SUPPORTS_CREDENTIALS=yes"])
def test_a_boolean_never_turns_on_what_another_option_makes_a_refusal(
    beside: dict[str, str], value: str, text: str
) -> None:
    written = Written(ENVIRONMENT, {**beside, "CORS_SUPPORTS_CREDENTIALS": text}, mode="development")
    (problem,) = written.configured().problems
    assert problem.fix.partition("\n")[0] == f"CORS_SUPPORTS_CREDENTIALS={value}"
    pasted = written.pasted(problem)
    assert pasted is not None
    assert found(pasted.configured()) == set()


def test_a_line_of_advice_keeps_nothing_that_is_refused() -> None:
    variables = {"CORS_ORIGINS": "*,https://*.acme.io,https://*.github.io", "CORS_SUPPORTS_CREDENTIALS": "true"}
    configuration = Written(ENVIRONMENT, variables).configured()
    (advice,) = {found.fix.partition("\n")[0] for found in configuration.advice}
    assert advice == "CORS_ORIGINS=https://app.example.com,https://app.acme.io,https://yourname.github.io"


RENAMED = [
    ("CORS_ORIGIN", A, "CORS_ORIGINS"),
    ("CORS_ALLOWED_ORIGINS", f"{A},{B}", "CORS_ORIGINS"),
    ("cors.allowed-methods", "PUT", "CORS_METHODS"),
    ("CORS_HEADERS", "X-A", "CORS_ALLOW_HEADERS"),
    ("CORS_CREDENTIALS", "true", "CORS_SUPPORTS_CREDENTIALS"),
    ("CORS_BLOCKED_ORIGINS", A, "CORS_DENY_ORIGINS"),
    ("CORS_MAXAGE", "60", "CORS_MAX_AGE"),
]


@pytest.mark.parametrize(("name", "text", "meant"), RENAMED)
def test_a_variable_that_is_renamed_is_accepted(name: str, text: str, meant: str) -> None:
    problems = Written(ENVIRONMENT, {name: text}).configured().problems
    expected = {f"rename it to {meant}"} if name.startswith("CORS_") else set()
    assert {problem.fix.partition("\n")[0] for problem in problems} == expected
    assert found(Written(ENVIRONMENT, {meant: text}).configured()) == set()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ALL,$METHODS,!DELETE,None", "CORS_METHODS=…"),
        ("$METHODS,PUT,patch", "CORS_METHODS=…,PUT,PATCH"),
        ("PUT not $METHODS", "CORS_METHODS=PUT not …"),
        ("['PUT', '$METHODS']", "CORS_METHODS=['PUT', '…']"),
    ],
)
def test_the_line_with_a_reference_keeps_only_what_is_valid_beside_it(text: str, line: str) -> None:
    (problem,) = Written(ENVIRONMENT, {"CORS_METHODS": text}).configured().problems
    assert problem.fix.split("\n")[:2] == [line, "with the value of METHODS instead of …"]


def test_the_fix_of_a_value_that_is_overridden_violates_no_rule_that_always_holds() -> None:
    written = Written(CODE, {"methods": ["PUT"]}, beside={"CORS_METHODS": "['GET', 'TRACE']", "CORS_MAX_AGE": "2 days"})
    fixes = {problem.variable: problem.fix.partition("\n")[0] for problem in written.configured().problems}
    assert fixes == {"CORS_METHODS": "CORS_METHODS=GET", "CORS_MAX_AGE": "CORS_MAX_AGE=86400"}


QUOTED = [
    ("CORS_MAX_AGE", "'600'"),
    ("CORS_RELOAD_SECONDS", '"5"'),
    ("CORS_SUPPORTS_CREDENTIALS", '"true"'),
    ("CORS_ENV", '"production"'),
    ("CORS_RESOURCES", "'{\"/a\": {}}'"),
    ("CORS_ORIGINS", f'"{A},{B}"'),
    ("CORS_ORIGINS", f'"{A}"'),
    ("CORS_METHODS", "'GET,PUT'"),
    ("CORS_ALLOW_HEADERS", "'X-A','X-B'"),
    ("CORS_EXPOSE_HEADERS", "`X-A`"),
    ("CORS_DENY_ORIGINS", f"'{A}'"),
    ("CORS_RESOURCES__A__PATHS", "'/a'"),
]


@pytest.mark.parametrize(("variable", "text"), QUOTED)
def test_quotes_around_a_value_are_the_reason_that_is_told(variable: str, text: str) -> None:
    configuration = Written(ENVIRONMENT, {variable: text}).configured()
    (message,) = {found.message for found in configuration.problems}
    assert "the quotes are part of the value" in message.lower() or "starts with `/`" in message


_ORIGINS = st.sampled_from(
    [
        *(
            A,
            B,
            "http://c.acme.io",
            "https://D.acme.io/",
            "e.acme.io",
            "http://localhost:3000",
            "*",
            "null",
            "*.f.acme.io",
        ),
        *("https://*.github.io", "https://g.acme.io:*", r"https://(h|i)\.acme\.io", "wss://j.acme.io", "undefined"),
        *("https://k.acme.io # https://l.acme.io", "!https://m.acme.io", "https://n.acme.io\\nhttps://o.acme.io"),
    ]
)
_METHODS = st.sampled_from(["GET", "put", "patch", "PATCH", "TRACE", "*", "ALL", "!DELETE", "GET|PUT", "PURGE", "X Y"])
_HEADERS = st.sampled_from(
    ["X-A", "X-B:", "Cookie", "*", "X-*", "Content Type", "X-C: v", "`X-D`", "Set-Cookie", "all"]
)
_SEPARATORS = st.sampled_from([",", ", ", ";", "\n", "|"])
_AROUND = st.sampled_from(
    ["{}", '"{}"', "'{}'", "[{}]", "('{}')", '["{}"]', "{}  ", "NAME={}", "export NAME='{}'", "{},"]
)


def _lists(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda parts, between, around: around.replace("{}", between.join(parts)),
        st.lists(items, min_size=1, max_size=4),
        _SEPARATORS,
        _AROUND,
    )


_BOOLEANS = st.sampled_from(["true", "tru", "enabled", '"true"', "yes # x", "perhaps", "1", "false", "FLASE", "on;"])
_AGES = st.sampled_from(["600", "1h", "2 days", "-1", '"99999999"', "soon", "1e3", "600 # x", "6_00", "0x10"])
_RESOURCES = st.builds(
    lambda path, options, around: around.replace("{}", f"'{path}': {{{options}}}"),
    st.sampled_from(["/a", "api/*", "/b/*/c", "^/d/.*$"]),
    st.lists(
        st.sampled_from(
            [
                *("'origins': '*'", "'origins': ['http://a.acme.io', 'https://b.acme.io']", "'orgins': 'acme.io'"),
                *("'methods': ['TRACE', 'PUT']", "'max_age': '1h'", "'max_age': -5", "'supports_credentials': True"),
                *("'supports_credentials': 'tru'", "'other': 1", "'expose_headers': '*'", "'allow_headers': 7"),
            ]
        ),
        max_size=3,
        unique_by=lambda option: option.partition(":")[0],
    ).map(", ".join),
    st.sampled_from(["{{}}", "{{},}", "{{}} # x", "CORS_RESOURCES={{}}"]),
)
_TEXTS = {
    "CORS_RESOURCES": _RESOURCES,
    "CORS_ORIGINS": _lists(_ORIGINS),
    "CORS_DENY_ORIGINS": _lists(_ORIGINS),
    "CORS_METHODS": _lists(_METHODS),
    "CORS_ALLOW_HEADERS": _lists(_HEADERS),
    "CORS_EXPOSE_HEADERS": _lists(_HEADERS),
    "CORS_SUPPORTS_CREDENTIALS": _BOOLEANS,
    "CORS_INSPECTOR": _BOOLEANS,
    "CORS_MAX_AGE": _AGES,
    "CORS_RELOAD_SECONDS": _AGES,
}


@st.composite
def _variables(draw: st.DrawFn) -> dict[str, str]:
    names = draw(st.lists(st.sampled_from(sorted(_TEXTS)), min_size=1, max_size=3, unique=True))
    return {name: draw(_TEXTS[name]).replace("NAME", name) for name in names}


@settings(max_examples=250)
@given(st.sampled_from(PLACES), _variables(), st.sampled_from(["production", "development"]))
@example(ENVIRONMENT, {"CORS_METHODS": "export CORS_METHODS='GET'"}, "production")
def test_every_line_to_paste_is_accepted_and_allows_only_what_was_named(
    place: str, variables: dict[str, str], mode: str
) -> None:
    written = Written.of_values(place, variables, mode)
    configuration = written.configured()
    before = found(configuration)
    for problem in configuration.problems:
        pasted = written.pasted(problem)
        if pasted is None:
            continue
        after = pasted.configured()
        assert (problem.rule, problem.variable) not in found(after), problem
        assert {name for _, name in found(after)} <= {name for _, name in before}, problem
        assert_only_what_was_named(after, variables, problem.variable)


WITH_COOKIES = '{"/a": {"supports_credentials": true}}'


@settings(max_examples=150)
@given(st.sampled_from(PLACES), _variables(), st.sampled_from(["production", "development"]))
@example(ENVIRONMENT, {"CORS_SUPPORTS_CREDENTIALS": "tru", "CORS_EXPOSE_HEADERS": "X-B:,*"}, "production")
@example(CODE, {"CORS_SUPPORTS_CREDENTIALS": "tru", "CORS_ORIGINS": "*"}, "production")
@example(ENVIRONMENT, {"CORS_SUPPORTS_CREDENTIALS": "tru", "CORS_EXPOSE_HEADERS": "[*]"}, "production")
@example(DOTENV, {"CORS_SUPPORTS_CREDENTIALS": "tru", "CORS_ORIGINS": "[*]"}, "development")
@example(MANIFEST, {"CORS_SUPPORTS_CREDENTIALS": "on;", "CORS_ALLOW_HEADERS": "[*]"}, "development")
@example(ENVIRONMENT, {"CORS_SUPPORTS_CREDENTIALS": "tru", "CORS_RESOURCES": '{"/a": {"origins": "*"}}'}, "development")
@example(ENVIRONMENT, {"CORS_EXPOSE_HEADERS": "[*]", "CORS_RESOURCES": WITH_COOKIES}, "production")
@example(ENVIRONMENT, {"CORS_EXPOSE_HEADERS": "[*]", "CORS_RESOURCES": f"{WITH_COOKIES} # x"}, "production")
@example(CODE, {"CORS_ORIGINS": '"*"', "CORS_RESOURCES": "{'/a': {'supports_credentials': True}}"}, "development")
@example(CODE, {"CORS_ORIGINS": '"*"', "CORS_SUPPORTS_CREDENTIALS": "tru"}, "development")
@example(ENVIRONMENT, {"CORS_ORIGINS": '"*"', "CORS_RESOURCES": WITH_COOKIES}, "development")
@example(DIRECTORY, {"CORS_ORIGINS": "['*']", "CORS_RESOURCES": WITH_COOKIES}, "development")
def test_a_configuration_with_every_line_pasted_is_accepted(place: str, variables: dict[str, str], mode: str) -> None:
    written = Written.of_values(place, variables, mode)
    for problem in written.configured().problems:
        pasted = written.pasted(problem)
        if pasted is None:
            return  # a name in a list too long, a reference: nothing that can be pasted
        written = pasted
    assert found(written.configured()) == set()


_NAMED_BY_DEFAULT = {"GET", "HEAD", "POST"}
_NAMED_BY_STAR = {"*", "PUT", "PATCH", "DELETE"}


def assert_only_what_was_named(after: Configuration, variables: dict[str, str], variable: str) -> None:
    """Of the option of ``variable``: each origin, method and header that is allowed after a fix was written before."""
    options = after.scope.options
    texts = {name.removeprefix("CORS_").lower(): text for name, text in variables.items()}
    option = variable.removeprefix("CORS_").lower()
    text = texts.get(option, "")
    bare = re.sub(r"#[^\n]*", "", text).replace("\\", "")
    if option in ("origins", "deny_origins"):
        for origin in map(str, getattr(options, option)):
            host = re.sub(r"\A[a-z]+://(?:\*\.)?|:[0-9*]+\Z", "", origin)
            placeholder = ".example." in origin or "yourname." in origin
            assert placeholder or host in bare.lower() or "(h|i)" in bare, origin
            assert "m.acme.io" not in origin
            assert origin != "*" or "*" in text
    elif option == "methods":
        named = {word.upper() for word in re.findall(r"(?<!!)\b[A-Za-z]+", bare)}
        named |= _NAMED_BY_DEFAULT | (_NAMED_BY_STAR if "*" in text else set())
        assert set(map(str.upper, options.methods)) <= named
    elif option in ("allow_headers", "expose_headers"):
        words = bare.lower().replace("content type", "content-type")
        placeholders = {"content-type"} | ({"authorization", "x-request-id"} if "*" in text else set())
        assert all(name.lower() in words or name.lower() in placeholders for name in getattr(options, option))
    elif option == "resources":
        for resource in after.settings.resources:
            origins = {str(located.value) for name, located in resource.options.items() if name == "origins"}
            assert not after.production or not any("*" in origin or "http://" in origin for origin in origins), origins
    elif option == "supports_credentials" and options.supports_credentials:
        assert re.search(r"tru|enabled|yes|1|on", text)


@pytest.mark.parametrize("place", [ENVIRONMENT, DOTENV, DIRECTORY, MANIFEST, CONFIG, CODE])
def test_one_line_of_each_source_is_pasted(place: str) -> None:
    """The property above would hold too if no line could be pasted."""
    variables = {"CORS_ORIGINS": f"('{A}', 'http://b.acme.io')", "CORS_METHODS": "", "CORS_MAX_AGE": "2 days"}
    written = Written.of_values(place, variables)
    for _ in range(2):
        (problem, *_) = written.configured().problems
        pasted = written.pasted(problem)
        assert pasted is not None
        written = pasted
    assert found(written.configured()) == set()
    assert written.configured().scope.options.origins == (A, B)

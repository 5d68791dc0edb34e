"""The line to paste: after it is pasted unchanged, its problem is gone."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.problems import Problem
from envcors.repair.names import nearest
from envcors.settings.model import CORSSettings
from envcors.settings.options import POLICY_OPTIONS
from tests.booting import Setup, boot

# (rule, option, a value that violates the rule, other options of the policy)
VIOLATIONS: list[tuple[str, str, str, Mapping[str, str]]] = [
    ("value-invalid", "origins", '{"a": 1}', {}),
    ("value-invalid", "methods", "[1]", {}),
    ("value-invalid", "supports_credentials", "perhaps", {}),
    ("value-invalid", "max_age", "10 minutes", {}),
    ("value-invalid", "reload_seconds", "-1", {}),
    ("origin-malformed", "origins", "https://App.Example.com", {}),
    ("origin-malformed", "origins", "app.example.com https://b.example.com", {}),
    ("origin-malformed", "origins", "https://app.example.com:443/path?query#fragment", {}),
    ("origin-malformed", "origins", "https://user:secret@app.example.com", {}),
    ("origin-malformed", "origins", "https://bücher.example", {}),
    ("origin-malformed", "origins", "https://[0:0:0:0:0:0:0:1]:8443 https://b.example.com", {}),
    ("origin-malformed", "origins", r"https://.*\.example\.com$", {}),
    ("origin-malformed", "origins", "nonsense://", {}),
    ("origin-malformed", "deny_origins", "https://old.example.com/", {}),
    ("origin-null", "origins", "null,https://app.example.com", {}),
    ("origin-null", "deny_origins", "null", {}),
    ("origin-any", "origins", "*", {}),
    ("origin-any-with-credentials", "origins", "*", {"supports_credentials": "true"}),
    ("origin-plain-http", "origins", "http://app.example.com", {}),
    ("origin-plain-http", "origins", "http://app.example.com:80", {}),
    ("origin-plain-http", "origins", "http://app.example.com:8080 https://b.example.com", {}),
    ("origin-local", "origins", "http://localhost:3000", {}),
    ("origin-local", "origins", "https://127.0.0.1", {}),
    ("origin-public-suffix", "origins", "https://*.com", {}),
    ("origin-public-suffix", "origins", "https://*.github.io:*", {}),
    ("origin-public-suffix", "origins", "http://*.co.uk", {}),
    ("origin-any-port", "origins", "https://app.example.com:*", {}),
    ("origin-any-port", "origins", "capacitor://localhost:*", {}),
    ("methods-any", "methods", "*", {}),
    ("method-malformed", "methods", "patch,PUT", {}),
    ("method-malformed", "methods", "'GET',(PUT)", {}),
    ("method-forbidden", "methods", "TRACE,connect,PUT", {}),
    ("headers-any", "allow_headers", "*", {}),
    ("header-malformed", "allow_headers", "X-Token:,X/Y", {}),
    ("header-malformed", "expose_headers", "(X-Token)", {}),
    ("header-forbidden", "allow_headers", "Cookie,X-Token", {}),
    ("expose-any-with-credentials", "expose_headers", "*", {"supports_credentials": "true"}),
    ("expose-forbidden", "expose_headers", "Set-Cookie,X-Token", {}),
    ("max-age-out-of-range", "max_age", "86401", {}),
    ("max-age-out-of-range", "max_age", "-5", {}),
    ("inspector-in-production", "inspector", "yes", {}),
]

# (rule, several variables in the environment)
IN_VARIABLES = [
    ("waiver-unknown", {"CORS_DANGEROUSLY_ALLOW": "origin-null,nothing,origin-local"}),
    ("value-invalid", {"CORS_ENV": "prod"}),
    ("value-invalid", {"CORS_IGNORE": "CORS_ORIGINS,CORS_PROXY_URL"}),
    ("value-invalid", {"CORS_RESOURCES": "{"}),
    ("value-invalid", {"CORS_RESOURCES": "[]"}),
    ("value-invalid", {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__MAX_AGE": "x"}),
    ("origin-any", {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__ORIGINS": "*"}),
    ("method-malformed", {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__METHODS": "patch"}),
    ("resource-malformed", {"CORS_RESOURCES__A__METHODS": "PUT"}),
    ("resource-malformed", {"CORS_RESOURCES__A__PATHS": "/ok, api/*, /v1*, /q?x, /%41, /a//b, ^/re/.*$"}),
]


def with_option(place: str, option: str, value: str, others: Mapping[str, str]) -> Setup:
    values = {option: value, **others}
    variables = {f"CORS_{name.upper()}": text for name, text in values.items()}
    match place:
        case "environment":
            return Setup(environment=variables)
        case ".env":
            return Setup(dotenv="".join(f"{name}='{text}'\n" for name, text in variables.items()))
        case "app.config":
            return Setup(config=variables)
        case "mounted/":
            return Setup(
                {"CORS_CONFIG_DIR": "mounted"}, files={f"mounted/{name}": text for name, text in variables.items()}
            )
    return Setup(code=values)


def pasted(setup: Setup, problem: Problem) -> Setup:
    """Return the setup with the first line of a fix pasted over the invalid value, as a person would do it."""
    line = problem.fix.partition("\n")[0]
    if problem.source == "code":
        keyword, _, python = line.partition("=")
        return replace(setup, code={**setup.code, keyword: ast.literal_eval(python)})
    if problem.source.startswith("mounted/"):
        value, _, file = line.removeprefix("write ").rpartition(" into ")
        return replace(setup, files={**setup.files, file.removeprefix("empty "): value})
    if problem.source == "app.config":
        target, _, python = line.partition(" = ")
        name = target.removeprefix('app.config["').removesuffix('"]')
        return replace(setup, config={**setup.config, name: ast.literal_eval(python)})
    name, _, value = line.partition("=")
    if problem.source == "environment":
        return setup.with_environment(**{name: value})
    lines = (setup.dotenv or "").splitlines()
    number = int(problem.source.rpartition(" ")[2])
    return replace(setup, dotenv="\n".join([*lines[: number - 1], line, *lines[number:]]))


@pytest.mark.parametrize("place", ["environment", "mounted/", ".env", "app.config", "code"])
@pytest.mark.parametrize(("rule", "option", "value", "others"), VIOLATIONS)
def test_the_fix_of_an_option_fixes_it_in_every_source(
    place: str, rule: str, option: str, value: str, others: Mapping[str, str]
) -> None:
    if place == ".env" and "'" in value:
        value = value.replace("'", '"')
    setup = with_option(place, option, value, others)
    problem = next(problem for problem in boot(setup).problems if problem.rule == rule)
    assert problem.source.startswith(place)
    assert rule not in boot(pasted(setup, problem)).rules()


@pytest.mark.parametrize(("rule", "variables"), IN_VARIABLES)
def test_the_fix_of_a_variable_fixes_it(rule: str, variables: Mapping[str, str]) -> None:
    setup = Setup(environment=variables)
    problem = next(problem for problem in boot(setup).problems if problem.rule == rule)
    assert rule not in boot(pasted(setup, problem)).rules()


@pytest.mark.parametrize("place", ["environment", "mounted/", ".env", "app.config", "code"])
def test_one_fix_fixes_all_problems_of_a_list(place: str) -> None:
    origins = "*,http://app.example.com,https://B.example.com/,null,https://localhost,https://c.example.com"
    setup = with_option(place, "origins", origins, {})
    problems = boot(setup).problems
    assert len({problem.fix.partition("\n")[0] for problem in problems}) == 1
    assert boot(pasted(setup, problems[0])).rules() == []


@pytest.mark.parametrize(
    ("variable", "value", "fix"),
    [
        ("CORS_METHODS", "GET;POST", "GET,POST"),
        ("CORS_METHODS", "'PUT'", "PUT"),
        ("CORS_METHODS", "CORS_METHODS=PUT", "PUT"),
        ("CORS_ALLOW_HEADERS", "`X-A`", "X-A"),
        ("CORS_ALLOW_HEADERS", "X-A;X-B:;", "X-A,X-B"),
        ("CORS_EXPOSE_HEADERS", "(X-A)", "X-A"),
    ],
)
def test_the_fix_of_malformed_names_keeps_the_clear_ones(variable: str, value: str, fix: str) -> None:
    (problem,) = boot(Setup(environment={variable: value})).problems
    assert problem.fix == f"{variable}={fix}"


def test_the_fix_of_a_json_resource_names_the_option_as_json() -> None:
    value = {"/api/*": {"origins": ["*"], "methods": ["PUT"]}}
    (problem,) = boot(Setup(environment={"CORS_RESOURCES": json.dumps(value)})).problems
    text, _, place = problem.fix.partition(" of ")
    assert place == 'resource "/api/*" in CORS_RESOURCES'
    assert problem.value == '{"/api/*": {"origins": ["*"]}}'
    value["/api/*"].update(json.loads("{" + text + "}"))
    assert boot(Setup(environment={"CORS_RESOURCES": json.dumps(value)})).rules() == []


@pytest.mark.parametrize(("in_code", "place"), [(False, " in CORS_RESOURCES"), (True, "")])
def test_two_resources_with_the_same_mistake_have_two_fixes_and_two_values(*, in_code: bool, place: str) -> None:
    value = {"/a": {"origins": "*"}, "/b": {"origins": "*"}}
    setup = Setup(code={"resources": value}) if in_code else Setup({"CORS_RESOURCES": json.dumps(value)})
    outcome = boot(setup)
    fixes = [f'"origins": ["https://app.example.com"] of resource "/{name}"{place}' for name in "ab"]
    assert [problem.fix for problem in outcome.problems] == fixes
    assert [problem.value for problem in outcome.problems] == [f'{{"/{name}": {{"origins": "*"}}}}' for name in "ab"]
    assert all(f"Fix: {fix}\n" in f"{outcome.refusal}\n" for fix in fixes)


def test_the_fix_of_a_malformed_path_names_the_valid_path() -> None:
    (problem,) = boot(Setup(environment={"CORS_RESOURCES": '{"api/*": {}}'})).problems
    assert problem.fix == '"/api/*" instead of "api/*" in CORS_RESOURCES'


def test_the_fix_for_a_local_origin_names_a_production_origin_and_two_ways_to_set_development() -> None:
    (problem, _) = boot(Setup(environment={"CORS_ORIGINS": "http://localhost:3000"})).problems
    line, _, note = problem.fix.partition("\n")
    assert line == "CORS_ORIGINS=https://app.example.com"
    assert "CORS_ENV=development" in note
    assert ".env" in note
    assert "CI" in note


@pytest.mark.parametrize("other", ["https://App.example.com", "null", "app.example.com"])
def test_no_fix_proposes_development_if_another_item_would_be_refused_there(other: str) -> None:
    outcome = boot(Setup({"CORS_ORIGINS": f"http://localhost:3000,{other}"}))
    assert {"origin-plain-http", "origin-local"} < set(outcome.rules())
    assert "CORS_ENV" not in str(outcome.refusal)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("CORS_ORGINS", "CORS_ORIGINS"),
        ("CORS_ALLOWED_HEADERS", "CORS_ALLOW_HEADERS"),
        ("CORS_ALLOW_CREDENTIALS", "CORS_SUPPORTS_CREDENTIALS"),
        ("CORS_CREDENTIALS", "CORS_SUPPORTS_CREDENTIALS"),
        ("CORS_ALLOWED_ORIGINS", "CORS_ORIGINS"),
        ("CORS_ALLOWED_ORIGNS", "CORS_ORIGINS"),
        ("CORS_ALLOW_ORIGIN", "CORS_ORIGINS"),
        ("CORS_ORIGIN_WHITELIST", "CORS_ORIGINS"),
        ("CORS_DENY_ORIGIN", "CORS_DENY_ORIGINS"),
        ("CORS_DNEY_ORIGINS", "CORS_DENY_ORIGINS"),
        ("CORS_ORIGINS_DENY", "CORS_DENY_ORIGINS"),
        ("CORS_BLOCKED_ORIGINS", "CORS_DENY_ORIGINS"),
        ("CORS_DISALLOWED_ORIGINS", "CORS_DENY_ORIGINS"),
        ("CORS_ALLOWED_METHODS", "CORS_METHODS"),
        ("CORS_HEADERS", "CORS_ALLOW_HEADERS"),
        ("CORS_EXPOSED_HEADERS", "CORS_EXPOSE_HEADERS"),
        ("CORS_ENVIRONMENT", "CORS_ENV"),
        ("CORS_PREFLIGHT_MAX_AGE", "CORS_MAX_AGE"),
        ("cors_origins", "CORS_ORIGINS"),
        ("cors.max-age", "CORS_MAX_AGE"),
        ("CORS_MAXAGE", "CORS_MAX_AGE"),
        ("CORS_METHDOS", "CORS_METHODS"),
        ("CORS_ALOWED_ORIGINS", "CORS_ORIGINS"),
        ("CORS_TRUSTED_ORIGINS", "CORS_ORIGINS"),
        ("CORS_BANNED_ORIGINS", "CORS_DENY_ORIGINS"),
        ("CORS_NOT_ALLOWED_ORIGINS", "CORS_DENY_ORIGINS"),
        ("CORS_ORIGINS_BANNED", "CORS_DENY_ORIGINS"),
        ("CORS_RESOURCES__API__ORIGIN", "CORS_RESOURCES__API__ORIGINS"),
        ("CORS_RESOURCES__API__PATH", "CORS_RESOURCES__API__PATHS"),
        ("CORS_RESOURCE__API__PATHS", "CORS_RESOURCES__API__PATHS"),
        ("CORS_RESOURCES_API_PATHS", "CORS_RESOURCES__API__PATHS"),
        ("CORS_RESOURCES_API_V1_ALLOWED_ORIGINS", "CORS_RESOURCES__API_V1__ORIGINS"),
        ("CORS_RESOURCES__API_DENY_ORIGINS", "CORS_RESOURCES__API__DENY_ORIGINS"),
        ("CORS_RESOURCES__PATHS", "CORS_RESOURCES__NAME__PATHS"),
        ("CORS_RESOURCES__ALLOW_HEADERS", "CORS_RESOURCES__NAME__ALLOW_HEADERS"),
        ("CORS_RESOURCES__BLOCKED__ALLOW_ORIGIN", "CORS_RESOURCES__BLOCKED__ORIGINS"),
    ],
)
def test_the_fix_of_an_unknown_variable_names_the_nearest_one(written: str, meant: str) -> None:
    problem = next(p for p in boot(Setup(environment={written: "x"})).problems if p.variable == written)
    assert problem.rule == "unknown-variable"
    assert problem.value is None
    assert f"did you mean {meant}?" in problem.message
    assert problem.fix.startswith(f"rename it to {meant}\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("allowed_origins", "origins"),
        ("Allow-Origin", "origins"),
        ("origins_deny", "deny_origins"),
        ("headers", "allow_headers"),
        ("credentials", "supports_credentials"),
    ],
)
def test_the_problem_of_an_unknown_resource_option_or_keyword_names_the_nearest_one(written: str, meant: str) -> None:
    for setup in (Setup({"CORS_RESOURCES": json.dumps({"/a": {written: "x"}})}), Setup(code={written: "x"})):
        (problem,) = boot(setup).problems
        assert (problem.rule, f"did you mean {meant}?" in problem.message) == ("unknown-variable", True)


def test_two_resources_with_the_same_unknown_option_have_two_fixes() -> None:
    problems = boot(Setup({"CORS_RESOURCES": '{"/a": {"orgins": "*"}, "/b": {"orgins": "*"}}'})).problems
    assert [problem.fix for problem in problems] == [
        f'"origins" instead of "orgins" in resource "/{name}"' for name in "ab"
    ]


_DENIALS = [
    *("NOT", "NO", "NON", "UN", "EXCEPT", "EXCLUDING", "WITHOUT", "BANNED", "BAN"),
    *("REFUSED", "DISABLED", "DISABLE", "IGNORED", "IGNORE", "REMOVE", "REMOVED", "UNALLOWED"),
    *("NONALLOWED", "UNTRUSTED", "DISTRUSTED", "UNLISTED", "PROHIBITED", "BAD", "DROP", "DROPPED", "SKIP"),
    *("SKIPPED", "BLOCKING", "BLOCKED", "DENEY", "DNEY", "DENIED"),
    *("DENYLIST", "BLACKLISTED", "RESTRICTED", "FORBIDDEN", "REJECT", "NEVER", "NONE", "EVIL", "HOSTILE"),
    *("SUSPICIOUS", "STRIP", "OFF", "UNSAFE", "LESS", "OLD"),
]
_NO_DENIALS = [
    *("ACCESS", "CONTROL", "ALLOWED", "ACCEPTED", "PERMITTED", "TRUSTED", "CORS", "LIST", "WHITELISTED"),
    *("ALLOWLIST", "PATTERNS", "REGEXES", "REGEXP", "DOMAINS"),
    *("HOSTS", "URLS", "ORIGINS", "METHODS", "HEADERS", "CREDENTIALS", "SUPPORTS", "EXPOSED", "WITH"),
    *("THE", "ALL", "ANY", "API"),
]
_ANY_WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=12).filter(
    lambda word: not difflib.get_close_matches(word, _NO_DENIALS, cutoff=0.6)
)


@given(
    st.sampled_from(["ORIGINS", "METHODS", "ALLOW_HEADERS", "EXPOSE_HEADERS", "SUPPORTS_CREDENTIALS"]),
    st.sampled_from(_DENIALS) | _ANY_WORD,
    st.sampled_from(["{word}_{option}", "{option}_{word}", "ALLOWED_{word}_{option}", "{word}_ALLOWED_{option}"]),
    st.sampled_from(["CORS_", "CORS_RESOURCES_API_", "CORS_RESOURCES__API__", "CORS_RESOURCES_", "CORS_RESOURCES__"]),
)
def test_a_name_with_a_word_that_might_deny_is_never_read_as_an_option_that_allows(
    option: str, word: str, form: str, beginning: str
) -> None:
    name = form.format(word=word, option=option)
    meant = CORSSettings.names("CORS_").meant(beginning + name)
    assert meant is None or meant.endswith("DENY_ORIGINS")
    assert nearest(name.lower(), POLICY_OPTIONS) in (None, "deny_origins")


@given(st.lists(st.sampled_from(["ALLOWED", "ORIGINS", "ORIGIN", "ORIGNS", "LIST", "REGEX", "ANY", "ENV"]), max_size=4))
def test_a_name_without_a_denying_word_is_never_read_as_an_option_that_denies(words: list[str]) -> None:
    names = CORSSettings.names("CORS_")
    assert "DENY" not in (names.meant("_".join(["CORS", *words])) or "")
    for denial in ("DENY", "DENIED", "BLOCKED", "FORBIDDEN", "EXCLUDE", "BLACKLISTED", "DISALLOWED"):
        assert names.meant("_".join(["CORS", denial, *words])) in (None, "CORS_DENY_ORIGINS")


def test_the_fix_of_an_unknown_waiver_contains_the_rule_that_was_meant() -> None:
    variables = {"CORS_DANGEROUSLY_ALLOW": "origins-any,ORIGIN_LOCAL,origin-local,nothing", "CORS_ORIGINS": "*"}
    problems = [problem for problem in boot(Setup(variables)).problems if problem.rule == "waiver-unknown"]
    assert {problem.fix for problem in problems} == {"CORS_DANGEROUSLY_ALLOW=origin-any,origin-local"}
    assert ["did you mean" in problem.message for problem in problems] == [True, True, False]
    assert "origins-any is not a rule; did you mean origin-any?" in problems[0].message


def test_each_fix_of_a_list_that_is_too_long_to_paste_names_one_path() -> None:
    paths = [f"api{number}" for number in range(1000)]
    problems = boot(Setup(environment={"CORS_RESOURCES__A__PATHS": ",".join(paths)})).problems
    assert [problem.fix for problem in problems] == [
        f'"/{path}" instead of "{path}" in CORS_RESOURCES__A__PATHS' for path in paths
    ]

"""The JSON Schema of the variables accepts what the settings accept, and refuses values of another type."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.cli.generate.json_schema import schema
from envcors.configuration import configure
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.parsers import ParseError
from tests.cli.command import Shell

TEXT = schema("CORS_")
SCHEMA = jsonschema.Draft202012Validator(TEXT)
NAMES = sorted(CORSSettings.names("CORS_").options)


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(TEXT)
    assert TEXT["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_it_names_the_variables() -> None:
    properties = TEXT["properties"]
    assert isinstance(properties, dict)
    assert properties.keys() == set(NAMES)


def test_the_command_prints_it(shell: Shell) -> None:
    assert shell.envcors("generate", "json-schema").json == TEXT
    assert shell.envcors("generate", "json-schema", "--prefix", "SHOP_").json == schema("SHOP_")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"PATH": "/bin", "cors": 1},
        {"CORS_ENV": "development", "CORS_ORIGINS": "*"},
        {"CORS_ENV": ""},
        {"CORS_ORIGINS": '["https://a.example.com"]'},
        {"CORS_ORIGINS": "https://a.example.com,\n https://b.example.com"},
        {"CORS_ORIGINS": ' [ "https://a.example.com" ,\n"https://b.example.com" ]\n'},
        {"cors.origin.policy.report": "x"},
        {"cors_origins": "x", "CORS_IGNORE": "cors_origins"},
        {"CORS_SUPPORTS_CREDENTIALS": " Yes "},
        {"CORS_MAX_AGE": "086400"},
        {"CORS_RELOAD_SECONDS": ".5"},
        {"CORS_RESOURCES": ' {"/api/*": {}}\n'},
        {"CORS_RESOURCES__API_2__ORIGINS": "https://a.example.com", "CORS_RESOURCES__API_2__PATHS": "/api/*"},
        {"CORS_PROXY_SERVICE_HOST": "10.0.0.1", "CORS_PORT_80_TCP_ADDR": "10.0.0.1"},
        {"CORS_PROXY_URL": "http://x", "CORS_IGNORE": "CORS_PROXY_URL"},
        {"CORS_ORIGINS": ["https://a.example.com"], "CORS_MAX_AGE": 600, "CORS_SUPPORTS_CREDENTIALS": True},
    ],
)
def test_it_accepts_what_the_settings_accept(variables: dict[str, object]) -> None:
    SCHEMA.validate(variables)


@pytest.mark.parametrize(
    "variables",
    [
        {"CORS_ENV": "staging"},
        {"CORS_ENV": "Production"},
        {"CORS_ORIGINS": '{"a": 1}'},
        {"CORS_ORIGINS": [1]},
        {"CORS_SUPPORTS_CREDENTIALS": "maybe"},
        {"CORS_MAX_AGE": "1h"},
        {"CORS_MAX_AGE": "86401"},
        {"CORS_MAX_AGE": 86401},
        {"CORS_RELOAD_SECONDS": "-1"},
        {"CORS_RESOURCES": "/api/*"},
        {"CORS_RESOURCES__API__ORIGINS": '{"a": 1}'},
        {"CORS_RESOURCES__API__ENV": "production"},
        {"CORS_ORIGIN": "https://a.example.com"},
        {"cors_origins": "https://a.example.com"},
        {"Cors.Origins": "https://a.example.com"},
        {"cors-resources--api--paths": "/api/*"},
        {"CORS_METHODS": "[1]"},
        {"CORS_METHODS": '["GET",]'},
        {"CORS_METHODS": "[GET]"},
        {"CORS_RESOURCES__API__PATHS": '["/api/*"'},
        {"CORS_DANGEROUSLY_ALLOW": ["origin-any"]},
    ],
)
def test_it_refuses_values_of_another_type_and_unknown_names(variables: dict[str, object]) -> None:
    assert not SCHEMA.is_valid(variables)


words = st.sampled_from(
    ["true", "OFF", "1", "0", "production", "600", "086400", "5.", "*", "GET, PUT", "[]", "{}", '["a"]']
)
values = st.one_of(words, st.text('tTrRuUeEyYnNoOsS01.,[]{}"/ \t\n\x1c\u2003+-', max_size=8))
OURS = [*NAMES, "CORS_RESOURCES__A__PATHS", "CORS_RESOURCES__A_B__MAX_AGE"]


def spelled_otherwise(name: str) -> st.SearchStrategy[str]:
    """A name in a mixture of cases and separators, perhaps its own."""
    letters = [st.sampled_from("_.-" if letter == "_" else (letter, letter.lower())) for letter in name]
    return st.tuples(*letters).map("".join)


names = st.one_of(
    st.sampled_from([*OURS, "CORS_SERVICE_HOST", "CORS_X"]),
    st.sampled_from(OURS).flatmap(spelled_otherwise),
    st.from_regex(r"CORS_[A-Z_]{1,12}", fullmatch=True),
)


@given(st.dictionaries(names, values, min_size=1, max_size=2))
def test_it_accepts_every_environment_that_the_settings_accept(environ: dict[str, str]) -> None:
    environ.pop("CORS_CONFIG_DIR", None)
    configuration = configure(CORSSettings.read(Inputs(environ=environ, env_files=())))
    if not _SEEN_BY_A_SCHEMA & {problem.rule for problem in configuration.problems}:
        SCHEMA.validate(environ)


_SEEN_BY_A_SCHEMA = {"value-invalid", "unknown-variable", "variable-duplicate", "max-age-out-of-range"}


@given(st.sampled_from(OURS).flatmap(spelled_otherwise))
def test_a_name_is_accepted_in_its_exact_spelling_only(name: str) -> None:
    assert SCHEMA.is_valid({name: ""}) == (name in OURS)


texts = st.one_of(
    values,
    st.lists(st.text(max_size=4), max_size=3).map(json.dumps),
    st.text("a#/:, \n\u00a0[", max_size=6),
    st.lists(st.sampled_from(["#", "\\u0023", "/", "\\/", "\\u002f", "\\u002F", "a", " "]), max_size=4)
    .map("".join)
    .map('["{}"]'.format),
    st.lists(st.text('a"\\/uz0\n\x1f', max_size=4), max_size=3).map(lambda items: '["' + '"\t, "'.join(items) + '"]'),
)


OPTIONS = {name: option for name, option in CORSSettings.declared().items() if option is not None}
WHOLLY_DESCRIBED = [
    name for name, option in OPTIONS.items() if option.kind.pattern and name not in ("max_age", "resources")
]


@given(st.sampled_from(WHOLLY_DESCRIBED), texts)
def test_a_text_is_valid_exactly_where_the_settings_accept_it(option: str, text: str) -> None:
    assert SCHEMA.is_valid({f"CORS_{option.upper()}": text}) == is_accepted(option, text)


def is_accepted(name: str, text: str) -> bool:
    kind = OPTIONS[name].kind
    try:
        kind.parse(text)
    except ParseError:
        return not kind.is_list and not text.strip()  # an empty scalar is not set
    return True

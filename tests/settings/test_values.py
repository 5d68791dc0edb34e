"""Values: what the text of a variable, or a value in code, is parsed to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.settings.model import CORSSettings
from tests.booting import Setup, boot

ONE, TWO = "https://a.example.com", "https://b.example.com"


def settings_of(setup: Setup) -> CORSSettings:
    return boot(setup).configuration.settings


def read(variable: str, text: str) -> object:
    """Return the typed value of one variable, the only one of a development configuration."""
    settings = settings_of(Setup({"CORS_ENV": "development", f"CORS_{variable}": text}))
    return getattr(settings, variable.lower())


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE},{TWO}",
        f"{ONE}, {TWO}",
        f"{ONE} {TWO}",
        f"{ONE}\n{TWO}\n",
        f"\t{ONE} ,\r\n ,{TWO}, ",
        f'["{ONE}", "{TWO}"]',
        f' [\n"{ONE}",\n"{TWO}"\n] ',
    ],
)
def test_a_list_has_commas_white_space_or_new_lines_between_its_items_or_is_json(text: str) -> None:
    assert read("ORIGINS", text) == (ONE, TWO)


@pytest.mark.parametrize("option", ["ORIGINS", "DENY_ORIGINS", "METHODS", "ALLOW_HEADERS", "EXPOSE_HEADERS", "IGNORE"])
@pytest.mark.parametrize("text", ["", "  ", ",", "[]"])
def test_an_empty_list_is_not_the_default(option: str, text: str) -> None:
    assert read(option, text) == ()


@pytest.mark.parametrize("text", ["[", "{}", '["a"', "[1]", "[null]", '[["a"]]', '{"a": 1}', "[true]", '"a"]['])
def test_a_list_that_begins_like_json_must_be_an_array_of_strings(text: str) -> None:
    rules = boot(Setup({"CORS_METHODS": text})).rules()
    assert rules == ["value-invalid" if text[0] in "[{" else "method-malformed"]


@pytest.mark.parametrize(
    ("option", "default"), [("MAX_AGE", 600), ("SUPPORTS_CREDENTIALS", False), ("RELOAD_SECONDS", 5.0)]
)
@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_an_empty_scalar_is_not_set(option: str, default: object, text: str) -> None:
    assert read(option, text) == default


def test_an_empty_mode_is_production() -> None:
    assert settings_of(Setup({"CORS_ENV": ""})).env == "production"


def test_an_empty_scalar_does_not_override_the_source_below() -> None:
    assert settings_of(Setup({"CORS_MAX_AGE": ""}, dotenv="CORS_MAX_AGE=7\n")).max_age == 7


def test_an_empty_list_overrides_the_source_below() -> None:
    settings = settings_of(Setup({"CORS_ORIGINS": ""}, dotenv=f"CORS_ORIGINS={ONE}\n"))
    assert (settings.origins, settings.source("origins")) == ((), "environment")


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1", "yes", "Y", "on", "t", " true "])
def test_these_words_mean_true(text: str) -> None:
    assert read("SUPPORTS_CREDENTIALS", text) is True


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "n", "OFF", "f"])
def test_these_words_mean_false(text: str) -> None:
    assert read("SUPPORTS_CREDENTIALS", text) is False


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CORS_SUPPORTS_CREDENTIALS", "2"),
        ("CORS_SUPPORTS_CREDENTIALS", "enabled"),
        ("CORS_SUPPORTS_CREDENTIALS", "[true]"),
        ("CORS_MAX_AGE", "600.0"),
        ("CORS_MAX_AGE", "1e3"),
        ("CORS_MAX_AGE", "0x10"),
        ("CORS_MAX_AGE", "6_00"),
        ("CORS_MAX_AGE", "٦٠٠"),
        ("CORS_MAX_AGE", "600s"),
        ("CORS_MAX_AGE", "9" * 5000),
        ("CORS_RELOAD_SECONDS", "-1"),
        ("CORS_RELOAD_SECONDS", "nan"),
        ("CORS_RELOAD_SECONDS", "inf"),
        ("CORS_RELOAD_SECONDS", "1e9"),
        ("CORS_ENV", "Production"),
        ("CORS_ENV", "dev"),
        ("CORS_ENV", "production,development"),
        ("CORS_RESOURCES", "/api/*"),
        ("CORS_RESOURCES", '["/api/*"]'),
        ("CORS_RESOURCES", '{"/a": {}, "/a": {}}'),
        ("CORS_RESOURCES", '{"/a": {"origins": [1]}}'),
        ("CORS_RESOURCES", '{"/a": {"max_age": 1.5}}'),
    ],
)
def test_an_invalid_value_is_refused_with_its_source(variable: str, text: str) -> None:
    (problem,) = boot(Setup({variable: text})).problems
    assert (problem.rule, problem.variable, problem.source) == ("value-invalid", variable, "environment")


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("CORS_METHODS", "['PUT']", "at character 2 a value is expected: text in double quotes"),
        ("CORS_METHODS", '["PUT", "GET]', "at character 9 there is a double quote that is not closed"),
        ("CORS_METHODS", '["PUT" "GET"]', "at character 8 a comma or a closing bracket is expected"),
        ("CORS_METHODS", '["PUT"],', "at character 8 there is text after the end"),
        ("CORS_METHODS", '[\n  "PUT"\n  "GET"\n]', "at line 3, character 3 a comma or a closing bracket is expected"),
        ("CORS_METHODS", '["PUT\n"]', "at line 1, character 6 text in quotes has a new line"),
        ("CORS_METHODS", '["\\d"]', "at character 3 there is a backslash"),
        ("CORS_METHODS", f"[{'9' * 5000}]", "a number with too many digits"),
        ("CORS_RESOURCES", "{'/a': {}}", "at character 2 a key in double quotes is expected"),
        ("CORS_RESOURCES", '{"/a" {}}', "at character 7 a colon is expected"),
        ("CORS_RESOURCES", '{"/a": {}, "/a": {}}', 'the key "/a" is in it twice'),
        ("CORS_RESOURCES", '{"/a":' * 50_000, "it is nested too deep"),
    ],
)
def test_the_problem_of_invalid_json_names_the_position_and_what_is_expected_there(
    variable: str, text: str, message: str
) -> None:
    (problem,) = boot(Setup({variable: text})).problems
    assert problem.rule == "value-invalid"
    assert message in problem.message


@pytest.mark.parametrize(
    ("variable", "text", "meant"),
    [
        ("CORS_ORIGINS", f"['{ONE}', '{TWO}']", f"{ONE},{TWO}"),
        ("CORS_ORIGINS", f"[{ONE}, {TWO}]", f"{ONE},{TWO}"),
        ("CORS_METHODS", '["PUT", "GET', "PUT,GET"),
        ("CORS_METHODS", "['PUT',],", "PUT"),
        ("CORS_METHODS", "[]]", "GET,HEAD,POST"),
        ("CORS_METHODS", "['PUT', ['GET']]", "PUT\nwithout ['GET']: this is not a method."),
        ("CORS_METHODS", f"['{'PUT,' * 200}']", "PUT"),
        ("CORS_RESOURCES", "{'/a': {'max_age': 5}}", '{"/a": {"max_age": 5}}'),
        ("CORS_RESOURCES", "{'/a': {'supports_credentials': True}}", '{"/a": {"supports_credentials": true}}'),
        ("CORS_RESOURCES", "{'/a': 5", '{"/api/*": {"origins": ["https://app.example.com"]}}'),
    ],
)
def test_the_fix_of_almost_valid_json_keeps_the_written_items(variable: str, text: str, meant: str) -> None:
    (problem,) = boot(Setup({variable: text})).problems
    assert (problem.rule, problem.fix) == ("value-invalid", f"{variable}={meant}")


@pytest.mark.parametrize("age", ["9" * 20, "-" + "9" * 30, "86401"])
def test_a_number_that_is_too_large_is_out_of_range(age: str) -> None:
    assert boot(Setup({"CORS_MAX_AGE": age})).rules() == ["max-age-out-of-range"]


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("0.5", 0.5), (".25", 0.25), ("3.", 3.0), (" 2 ", 2.0)])
def test_seconds_can_have_decimals(text: str, seconds: float) -> None:
    assert read("RELOAD_SECONDS", text) == seconds


@pytest.mark.parametrize(
    ("keywords", "option", "value"),
    [
        ({"origins": ONE}, "origins", (ONE,)),
        ({"origins": f"{ONE},{TWO}"}, "origins", (ONE, TWO)),
        ({"origins": (ONE, TWO)}, "origins", (ONE, TWO)),
        ({"origins": {TWO, ONE}}, "origins", (ONE, TWO)),
        ({"methods": "put"}, "methods", ("put",)),
        ({"allow_headers": []}, "allow_headers", ()),
        ({"supports_credentials": "yes"}, "supports_credentials", True),
        ({"max_age": timedelta(minutes=2)}, "max_age", 120),
        ({"max_age": "30"}, "max_age", 30),
        ({"max_age": None}, "max_age", 600),
    ],
)
def test_code_can_set_values_of_python_types(keywords: Mapping[str, object], option: str, value: object) -> None:
    assert getattr(settings_of(Setup(code=keywords)), option) == value


@pytest.mark.parametrize(
    "keywords",
    [
        {"origins": 7},
        {"origins": [ONE, 7]},
        {"origins": [None]},
        {"origins": b"https://a.example.com"},
        {"origins": re.compile(b"https://a")},
        {"methods": {"GET": True}},
        {"supports_credentials": 2},
        {"max_age": True},
        {"max_age": 1.0},
        {"max_age": timedelta(seconds=1.5)},
        {"reload_seconds": float("nan")},
        {"resources": 7},
        {"resources": {"/a": {"max_age": object()}}},
        {"config_dir": 7},
        {"config_dir": "\ud800"},
        {"termination_log": "a\0b"},
    ],
)
def test_a_value_of_another_type_in_code_is_refused(keywords: Mapping[str, object]) -> None:
    (problem,) = boot(Setup(code=keywords)).problems
    assert (problem.rule, problem.source) == ("value-invalid", "code")


@pytest.mark.parametrize(("value", "expected"), [(1, True), (0, False), (True, True), ("yes", True)])
def test_code_can_set_a_boolean_as_1_or_0(value: object, expected: bool) -> None:
    settings = boot(
        Setup(code={"origins": "https://a.example.com", "supports_credentials": value})
    ).configuration.settings
    assert settings.supports_credentials is expected


def test_code_can_set_a_list_as_the_keys_of_a_mapping() -> None:
    pages = {"https://a.example.com": 1}
    settings = boot(
        Setup(code={"origins": pages.keys(), "methods": dict.fromkeys(["PUT"]).keys()})
    ).configuration.settings
    assert (settings.origins, settings.methods) == (("https://a.example.com",), ("PUT",))


def test_an_invalid_value_hides_no_other_problem() -> None:
    assert boot(Setup({"CORS_MAX_AGE": "x", "CORS_METHODS": "[", "CORS_ORIGINS": "*"})).rules() == [
        "value-invalid",
        "value-invalid",
        "origin-any",
    ]


@given(
    st.lists(st.from_regex(r"[A-Z]{1,8}", fullmatch=True), max_size=6), st.sampled_from([",", " ", "\n", ", ", "\t"])
)
def test_a_joined_list_is_split_into_the_same_items(items: list[str], separator: str) -> None:
    settings = CORSSettings(_env_file=None, methods=separator.join(items))
    assert settings.methods == tuple(items)


@pytest.mark.parametrize("between", [",", ";", "; ", " "])
def test_the_fix_of_a_list_with_brackets_and_without_quotes_keeps_its_items(between: str) -> None:
    (problem,) = boot(Setup({"CORS_ORIGINS": f"[{ONE}{between}{TWO}]"})).problems
    assert (problem.rule, problem.fix) == ("value-invalid", f"CORS_ORIGINS={ONE},{TWO}")

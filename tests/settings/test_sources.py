"""Where a value comes from: precedence, and the source that is told."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import load_dotenv
from pydantic import field_validator

from envcors import CORS, BootRefused, CORSSettings
from tests.booting import Setup, boot, enforcement_of, surroundings

SOURCES = ["code", "app.config", "environment", ".env line 1"]


def from_place(setup: Setup, source: str, age: int) -> Setup:
    match source:
        case "code":
            return Setup(setup.environment, setup.dotenv, setup.config, {"max_age": age})
        case "app.config":
            return Setup(setup.environment, setup.dotenv, {"CORS_MAX_AGE": age}, setup.code)
        case "environment":
            return Setup({"CORS_MAX_AGE": str(age)}, setup.dotenv, setup.config, setup.code)
    return Setup(setup.environment, f"CORS_MAX_AGE={age}\n", setup.config, setup.code)


@pytest.mark.parametrize(("higher", "lower"), list(pairwise(SOURCES)))
def test_the_higher_source_wins_and_is_told(higher: str, lower: str) -> None:
    settings = boot(from_place(from_place(Setup(), lower, 1), higher, 2)).configuration.settings
    assert (settings.max_age, settings.source("max_age")) == (2, higher)


def test_the_default_stands_below_all_and_says_so() -> None:
    settings = boot(Setup()).configuration.settings
    assert (settings.max_age, settings.source("max_age")) == (600, "default")


@pytest.mark.parametrize("source", ["code", "app.config"])
@pytest.mark.parametrize("below", ["environment", ".env line 1"])
def test_whoever_overrides_a_variable_is_told_with_both_sources(source: str, below: str) -> None:
    advice = boot(from_place(from_place(Setup(), below, 1), source, 2)).advice
    (told,) = [problem for problem in advice if problem.rule == "variable-overridden"]
    assert (told.variable, told.value, told.source) == ("CORS_MAX_AGE", "1", below)
    assert source in told.message


def test_an_overridden_value_is_still_checked_for_form() -> None:
    setup = Setup({"CORS_MAX_AGE": "x"}, dotenv="CORS_MAX_AGE=y\n", code={"max_age": 5})
    assert [(p.value, p.source) for p in boot(setup).problems] == [("x", "environment"), ("y", ".env line 1")]


def test_a_resource_of_code_stands_above_those_of_the_environment() -> None:
    variables = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__ORIGINS": "https://a.example.com"}
    resources = boot(Setup(variables, code={"resources": "/b"})).configuration.settings.resources
    assert [resource.paths for resource in resources] == [("/b",)]


@pytest.mark.parametrize(
    "dotenv",
    [
        "CORS_METHODS=GET,PUT\n",
        "CORS_METHODS=GET,PUT",
        "export CORS_METHODS=GET,PUT\n",
        "  CORS_METHODS = GET,PUT  \n",
        "CORS_METHODS='GET,PUT'\n",
        'CORS_METHODS="GET,PUT"\n',
        "CORS_METHODS=GET,PUT # and no more\n",
        '"CORS_METHODS"=GET,PUT\n'.replace('"', "'"),
    ],
)
def test_a_line_is_read_in_python_dotenvs_syntax(dotenv: str) -> None:
    settings = boot(Setup(dotenv=dotenv)).configuration.settings
    assert (settings.methods, settings.source("methods")) == (("GET", "PUT"), ".env line 1")


@pytest.mark.parametrize(
    ("dotenv", "line"),
    [
        ("\ufeffCORS_METHODS=PUT\n", 1),
        ("# a comment\n\n\nCORS_METHODS=PUT\n", 4),
        ("A=1\r\nB=2\r\nCORS_METHODS=PUT\r\n", 3),
        ("A='one\ntwo\nthree'\nCORS_METHODS=PUT\n", 4),
        ("CORS_MAX_AGE=5\nexport CORS_METHODS=PUT\n", 2),
        ("not a binding at all\nCORS_METHODS=PUT\n", 2),
    ],
)
def test_the_line_of_a_value_is_where_its_name_stands(dotenv: str, line: int) -> None:
    settings = boot(Setup(dotenv=dotenv)).configuration.settings
    assert (settings.methods, settings.source("methods")) == (("PUT",), f".env line {line}")
    assert (settings.source("methods").path, settings.source("methods").line) == (".env", line)


def test_a_value_may_stand_on_several_lines_in_quotes() -> None:
    dotenv = 'CORS_ORIGINS="https://a.example.com\n  https://b.example.com\n"\nCORS_MAX_AGE=5\n'
    settings = boot(Setup(dotenv=dotenv)).configuration.settings
    assert settings.origins == ("https://a.example.com", "https://b.example.com")
    assert settings.source("max_age") == ".env line 4"


def test_other_variables_are_filled_in_from_lines_above_the_environment_and_defaults() -> None:
    dotenv = (
        "DOMAIN=example.com\n"
        "CORS_ORIGINS=https://${HOST}.${DOMAIN}\n"
        "CORS_MAX_AGE=${AGE:-30}\n"
        "CORS_METHODS='PUT,${NOTHING:-}'\n"
    )
    settings = boot(Setup({"HOST": "app"}, dotenv=dotenv)).configuration.settings
    assert (settings.origins, settings.max_age, settings.methods) == (("https://app.example.com",), 30, ("PUT",))


def test_an_unset_variable_in_a_value_of_ours_is_refused_as_it_stands_in_the_file() -> None:
    (problem,) = boot(Setup(dotenv="\nCORS_ORIGINS=https://${HOST}\n")).problems
    assert (problem.rule, problem.value, problem.source) == ("value-invalid", "https://${HOST}", ".env line 2")
    assert "HOST is not set" in problem.message
    assert problem.fix == ("HOST=… on a line above, or in the environment\nor the value itself: CORS_ORIGINS=https://…")


def test_an_unset_variable_in_a_value_of_others_is_no_concern() -> None:
    assert boot(Setup(dotenv="DATABASE=${NOTHING}\nCORS_MAX_AGE=5\n")).rules() == []


def test_a_name_without_a_value_is_refused() -> None:
    (problem,) = boot(Setup(dotenv="CORS_ORIGINS\n")).problems
    assert (problem.rule, problem.value, problem.source, problem.fix) == (
        "value-invalid",
        None,
        ".env line 1",
        "CORS_ORIGINS=",
    )


@pytest.mark.parametrize(
    ("dotenv", "lines"),
    [
        ('CORS_ORIGINS="https://a.example.com\n', [1]),
        ("A=1\nCORS_ORIGINS='https://a.example.com\nCORS_MAX_AGE=5\n", [2]),
        ("export CORS_ORIGINS https://a.example.com\n", [1]),
        ("CORS_ORIGINS https://a.example.com\n", [1]),
        ("cors.origins: x y\n", [1]),
    ],
)
def test_a_line_that_cannot_be_read_and_could_be_ours_is_refused(dotenv: str, lines: list[int]) -> None:
    problems = boot(Setup(dotenv=dotenv)).problems
    malformed = [problem for problem in problems if problem.rule == "dotenv-malformed"]
    assert [problem.source for problem in malformed] == [f".env line {line}" for line in lines]


GOOD_LINE = "CORS_ORIGINS=https://a.example.com"


@pytest.mark.parametrize(
    ("line", "fault", "fix"),
    [
        ("CORS_ORIGINS: https://a.example.com", "stands : where = belongs", GOOD_LINE),
        ('"CORS_ORIGINS": "https://a.example.com",', "stands : where = belongs", GOOD_LINE),
        ("CORS ORIGINS=https://a.example.com", "a name has no spaces", GOOD_LINE),
        ("- cors origins: https://a.example.com", "a name has no spaces", GOOD_LINE),
        ("export CORS_ORIGINS https://a.example.com", "no = stands", GOOD_LINE),
        ("set CORS_ORIGINS=https://a.example.com", "a quote is not closed, or something", GOOD_LINE),
        ('"CORS_ORIGINS=https://a.example.com"', "a quote stands before the name", GOOD_LINE),
        ("CORS_ORIGINS='https://a.example.com", "a quote is not closed", GOOD_LINE),
        ("CORS ORIGIN: https://a.example.com", "a name has no spaces", "CORS_ORIGINS=…"),
        ("CORS_ALLOWED_HEADERS: X-A", "stands : where = belongs", "CORS_ALLOW_HEADERS=…"),
    ],
)
def test_the_refusal_of_a_line_says_what_is_wrong_and_has_the_right_line(line: str, fault: str, fix: str) -> None:
    (problem,) = boot(Setup(dotenv=f"{line}\n")).problems
    assert (problem.rule, problem.source, problem.fix) == ("dotenv-malformed", ".env line 1", fix)
    assert fault in problem.message


def test_a_line_of_others_that_cannot_be_read_is_a_warning_that_shows_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcome = boot(Setup({"CORS_ORIGINS": "https://a.example.com"}, dotenv="PASSWORD='hunter2\n"))
    assert outcome.rules() == []
    (record,) = caplog.records
    assert ".env line 1" in record.getMessage()
    assert "hunter2" not in caplog.text


def test_dotenv_never_touches_the_process_environment() -> None:
    with surroundings(Setup(dotenv="CORS_MAX_AGE=5\nOTHER=1\n")):
        before = dict(os.environ)
        CORS(Flask("application"))
        assert dict(os.environ) == before


@pytest.mark.parametrize("name", [".env", ".flaskenv"])
@pytest.mark.parametrize("parent", [False, True], ids=["here", "in the directory above"])
def test_what_flasks_command_line_has_loaded_has_the_file_and_line_as_its_source(name: str, parent: bool) -> None:
    source = source_when_loaded_by_flask(name, "A=1\nCORS_MAX_AGE=5\n", parent=parent)
    assert source.endswith(f"{name} line 2")
    assert (source == f"{name} line 2") is not parent


def test_a_byte_order_mark_hides_no_variable_from_a_file_that_flask_has_loaded() -> None:
    source = source_when_loaded_by_flask(".env", "\ufeffCORS_MAX_AGE=5\n", parent=True)
    assert source.endswith(".env line 1")


def source_when_loaded_by_flask(name: str, content: str, *, parent: bool) -> str:
    """The source of `CORS_MAX_AGE=5` where Flask's command line has loaded the file that sets it."""
    with surroundings(Setup(files={name: content})):
        if parent:
            Path("below").mkdir()
            os.chdir("below")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "environ", dict(os.environ))
            load_dotenv()
            app = Flask("application")
            CORS(app)
    settings = enforcement_of(app).settings
    assert settings.max_age == 5
    return settings.source("max_age")


def test_a_variable_that_differs_from_the_file_comes_from_the_environment() -> None:
    settings = boot(Setup({"CORS_MAX_AGE": "6"}, dotenv="CORS_MAX_AGE=5\n")).configuration.settings
    assert (settings.max_age, settings.source("max_age")) == (6, "environment")


def test_env_file_names_other_files_of_which_a_later_one_wins() -> None:
    files = {"a.env": "CORS_MAX_AGE=1\nCORS_METHODS=PUT\n", "b.env": "CORS_MAX_AGE=2\n", ".env": "CORS_MAX_AGE=3\n"}
    settings = boot(Setup(files=files, code={"env_file": ["a.env", Path("b.env")]})).configuration.settings
    assert (settings.max_age, settings.methods) == (2, ("PUT",))
    assert (settings.source("max_age"), settings.source("methods")) == ("b.env line 1", "a.env line 2")


def test_env_file_none_reads_no_file() -> None:
    assert boot(Setup(dotenv="CORS_MAX_AGE=3\n", code={"env_file": None})).configuration.settings.max_age == 600


def test_a_dotenv_that_is_a_directory_is_refused() -> None:
    with surroundings(Setup()):
        Path(".env").mkdir()
        with pytest.raises(BootRefused) as refusal:
            CORS(Flask("application"))
    (problem,) = refusal.value.problems
    assert (problem.rule, problem.source) == ("source-unreadable", ".env")


@pytest.mark.parametrize("content", [b"CORS_MAX_AGE=5\xff\n", b"CORS_MAX_AGE=5\0\n", "CORS_MAX_AGE=5".encode("utf-16")])
def test_a_file_that_is_no_text_is_refused(content: bytes) -> None:
    assert boot(Setup(files={".env": content})).rules() == ["source-unreadable"]


def test_a_file_that_is_far_too_large_is_refused() -> None:
    assert boot(Setup(files={".env": b"#" * (8 * 1024 * 1024 + 1)})).rules() == ["source-unreadable"]


def test_a_subclass_has_other_defaults_below_all_sources() -> None:
    class ShopSettings(CORSSettings):
        max_age: int = 30
        origins: tuple[str, ...] = ("https://shop.example.com",)

    configuration = boot(Setup({"CORS_MAX_AGE": "40"}, code={"settings": ShopSettings})).configuration
    settings = configuration.settings
    assert (settings.max_age, settings.source("max_age")) == (40, "environment")
    assert (settings.origins, settings.source("origins")) == (
        ("https://shop.example.com",),
        "default of ShopSettings",
    )


def test_the_defaults_of_a_subclass_pass_the_rules_as_well() -> None:
    class OpenSettings(CORSSettings):
        origins: tuple[str, ...] = ("*",)

    assert boot(Setup(code={"settings": OpenSettings})).rules() == ["origin-any"]


def test_a_default_of_a_subclass_without_its_form_is_refused_with_all_other_problems() -> None:
    class WrongSettings(CORSSettings):
        max_age: int = "soon"  # type: ignore[assignment]  # what a checker would refuse as well

    class LackingSettings(CORSSettings):
        tenant: str

    assert boot(Setup({"CORS_METHODS": "["}, code={"settings": WrongSettings})).rules() == ["value-invalid"] * 2
    assert boot(Setup({"CORS_METHODS": "["}, code={"settings": LackingSettings})).rules() == ["value-invalid"] * 2
    settings = boot(Setup({"CORS_TENANT": "acme"}, code={"settings": LackingSettings})).configuration.settings
    assert (settings.model_dump()["tenant"], settings.source("tenant")) == ("acme", "environment")


def test_a_subclass_cannot_switch_the_mode_or_lift_a_rule() -> None:
    class LaxSettings(CORSSettings):
        env: str = "development"  # type: ignore[assignment]  # what a subclass must not do
        dangerously_allow: tuple[str, ...] = ("origin-any",)
        origins: tuple[str, ...] = ("*",)

    assert boot(Setup(code={"settings": LaxSettings})).rules() == ["usage", "usage", "origin-any"]


def test_settings_alone_raise_all_problems_of_form() -> None:
    with surroundings(Setup({"CORS_MAX_AGE": "x", "CORS_ORIGNS": "y"})), pytest.raises(BootRefused) as refusal:
        CORSSettings()
    assert sorted(problem.rule for problem in refusal.value.problems) == ["unknown-variable", "value-invalid"]


def test_a_pipe_that_nobody_writes_to_is_refused_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(".env")
    with pytest.raises(BootRefused, match="It is a pipe, and nobody writes to it"):
        CORSSettings()


def test_a_line_that_flask_has_copied_into_the_environment_overrides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("CORS_ORIGINS=https://a.example.com\n")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example.com")
    given = CORSSettings().givens["origins"]
    assert (given.source, given.below) == (".env line 1", ())


def test_a_validator_of_a_subclass_switches_neither_the_mode_nor_a_rule() -> None:
    class SlySettings(CORSSettings):
        @field_validator("env", mode="after")
        @classmethod
        def lower(cls, _: str) -> str:
            return "development"

        @field_validator("dangerously_allow", mode="after")
        @classmethod
        def lift(cls, _: tuple[str, ...]) -> tuple[str, ...]:
            return ("origin-any",)

    outcome = boot(Setup({"CORS_ORIGINS": "*"}, code={"settings": SlySettings}))
    assert outcome.rules() == ["usage", "usage", "origin-any"]


def test_an_entry_of_the_configuration_whose_key_is_no_text_is_passed_over() -> None:
    app = Flask("application")
    app.config[1] = "x"  # as some libraries do
    with surroundings(Setup()):
        CORS(app)

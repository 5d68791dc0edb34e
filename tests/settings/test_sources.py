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


OVERRIDDEN = [
    ({"CORS_RESOURCES": "{"}, "value-invalid", "CORS_RESOURCES"),
    ({"CORS_RESOURCES": '{"a": {}}'}, "resource-malformed", "CORS_RESOURCES"),
    ({"CORS_RESOURCES": '{"/a": {"max_age": "x"}}'}, "value-invalid", "CORS_RESOURCES"),
    ({"CORS_RESOURCES": '{"/a": {"orgins": "x"}}'}, "unknown-variable", "CORS_RESOURCES"),
    ({"CORS_RESOURCES": '{"/a": {"origins": "${X}"}}'}, "value-invalid", "CORS_RESOURCES"),
    ({"CORS_RESOURCES__A__PATHS": "a"}, "resource-malformed", "CORS_RESOURCES__A__PATHS"),
    (
        {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__MAX_AGE": "x"},
        "value-invalid",
        "CORS_RESOURCES__A__MAX_AGE",
    ),
]


@pytest.mark.parametrize("above", [Setup(code={"resources": {"/b": {}}}), Setup(config={"CORS_RESOURCES": "/b"})])
@pytest.mark.parametrize(("variables", "rule", "variable"), OVERRIDDEN)
def test_resources_that_code_overrides_are_still_checked_for_form(
    above: Setup, variables: dict[str, str], rule: str, variable: str
) -> None:
    (problem,) = boot(above.with_environment(**variables)).problems
    assert (problem.rule, problem.variable, problem.source) == (rule, variable, "environment")


def test_a_part_of_a_resource_that_another_source_overrides_is_still_checked_for_form() -> None:
    setup = Setup(
        {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__MAX_AGE": "5"}, "CORS_RESOURCES__A__MAX_AGE=x\n"
    )
    assert [(p.rule, p.source) for p in boot(setup).problems] == [("value-invalid", ".env line 1")]


def test_every_variable_of_resources_that_code_overrides_is_told() -> None:
    variables = {"CORS_RESOURCES": '{"/a": {}}', "CORS_RESOURCES__B__PATHS": "/b", "CORS_ORIGINS": "https://b.io"}
    advice = boot(Setup(variables, code={"resources": "/c"})).advice
    assert [(p.rule, p.variable, p.source) for p in advice] == [
        ("variable-overridden", "CORS_RESOURCES", "environment"),
        ("variable-overridden", "CORS_RESOURCES__B__PATHS", "environment"),
    ]


def test_a_resource_of_code_stands_above_those_of_the_environment() -> None:
    variables = {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__ORIGINS": "https://a.example.com"}
    resources = boot(Setup(variables, code={"resources": "/b"})).configuration.settings.resources
    assert [resource.paths for resource in resources] == [("/b",)]


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("CORS_ORIGINS", "https://${HOST},https://b.io", "CORS_ORIGINS=https://…,https://b.io"),
        ("CORS_ORIGINS", "${HOST:-x}", "CORS_ORIGINS=…"),
        ("CORS_MAX_AGE", "$(HOST)", "CORS_MAX_AGE=…"),
        ("CORS_CONFIG_DIR", "/etc/${HOST}", "CORS_CONFIG_DIR=/etc/…"),
        ("CORS_RESOURCES", '{"/a": {"origins": "${HOST}"}}', 'CORS_RESOURCES={"/a": {"origins": "…"}}'),
        ("CORS_RESOURCES__A__PATHS", "${HOST}", "CORS_RESOURCES__A__PATHS=…"),
    ],
)
def test_a_reference_that_its_source_does_not_fill_in_is_told_as_one(variable: str, value: str, line: str) -> None:
    (problem,) = boot(Setup({variable: value, "HOST": "hunter2"})).problems
    assert (problem.rule, problem.variable, problem.value) == ("value-invalid", variable, value)
    assert "was not expanded" in problem.message
    assert problem.fix == f"{line}\nwith the value instead of …"


def test_a_mounted_file_fills_in_nothing() -> None:
    (problem,) = boot(Setup({"CORS_CONFIG_DIR": "mounted"}, files={"mounted/CORS_ORIGINS": "${HOST}\n"})).problems
    assert "${HOST} was not expanded" in problem.message


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
    given = CORSSettings().located("origins")
    assert (given.source, given.overrides) == (".env line 1", ())


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

"""Where a value comes from: precedence, and the source that is shown."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import load_dotenv
from pydantic import field_validator

from envcors import CORS, BootRefused, CORSSettings
from tests.booting import Setup, boot, enforcement_of, located, surroundings

SOURCES = ["code", "app.config", "environment", ".env line 1"]


def with_max_age(setup: Setup, source: str, age: int) -> Setup:
    match source:
        case "code":
            return Setup(setup.environment, setup.dotenv, setup.config, {"max_age": age})
        case "app.config":
            return Setup(setup.environment, setup.dotenv, {"CORS_MAX_AGE": age}, setup.code)
        case "environment":
            return Setup({"CORS_MAX_AGE": str(age)}, setup.dotenv, setup.config, setup.code)
    return Setup(setup.environment, f"CORS_MAX_AGE={age}\n", setup.config, setup.code)


@pytest.mark.parametrize(("higher", "lower"), list(pairwise(SOURCES)))
def test_a_source_overrides_those_below_and_is_shown(higher: str, lower: str) -> None:
    settings = boot(with_max_age(with_max_age(Setup(), lower, 1), higher, 2)).configuration.settings
    assert (settings.max_age, settings.source("max_age")) == (2, higher)


def test_an_option_that_no_source_sets_has_its_default_and_shows_that() -> None:
    settings = boot(Setup()).configuration.settings
    assert (settings.max_age, settings.source("max_age")) == (600, "default")


@pytest.mark.parametrize("source", ["code", "app.config"])
@pytest.mark.parametrize("lower", ["environment", ".env line 1"])
def test_an_overridden_variable_is_reported_with_both_sources(source: str, lower: str) -> None:
    advice = boot(with_max_age(with_max_age(Setup(), lower, 1), source, 2)).advice
    (problem,) = [problem for problem in advice if problem.rule == "variable-overridden"]
    assert (problem.variable, problem.value, problem.source) == ("CORS_MAX_AGE", "1", lower)
    assert source in problem.message


def test_an_overridden_value_must_be_valid() -> None:
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


@pytest.mark.parametrize("overriding", [Setup(code={"resources": {"/b": {}}}), Setup(config={"CORS_RESOURCES": "/b"})])
@pytest.mark.parametrize(("variables", "rule", "variable"), OVERRIDDEN)
def test_resources_that_code_overrides_must_be_valid(
    overriding: Setup, variables: dict[str, str], rule: str, variable: str
) -> None:
    (problem,) = boot(overriding.with_environment(**variables)).problems
    assert (problem.rule, problem.variable, problem.source) == (rule, variable, "environment")


def test_an_overridden_variable_of_a_resource_must_be_valid() -> None:
    setup = Setup(
        {"CORS_RESOURCES__A__PATHS": "/a", "CORS_RESOURCES__A__MAX_AGE": "5"}, "CORS_RESOURCES__A__MAX_AGE=x\n"
    )
    assert [(p.rule, p.source) for p in boot(setup).problems] == [("value-invalid", ".env line 1")]


def test_every_overridden_variable_of_resources_is_reported() -> None:
    variables = {"CORS_RESOURCES": '{"/a": {}}', "CORS_RESOURCES__B__PATHS": "/b", "CORS_ORIGINS": "https://b.io"}
    advice = boot(Setup(variables, code={"resources": "/c"})).advice
    assert [(p.rule, p.variable, p.source) for p in advice] == [
        ("variable-overridden", "CORS_RESOURCES", "environment"),
        ("variable-overridden", "CORS_RESOURCES__B__PATHS", "environment"),
    ]


def test_resources_in_code_override_those_of_the_environment() -> None:
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
def test_a_reference_that_its_source_does_not_expand_is_reported(variable: str, value: str, line: str) -> None:
    (problem,) = boot(Setup({variable: value, "HOST": "hunter2"})).problems
    assert (problem.rule, problem.variable, problem.value) == ("value-invalid", variable, value)
    assert "was not expanded" in problem.message
    assert problem.fix == f"{line}\nwith the value of HOST instead of …"


def test_references_in_a_mounted_file_are_not_expanded() -> None:
    (problem,) = boot(Setup({"CORS_CONFIG_DIR": "mounted"}, files={"mounted/CORS_ORIGINS": "${HOST}\n"})).problems
    assert "${HOST} was not expanded" in problem.message


@pytest.mark.parametrize("name", [".env", ".flaskenv"])
@pytest.mark.parametrize("parent", [False, True], ids=["here", "in the directory overriding"])
def test_the_source_of_a_variable_that_flask_loaded_is_the_file_and_line(name: str, parent: bool) -> None:
    source = source_when_loaded_by_flask(name, "A=1\nCORS_MAX_AGE=5\n", parent=parent)
    assert source.endswith(f"{name} line 2")
    assert (source == f"{name} line 2") is not parent


def test_a_byte_order_mark_hides_no_variable_of_a_file_that_flask_loaded() -> None:
    source = source_when_loaded_by_flask(".env", "\ufeffCORS_MAX_AGE=5\n", parent=True)
    assert source.endswith(".env line 1")


def source_when_loaded_by_flask(name: str, content: str, *, parent: bool) -> str:
    """Return the source of ``CORS_MAX_AGE=5`` after Flask's command line loaded the file that sets it."""
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


def test_a_later_file_of_env_file_overrides_an_earlier_one() -> None:
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
def test_a_binary_file_is_refused(content: bytes) -> None:
    assert boot(Setup(files={".env": content})).rules() == ["source-unreadable"]


def test_a_file_that_is_too_large_is_refused() -> None:
    assert boot(Setup(files={".env": b"#" * (8 * 1024 * 1024 + 1)})).rules() == ["source-unreadable"]


def test_a_subclass_can_change_the_defaults() -> None:
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


def test_the_defaults_of_a_subclass_are_checked_too() -> None:
    class OpenSettings(CORSSettings):
        origins: tuple[str, ...] = ("*",)

    assert boot(Setup(code={"settings": OpenSettings})).rules() == ["origin-any"]


def test_an_invalid_default_of_a_subclass_is_reported_with_all_other_problems() -> None:
    class InvalidSettings(CORSSettings):
        max_age: int = "soon"  # type: ignore[assignment]  # an invalid default, which mypy finds too

    class RequiredSettings(CORSSettings):
        tenant: str

    assert boot(Setup({"CORS_METHODS": "["}, code={"settings": InvalidSettings})).rules() == ["value-invalid"] * 2
    assert boot(Setup({"CORS_METHODS": "["}, code={"settings": RequiredSettings})).rules() == ["value-invalid"] * 2
    settings = boot(Setup({"CORS_TENANT": "acme"}, code={"settings": RequiredSettings})).configuration.settings
    assert (settings.model_dump()["tenant"], settings.source("tenant")) == ("acme", "environment")


def test_a_default_of_a_subclass_cannot_set_the_mode_or_waive_a_rule() -> None:
    class LaxSettings(CORSSettings):
        env: str = "development"  # type: ignore[assignment]  # what a subclass must not do
        dangerously_allow: tuple[str, ...] = ("origin-any",)
        origins: tuple[str, ...] = ("*",)

    assert boot(Setup(code={"settings": LaxSettings})).rules() == ["usage", "usage", "origin-any"]


def test_settings_without_an_application_raise_all_problems_at_once() -> None:
    with surroundings(Setup({"CORS_MAX_AGE": "x", "CORS_ORIGNS": "y"})), pytest.raises(BootRefused) as refusal:
        CORSSettings()
    assert sorted(problem.rule for problem in refusal.value.problems) == ["unknown-variable", "value-invalid"]


def test_a_pipe_that_nobody_writes_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(".env")
    with pytest.raises(BootRefused, match="It is a pipe, and nobody writes to it"):
        CORSSettings()


def test_a_line_that_flask_copied_into_the_environment_overrides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("CORS_ORIGINS=https://a.example.com\n")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example.com")
    origins = located(CORSSettings(), "origins")
    assert (origins.source, origins.overrides) == (".env line 1", ())


def test_a_validator_of_a_subclass_cannot_set_the_mode_or_waive_a_rule() -> None:
    class SlySettings(CORSSettings):
        @field_validator("env", mode="after")
        @classmethod
        def set_development(cls, _: str) -> str:
            return "development"

        @field_validator("dangerously_allow", mode="after")
        @classmethod
        def waive(cls, _: tuple[str, ...]) -> tuple[str, ...]:
            return ("origin-any",)

    outcome = boot(Setup({"CORS_ORIGINS": "*"}, code={"settings": SlySettings}))
    assert outcome.rules() == ["usage", "usage", "origin-any"]


def test_a_key_of_app_config_that_is_not_a_string_is_skipped() -> None:
    app = Flask("application")
    app.config[1] = "x"  # as some libraries do
    with surroundings(Setup()):
        CORS(app)

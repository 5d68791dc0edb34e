"""The marker, by which the child of a reloader knows which values of its environment came from a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask

from envcors import CORS, BootRefused
from envcors.settings import starting_environment
from envcors.settings.inputs import Inputs
from envcors.settings.marker import MARKER, entry, text_of
from envcors.settings.model import CORSSettings
from tests.booting import Setup, enforcement_of, located, surroundings

OLD = "https://old.example"
NEW = "https://new.example"
LOADED = {"CORS_ENV": "development", "CORS_ORIGINS": OLD}
"""What Flask's command line has loaded from ``FILE``."""
FILE = f"CORS_ENV=development\nCORS_ORIGINS={OLD}\n"


def booted() -> Flask:
    app = Flask("shop")
    CORS(app)
    return app


def sources() -> dict[str, str]:
    """The values of the origins and of the mode, and their sources, as a process with this environment reads them."""
    settings = CORSSettings.read(Inputs())
    return {
        f"{settings.variable(option)}={found.value}": str(found.source)
        for option in ("env", "origins")
        if (found := settings.located(option)) is not None
    }


def test_a_boot_in_development_leaves_one_marker_without_names_and_values() -> None:
    with surroundings(Setup(LOADED, FILE)):
        before = dict(os.environ)
        booted()
        added = {name: value for name, value in os.environ.items() if before.get(name) != value}
        assert list(added) == [MARKER]
        assert not any(part in added[MARKER] for part in ("CORS", "old", "development", "/"))
        assert len(added[MARKER]) < 60


@pytest.mark.parametrize("dotenv", [None, f"CORS_ORIGINS={OLD}\n"], ids=["no file", "a file"])
def test_a_boot_in_production_leaves_the_environment_as_it_is(dotenv: str | None) -> None:
    with surroundings(Setup({"CORS_ORIGINS": OLD}, dotenv)):
        before = dict(os.environ)
        booted()
        assert dict(os.environ) == before


EDITED: Mapping[str, tuple[str | None, dict[str, str]]] = {
    "unchanged": (FILE, {"CORS_ENV=development": ".env line 1", f"CORS_ORIGINS={OLD}": ".env line 2"}),
    "edited": (
        f"\nCORS_ORIGINS={NEW}\nCORS_ENV=production\n",
        {"CORS_ENV=production": ".env line 3", f"CORS_ORIGINS={NEW}": ".env line 2"},
    ),
    "a line removed": ("CORS_ENV=development\n", {"CORS_ENV=development": ".env line 1"}),
    "a variable used": (
        f"SITE={NEW}\nCORS_ORIGINS=${{SITE}}\n",
        {f"CORS_ORIGINS={NEW}": ".env line 2"},
    ),
    "all lines removed": ("# nothing\n", {}),
    "empty": ("", {"CORS_ENV=development": "environment", f"CORS_ORIGINS={OLD}": "environment"}),
    "gone": (None, {"CORS_ENV=development": "environment", f"CORS_ORIGINS={OLD}": "environment"}),
}


@pytest.mark.parametrize(("edited", "expected"), EDITED.values(), ids=list(EDITED))
def test_the_child_of_a_reloader_reads_what_the_file_has_now(edited: str | None, expected: dict[str, str]) -> None:
    with surroundings(Setup(LOADED, FILE)) as directory:
        booted()
        file = directory / ".env"
        file.unlink() if edited is None else file.write_text(edited)
        assert sources() == expected


def test_a_line_of_flaskenv_applies_where_the_line_of_env_was_removed() -> None:
    with surroundings(Setup(LOADED, FILE, files={".flaskenv": f"CORS_ORIGINS={NEW}\n"})) as directory:
        booted()
        (directory / ".env").write_text("CORS_ENV=development\n")
        assert sources()[f"CORS_ORIGINS={NEW}"] == ".flaskenv line 1"


def test_a_file_above_the_working_directory_has_its_path_as_source() -> None:
    with surroundings(Setup(LOADED, FILE)) as directory:
        (directory / "inside").mkdir()
        os.chdir("inside")
        booted()
        (directory / ".env").write_text(FILE.replace(OLD, NEW))
        assert sources()[f"CORS_ORIGINS={NEW}"] == f"{directory}/.env line 2"


def test_a_file_that_code_loads_and_names_is_not_mixed_with_one_that_nothing_loads() -> None:
    with surroundings(Setup(LOADED, f"CORS_ORIGINS={NEW}\n", files={"dev.env": FILE})) as directory:
        app = Flask("shop")
        CORS(app, env_file="dev.env")
        (directory / "dev.env").write_text(FILE.replace(OLD, "https://third.example"))
        settings = CORSSettings.read(Inputs(), env_file="dev.env")
        assert located(settings, "origins").source == "dev.env line 2"
        assert settings.origins == ("https://third.example",)
        (directory / "dev.env").write_text("CORS_ENV=development\n")
        assert CORSSettings.read(Inputs(), env_file="dev.env").located("origins") is None


def test_the_grandchild_knows_what_the_child_was_told() -> None:
    with surroundings(Setup(LOADED, FILE)) as directory:
        for origin in (OLD, NEW, "https://third.example"):
            (directory / ".env").write_text(FILE.replace(OLD, origin))
            booted()
            assert sources()[f"CORS_ORIGINS={origin}"] == ".env line 2"


@pytest.mark.parametrize(
    ("edited", "rule"),
    [
        ('CORS_ORIGINS="https://a.example\n', "dotenv-malformed"),
        ("CORS_ORIGINS=https://${NOBODY}\n", "value-invalid"),
        ("CORS_ORIGINS\n", "value-invalid"),
        ("CORS_ORIGINS=null\n", "origin-null"),
    ],
)
def test_an_invalid_line_is_refused_in_the_child_too(edited: str, rule: str) -> None:
    with surroundings(Setup(LOADED, FILE)) as directory:
        booted()
        (directory / ".env").write_text(f"CORS_ENV=development\n{edited}")
        with pytest.raises(BootRefused) as refused:
            booted()
    assert [(found.rule, str(found.source)) for found in refused.value.problems] == [(rule, ".env line 2")]


# The shell's own values


def test_a_value_that_the_process_was_started_with_stays_the_shells_also_where_the_file_has_the_same() -> None:
    with surroundings(Setup(LOADED, FILE, started_with={"CORS_ORIGINS": OLD})) as directory:
        assert located(enforcement_of(booted()).settings, "origins").source == ".env line 2"
        (directory / ".env").write_text(FILE.replace(OLD, NEW))
        assert sources()[f"CORS_ORIGINS={OLD}"] == "environment"


def test_another_value_than_the_marked_one_is_the_shells() -> None:
    with surroundings(Setup(LOADED, FILE)) as directory:
        booted()
        os.environ["CORS_ORIGINS"] = "https://shell.example"
        (directory / ".env").write_text(FILE.replace(OLD, NEW))
        assert sources()["CORS_ORIGINS=https://shell.example"] == "environment"


def test_a_process_in_another_directory_reads_its_environment_as_it_is(tmp_path: Path) -> None:
    with surroundings(Setup(LOADED, FILE)):
        booted()
        (tmp_path / ".env").write_text(FILE.replace(OLD, NEW))
        os.chdir(tmp_path)
        assert sources()[f"CORS_ORIGINS={OLD}"] == "environment"


@pytest.mark.parametrize("text", ["", " ", "x", "0.0", "." * 1000, "\udcff", "CORS_ORIGINS=https://old.example"])
def test_a_marker_that_is_not_ours_changes_nothing(text: str) -> None:
    with surroundings(Setup({**LOADED, MARKER: text}, FILE.replace(OLD, NEW))):
        assert sources()[f"CORS_ORIGINS={OLD}"] == "environment"


def test_a_waiver_that_a_reloader_handed_on_from_a_file_is_not_the_process_environments(tmp_path: Path) -> None:
    variables = {"CORS_ENV": "production", "CORS_DANGEROUSLY_ALLOW": "dotenv-in-container"}
    for is_handed_on in (False, True):
        marker = {MARKER: text_of(entry(str(tmp_path), *item) for item in variables.items())} if is_handed_on else {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(starting_environment, "_variables", lambda marker=marker: {**variables, **marker})
            found = [starting_environment.has(*item) for item in variables.items()]
        assert found == [not is_handed_on] * 2

"""In a container that serves requests, a ``.env`` file cannot set the mode to development."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from envcors import CORSSettings
from envcors.configuration import configure
from envcors.settings.inputs import Inputs
from tests.booting import Setup, boot, surroundings

KUBERNETES = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
DEVELOPMENT = Setup(dotenv="CORS_ORIGINS=*\nCORS_ENV=development\n")


@pytest.mark.parametrize(
    "setup",
    [replace(DEVELOPMENT, in_container=True), replace(DEVELOPMENT, environment=KUBERNETES)],
    ids=["docker", "kubernetes"],
)
def test_a_dotenv_that_sets_development_in_a_container_is_refused_and_the_policy_is_checked_as_production(
    setup: Setup,
) -> None:
    problems = boot(setup).problems
    assert [problem.rule for problem in problems] == ["dotenv-in-container", "origin-any"]
    assert problems[0].source == ".env line 2"
    assert "environment:" in problems[0].fix
    assert "containerEnv" in problems[0].fix


@pytest.mark.parametrize("name", ["CI", "CODESPACES", "REMOTE_CONTAINERS", "DEVCONTAINER"])
def test_a_dotenv_can_set_development_in_a_development_container(name: str) -> None:
    setup = replace(DEVELOPMENT, environment={**KUBERNETES, name: "true"}, in_container=True)
    assert boot(setup).configuration.settings.env == "development"


def test_the_environment_of_a_container_can_set_development() -> None:
    setup = Setup({"CORS_ENV": "development", "CORS_ORIGINS": "*"}, in_container=True)
    assert boot(setup).configuration.settings.env == "development"


def test_a_dotenv_in_a_container_can_set_production() -> None:
    assert boot(Setup(dotenv="CORS_ENV=production\n", in_container=True)).rules() == []


def test_the_process_environment_can_waive_the_rule() -> None:
    waiver = {"CORS_DANGEROUSLY_ALLOW": "dotenv-in-container"}
    outcome = boot(replace(DEVELOPMENT, environment=waiver, in_container=True))
    assert outcome.configuration.settings.env == "development"
    assert [problem.rule for problem in outcome.waived] == ["dotenv-in-container"]


def test_the_file_itself_cannot_waive_the_rule() -> None:
    setup = Setup(dotenv="CORS_ENV=development\nCORS_DANGEROUSLY_ALLOW=dotenv-in-container\n", in_container=True)
    (problem,) = (problem for problem in boot(setup).problems if problem.rule == "dotenv-in-container")
    assert "CORS_DANGEROUSLY_ALLOW waives this rule in the process environment only." in problem.message


@pytest.mark.parametrize(
    "setup",
    [
        Setup(dotenv="CORS_ENV=development\nCORS_DANGEROUSLY_ALLOW=dotenv-in-container\n", in_container=True),
        Setup({"CORS_DANGEROUSLY_ALLOW": "origin-any", "CORS_ORIGINS": "*", "CORS_SUPPORTS_CREDENTIALS": "1"}),
    ],
)
def test_a_waiver_whose_rule_still_refuses_is_not_reported_as_unused(setup: Setup) -> None:
    with surroundings(setup):
        configuration = configure(CORSSettings.read(Inputs()))
    assert configuration.problems
    assert [problem.rule for problem in configuration.advice] == []


def test_a_variable_that_flask_loaded_from_the_file_counts_as_set_in_the_file() -> None:
    setup = Setup({"CORS_ENV": "development"}, dotenv="CORS_ENV=development\n", in_container=True)
    assert boot(setup).rules() == ["dotenv-in-container"]


def test_a_variable_that_the_process_was_started_with_does_not_count_as_set_in_the_file() -> None:
    variables = {"CORS_ENV": "development"}
    setup = Setup(variables, dotenv="CORS_ENV=development\n", in_container=True, started_with=variables)
    assert boot(setup).rules() == []


@pytest.mark.parametrize("environment", [{}, KUBERNETES], ids=["no pod", "pod"])
def test_if_the_configured_termination_log_is_invalid_only_a_pod_writes_to_the_default_one(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    usual = tmp_path / "usual"
    usual.touch()

    class Settings(CORSSettings):
        termination_log: str = str(usual)

    refusal = boot(Setup(environment, code={"settings": Settings, "termination_log": "a\0b"})).refusal
    assert usual.read_text() == (str(refusal) if environment else "")

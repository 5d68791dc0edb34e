"""Inside a container that serves others, no `.env` file switches to development."""

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
def test_a_dotenv_in_a_serving_container_is_refused_and_all_is_judged_as_production(setup: Setup) -> None:
    problems = boot(setup).problems
    assert [problem.rule for problem in problems] == ["dotenv-in-container", "origin-any"]
    assert problems[0].source == ".env line 2"
    assert "environment:" in problems[0].fix
    assert "containerEnv" in problems[0].fix


@pytest.mark.parametrize("name", ["CI", "CODESPACES", "REMOTE_CONTAINERS", "DEVCONTAINER"])
def test_a_container_that_calls_itself_a_development_one_may(name: str) -> None:
    setup = replace(DEVELOPMENT, environment={**KUBERNETES, name: "true"}, in_container=True)
    assert boot(setup).configuration.settings.env == "development"


def test_the_environment_of_a_container_may_switch_to_development() -> None:
    setup = Setup({"CORS_ENV": "development", "CORS_ORIGINS": "*"}, in_container=True)
    assert boot(setup).configuration.settings.env == "development"


def test_a_dotenv_of_a_container_may_say_production() -> None:
    assert boot(Setup(dotenv="CORS_ENV=production\n", in_container=True)).rules() == []


def test_the_rule_is_lifted_from_the_process_environment() -> None:
    waiver = {"CORS_DANGEROUSLY_ALLOW": "dotenv-in-container"}
    outcome = boot(replace(DEVELOPMENT, environment=waiver, in_container=True))
    assert outcome.configuration.settings.env == "development"
    assert [problem.rule for problem in outcome.waived] == ["dotenv-in-container"]


def test_the_rule_is_not_lifted_from_the_file_itself() -> None:
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
def test_a_waiver_that_cannot_help_is_not_called_one_that_nothing_needs(setup: Setup) -> None:
    with surroundings(setup):
        configuration = configure(CORSSettings.read(Inputs()))
    assert configuration.problems
    assert [problem.rule for problem in configuration.advice] == []


def test_what_flask_has_loaded_from_the_file_counts_as_the_file() -> None:
    setup = Setup({"CORS_ENV": "development"}, dotenv="CORS_ENV=development\n", in_container=True)
    assert boot(setup).rules() == ["dotenv-in-container"]


def test_what_the_process_was_started_with_does_not_count_as_the_file() -> None:
    variables = {"CORS_ENV": "development"}
    setup = Setup(variables, dotenv="CORS_ENV=development\n", in_container=True, started_with=variables)
    assert boot(setup).rules() == []


@pytest.mark.parametrize("environment", [{}, KUBERNETES], ids=["no pod", "pod"])
def test_only_a_refusal_in_a_pod_goes_to_the_usual_termination_log_where_the_named_one_is_no_path(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    usual = tmp_path / "usual"
    usual.touch()

    class Settings(CORSSettings):
        termination_log: str = str(usual)

    refusal = boot(Setup(environment, code={"settings": Settings, "termination_log": "a\0b"})).refusal
    assert usual.read_text() == (str(refusal) if environment else "")

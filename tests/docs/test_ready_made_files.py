"""The files that people copy from the pages: pipelines that review a change, and files for compose."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import blocks
from tests.processes import environment

INSTALL = "pip install ."
NARROW = "CORS_ORIGINS=https://app.example.com\n"
WIDE = "CORS_ORIGINS=https://*.example.com\n"
REFUSED = "CORS_ORIGINS=*\n"


def ready_made(page: str, name: str) -> object:
    """A YAML file of a page."""
    (text,) = [block.text for block in blocks(page) if block.attributes.get("file") == name]
    return yaml.safe_load(text)


def github(file: object) -> list[str]:
    """What the steps of a workflow, or of a part of one, run."""
    if isinstance(file, dict):
        (job,) = file["jobs"].values()
        return github(job["steps"])
    assert isinstance(file, list)
    return [step["run"] for step in file if "run" in step]


def gitlab(file: object) -> list[str]:
    """What the only job of a pipeline runs. GitLab's shell keeps its variables, and stops at the first failure."""
    assert isinstance(file, dict)
    (job,) = file.values()
    return [*job["before_script"], "\n".join(job["script"])]


PIPELINES = {
    "GitHub": github(ready_made("docs/review-in-ci.md", ".github/workflows/cors.yml")),
    "GitHub's code scanning": github(ready_made("docs/review-in-ci.md", "sarif-steps.yml")),
    "GitLab": gitlab(ready_made("docs/review-in-ci.md", ".gitlab-ci.yml")),
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose `origin` has the narrow policy in its branch `main`."""
    clone = tmp_path / "clone"
    (clone / "config").mkdir(parents=True)
    (clone / "config" / "cors.env").write_text(NARROW)
    for command in (
        "init --quiet --initial-branch=main",
        "add .",
        "commit --quiet --message=start",
        "clone --quiet --bare . ../origin.git",
        "remote add origin ../origin.git",
        "fetch --quiet origin",
    ):
        shell(clone, f"git {command}")
    return clone


def shell(directory: Path, script: str) -> int:
    """The exit status of a script, run as both services do: it stops at the first failure."""
    variables = environment(
        {
            "CI": "true",
            "GITHUB_BASE_REF": "main",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            **{f"GIT_{who}_{what}": "reader" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
    )
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script], cwd=directory, env=variables, capture_output=True, check=False
    ).returncode


def statuses(pipeline: str, clone: Path, policy: str) -> Iterator[int]:
    (clone / "config" / "cors.env").write_text(policy)
    for script in PIPELINES[pipeline]:
        if script != INSTALL:
            yield shell(clone, script)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_passes_a_policy_that_is_not_wider(pipeline: str, clone: Path) -> None:
    assert set(statuses(pipeline, clone, NARROW)) == {0}


@pytest.mark.parametrize("pipeline", ["GitHub", "GitLab"])
def test_a_pipeline_stops_a_policy_that_is_wider(pipeline: str, clone: Path) -> None:
    assert list(statuses(pipeline, clone, WIDE))[-1] == 1


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_stops_a_policy_that_is_refused(pipeline: str, clone: Path) -> None:
    assert next(statuses(pipeline, clone, REFUSED)) == 1


@pytest.mark.parametrize("name", ["compose.yaml", "compose.override.yaml", "compose.files.yaml"])
def test_the_environment_of_a_compose_file_boots(name: str, tmp_path: Path) -> None:
    file = ready_made("docs/containers.md", name)
    assert isinstance(file, dict)
    variables = file["services"]["api"]["environment"]
    if "CORS_CONFIG_DIR" in variables:
        (config,) = file["services"]["api"]["configs"]
        assert Path(config["target"]).parent == Path(variables["CORS_CONFIG_DIR"])
        variables["CORS_CONFIG_DIR"] = str(tmp_path)
        (tmp_path / Path(config["target"]).name).write_text(text_of(file["configs"][config["source"]]["file"]))
    checked = subprocess.run(
        ["envcors", "check", "--strict"], cwd=tmp_path, env=environment(variables), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, b"")


def text_of(name: str) -> str:
    (text,) = [block.text for block in blocks("docs/containers.md") if block.attributes.get("file") == name]
    return text

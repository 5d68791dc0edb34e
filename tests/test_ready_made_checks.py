"""``.pre-commit-hooks.yaml`` and ``action.yml``: what they run in the repositories of users."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from tests.processes import REPOSITORY, Finished, run

HOOKS = {
    hook["id"]: hook for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))

GOOD = "CORS_ORIGINS=https://app.example.com\n"
BAD = "CORS_ORIGINS=*\n"


def config_map(data: str) -> str:
    name, _, value = data.strip().partition("=")
    return f'apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cors}}\ndata:\n  {name}: "{value}"\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Create the repository of a user. Its name has a space, which the shell must not split."""
    (tmp_path / "good.env").write_text(GOOD)
    (tmp_path / "bad file.env").write_text(BAD)
    (tmp_path / "configmap.yaml").write_text(config_map(GOOD))
    (tmp_path / "bad configmap.yaml").write_text(config_map(BAD))
    return tmp_path


def run_hook(hook: str, repository: Path, *files: str) -> Finished:
    """Run a hook as pre-commit does: in the root of the repository, with the files after the entry."""
    return run([*shlex.split(HOOKS[hook]["entry"]), *files], {"CORS_ENV": "nonsense"}, cwd=repository)


@pytest.mark.parametrize(
    ("hook", "good", "bad"),
    [
        ("envcors-dotenv", "good.env", "bad file.env"),
        ("envcors-configmap", "configmap.yaml", "bad configmap.yaml"),
    ],
)
def test_a_hook_passes_a_valid_file_and_fails_if_one_of_several_is_invalid(
    hook: str, good: str, bad: str, repository: Path
) -> None:
    passed = run_hook(hook, repository, good, good)
    assert (passed.status, passed.stderr) == (0, "")
    failed = run_hook(hook, repository, bad, good)
    assert failed.status == 1
    assert "origin-any" in failed.output


@pytest.mark.parametrize(
    ("hook", "file", "matches"),
    [
        ("envcors-dotenv", ".env", True),
        ("envcors-dotenv", "deploy/.env.production", True),
        ("envcors-dotenv", "config/cors.env", True),
        ("envcors-dotenv", "config/environment.py", False),
        ("envcors-configmap", "deploy/configmap.yaml", True),
        ("envcors-configmap", "deploy/cors-ConfigMap.yml", True),
        ("envcors-configmap", "deploy/deployment.yaml", False),
    ],
)
def test_a_hook_runs_on_the_files_of_its_kind(hook: str, file: str, *, matches: bool) -> None:
    assert bool(re.search(HOOKS[hook]["files"], file)) is matches


def run_action(repository: Path, **inputs: str) -> Finished:
    """Run the last step of the action, with the defaults of its inputs."""
    *_, install, check = ACTION["runs"]["steps"]
    assert "$GITHUB_ACTION_PATH[kubernetes]" in install["run"]
    programs = repository / "runner" / "envcors" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    program = programs / "envcors"
    program.unlink(missing_ok=True)
    program.symlink_to(Path(sys.executable).parent / "envcors")
    values = {name: given["default"] for name, given in ACTION["inputs"].items()} | inputs
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)
        for name, text in check["env"].items()
    }
    script = repository / "script.sh"
    script.write_text(check["run"])
    bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
    return run(bash, variables | {"RUNNER_TEMP": str(repository / "runner")}, cwd=repository)


def test_the_action_passes_valid_files(repository: Path) -> None:
    passed = run_action(repository, **{"env-files": "good.env\n", "configmaps": "  configmap.yaml\n"})
    assert (passed.status, passed.stderr) == (0, "")
    assert passed.stdout.splitlines() == ["Checking good.env", "Checking configmap.yaml"]


@pytest.mark.parametrize(
    ("name", "file"), [("env-files", "bad file.env"), ("configmaps", "bad configmap.yaml"), ("env-files", "none.env")]
)
def test_the_action_fails_on_an_invalid_or_missing_file_after_it_checked_the_others(
    name: str, file: str, repository: Path
) -> None:
    good = {"env-files": "good.env", "configmaps": "configmap.yaml"}[name]
    failed = run_action(repository, **{name: f"{file}\n{good}\n"})
    assert failed.status == 1
    assert "::error" in failed.output
    assert failed.stdout.splitlines()[-1] == f"Checking {good}"


def test_the_action_has_a_prefix_and_a_strict_mode_that_fails_on_advice(repository: Path) -> None:
    (repository / "shop.env").write_text(f"SHOP_{GOOD}SHOP_CORS_DANGEROUSLY_ALLOW=origin-any\n")
    inputs = {"env-files": "shop.env", "prefix": "SHOP_CORS_"}
    advised = run_action(repository, **inputs)
    assert advised.status == 0
    assert "::warning" in advised.output
    assert run_action(repository, **inputs, strict="true").status == 1


def test_the_action_fails_without_a_file_to_check(repository: Path) -> None:
    assert run_action(repository).status == 2


def test_no_script_of_the_action_contains_an_input() -> None:
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []

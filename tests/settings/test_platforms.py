"""A ``.env`` file cannot switch a serving container or platform to development, however its value comes in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.booting import Setup, boot

PLATFORMS: list[Mapping[str, str]] = [
    {"KUBERNETES_SERVICE_HOST": "10.0.0.1"},
    {"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/x"},
    {"K_SERVICE": "shop"},
    {"DYNO": "web.1"},
    {"AWS_LAMBDA_FUNCTION_NAME": "shop"},
    {"FLY_APP_NAME": "shop"},
    {"WEBSITE_SITE_NAME": "shop"},
]


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: next(iter(platform)))
@pytest.mark.parametrize("denial", [{}, {"CI": "false"}, {"CI": "0"}, {"CODESPACES": ""}, {"DEVCONTAINER": "no"}])
def test_a_dotenv_file_on_a_platform_is_refused(platform: Mapping[str, str], denial: Mapping[str, str]) -> None:
    setup = Setup({**platform, **denial}, dotenv="CORS_ENV=development\n")
    assert "dotenv-in-container" in boot(setup).rules()


@pytest.mark.parametrize(
    "environment",
    [
        {"K_SERVICE": "shop", "CI": "true"},
        {"DYNO": "web.1", "DEVCONTAINER": "1"},
        {"AWS_LAMBDA_FUNCTION_NAME": "shop", "AWS_SAM_LOCAL": "true"},
        {"HOSTNAME": "laptop"},
    ],
)
def test_development_environments_may_use_a_dotenv_file(environment: Mapping[str, str]) -> None:
    assert boot(Setup(environment, dotenv="CORS_ENV=development\n")).rules() == []


LOADERS = [
    "from dotenv import load_dotenv; load_dotenv('elsewhere/dev.env')",
    "from dotenv import dotenv_values; import os; os.environ.update(dotenv_values('elsewhere/dev.env'))",
    "import os; os.environ['CORS_ENV'] = 'development'",
    "from flask.cli import load_dotenv; load_dotenv()",
]


def run_application(directory: Path, loader: str, **environ: str) -> subprocess.CompletedProcess[str]:
    program = f"{loader}\nfrom flask import Flask\nfrom envcors import CORS\nCORS(Flask('shop'))\nprint('booted')\n"
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=directory,
        env={**inherited, "K_SERVICE": "shop", **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_process_that_loads_a_file_itself_is_refused(tmp_path: Path, loader: str, ending: str) -> None:
    text = ending.join(["CORS_ORIGINS='https://a.example.com", "https://b.example.com'", "CORS_ENV=development", ""])
    (tmp_path / "elsewhere").mkdir()
    for name in ("elsewhere/dev.env", ".env"):
        (tmp_path / name).write_bytes(text.encode())
    finished = run_application(tmp_path, loader)
    assert "dotenv-in-container" in finished.stderr
    assert "booted" not in finished.stdout


def test_a_process_that_was_started_in_development_boots(tmp_path: Path) -> None:
    assert run_application(tmp_path, "", CORS_ENV="development").stdout == "booted\n"


UNSET = [
    ("CORS_DENY_ORIGINS=${OLD}\nOLD=https://old.example.com\n", ""),
    ("CORS_DENY_ORIGINS=https://${OLD}\nOLD=old.example.com\n", ""),
    ("CORS_DENY_ORIGINS=${OLD}\n", "OLD=https://old.example.com\n"),
    ("CORS_DENY_ORIGINS=https://${OLD},https://x.example.com\n", "OLD=old.example.com\n"),
    ("CORS_DENY_ORIGINS=${OLD}\n", ""),
]


@pytest.mark.parametrize(("dotenv", "flaskenv"), UNSET)
def test_a_value_that_flask_loaded_while_a_variable_was_unset_is_refused(
    tmp_path: Path, dotenv: str, flaskenv: str
) -> None:
    (tmp_path / ".env").write_text(dotenv)
    (tmp_path / ".flaskenv").write_text(flaskenv)
    finished = run_application(tmp_path, "from flask.cli import load_dotenv; load_dotenv()")
    assert "OLD is not set when this line is read" in finished.stderr
    assert "booted" not in finished.stdout


MARKS = ["DEVCONTAINER=1", "CI=true", "CODESPACES=true", "REMOTE_CONTAINERS=1"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("loader", [LOADERS[0], LOADERS[3]])
def test_a_dotenv_file_cannot_call_its_own_container_a_development_one(tmp_path: Path, mark: str, loader: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("elsewhere/dev.env", ".env"):
        (tmp_path / name).write_text(f"CORS_ENV=development\n{mark}\nCORS_ORIGINS=*\n")
    finished = run_application(tmp_path, loader)
    assert "dotenv-in-container" in finished.stderr
    assert "booted" not in finished.stdout


def test_a_directory_that_a_dotenv_file_names_counts_as_the_file(tmp_path: Path) -> None:
    (tmp_path / "cd").mkdir()
    (tmp_path / "cd/CORS_ENV").write_text("development")
    (tmp_path / "cd/CORS_ORIGINS").write_text("*")
    (tmp_path / ".env").write_text("CORS_CONFIG_DIR=cd\n")
    finished = run_application(tmp_path, "")
    assert "dotenv-in-container" in finished.stderr
    assert run_application(tmp_path, "", CORS_CONFIG_DIR="cd").stdout == "booted\n"

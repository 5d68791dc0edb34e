"""The command as a program: its help, its version, and what it imports."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.command import Shell
from tests.processes import run

COMMANDS = ["check", "show", "explain", "diff", "probe", "generate"]
HEAVY = ["flask", "werkzeug", "pydantic", "pydantic_settings", "dotenv", "publicsuffixlist", "idna", "yaml", "httpx"]


def test_help_names_every_command(shell: Shell) -> None:
    text = shell.envcors("--help").stdout
    assert all(f"  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("name", [*COMMANDS, "generate configmap", "generate docs"])
def test_each_command_has_help_that_fits_a_terminal(shell: Shell, name: str) -> None:
    ended = shell.envcors(*name.split(), "-h", COLUMNS="80")
    assert ended.status == 0
    assert max(map(len, ended.stdout.splitlines())) <= 80


def test_the_version_is_that_of_the_package(shell: Shell) -> None:
    assert shell.envcors("--version").stdout == f"envcors {version('envcors')}\n"


@pytest.mark.parametrize("arguments", [["wrong"], ["--wrong"], ["check", "extra"]])
def test_a_usage_error_has_exit_status_2_and_a_hint(shell: Shell, arguments: list[str]) -> None:
    ended = shell.envcors(*arguments)
    assert ended.status == 2
    assert "--help" in ended.stderr


def test_help_imports_nothing_that_only_commands_need() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from envcors.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "assert CliRunner().invoke(main, ['check', '--help']).exit_code == 0\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    assert run([sys.executable, "-c", code]).stdout == "\n"


def test_the_package_has_its_public_names_and_no_others() -> None:
    code = (
        "import envcors\n"
        "from envcors import *\n"
        "print(CORS, BootRefused, CORSSettings, Policy, cross_origin)\n"
        "assert set(envcors.__all__) <= set(dir(envcors))\n"
        "envcors.Nothing"
    )
    ended = run([sys.executable, "-W", "error", "-c", code])
    assert ended.stdout.count("envcors.") == 4
    assert ended.stderr.rstrip().endswith("AttributeError: module 'envcors' has no attribute 'Nothing'")


@pytest.mark.parametrize("program", [["envcors"], [sys.executable, "-m", "envcors.cli"]])
def test_it_runs_as_a_program_and_as_a_module(program: list[str], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CORS_ORIGINS=*\n")
    refused = run([*program, "check"], cwd=tmp_path)
    assert (refused.status, refused.stdout) == (1, "")
    assert refused.stderr.startswith("invalid configuration: 1 problem in a production policy\n")
    fine = run([*program, "check"], {"CORS_ORIGINS": "https://app.example.com"}, cwd=tmp_path)
    assert (fine.status, fine.stderr) == (0, "")
    assert fine.stdout.startswith("ok: production policy")


@pytest.mark.parametrize("command", [["check"], ["show"], ["check", "--format", "json"]])
def test_bytes_that_are_not_text_cause_no_traceback(command: list[str], tmp_path: Path) -> None:
    ended = run(["envcors", *command], {"CORS_ORIGINS": os.fsdecode(b"https://\xff.example.com")}, cwd=tmp_path)
    assert ended.status == 1
    assert "Traceback" not in ended.output
    assert "origin-malformed" in ended.output


def test_a_locale_without_unicode_causes_no_traceback(tmp_path: Path) -> None:
    names = "".join(f"CORS_X{number}=1\n" for number in range(3))
    (tmp_path / ".env").write_text(names)
    ended = run(["envcors", "check"], {"LANG": "C", "LC_ALL": "C"}, cwd=tmp_path)
    assert ended.status == 1
    assert "Traceback" not in ended.output

"""What a boot costs: imports and the first configuration in fresh processes, and checking what is followed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from benchmarks.measure import Effort, repeated, seconds_each
from benchmarks.report import Result, Section, microseconds, milliseconds
from envcors.configuration import configure
from envcors.settings.env_files import EnvFiles
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.sources.directory import mark_of

FOREIGN_VARIABLES = 500
VARIABLES = {
    "CORS_ORIGINS": "https://app.example.com,https://admin.example.com",
    "CORS_METHODS": "GET,HEAD,POST,PUT,DELETE",
    "CORS_ALLOW_HEADERS": "Content-Type,Authorization",
    "CORS_EXPOSE_HEADERS": "X-Request-Id",
    "CORS_SUPPORTS_CREDENTIALS": "true",
    "CORS_MAX_AGE": "600",
}
_IMPORT = """
import flask, time
start = time.perf_counter()
from envcors import CORS
print(time.perf_counter() - start)
"""
_FIRST_CONFIGURATION = """
import time
from envcors import CORS, CORSSettings
from envcors.configuration import configure
from envcors.settings.inputs import Inputs
start = time.perf_counter()
configure(CORSSettings.read(Inputs(env_files=()))).policies()
print(time.perf_counter() - start)
"""


def run(effort: Effort) -> Section:
    """Measure everything that a boot does."""
    pydantic = _in_process(_IMPORT.replace("from envcors import CORS", "import pydantic_settings"), effort)
    rows = [
        ["import pydantic_settings, which is part of the import below", milliseconds(pydantic)],
        ["the first configuration of a fresh process", milliseconds(_in_process(_FIRST_CONFIGURATION, effort))],
    ]
    results = [
        Result("from envcors import CORS, after Flask", _in_process(_IMPORT, effort), 0.100, milliseconds),
        Result("reading and checking a configuration", _configuration(effort), 0.002, milliseconds),
        Result("checking the mounted directory", _check(effort), 5e-6, microseconds),
        Result("checking a .env file at a request in development", _check_file(effort), 5e-6, microseconds),
        Result("envcors --help", _help(effort), 0.250, milliseconds),
    ]
    note = f"The environment has {FOREIGN_VARIABLES} other variables. The best of several processes counts."
    return Section("Boot", ("what", "time"), rows, results, note)


def _environment() -> dict[str, str]:
    foreign = {f"SERVICE_{number}_PORT_8080_TCP_ADDR": f"10.0.0.{number}" for number in range(FOREIGN_VARIABLES)}
    return {**foreign, **VARIABLES}


def _in_process(program: str, effort: Effort) -> float:
    """Return the smallest figure that a program prints, each time in a fresh process."""
    command = [sys.executable, "-c", program]
    return min(float(_output(command)) for _ in range(effort.processes))


def _output(command: list[str]) -> str:
    variables = {"PATH": os.environ.get("PATH", ""), **_environment()}
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run(command, env=variables, cwd=empty, check=True, capture_output=True, text=True).stdout


def _configuration(effort: Effort) -> float:
    """Return the seconds for one configuration, in a process that has read others."""
    with patch.dict(os.environ, _environment()):
        work = repeated(lambda: configure(CORSSettings.read(Inputs(env_files=()))).policies())
        return seconds_each({"configuration": work}, effort)["configuration"]


def _check(effort: Effort) -> float:
    """Return the seconds for checking a ConfigMap as kubelet mounts it."""
    names = CORSSettings.names("CORS_")
    with tempfile.TemporaryDirectory() as mounted:
        Path(mounted, "..2026_01_01").mkdir()
        Path(mounted, "..data").symlink_to("..2026_01_01")
        return seconds_each({"look": repeated(lambda: mark_of(mounted, names))}, effort)["look"]


def _check_file(effort: Effort) -> float:
    """Return the seconds for checking one file that was written some time ago."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, ".env")
        file.write_text("CORS_ENV=development\n")
        os.utime(file, (0, 0))
        files = EnvFiles({str(file): ".env"})
        return seconds_each({"look": repeated(files.changed)}, effort)["look"]


def _help(effort: Effort) -> float:
    command = [str(Path(sys.executable).with_name("envcors")), "--help"]
    return min(_elapsed(command) for _ in range(effort.processes))


def _elapsed(command: list[str]) -> float:
    start = time.perf_counter()
    _output(command)
    return time.perf_counter() - start

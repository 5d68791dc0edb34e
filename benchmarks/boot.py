"""What a boot costs: imports and the first configuration in fresh processes, and a look at a mounted directory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Effort, repeated, seconds_each
from benchmarks.report import Result, Section, microseconds, milliseconds
from envcors.configuration import configure
from envcors.settings.model import CORSSettings
from envcors.settings.reading import Inputs
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
from envcors.settings.reading import Inputs
start = time.perf_counter()
configure(CORSSettings.read(Inputs(env_files=()))).policies()
print(time.perf_counter() - start)
"""


def run(effort: Effort) -> Section:
    """Measure everything that a boot does."""
    results = [
        Result("from envcors import CORS, after Flask", _in_process(_IMPORT, effort), 0.100, milliseconds),
        Result("the first configuration of a process", _in_process(_FIRST_CONFIGURATION, effort), 0.002, milliseconds),
        Result("a later configuration, as at a reload", _later_configuration(effort), 0.002, milliseconds),
        Result("a look at the mounted directory", _look(effort), 5e-6, microseconds),
        Result("envcors --help", _help(effort), 0.250, milliseconds),
    ]
    note = f"Configurations are read among {FOREIGN_VARIABLES} variables of others. Processes: the median of several."
    return Section("Boot", results=results, note=note)


def _environment() -> dict[str, str]:
    foreign = {f"SERVICE_{number}_PORT_8080_TCP_ADDR": f"10.0.0.{number}" for number in range(FOREIGN_VARIABLES)}
    return {**foreign, **VARIABLES}


def _in_process(program: str, effort: Effort) -> float:
    """The median of what a program prints, each time in a fresh process."""
    command = [sys.executable, "-c", program]
    return statistics.median(float(_output(command)) for _ in range(effort.processes))


def _output(command: list[str]) -> str:
    variables = {"PATH": os.environ.get("PATH", ""), **_environment()}
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run(command, env=variables, cwd=empty, check=True, capture_output=True, text=True).stdout


def _later_configuration(effort: Effort) -> float:
    inputs = Inputs(environ=_environment(), env_files=())
    work = repeated(lambda: configure(CORSSettings.read(inputs)).policies())
    return seconds_each({"configuration": work}, effort)["configuration"]


def _look(effort: Effort) -> float:
    """The look at a ConfigMap as kubelet mounts it."""
    names = CORSSettings.names("CORS_")
    with tempfile.TemporaryDirectory() as mounted:
        Path(mounted, "..2026_01_01").mkdir()
        Path(mounted, "..data").symlink_to("..2026_01_01")
        return seconds_each({"look": repeated(lambda: mark_of(mounted, names))}, effort)["look"]


def _help(effort: Effort) -> float:
    command = [str(Path(sys.executable).with_name("envcors")), "--help"]
    return statistics.median(_elapsed(command) for _ in range(effort.processes))


def _elapsed(command: list[str]) -> float:
    start = time.perf_counter()
    _output(command)
    return time.perf_counter() - start

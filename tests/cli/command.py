"""The command as a test runs it: in an empty directory, in its own environment."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from envcors.cli import main

# click 8.2 keeps the two outputs apart by itself
APART = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}


@dataclass(frozen=True)
class Ended:
    """The exit status of a command and its output."""

    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def json(self) -> Any:  # as arbitrary as JSON is
        return json.loads(self.stdout)


@dataclass
class Shell:
    """A directory in which to run the command. `variables` are added to a neutral environment."""

    directory: Path
    variables: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str | bytes) -> str:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def envcors(self, *arguments: str, **variables: str) -> Ended:
        # Tests may run inside a container, where a `.env` cannot switch to development.
        environ = {"CI": "true", **self.variables, **variables}
        result = CliRunner(**APART).invoke(main, arguments, env=environ, prog_name="envcors")  # type: ignore[arg-type]  # the argument that only click 8.1 has
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

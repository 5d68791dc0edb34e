"""Three environments with which the API refuses to boot in production."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.demo.programs import program
from examples.demo.servers import GUNICORN, DemoError, surroundings
from examples.demo.terminal import coloured, paragraph, printed

EX_CONFIG = 78
BOOT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """A permissive environment, and the rules that it violates."""

    story: str
    variables: Mapping[str, str]
    rules: tuple[str, ...]


REFUSALS = (
    Refusal(
        "Any site may read the API: “*” makes the browser's error go away.",
        {"CORS_ORIGINS": "*"},
        ("origin-any",),
    ),
    Refusal(
        "A developer's own machine, left in the production variable.",
        {"CORS_ORIGINS": "http://localhost:3000"},
        ("origin-local",),
    ),
    Refusal(
        "A misspelled variable, and cookies for every site on github.io.",
        {
            "CORS_ORIGNS": "https://app.example.com",
            "CORS_ORIGINS": "https://*.github.io",
            "CORS_SUPPORTS_CREDENTIALS": "true",
        },
        ("unknown-variable", "origin-public-suffix"),
    ),
)


def show(refusal: Refusal, directory: Path) -> None:
    """Try to boot the API, show its output and its exit status.

    Raises:
        DemoError: It booted, or was refused for another reason.
    """
    paragraph(refusal.story, colour="bold")
    for name, value in refusal.variables.items():
        print(f"   {coloured('$', 'dim')} export {name}={shlex.quote(value)}")
    print(f"   {coloured('$', 'dim')} {' '.join(GUNICORN)}")

    # Port 0: if it boots in spite of everything, it disturbs no other server.
    command = [*GUNICORN, "--bind", "127.0.0.1:0"]
    environment = surroundings({**refusal.variables, "LIGHTHOUSE_DATABASE": os.devnull})
    with program(command, environment, directory, subprocess.PIPE) as process:
        try:
            output = process.communicate(timeout=BOOT_SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"{refusal.variables} should be refused, but the API booted.") from error

    printed(output, indent=3)
    print(f"   {coloured(f'exit status {process.returncode}', 'red')}\n", flush=True)

    missing = [rule for rule in refusal.rules if rule not in output]
    if process.returncode != EX_CONFIG or missing:
        raise DemoError(f"{refusal.variables} should be refused with status 78, naming {', '.join(refusal.rules)}.")

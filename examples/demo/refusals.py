"""Three environments with which the API must not boot in production."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.demo.servers import GUNICORN, DemoError, surroundings
from examples.demo.terminal import coloured, paragraph, printed

EX_CONFIG = 78
BOOT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Refusal:
    """A permissive environment, and the rules that it breaks."""

    story: str
    variables: Mapping[str, str]
    rules: tuple[str, ...]


REFUSALS = (
    Refusal(
        "“It works now”: the star that silences the browser.",
        {"CORS_ORIGINS": "*"},
        ("origin-any",),
    ),
    Refusal(
        "A developer's own machine, left in the variable.",
        {"CORS_ORIGINS": "http://localhost:3000"},
        ("origin-local",),
    ),
    Refusal(
        "A typo, and everybody's github.io with the users' cookies.",
        {
            "CORS_ORIGNS": "https://app.example.com",
            "CORS_ORIGINS": "https://*.github.io",
            "CORS_SUPPORTS_CREDENTIALS": "true",
        },
        ("unknown-variable", "origin-public-suffix"),
    ),
)


def show(refusal: Refusal, directory: Path) -> None:
    """Try to boot the API, show what is printed and how it ends.

    Raises:
        DemoError: it booted, or was refused for another reason.
    """
    paragraph(refusal.story, colour="bold")
    for name, value in refusal.variables.items():
        print(f"   {coloured('$', 'dim')} export {name}={shlex.quote(value)}")
    print(f"   {coloured('$', 'dim')} {' '.join(GUNICORN)}")

    # Port 0: should it boot against all expectation, it disturbs nobody.
    command = [*GUNICORN, "--bind", "127.0.0.1:0"]
    environment = surroundings({**refusal.variables, "LIGHTHOUSE_DATABASE": os.devnull})
    try:
        ended = subprocess.run(
            command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=BOOT_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"{refusal.variables} should be refused, but the API booted.") from error

    printed(ended.stdout, indent=3)
    print(f"   {coloured(f'exit status {ended.returncode}', 'red')}\n", flush=True)

    missing = [rule for rule in refusal.rules if rule not in ended.stdout]
    if ended.returncode != EX_CONFIG or missing:
        raise DemoError(f"{refusal.variables} should be refused with status 78, naming {', '.join(refusal.rules)}.")

"""Runs a page as a reader would: its files are written, its commands and its Python run, in their order."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from tests.docs.blocks import Block, BlockError, Command, blocks_of, commands_of
from tests.processes import REPOSITORY, environment, free_port

DEVELOPER: Mapping[str, str] = {
    # Tests may run inside a container, where a `.env` cannot switch to development. A reader's machine is none.
    "DEVCONTAINER": "1",
    "COLUMNS": "100",
    "NO_COLOR": "1",
}
CONTAINER: Mapping[str, str] = {
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "KUBERNETES_SERVICE_HOST": "10.96.0.1",
    "CORS_TERMINATION_LOG": os.devnull,  # the usual one may be that of the container that runs the tests
}

PORT = "8000"
"""The port that pages write. Commands and files get a free one in its place, output is read the other way."""

_COMMAND_SECONDS = 600
_END = "--- end of command ---"
_KNOWN_ATTRIBUTES = {"file", "in", "not-run"}
_DRAWINGS = {"mermaid"}


class PageError(AssertionError):
    """The page says something that is not so."""


def pages() -> Iterator[str]:
    """Every page of the repository, relative to it."""
    for pattern in ("*.md", "docs/*.md", "deploy/**/*.md"):
        yield from sorted(str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob(pattern))


def blocks(page: str) -> list[Block]:
    """The blocks of a page."""
    return list(blocks_of(REPOSITORY / page, page))


class Reader:
    """Somebody who follows a page in an empty directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.namespace: dict[str, object] = {"__name__": "documentation"}
        self._port = str(free_port())
        self._printed: str | None = None

    def follow(self, block: Block) -> None:
        """Do what one block says. Raises PageError where the outcome is another, BlockError for unknown blocks."""
        unknown = block.attributes.keys() - _KNOWN_ATTRIBUTES
        if unknown:
            raise BlockError(f"{block.place}: unknown attributes {sorted(unknown)}")
        if "not-run" in block.attributes or block.language in _DRAWINGS:
            return
        if "file" in block.attributes:
            self._write(block)
        elif block.language == "console":
            self._run(block)
        elif block.language == "python":
            self._execute(block)
        elif block.language == "text" and self._printed is not None:
            self._compare(block.place, "the Python above", block.text.splitlines(), self._printed)
        else:
            raise BlockError(f"{block.place}: nothing runs {block.language or 'this block'}: give it file= or not-run=")

    def _write(self, block: Block) -> None:
        path = self.directory / block.attributes["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._here(block.text), encoding="utf-8")

    def _execute(self, block: Block) -> None:
        code = compile("\n" * (block.line - 1) + block.text, block.page, "exec")
        with redirect_stdout(io.StringIO()) as printed:
            exec(code, self.namespace)
        self._printed = printed.getvalue()

    def _run(self, block: Block) -> None:
        for command, printed in self.printed_by(block):
            self._compare(f"{block.page}:{command.line}", f"`{command.text}`", command.output, printed)

    def printed_by(self, block: Block) -> Iterator[tuple[Command, str]]:
        """What each command of a console block prints. Raises PageError where a command ends the shell."""
        commands = list(commands_of(block))
        variables = CONTAINER if block.attributes.get("in") == "container" else DEVELOPER
        # Every command sees the variables and the directory that the ones before it have left.
        script = "".join(f"{self._here(command.text)}\nprintf '\\n%s\\n' '{_END}'\n" for command in commands)
        printed = self.shell(script, variables).replace(self._port, PORT).split(f"\n{_END}\n")
        if len(printed) != len(commands) + 1:
            raise PageError(f"{block.place}: a command ended the shell\n{printed[-1]}")
        yield from zip(commands, printed[:-1], strict=True)

    def _compare(self, place: str, who: str, expected: Sequence[str], text: str) -> None:
        if not agrees(expected, text.splitlines()):
            raise PageError(f"{place}: {who} printed\n{text}")

    def shell(self, script: str, variables: Mapping[str, str] = DEVELOPER) -> str:
        """What a script of bash prints, errors in between. Servers that it leaves behind are stopped."""
        stopping = "trap 'jobs=$(jobs -p); [ -z \"$jobs\" ] || kill $jobs; wait' EXIT\n"
        ended = subprocess.run(
            ["bash", "-c", stopping + script],
            env=with_stand_ins(environment(variables)),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        return ended.stdout

    def _here(self, text: str) -> str:
        return re.sub(rf"\b{PORT}\b", self._port, text)


def with_stand_ins(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables with which a shell finds a stand-in for what a machine does not have."""
    return {**variables, "PATH": f"{variables['PATH']}:{REPOSITORY / 'tests' / 'docs' / 'stand_ins'}"}


def agrees(expected: Sequence[str], actual: Sequence[str]) -> bool:
    """Whether output is what a page shows. `…` stands for any text, on a line of its own for any lines."""
    pattern = "".join(
        "(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in trimmed(expected)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in trimmed(actual))) is not None


def trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without white space at their ends, and without empty ones at the end."""
    return "\n".join(line.rstrip() for line in lines).rstrip("\n").split("\n")

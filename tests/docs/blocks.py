"""The fenced blocks of a documentation page, and what their info strings say.

```python                        runs, after the page's other Python blocks and in their namespace
```LANGUAGE file=NAME            is written to the page's directory
```console                       lines with `$ ` are commands (`> ` continues one), the others their output
```console in=container          the same, inside what looks like a container that serves
```LANGUAGE not-run="REASON"     is only read; the reasons are gathered by a test
```mermaid                       is a drawing
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")


class BlockError(ValueError):
    """A block that nobody can read; the message names its page and line."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. `line` is the number of its first line of text, from 1."""

    page: str
    line: int
    language: str
    text: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block, the output that the page shows, and the line that it stands on."""

    text: str
    output: tuple[str, ...]
    line: int


def blocks_of(path: Path, page: str) -> Iterator[Block]:
    """The blocks of a page in their order. Raises BlockError for a fence that is never closed."""
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        opening = _FENCE.fullmatch(line)
        if opening is None:
            continue
        language, attributes = _info(opening["info"])
        content: list[str] = []
        for _, inner in lines:
            if inner.strip() == opening["fence"]:
                break
            content.append(inner.removeprefix(opening["indent"]))
        else:
            raise BlockError(f"{page}:{number}: this block is never closed")
        yield Block(page, number + 1, language, "".join(f"{text}\n" for text in content), attributes)


def commands_of(block: Block) -> Iterator[Command]:
    """The commands of a console block. Raises BlockError where output comes before any command."""
    command: list[str] = []
    output: list[str] = []
    first = block.line
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            if command:
                yield Command("\n".join(command), tuple(output), first)
            command, output, first = [line[2:]], [], number
        elif line.startswith("> ") and command and not output:
            command.append(line[2:])
        elif command:
            output.append(line)
        else:
            raise BlockError(f"{block.page}:{number}: a console block begins with a command")
    if not command:
        raise BlockError(f"{block.place}: there is no command in this block")
    yield Command("\n".join(command), tuple(output), first)


def _info(info: str) -> tuple[str, dict[str, str]]:
    language, *rest = shlex.split(info) or [""]
    pairs = (word.partition("=") for word in rest)
    return language, {name: value for name, _, value in pairs}

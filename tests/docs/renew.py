"""Writes into pages what their commands print now: `python -m tests.docs.renew docs/reload.md …`.

Output that a page abridges with `…` stays as it is while it agrees. Read the difference before you commit it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.docs.blocks import Block
from tests.docs.pages import DEVELOPER, Reader, agrees, blocks, trimmed
from tests.processes import REPOSITORY


def renewed(page: str, directory: Path) -> Iterator[str]:
    """The lines of a page, with new output."""
    reader = Reader(directory)
    lines = (REPOSITORY / page).read_text(encoding="utf-8").splitlines()
    done = 0
    for block in blocks(page):
        if block.language == "console" and not {"file", "not-run"} & block.attributes.keys():
            yield from lines[done : block.line - 1]
            yield from _console(reader, block)
            done = block.line - 1 + len(block.text.splitlines())
        else:
            reader.follow(block)
    yield from lines[done:]


def _console(reader: Reader, block: Block) -> Iterator[str]:
    for command, printed in reader.printed_by(block):
        actual = [line for line in trimmed(printed.splitlines()) if line or printed.strip()]
        first, *more = command.text.splitlines()
        yield f"$ {first}"
        yield from (f"> {line}" for line in more)
        if command.output and agrees(command.output, actual):
            yield from command.output
        else:
            yield from actual
            yield from [""] * (command.output[-1:] == ("",))  # the page's own space before the next command


def main() -> None:
    """Renew the pages that the command line names."""
    os.environ.update(DEVELOPER)
    for page in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            text = "\n".join(renewed(page, Path(directory)))
            (REPOSITORY / page).write_text(f"{text}\n", encoding="utf-8")
            os.chdir(REPOSITORY)


if __name__ == "__main__":
    main()

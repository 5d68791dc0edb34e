"""What the demo prints: at most 100 columns, coloured on a terminal only."""

import os
import sys
import textwrap

WIDTH = 100
INDENT = 29  # where the second column begins
INTERACTIVE = sys.stdin.isatty() and sys.stdout.isatty()
COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def coloured(text: str, colour: str) -> str:
    """``text`` in that colour, or as it is if colours are off."""
    return f"\033[{CODES[colour]}m{text}\033[0m" if COLOURED else text


def heading(text: str) -> None:
    """A title, with an empty line above it."""
    print(f"\n{coloured(text, 'bold')}\n{coloured('─' * WIDTH, 'dim')}", flush=True)


def paragraph(text: str, *, indent: int = 0, colour: str | None = None) -> None:
    """Prose, wrapped."""
    for line in textwrap.wrap(text, WIDTH - indent, break_on_hyphens=False, break_long_words=False):
        print(" " * indent + (coloured(line, colour) if colour else line), flush=True)


def printed(text: str, *, indent: int) -> None:
    """The output of a program, line by line. A line that is too long is wrapped below its own beginning."""
    for line in textwrap.indent(text.rstrip(), " " * indent).splitlines():
        hanging = " " * (len(line) - len(line.lstrip()) + 2)
        parts = textwrap.wrap(line, WIDTH, subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False)
        print("\n".join(parts) if len(line) > WIDTH else line, flush=True)


def columns(mark: str, left: str, right: list[str], *, colour: str) -> None:
    """Two aligned columns: a request or its status, and the headers that matter."""
    first = f"{mark} {left}"
    for text in right:
        for line in textwrap.wrap(text, WIDTH - INDENT, subsequent_indent="  ", break_on_hyphens=False):
            print(f"   {coloured(f'{first:<{INDENT - 4}}', colour)} {line}", flush=True)
            first = ""

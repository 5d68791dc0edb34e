"""The printed report: tables of figures, and the figures that have a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """A figure with its target: at most ``limit``. ``show`` formats both."""

    what: str
    value: float
    limit: float
    show: Callable[[float], str]
    in_summary: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the figure is within its target."""
        return self.value <= self.limit

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The figure as a row of a table."""
        return self.what, self.show(self.value), f"at most {self.show(self.limit)}", "yes" if self.is_met else "NO"


HEADER = ("what", "measured", "target", "met")


@dataclass(frozen=True, slots=True)
class Section:
    """One subject: its table of figures, and the figures that have a target."""

    title: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    results: Sequence[Result] = ()
    note: str = ""

    def __str__(self) -> str:
        parts = [self.title, "=" * len(self.title)]
        if self.note:
            parts += ["", self.note]
        if self.rows:
            parts += ["", aligned(self.header, self.rows)]
        if self.results:
            parts += ["", aligned(HEADER, [result.cells for result in self.results])]
        return "\n".join(parts)


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a text table: the first column to the left, figures to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines)


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the same table in Markdown."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *rows))


def microseconds(seconds: float) -> str:
    """Format seconds as microseconds."""
    return f"{seconds * 1e6:.2f} µs"


def milliseconds(seconds: float) -> str:
    """Format seconds as milliseconds."""
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"


def share(value: float) -> str:
    """Format a part as ``1/45``, or as ``0`` if it is too small to measure."""
    return f"1/{1 / value:.0f}" if value > 0 else "0"


def growth(value: float) -> str:
    """Format a factor."""
    return f"{value:.2f} times"


def whole_bytes(value: float) -> str:
    """Format a number of bytes."""
    return f"{value:,.0f} bytes"

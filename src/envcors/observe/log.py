"""What a boot logs about problems that do not stop it."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from envcors.problems import Problem, printable

_logger = logging.getLogger("envcors")


def log(problems: Iterable[Problem]) -> None:
    """Log a warning for each waived problem and each piece of advice; the record has the problem as ``envcors``."""
    for problem in problems:
        waived = "waived: " if problem.severity == "refuse" else ""
        shown = printable(problem.variable)
        if problem.value is not None:
            shown += f"={printable(problem.value)}"
        text = "%s: %s%s (%s): %s"
        _logger.warning(text, problem.rule, waived, shown, problem.source, problem.message, extra={"envcors": problem})

"""GitHub's workflow commands: problems as annotations at their file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from envcors.problems import Problem, Source, printable


def lines(refused: Iterable[Problem], advice: Iterable[Problem], waived: Iterable[Problem]) -> Iterator[str]:
    """Yield one command for each problem: an error, a warning for advice, a notice for what is waived."""
    for command, problems in (("error", refused), ("warning", advice), ("notice", waived)):
        for problem in problems:
            yield _command(command, problem)


def _command(command: str, problem: Problem) -> str:
    properties = {"title": f"envcors: {problem.rule}"}
    source = problem.source
    if isinstance(source, Source) and source.path is not None:
        properties = {"file": source.path, "line": str(source.line or 1), **properties}
    shown = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    return f"::{command} {shown}::{_data(_message(problem))}"


def _message(problem: Problem) -> str:
    value = "" if problem.value is None else f"={printable(problem.value)}"
    return f"{printable(problem.variable)}{value} ({problem.source}): {problem.message}\nFix: {problem.fix}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

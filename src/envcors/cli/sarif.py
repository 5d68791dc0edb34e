"""SARIF 2.1.0 (OASIS): problems for code-scanning services."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import PurePath
from urllib.parse import quote

from envcors.problems import Problem, Source, printable
from envcors.rules.catalogue import RULES, Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def log(
    refused: Iterable[Problem], advice: Iterable[Problem], waived: Iterable[Problem], prefix: str = "CORS_"
) -> dict[str, object]:
    """Return the log of one run; what is waived is a suppressed result (§3.27.23)."""
    refused, advice, waived = tuple(refused), tuple(advice), tuple(waived)
    names = sorted({problem.rule for problem in (*refused, *advice, *waived)})
    driver = {
        "name": "envcors",
        "version": version("envcors"),
        "rules": [_rule(RULES[name], prefix) for name in names],
    }
    suppressed = {"suppressions": [{"kind": "external", "justification": f"Waived by {prefix}DANGEROUSLY_ALLOW."}]}
    results = [
        *(_result(problem, "error", names) for problem in refused),
        *(_result(problem, "warning", names) for problem in advice),
        *(_result(problem, "error", names) | suppressed for problem in waived),
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, prefix: str) -> dict[str, object]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.why},
        "help": {"text": f"Valid: {rule.example(prefix)}"},
        "defaultConfiguration": {"level": "error" if rule.severity == "refuse" else "warning"},
    }


def _result(problem: Problem, level: str, names: list[str]) -> dict[str, object]:
    value = "" if problem.value is None else f"={printable(problem.value)}"
    return {
        "ruleId": problem.rule,
        "ruleIndex": names.index(problem.rule),
        "level": level,
        "message": {"text": f"{printable(problem.variable)}{value}: {problem.message}\nFix: {problem.fix}"},
        "locations": [_location(problem)],
    }


def _location(problem: Problem) -> dict[str, object]:
    """Return the file and line, and always the name of the variable: a value of the environment is in no file."""
    variable = {"name": printable(problem.variable), "kind": "variable"}
    location: dict[str, object] = {"logicalLocations": [variable], "message": {"text": str(problem.source)}}
    source = problem.source
    if isinstance(source, Source) and source.path is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(source.path)},
            "region": {"startLine": source.line or 1},
        }
    return location


def _uri(path: str) -> str:
    """Return a path as a URI; a relative path stays relative to the root of the repository, where checks run."""
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())

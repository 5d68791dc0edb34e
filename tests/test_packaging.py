"""What `pyproject.toml` promises to those who install the project."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def bounds(requirements: list[str], operator: str) -> dict[str, str]:
    """The version in each requirement, without trailing zeros and wildcards."""
    split = (re.split(rf"\s*{operator}\s*", requirement) for requirement in requirements)
    return {name: re.sub(r"(\.0|\.\*)+$", "", version) for name, version in split}


def test_the_oldest_versions_that_are_tested_are_those_that_are_promised() -> None:
    promised = bounds(PYPROJECT["project"]["dependencies"], ">=")
    tested = bounds(PYPROJECT["dependency-groups"]["oldest"], "==")
    assert promised.items() <= tested.items()


def test_every_entry_point_leads_somewhere() -> None:
    points = distribution("envcors").entry_points
    assert {point.group for point in points} == {"console_scripts", "flask.commands", "pytest11"}
    assert all(point.load() for point in points)


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (ROOT / "src" / "envcors" / "py.typed").is_file()

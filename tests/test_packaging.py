"""What ``pyproject.toml`` promises to users who install the project."""

import re
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

import pytest

from tests.processes import REPOSITORY, run

PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def bounds(requirements: list[str], operator: str) -> dict[str, str]:
    """Return the version in each requirement, without trailing zeros and wildcards."""
    split = (re.split(rf"\s*{operator}\s*", requirement) for requirement in requirements)
    return {name: re.sub(r"(\.0|\.\*)+$", "", version) for name, version in split}


def built(kind: str, directory: Path) -> Path:
    """A file for a release: `sdist` or `wheel`."""
    finished = run([sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(directory)])
    assert finished.status == 0, finished.output
    (file,) = directory.iterdir()
    return file


def packaged(folder: str) -> set[str]:
    """The files of a folder that belong into a release."""
    files = (path for path in (REPOSITORY / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(REPOSITORY)) for path in files}


def test_the_source_distribution_contains_the_package_the_files_beside_it_and_no_other(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as archive:
        names = {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in archive.getnames()}
    added = {"PKG-INFO", "pyproject.toml", ".gitignore"}
    assert names - added == packaged("src") | {"README.md", "CHANGELOG.md", "LICENSE"}


def test_the_wheel_contains_only_the_package_and_its_licence(tmp_path: Path) -> None:
    with zipfile.ZipFile(built("wheel", tmp_path)) as archive:
        names = set(archive.namelist())
    described = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    assert {f"src/{name}" for name in names - described} == packaged("src")
    assert [name for name in described if name.endswith("/licenses/LICENSE")]


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_every_supported_python_has_a_classifier_and_is_tested_by_the_workflow(minor: int) -> None:
    assert f"Programming Language :: Python :: 3.{minor}" in PYPROJECT["project"]["classifiers"]
    assert f'"3.{minor}"' in (REPOSITORY / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")


def test_the_oldest_supported_versions_are_tested() -> None:
    promised = bounds(PYPROJECT["project"]["dependencies"], ">=")
    tested = bounds(PYPROJECT["dependency-groups"]["oldest"], "==")
    assert promised.items() <= tested.items()


def test_the_linters_have_exact_versions() -> None:
    groups = PYPROJECT["dependency-groups"]
    tools = [tool for group in ("coverage", "docs", "lint", "lock", "release") for tool in groups[group]]
    assert [tool for tool in tools if isinstance(tool, str) and "==" not in tool] == []


def test_every_entry_point_can_be_loaded() -> None:
    points = distribution("envcors").entry_points
    assert {point.group for point in points} == {"console_scripts", "flask.commands", "pytest11"}
    assert all(point.load() for point in points)


def test_the_package_is_marked_as_typed() -> None:
    assert (REPOSITORY / "src" / "envcors" / "py.typed").is_file()

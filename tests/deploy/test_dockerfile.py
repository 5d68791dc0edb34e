"""`Dockerfile`: its install lines run into an empty environment, from the very files that it copies."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.processes import REPOSITORY, Finished, run

# One worker runs all of them, so that the environment is made once.
pytestmark = pytest.mark.xdist_group("image")

INSTALLED_IN = "/opt/lighthouse"
LOCK = REPOSITORY / "requirements.lock"


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    arguments: str


def instructions() -> list[Instruction]:
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Instruction(name, arguments.strip()) for name, _, arguments in (line.partition(" ") for line in lines)]


def stages() -> tuple[list[Instruction], list[Instruction]]:
    """The stage that builds, and the one that is shipped."""
    every = instructions()
    second = [number for number, instruction in enumerate(every) if instruction.name == "FROM"][1]
    return every[:second], every[second:]


BUILD, SHIPPED = stages()


def copies(stage: list[Instruction]) -> list[tuple[list[str], str]]:
    """The sources and the target of every COPY from the checkout."""
    words = [i.arguments.split() for i in stage if i.name == "COPY" and not i.arguments.startswith("--from")]
    return [(sources, target) for *sources, target in words]


def run_lines(stage: list[Instruction]) -> list[list[str]]:
    return [json.loads(i.arguments) for i in stage if i.name == "RUN"]


def only(stage: list[Instruction], name: str) -> str:
    (found,) = [i.arguments for i in stage if i.name == name]
    return found


@dataclass(frozen=True, slots=True)
class Image:
    """What the image holds: the environment, and the working directory."""

    environment: Path
    working_directory: Path

    @property
    def temporary(self) -> Path:
        """What stands for `/tmp`, the one directory in which the image's user may write."""
        return self.working_directory.parent / "tmp"

    def variables(self) -> dict[str, str]:
        """What ENV sets, less the PATH."""
        given = dict(word.split("=", 1) for word in only(SHIPPED, "ENV").split())
        return {name: value.replace("/tmp/", f"{self.temporary}/") for name, value in given.items() if name != "PATH"}

    def run(self, *command: str, **variables: str) -> Finished:
        path = f"{self.environment}/bin{os.pathsep}/usr/bin{os.pathsep}/bin"
        surroundings = {**self.variables(), "PATH": path, "PYTHONPATH": "", **variables}
        return run(command, surroundings, cwd=self.working_directory)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    directory = tmp_path_factory.mktemp("image")
    for stage, place in ((BUILD, "build"), (SHIPPED, "srv")):
        for sources, target in copies(stage):
            for source in sources:
                into = directory / place / (Path(target).name if (REPOSITORY / source).is_dir() else source)
                copy(REPOSITORY / source, into)

    (directory / "tmp").mkdir()
    environment = directory / "environment"
    for run_line in run_lines(BUILD):
        command = [word.replace(INSTALLED_IN, str(environment)) for word in run_line]
        assert command.pop(0) == "python"
        # The surroundings of this process, for they say where packages come from.
        installed = run([sys.executable, *command], {**os.environ}, cwd=directory / "build", timeout=900)
        assert installed.status == 0, installed.output
    return Image(environment, directory / "srv")


def locked() -> dict[str, str]:
    """The version of each distribution in the lock."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def test_the_install_line_alone_makes_the_check_work(image: Image) -> None:
    checked = image.run("envcors", "check", CORS_ORIGINS="https://app.example.com")
    assert (checked.status, checked.stderr) == (0, "")
    assert image.run("envcors", "check", CORS_ORIGINS="*").status == 1


def test_the_image_holds_the_project_and_exactly_what_the_lock_names(image: Image) -> None:
    listed = image.run(
        "python",
        "-c",
        "from importlib.metadata import distributions\n"
        "for found in distributions(): print(found.name.lower().replace('_', '-'), found.version)",
    )
    installed = dict(line.split() for line in listed.stdout.splitlines())
    assert installed.pop("envcors")
    assert installed == locked()


def test_the_lock_names_no_index_and_has_the_hash_of_every_file() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    for entry in re.split(r"\n(?=\w)", text)[1:]:
        assert "--hash=sha256:" in entry


def test_the_lock_has_a_version_that_the_project_allows_for_each_of_its_dependencies() -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["demo"]]
    versions = locked()
    refused = [text for text in needed if versions[Requirement(text).name] not in Requirement(text).specifier]
    assert refused == []


def test_what_is_installed_is_in_the_lock_or_brings_nothing_along() -> None:
    installs = [line for line in run_lines(BUILD) if "install" in line]
    assert [("--require-hashes" in line, "--no-deps" in line) for line in installs] == [(True, False), (False, True)]


def test_the_project_comes_from_the_image_and_from_nowhere_else(image: Image) -> None:
    imported = image.run("python", "-c", "import envcors; print(envcors.__file__)")
    assert imported.stdout.startswith(str(image.environment))


def test_the_start_command_serves_a_good_policy_and_refuses_a_bad_one(image: Image) -> None:
    command = [*json.loads(only(SHIPPED, "CMD")), "--check-config"]
    good = image.run(*command, CORS_ORIGINS="https://app.example.com")
    bad = image.run(*command, CORS_ORIGINS="http://localhost:3000")
    assert (good.status, bad.status) == (0, 78), good.output
    assert "origin-local" in bad.output


def test_the_start_command_writes_in_tmp_and_not_in_its_working_directory_which_is_roots(image: Image) -> None:
    before = sorted(image.working_directory.rglob("*"))
    started = image.run(*json.loads(only(SHIPPED, "CMD")), "--check-config", CORS_ORIGINS="https://app.example.com")
    assert started.status == 0, started.output
    assert sorted(image.working_directory.rglob("*")) == before
    assert (image.temporary / "lighthouse.sqlite3").is_file()


def test_what_is_shipped_can_install_nothing(image: Image) -> None:
    programs = {path.name for path in (image.environment / "bin").iterdir()}
    assert {"envcors", "gunicorn"} <= programs
    assert not [name for name in programs if name.startswith(("pip", "easy_install"))]
    assert ["python", "-m", "pip", "uninstall", "--yes", "pip"] in run_lines(SHIPPED)
    version = only(SHIPPED, "FROM").removeprefix("python:").removesuffix("-slim")
    assert ["rm", "-r", f"/usr/local/lib/python{version}/ensurepip"] in run_lines(SHIPPED)


def test_what_is_shipped_is_readable_for_every_user_whatever_the_checkout_allows(tmp_path: Path) -> None:
    (changed,) = [line for line in run_lines(SHIPPED) if line[0] == "chmod"]
    ((_, target),) = copies(SHIPPED)
    assert changed.pop() == target

    directory = tmp_path / "package"
    directory.mkdir()
    (directory / "module.py").touch()
    (directory / "module.py").chmod(0o600)
    directory.chmod(0o700)
    assert run([*changed, str(directory)]).status == 0
    assert stat.S_IMODE(directory.stat().st_mode) == 0o755
    assert stat.S_IMODE((directory / "module.py").stat().st_mode) == 0o644


def test_what_is_shipped_does_not_run_as_root() -> None:
    user, group = only(SHIPPED, "USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_what_is_copied_reaches_the_engine_and_nothing_else_does() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {source for stage in (BUILD, SHIPPED) for sources, _ in copies(stage) for source in sources}
    assert "*" in lines
    assert sent == copied

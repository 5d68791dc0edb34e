"""`make mutants`: changes the code in small ways, and lists the changes that no test notices.

`protocol/` and `rules/` are changed in a copy, each tested by its own tests alone; `[tool.mutmut]` in pyproject.toml
has the rest. Arguments choose files: `protocol/origins rules/lists`. tests/mutants.toml has the changes that no test
can notice, each with its reason. Exit status: 0 every other change is noticed, 1 some are not, 2 mutmut cannot run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".make" / "mutants"
COPIED = ("src", "tests", "pyproject.toml")
ROOMS = ("protocol", "rules")
SURVIVED, KILLED = {0}, {1, 3}
NO_TESTS = {5, 33}
MEMORY_KIB = 4 * 1024 * 1024


@dataclass(frozen=True)
class Survivor:
    """A change that no test notices: the function, and the lines as the change leaves them."""

    function: str
    to: str


def main(chosen: Sequence[str]) -> int:
    """Run mutmut for each room. Returns the exit status."""
    explained = explained_survivors(ROOT / "tests" / "mutants.toml")
    unexplained = 0
    for room in ROOMS:
        files = [f"src/envcors/{part}.py" for part in chosen if part.startswith(f"{room}/")]
        if chosen and not files:
            continue
        prepare(room, files or [f"src/envcors/{room}/*"])
        # A change can make a loop endless: mutmut limits the time, this the memory.
        limited = ["sh", "-c", f'ulimit -v {MEMORY_KIB}; exec "$@"', "sh", program("mutmut"), "run"]
        if subprocess.run(limited, cwd=WORK / room, check=False).returncode:
            return 2
        unexplained += report(WORK / room, explained)
    return 1 if unexplained else 0


def program(name: str) -> str:
    """The path of a program beside this Python."""
    return str(Path(sys.executable).with_name(name))


def prepare(room: str, files: Sequence[str]) -> None:
    """Copy the project, and narrow the configuration to one room and its tests."""
    work = WORK / room
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, work / name)
    configuration = (work / "pyproject.toml").read_text("utf-8")
    for key, value in (("only_mutate", files), ("pytest_add_cli_args_test_selection", [f"tests/{room}"])):
        configuration, number = re.subn(rf"(?m)^{key} = .*$", f"{key} = {json.dumps(value)}", configuration)
        if number != 1:
            raise SystemExit(f"pyproject.toml does not have {key} once, on one line")
    (work / "pyproject.toml").write_text(configuration, "utf-8")


def report(work: Path, explained: Mapping[Survivor, str]) -> int:
    """Print how many changes were noticed, and each that was not. Returns the number of those without a reason."""
    statuses = dict(exit_statuses(work / "mutants"))
    survived = [name for name, status in statuses.items() if status in SURVIVED]
    untested = [name for name, status in statuses.items() if status in NO_TESTS]
    killed = sum(status in KILLED for status in statuses.values())
    others = len(statuses) - killed - len(survived) - len(untested)
    found = {name: shown(work, name) for name in survived}
    new = {name: change for name, change in found.items() if survivor(name, change) not in explained}
    for name, change in new.items():
        print(f"\nNo test notices {name}:\n{change}")
    for name in untested:
        print(f"\nNo test runs {name}")
    print(
        f"\n{work.name}: {len(statuses)} changes, {killed} noticed, {others} ended by a time limit or a crash, "
        f"{len(survived) - len(new)} that cannot be noticed, {len(new)} not noticed, {len(untested)} never run"
    )
    return len(new) + len(untested)


def exit_statuses(mutants: Path) -> Iterator[tuple[str, int | None]]:
    """Yield the name of each mutant, and pytest's exit status; None where it was not run."""
    for path in sorted(mutants.rglob("*.py.meta")):
        yield from json.loads(path.read_text("utf-8"))["exit_code_by_key"].items()


def shown(work: Path, name: str) -> str:
    """The change as a diff."""
    command = [program("mutmut"), "show", name]
    return subprocess.run(command, cwd=work, check=True, capture_output=True, text=True).stdout


def survivor(name: str, change: str) -> Survivor:
    """What identifies a change: mutmut's numbers change with every edit of the function."""
    module, _, mangled = name.rpartition(".")
    function = mangled.rpartition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    lines = [line[1:].strip() for line in change.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return Survivor(f"{module.removeprefix('envcors.')}.{function}", "\n".join(lines))


def explained_survivors(path: Path) -> dict[Survivor, str]:
    """Read the changes that no test can notice, and the reason of each."""
    entries = tomllib.loads(path.read_text("utf-8"))["survivor"]
    return {Survivor(entry["function"], entry["to"].strip()): entry["reason"] for entry in entries}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

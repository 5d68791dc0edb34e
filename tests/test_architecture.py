"""The rooms in ``docs/architecture.md`` and the only direction in which they import each other."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "envcors"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

# | 5 | `wsgi.py`, `reload.py`, `observe/` | ... |
FLOORS = {
    re.sub(r"/$|\.py$", "", room).replace("/", "."): int(floor)
    for floor, rooms in re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE, re.MULTILINE)
    for room in re.findall(r"`([^`]+)`", rooms)
}
APART = "testing"
MODULES = sorted(PACKAGE.rglob("*.py"))
INSIDE_ROOMS = [path for path in MODULES if path.parent != PACKAGE or path.stem != "__init__"]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """Return the room of one of our modules, or the module that has a floor of its own; empty for the package."""
    inside = module.split(".")[1:]
    own = ".".join(inside[:2])
    return own if own in FLOORS else ".".join(inside[:1])


def imports(path: Path) -> Iterator[str]:
    """Yield all modules that a file imports, anywhere in it; ``from a import b`` can mean a module ``a.b``."""
    package = name_of(path) if path.stem == "__init__" else name_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join(filter(None, [*parents, node.module or ""]))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def relative_path(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_module_belongs_to_a_documented_room() -> None:
    assert {room_of(name_of(path)) for path in INSIDE_ROOMS} <= {*FLOORS, APART}


@pytest.mark.parametrize("path", INSIDE_ROOMS, ids=relative_path)
def test_a_room_imports_only_from_rooms_below_it(path: Path) -> None:
    room = room_of(name_of(path))
    others = {room_of(name) for name in imports(path) if name.partition(".")[0] == "envcors"} - {room}
    allowed = set() if room == APART else {other for other, floor in FLOORS.items() if floor < FLOORS.get(room, 0)}
    assert others <= allowed


@pytest.mark.parametrize("path", sorted((PACKAGE / "protocol").rglob("*.py")), ids=relative_path)
def test_the_protocol_imports_only_the_standard_library(path: Path) -> None:
    foreign = {name.partition(".")[0] for name in imports(path)} - sys.stdlib_module_names - {"envcors"}
    assert not foreign


@pytest.mark.parametrize("path", MODULES, ids=relative_path)
def test_a_file_has_fewer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400

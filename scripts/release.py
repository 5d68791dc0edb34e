"""Checks that a tag may be released: `python scripts/release.py v1.2.3`.

The tag, the version in `pyproject.toml` and the newest section of `CHANGELOG.md` must agree. Uses the standard
library only, so that it runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def problems_of(tag: str, version: str, changelog: str) -> list[str]:
    """What keeps a tag from being released; empty when nothing does.

    Args:
        tag: the name of the tag, as git has it.
        version: the project's version.
        changelog: the text of the changelog.
    """
    problems = []
    if tag != f"v{version}":
        problems.append(f"the tag is {tag}, but pyproject.toml has version {version}: expected the tag v{version}")
    unreleased, *released = re.split(r"^## \[", changelog, flags=re.MULTILINE)[1:]
    if unreleased.partition("]")[2].strip():
        problems.append("CHANGELOG.md has entries under [Unreleased]: move them to a section of this version")
    if not released or not re.match(rf"{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n", released[0]):
        problems.append(
            f"the first section of CHANGELOG.md after [Unreleased] is not '## [{version}] - YEAR-MONTH-DAY'"
        )
    return problems


def main() -> int:
    """Print each problem; the exit status is 1 if there is one, 2 for wrong usage."""
    if len(sys.argv) != 2:
        print("usage: release.py TAG", file=sys.stderr)
        return 2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    problems = problems_of(sys.argv[1], project["version"], (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

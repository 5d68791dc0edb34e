"""`scripts/release.py`: a tag is released only where the version and the changelog agree with it."""

import sys

import pytest

from scripts.release import problems_of
from tests.processes import run

RELEASED = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-05-04\n\n### Added\n\n- All of it.\n"


def test_a_tag_that_agrees_with_the_version_and_the_changelog_is_released() -> None:
    assert problems_of("v1.2.3", "1.2.3", RELEASED) == []


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "problem"),
    [
        ("1.2.3", "1.2.3", RELEASED, "expected the tag v1.2.3"),
        ("v1.2.4", "1.2.3", RELEASED, "expected the tag v1.2.3"),
        ("v1.2.3", "1.2.3", RELEASED.replace("## [1.2.3]", "- New.\n\n## [1.2.3]"), "entries under [Unreleased]"),
        ("v1.2.3", "1.2.3", RELEASED.replace(" - 2026-05-04", ""), "'## [1.2.3] - YEAR-MONTH-DAY'"),
        ("v1.2.3", "1.2.3", "# Changelog\n\n## [Unreleased]\n", "'## [1.2.3] - YEAR-MONTH-DAY'"),
        ("v1.2.30", "1.2.30", RELEASED, "'## [1.2.30] - YEAR-MONTH-DAY'"),
    ],
)
def test_a_tag_that_does_not_agree_is_not_released(tag: str, version: str, changelog: str, problem: str) -> None:
    (found,) = problems_of(tag, version, changelog)
    assert problem in found


def test_the_script_needs_nothing_but_python_and_a_tag() -> None:
    assert run([sys.executable, "-I", "-S", "scripts/release.py"]).status == 2
    refused = run([sys.executable, "-I", "-S", "scripts/release.py", "v0.0.0"])
    assert refused.status == 1
    assert "the tag is v0.0.0" in refused.stderr

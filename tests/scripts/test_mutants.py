"""`make mutants`: what identifies a change, and the list of changes that no test can notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import mutants
from scripts.mutants import ROOT, Survivor, explained_survivors, survivor

CHANGE = """# envcors.protocol.origins.xǁOriginSetǁmatches__mutmut_2: survived
--- src/envcors/protocol/origins.py
+++ src/envcors/protocol/origins.py
@@ -4,7 +4,7 @@
     if text in self.exact:
-        return True
+        return False
"""


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("envcors.protocol.origins.xǁOriginSetǁmatches__mutmut_2", "protocol.origins.OriginSet.matches"),
        ("envcors.rules.lists.x__malformed__mutmut_11", "rules.lists._malformed"),
        ("envcors.rules.lists.x_check_methods__mutmut_1", "rules.lists.check_methods"),
    ],
)
def test_a_change_is_identified_by_its_function_and_the_changed_lines(name: str, function: str) -> None:
    assert survivor(name, CHANGE) == Survivor(function, "return False")


def test_every_change_that_no_test_can_notice_is_in_a_function_that_exists_and_has_a_reason() -> None:
    for entry, reason in explained_survivors(ROOT / "tests" / "mutants.toml").items():
        module, function = entry.function.split(".")[:2], entry.function.rpartition(".")[2]
        source = ROOT.joinpath("src", "envcors", *module).with_suffix(".py").read_text("utf-8")
        assert f"def {function}(" in source
        assert reason


def test_one_room_is_tried_with_its_own_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "WORK", tmp_path)
    monkeypatch.setattr(mutants, "COPIED", ("pyproject.toml",))
    mutants.prepare("rules", ["src/envcors/rules/lists.py"])
    written = (tmp_path / "rules" / "pyproject.toml").read_text("utf-8")
    assert 'only_mutate = ["src/envcors/rules/lists.py"]' in written
    assert 'pytest_add_cli_args_test_selection = ["tests/rules"]' in written

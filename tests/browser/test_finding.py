"""Where a browser is missing, its tests are skipped with the reason; in CI they fail."""

from __future__ import annotations

import pytest

from tests.browser import firefox, webkit
from tests.browser.finding import NoBrowserError, missing, program


def test_the_variable_names_the_program_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert program("The shell", "ENVCORS_SHELL", ("no-such-shell", "sh")).endswith("/sh")
    monkeypatch.setenv("ENVCORS_SHELL", "/nowhere/sh")
    with pytest.raises(NoBrowserError, match="The shell is not installed: ENVCORS_SHELL, sh not found"):
        program("The shell", "ENVCORS_SHELL", ("sh",))


@pytest.mark.parametrize(
    ("variable", "module", "name"),
    [(firefox.VARIABLE, firefox, "Firefox"), (webkit.DRIVER_VARIABLE, webkit, "WebKitGTK's driver")],
)
def test_a_missing_engine_is_named(variable: str, module: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webkit, "xvfb", lambda: "Xvfb")
    monkeypatch.setenv(variable, "/nowhere")
    with pytest.raises(NoBrowserError, match=f"^{name} is not installed"):
        module.find()  # type: ignore[attr-defined]  # both modules have it


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_test_without_its_browser_is_skipped_but_fails_in_ci(
    ci: str, outcome: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="Firefox is not installed"):
        missing(NoBrowserError("Firefox", ("ENVCORS_FIREFOX",)))

"""A mounted directory that every request checks."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.mounted import Mounted
from tests.reload.serving import ALWAYS, OLD


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mounted:
    monkeypatch.setenv("CORS_CONFIG_DIR", str(tmp_path / "cors"))
    monkeypatch.setenv("CORS_RELOAD_SECONDS", ALWAYS)
    return Mounted(tmp_path / "cors", {"CORS_ORIGINS": OLD})


@pytest.fixture(autouse=True)
def log_of_envcors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "envcors")

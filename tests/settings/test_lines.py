"""The line to paste has the syntax of the source that contains the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from envcors.configuration import configure
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings

CONFIG_MAP = "kind: ConfigMap\ndata:\n  {}: '{}'\n"
LITERALS = "configMapGenerator:\n- literals:\n  - {}={}\n"

# (source, an invalid value, a list, an empty list, a misspelled name, a resource without paths)
LINES = [
    (
        "environment",
        "CORS_MAX_AGE=600",
        "CORS_ORIGINS=https://app.example.com",
        "CORS_DENY_ORIGINS=",
        "rename it to CORS_METHODS",
        "CORS_RESOURCES__A__PATHS=/a/*",
    ),
    (
        "directory",
        "write 600 into cors/CORS_MAX_AGE",
        "write https://app.example.com into cors/CORS_ORIGINS",
        "empty cors/CORS_DENY_ORIGINS",
        "name the file CORS_METHODS",
        "write /a/* into cors/CORS_RESOURCES__A__PATHS",
    ),
    (
        CONFIG_MAP,
        'CORS_MAX_AGE: "600"',
        'CORS_ORIGINS: "https://app.example.com"',
        'CORS_DENY_ORIGINS: ""',
        'CORS_METHODS: "…"',
        'CORS_RESOURCES__A__PATHS: "/a/*"',
    ),
    (
        LITERALS,
        "CORS_MAX_AGE=600",
        "CORS_ORIGINS=https://app.example.com",
        "CORS_DENY_ORIGINS=",
        "rename it to CORS_METHODS",
        "CORS_RESOURCES__A__PATHS=/a/*",
    ),
    (
        "app.config",
        'app.config["CORS_MAX_AGE"] = 600',
        'app.config["CORS_ORIGINS"] = ["https://app.example.com"]',
        'app.config["CORS_DENY_ORIGINS"] = []',
        'app.config["CORS_METHODS"] = …',
        'app.config["CORS_RESOURCES__A__PATHS"] = "/a/*"',
    ),
]
WRITTEN = {
    "CORS_MAX_AGE": "x",
    "CORS_ORIGINS": "*",
    "CORS_DENY_ORIGINS": "null",
    "CORS_METHOD": "PUT",
    "CORS_RESOURCES__A__MAX_AGE": "5",
}


def first_line_of_fix(source: str, name: str, value: str) -> str:
    match source:
        case "environment":
            inputs = Inputs(environ={name: value})
        case "app.config":
            inputs = Inputs(config={name: value}, environ={})
        case "directory":
            Path("cors").mkdir()
            Path("cors", name).write_text(f"{value}\n")
            inputs = Inputs(environ={"CORS_CONFIG_DIR": "cors"})
        case _:
            Path("m.yaml").write_text(source.format(name, value))
            inputs = Inputs(environ={}, manifests=("m.yaml",))
    (problem,) = configure(CORSSettings.read(inputs)).problems
    return problem.fix.partition("\n")[0]


@pytest.mark.parametrize(
    ("source", "name", "line"),
    [(source, name, line) for source, *lines in LINES for name, line in zip(WRITTEN, lines, strict=True)],
)
def test_the_line_to_paste_has_the_syntax_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, name: str, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert first_line_of_fix(source, name, WRITTEN[name]) == line

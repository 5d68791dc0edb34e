"""Lines to paste, pasted: where a configuration is written in any source, and what replaces a line of it."""

from __future__ import annotations

import ast
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from envcors.configuration import Configuration, configure
from envcors.problems import Problem
from envcors.repair import Syntax, line
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings

ENVIRONMENT, DOTENV, DIRECTORY, MANIFEST, CONFIG, CODE = PLACES = (
    "environment",
    ".env",
    "mounted directory",
    "manifest",
    "app.config",
    "code",
)
_SYNTAX = {DOTENV: Syntax.DOTENV, MANIFEST: Syntax.MANIFEST}


@dataclass(frozen=True)
class Written:
    """Variables as they are written in one source: the text of each, a whole line in ``.env`` and a manifest."""

    place: str
    entries: Mapping[str, object]
    mode: str = "production"
    beside: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_values(cls, place: str, values: Mapping[str, str], mode: str = "production") -> Self:
        """Write values as their author meant to: quoted where the source needs it."""
        if place == CODE:
            return cls(place, {name.removeprefix("CORS_").lower(): text for name, text in values.items()}, mode)
        syntax = _SYNTAX.get(place)
        if syntax is None:
            return cls(place, dict(values), mode)
        return cls(place, {name: line(text, syntax, variable=name, option="") for name, text in values.items()}, mode)

    def configured(self) -> Configuration:
        """Read and check the configuration."""
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            try:
                return configure(CORSSettings.read(self._inputs(Path(directory))))
            finally:
                os.chdir(before)

    def _inputs(self, directory: Path) -> Inputs:
        environ = {"CORS_ENV": self.mode, "CI": "1", **self.beside}
        match self.place:
            case "environment":
                return Inputs(environ={**environ, **{name: str(text) for name, text in self.entries.items()}})
            case ".env":
                (directory / ".env").write_text("".join(f"{entry}\n" for entry in self.entries.values()))
                return Inputs(environ=environ, directory=str(directory))
            case "mounted directory":
                (directory / "cors").mkdir()
                for name, text in self.entries.items():
                    (directory / "cors" / name).write_text(f"{text}\n")
                return Inputs(environ={**environ, "CORS_CONFIG_DIR": "cors"})
            case "manifest":
                lines = "".join(f"  {entry}\n" for entry in self.entries.values())
                (directory / "cors.yaml").write_text(f"kind: ConfigMap\nmetadata:\n  name: cors\ndata:\n{lines}")
                return Inputs(environ=environ, manifests=("cors.yaml",))
            case "app.config":
                return Inputs(environ=environ, config=self.entries)
        return Inputs(environ=environ, keywords=self.entries)

    def pasted(self, problem: Problem) -> Self | None:
        """Return the configuration with the first line of a fix in its place; None where that is no line to paste."""
        pasted = problem.fix.partition("\n")[0]
        if "…" in pasted or problem.severity != "refuse":
            return None
        found = self._read(pasted)
        if found is None:
            return None
        name, entry = found
        return replace(self, entries={**self.entries, name: entry})

    def _read(self, pasted: str) -> tuple[str, object] | None:
        patterns = {
            "environment": r"(?P<name>[A-Z_]+)=(?P<value>.*)",
            ".env": r"(?P<value>(?P<name>[A-Z_]+)=.*)",
            "mounted directory": r"write (?P<value>.*) into cors/(?P<name>[A-Z_]+)",
            "manifest": r"(?P<value>(?P<name>[A-Z_]+): .*)",
            "app.config": r'app\.config\["(?P<name>[A-Z_]+)"\] = (?P<value>.*)',
            "code": r"(?P<name>[a-z_]+)=(?P<value>.*)",
        }
        match = re.fullmatch(patterns[self.place], pasted, re.DOTALL)
        if match is None:
            empty = re.fullmatch(r"empty cors/([A-Z_]+)", pasted)
            return (empty[1], "") if empty is not None and self.place == DIRECTORY else None
        if self.place in (CONFIG, CODE):
            try:
                return match["name"], ast.literal_eval(match["value"])
            except (ValueError, SyntaxError):
                return None
        return match["name"], match["value"]


def found(configuration: Configuration) -> set[tuple[str, str]]:
    """What is refused: rules with variables."""
    return {(problem.rule, problem.variable) for problem in configuration.problems}

"""Boots an application in surroundings that only the test sets: environment, ``.env``, container, code."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, cast

import pytest
from flask import Flask

from envcors import CORS, BootRefused
from envcors.configuration import Configuration
from envcors.flask.enforcement import Enforcement
from envcors.flask.options import CORSOptions
from envcors.problems import Problem
from envcors.settings import container, starting_environment
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings


@dataclass(frozen=True)
class Setup:
    """Everything that affects how an application boots.

    ``files`` are written to the working directory; ``started_with`` is the environment that the process started with.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    dotenv: str | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    code: Mapping[str, object] = field(default_factory=dict)
    debug: bool = False
    in_container: bool = False
    started_with: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)

    def with_environment(self, **variables: str) -> Self:
        return replace(self, environment={**self.environment, **variables})


@dataclass(frozen=True)
class Outcome:
    """The result of a boot: an application, or the refusal."""

    app: Flask | None
    refusal: BootRefused | None

    @property
    def problems(self) -> tuple[Problem, ...]:
        return () if self.refusal is None else self.refusal.problems

    @property
    def configuration(self) -> Configuration:
        assert self.app is not None, str(self.refusal)
        return enforcement_of(self.app).configuration

    @property
    def advice(self) -> tuple[Problem, ...]:
        return self.configuration.advice

    @property
    def waived(self) -> tuple[Problem, ...]:
        return self.configuration.waived

    @property
    def all_found(self) -> tuple[Problem, ...]:
        """Return the problems that refused the boot, or else its advice."""
        return self.problems or self.advice

    def rules(self) -> list[str]:
        return [problem.rule for problem in self.problems]


def located(settings: CORSSettings, option: str) -> Located:
    """Return where an option was set; it must have been."""
    found = settings.located(option)
    assert found is not None
    return found


def enforcement_of(app: Flask) -> Enforcement:
    found = app.extensions["envcors"]
    assert isinstance(found, Enforcement)
    return found


@contextmanager
def surroundings(setup: Setup) -> Iterator[Path]:
    """Use the setup's environment and no other, in a temporary working directory."""
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        for name in list(os.environ):
            patch.delenv(name)
        if "KUBERNETES_SERVICE_HOST" in setup.environment:  # this machine may have the default one
            patch.setenv("CORS_TERMINATION_LOG", "termination-log")
        for name, value in setup.environment.items():
            patch.setenv(name, value)
        mark = Path(directory, "container-mark")
        patch.setattr(container, "_MARKS", (str(mark),))
        patch.setattr(starting_environment, "_variables", lambda: setup.started_with)
        files = dict(setup.files)
        if setup.dotenv is not None:
            files[".env"] = setup.dotenv
        if setup.in_container:
            files[mark.name] = ""
        for name, content in files.items():
            file = Path(directory, name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        yield Path(directory)


def boot(setup: Setup, build: Callable[[Flask], object] | None = None) -> Outcome:
    """Create an application with ``CORS(app)``; ``build`` adds to it before that."""
    with surroundings(setup):
        app = Flask("application")
        app.debug = setup.debug
        app.config.update(setup.config)
        if build is not None:
            build(app)
        try:
            CORS(app, **cast(CORSOptions, setup.code))
        except BootRefused as refusal:
            return Outcome(None, refusal)
        return Outcome(app, None)

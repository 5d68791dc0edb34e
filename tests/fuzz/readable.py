"""A configuration as the fuzz targets make it: settings of some inputs, checked, and what a person sees of it."""

from __future__ import annotations

from collections.abc import Iterable

from envcors.configuration import Configuration, configure
from envcors.problems import Problem
from envcors.report import REPORT_BYTES
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings


def configuration(inputs: Inputs) -> Configuration:
    """Read and check; whatever the inputs contain, nothing is raised, and a refusal is readable."""
    found = configure(CORSSettings.read(inputs))
    assert (found.table is None) is bool(found.problems)
    if found.problems:
        report = str(found.refusal())
        assert len(report.encode()) <= REPORT_BYTES
        assert all(line.isprintable() for line in report.split("\n"))
    assert_readable((*found.problems, *found.waived, *found.advice))
    return found


def assert_readable(problems: Iterable[Problem]) -> None:
    for problem in problems:
        assert problem.message.isprintable()
        assert all(line.isprintable() for line in problem.fix.split("\n"))

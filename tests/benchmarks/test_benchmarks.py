"""Every benchmark runs and prints its table. The figures are not checked: they depend on the machine."""

import sys

import pytest

from tests.processes import run

SECTIONS = {
    "request": "What a request costs",
    "peers": "Compared with the middlewares of Django and Starlette",
    "growth": "Whether it grows",
    "declared": "Policies of views and blueprints",
    "records": "Records of decisions",
    "building": "Building a policy",
    "boot": "Boot",
}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_benchmark_prints_its_figures(name: str) -> None:
    finished = run([sys.executable, "-W", "error", "-m", "benchmarks", "--quick", name])
    assert (finished.status, finished.stderr) == (0, "")
    title, _, *figures = finished.stdout.partition("\nSummary\n")[0].splitlines()
    assert title == SECTIONS[name]
    assert sum(" µs" in line or " ms" in line for line in figures) >= 4


def test_the_summary_can_be_printed_as_markdown() -> None:
    finished = run([sys.executable, "-m", "benchmarks", "--quick", "--markdown", "growth"])
    _, _, summary = finished.stdout.partition("Summary\n=======\n\n")
    header, rule, *rows = summary.splitlines()
    assert header == "| what | measured | target | met |"
    assert rule == "| --- | ---: | ---: | ---: |"
    assert {row.count("|") for row in rows} == {5}


def test_a_benchmark_that_does_not_exist_is_refused() -> None:
    finished = run([sys.executable, "-m", "benchmarks", "memory"])
    assert finished.status == 2
    assert "no benchmark is called memory" in finished.stderr

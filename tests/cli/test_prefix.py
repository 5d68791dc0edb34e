"""Every message and every fix uses the prefix in force: a line with another prefix would set nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from envcors.problems import Problem
from tests.booting import Setup, boot
from tests.cli.command import Shell
from tests.rules.test_catalogue import ADVICE, ALWAYS, PRODUCTION, Row, of_row

PREFIX = "SHOP_CORS_"
_OTHER_PREFIX = re.compile(r"(?<![A-Z_])CORS_")


def renamed(text: str) -> str:
    return _OTHER_PREFIX.sub(PREFIX, text)


def with_prefix(setup: Setup) -> Setup:
    """The same configuration under another prefix."""
    return replace(
        setup,
        environment={renamed(name): value for name, value in setup.environment.items()},
        dotenv=None if setup.dotenv is None else renamed(setup.dotenv),
        config={renamed(name): value for name, value in setup.config.items()},
        code={"env_prefix": PREFIX, **setup.code},
    )


def texts(problem: Problem) -> Iterator[str]:
    yield from (problem.variable, problem.message, problem.fix)


@pytest.mark.parametrize("row", [*ALWAYS, *PRODUCTION, *ADVICE], ids=of_row)
def test_no_problem_of_any_rule_names_a_variable_with_another_prefix(row: Row) -> None:
    found = [problem for problem in boot(with_prefix(row.violates)).all_found if problem.rule == row.rule]
    assert found
    assert [text for problem in found for text in texts(problem) if _OTHER_PREFIX.search(text)] == []


@pytest.mark.parametrize("row", [row for row in PRODUCTION if row.rule != "inspector-in-production"], ids=of_row)
def test_no_waived_problem_names_a_variable_with_another_prefix(row: Row) -> None:
    setup = with_prefix(row.violates).with_environment(**{f"{PREFIX}DANGEROUSLY_ALLOW": row.rule})
    waived = boot(setup).waived
    assert waived
    assert [text for problem in waived for text in texts(problem) if _OTHER_PREFIX.search(text)] == []


@pytest.mark.parametrize("style", ["text", "json", "github", "sarif"])
def test_no_format_of_check_prints_another_prefix(shell: Shell, style: str) -> None:
    shell.write(
        ".env",
        "SHOP_CORS_ORIGINS=http://localhost:3000,https://A.io/,null\nSHOP_CORS_MAX_AGE=1h\nSHOP_CORS_METHODS=trace\n"
        "SHOP_CORS_ORIGIN=x\nSHOP_CORS_DANGEROUSLY_ALLOW=origin-any\nSHOP_CORS_RESOURCES__A__METHODS=GET\n",
    )
    ended = shell.envcors("check", "--prefix", PREFIX, "--format", style)
    assert ended.status == 1
    assert not _OTHER_PREFIX.search(ended.output)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--origin", "https://b.io"],
        ["--origin", "https://old.acme.io"],
        ["--origin", "https://app.acme.io", "--method", "PUT"],
        ["--origin", "https://app.acme.io", "--header", "X-A"],
        ["--origin", "https://app.acme.io", "--credentials"],
        ["--origin", "null"],
        ["--origin", "https://A.io/"],
    ],
)
def test_no_explanation_names_a_variable_with_another_prefix(shell: Shell, arguments: list[str]) -> None:
    shell.write(".env", f"{PREFIX}ORIGINS=https://*.acme.io\n{PREFIX}DENY_ORIGINS=https://old.acme.io\n")
    ended = shell.envcors("explain", "--prefix", PREFIX, *arguments)
    assert ended.status == 1
    assert not _OTHER_PREFIX.search(ended.output)

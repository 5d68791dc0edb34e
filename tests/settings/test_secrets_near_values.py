"""No output shows what stands near our values and belongs to another program."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.command import Shell
from tests.cli.conftest import shell

__all__ = ["shell"]

SECRET = "Zq9hunter2"
COMMANDS = (
    "check",
    "show",
    "check --format json",
    "show --format json",
    "check --format sarif",
    "check --format github",
)
LINES = [
    *("CORS_ORIGINS=https://a.io, CORS_PROXY_TOKEN: {0}", "CORS_ORIGINS=https://a.io\\nDB_PASSWORD={0}"),
    *("DB_PASSWORD={0} CORS_ORIGINS=https://a.io", "CORS_ORIGINS=https://a.io;DB_PASSWORD={0}"),
    *("CORS_ORIGINS=https://a.io DB_PASSWORD {0}", 'CORS_ORIGINS="https://a.io\nDB_PASSWORD={0}'),
    *("CORS_METHODS=GET, password: {0}", "CORS_MAX_AGE=600 TOKEN={0}", "CORS_ALLOW_HEADERS=X-A, secret: {0}"),
    *("CORS_ORIGINS=https://a.io&API_KEY={0}", "CORS_ORIGINS=https://a.io\\r\\nAPI_TOKEN={0}", "CORS_PROXY_TOKEN={0}"),
    *("CORS_PROXY_TOKEN: {0}", "set CORS_PROXY_TOKEN={0}", "CORS_ORIGINS=https://a.io,SESSION_SECRET={0}"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("line", LINES)
def test_a_secret_near_a_value_is_not_shown(shell: Shell, line: str, command: str) -> None:
    shell.write(".env", line.format(SECRET) + "\n")
    assert SECRET not in shell.envcors(*command.split()).output


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["CORS_ORIGINS=https://a.io", "CORS_METHODS=PUT", "CORS_MAX_AGE=60", "CORS_SUPPORTS_CREDENTIALS=true"]
    ),
    st.sampled_from(["\n", " ", ";", ", ", "&", "\\n", " && ", " export ", "; export ", '"\n', "'\n"]),
    st.sampled_from(["DB_PASSWORD={0}", "CORS_PROXY_TOKEN={0}", "API_KEY: {0}", "PGPASSWORD={0}", "password: {0}"]),
    st.booleans(),
)
def test_a_secret_before_or_behind_a_line_is_not_shown(
    shell: Shell, ours: str, between: str, other: str, comes_first: bool
) -> None:
    theirs = other.format(SECRET)
    shell.write(".env", f"{theirs}{between}{ours}" if comes_first else f"{ours}{between}{theirs}")
    for command in ("check", "show", "check --format json"):
        assert SECRET not in shell.envcors(*command.split()).output


@pytest.mark.parametrize(
    "line",
    [
        *("DB_PASSWORD=x CORS_ORIGINS=https://a.io", "os.environ['CORS_ORIGINS']='https://a.io'"),
        *(
            'os.environ["CORS_ORIGINS"] = "https://a.io"',
            "CORS_ORIGINS := https://a.io",
            "set CORS_ORIGINS=https://a.io",
        ),
        *(
            "setx CORS_ORIGINS https://a.io",
            "process.env.x[CORS_ORIGINS]=https://a.io",
            "A=1;CORS_ORIGINS=https://a.io",
        ),
        *("A=1 B=2 CORS_METHODS=PUT", "X=1 export CORS_ORIGINS=https://a.io", "ENV['CORS_ORIGINS']=https://a.io"),
    ],
)
def test_a_line_that_sets_nothing_of_ours_by_mistake_is_refused(shell: Shell, line: str) -> None:
    shell.write(".env", line + "\n")
    ended = shell.envcors("check", "--format", "json")
    assert ended.status == 1
    assert {problem["rule"] for problem in ended.json["problems"]} == {"dotenv-malformed"}


@pytest.mark.parametrize(
    "line", ["A='x CORS_ORIGINS=https://a.io'", 'A="CORS_ORIGINS=x"', "A=x # CORS_ORIGINS=https://a.io"]
)
def test_a_mention_in_quotes_or_a_comment_is_not_a_setting(shell: Shell, line: str) -> None:
    shell.write(".env", line + "\n")
    assert shell.envcors("check").status == 0

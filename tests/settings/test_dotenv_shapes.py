"""Shapes of `.env` files that python-dotenv reads differently from what their authors meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from envcors import BootRefused, CORSSettings
from envcors.problems import Problem
from tests.booting import Setup, boot

A, B, C = "https://a.acme.io", "https://b.acme.io", "https://c.acme.io"

# (the line, the variable, the line to paste)
OTHER_SYNTAXES: list[tuple[str, str, str]] = [
    (f"CORS_ORIGINS:{A}", "CORS_ORIGINS", f"CORS_ORIGINS={A}"),
    (f"CORS_ORIGINS: {A}", "CORS_ORIGINS", f"CORS_ORIGINS={A}"),
    (f"cors.origins:{A}", "cors.origins", f"CORS_ORIGINS={A}"),
    (f"CORS_ORIGINS:={A}", "CORS_ORIGINS", f"CORS_ORIGINS={A}"),
    ("CORS_MAX_AGE?=60", "CORS_MAX_AGE", "CORS_MAX_AGE=60"),
    ("ENV CORS_METHODS=GET,PUT", "CORS_METHODS", "CORS_METHODS=GET,PUT"),
    ('$env:CORS_MAX_AGE="60"', "CORS_MAX_AGE", "CORS_MAX_AGE=60"),
    ("$Env:CORS_METHODS = 'PUT'", "CORS_METHODS", "CORS_METHODS=PUT"),
    ('Environment="CORS_ALLOW_HEADERS=X-A"', "CORS_ALLOW_HEADERS", "CORS_ALLOW_HEADERS=X-A"),
    ("Environment=CORS_ALLOW_HEADERS=X-A", "CORS_ALLOW_HEADERS", "CORS_ALLOW_HEADERS=X-A"),
    ("set CORS_EXPOSE_HEADERS=X-A", "CORS_EXPOSE_HEADERS", "CORS_EXPOSE_HEADERS=X-A"),
    (f'setx CORS_ORIGINS "{A}"', "CORS_ORIGINS", f"CORS_ORIGINS={A}"),
    (f"setenv CORS_ORIGINS {A}", "CORS_ORIGINS", f"CORS_ORIGINS={A}"),
    (f"SetEnv CORS_ORIGINS {A}", "CORS_ORIGINS", f"CORS_ORIGINS={A}"),
    ('declare -x CORS_METHODS="PUT"', "CORS_METHODS", "CORS_METHODS=PUT"),
    ("-e CORS_METHODS=PUT", "CORS_METHODS", "CORS_METHODS=PUT"),
    ("--env=CORS_METHODS=PUT", "CORS_METHODS", "CORS_METHODS=PUT"),
    ("env[CORS_METHODS] = PUT", "CORS_METHODS", "CORS_METHODS=PUT"),
    ("- CORS_SUPPORTS_CREDENTIALS=true", "CORS_SUPPORTS_CREDENTIALS", "CORS_SUPPORTS_CREDENTIALS=true"),
    ("const CORS_MAX_AGE = 60;", "CORS_MAX_AGE", "CORS_MAX_AGE=60"),
    ("CORS_RESOURCES__API__PATHS:/api/*", "CORS_RESOURCES__API__PATHS", "CORS_RESOURCES__API__PATHS=/api/*"),
]


def problems_of(dotenv: str) -> list[Problem]:
    return list(boot(Setup(dotenv=dotenv)).problems)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("line", "variable", "fix"), OTHER_SYNTAXES)
def test_a_line_in_the_syntax_of_another_program_is_refused_with_the_right_line(
    line: str, variable: str, fix: str, end: str
) -> None:
    (problem,) = problems_of(f"# a comment{end}{line}{end}A=1{end}")
    assert (problem.rule, problem.variable, problem.source) == ("dotenv-malformed", variable, ".env line 2")
    assert problem.fix == fix
    assert "dotenv-malformed" not in {found.rule for found in problems_of(f"{fix}\n")}


@pytest.mark.parametrize(
    "line",
    [
        "COMMAND=docker run -e CORS_ORIGINS=* shop",
        "Environment=production",
        "env=CORS",
        "DESCRIPTION='set CORS_ORIGINS=* here'",
        "URL=https://example.com/?CORS_ORIGINS=x",
    ],
)
def test_a_line_of_another_program_may_speak_of_our_variables(line: str) -> None:
    assert problems_of(f"{line}\n") == []


# (the lines, the lines of the fix)
ON_ONE_LINE: list[tuple[str, list[str]]] = [
    (f"CORS_ORIGINS={A} CORS_METHODS=GET,PUT", [f"CORS_ORIGINS={A}", "CORS_METHODS=GET,PUT"]),
    (f"export CORS_ORIGINS={A} CORS_METHODS=PUT", [f"CORS_ORIGINS={A}", "CORS_METHODS=PUT"]),
    (f"CORS_ORIGINS={A};CORS_METHODS=PUT", [f"CORS_ORIGINS={A}", "CORS_METHODS=PUT"]),
    (f"CORS_ORIGINS={A} && export CORS_METHODS=PUT", [f"CORS_ORIGINS={A}", "CORS_METHODS=PUT"]),
    (f'Environment="CORS_ORIGINS={A}" "CORS_METHODS=PUT"', [f"CORS_ORIGINS={A}", "CORS_METHODS=PUT"]),
    (f'environment=CORS_ORIGINS="{A}",CORS_METHODS="PUT"', [f"CORS_ORIGINS={A}", "CORS_METHODS=PUT"]),
    ("CORS_MAX_AGE=600 SECRET=hunter2", ["CORS_MAX_AGE=600", "and SECRET on a line of its own"]),
    ("CORS_MAX_AGE=600;CORS_PROXY_TOKEN=hunter2", ["CORS_MAX_AGE=600", "and CORS_PROXY_TOKEN on a line of its own"]),
    ("CORS_CONFIG_DIR=/etc SECRET=hunter2", ["CORS_CONFIG_DIR=/etc", "and SECRET on a line of its own"]),
]


@pytest.mark.parametrize(("line", "fix"), ON_ONE_LINE)
def test_two_settings_on_one_line_are_refused_and_no_value_of_another_program_is_shown(
    line: str, fix: list[str]
) -> None:
    (problem,) = problems_of(f"{line}\n")
    assert (problem.rule, problem.fix.split("\n")) == ("dotenv-malformed", fix)
    assert "on a line of its own" in problem.message
    assert "hunter2" not in repr(problem)


# (the file, the line to paste)
CONTINUED: list[tuple[str, str]] = [
    (f"CORS_ORIGINS={A},\n  {B},\n  {C}\nCORS_METHODS=PUT\n", f"CORS_ORIGINS={A},{B},{C}"),
    (f"CORS_ORIGINS={A}\n  {B}\nX=1\n", f"CORS_ORIGINS={A},{B}"),
    (f"CORS_ORIGINS={A},\n{B}\n", f"CORS_ORIGINS={A},{B}"),
    (f"CORS_ORIGINS={A}, # the app\n  {B} # the shop\n", f"CORS_ORIGINS={A},{B}"),
    (f"CORS_ORIGINS={A} \\\n  {B}\n", f"CORS_ORIGINS={A},{B}"),
    (f"CORS_ORIGINS=\n{A}\n{B}\n", f"CORS_ORIGINS={A},{B}"),
    (f"CORS_ORIGINS:\n  - {A}\n  - {B}\nA=1\n", f"CORS_ORIGINS={A},{B}"),
    (f"CORS_ORIGINS:\n  - {A}\n", f"CORS_ORIGINS={A}"),
    (f'CORS_ORIGINS="{A}",\n"{B}"\n', f"CORS_ORIGINS={A},{B}"),
    (f'CORS_ORIGINS=["{A}",\n"{B}"]\n', f"CORS_ORIGINS={A},{B}"),
    (f"CORS_DENY_ORIGINS={A},\r\n  {B}\r\n", f"CORS_DENY_ORIGINS={A},{B}"),
    ("CORS_METHODS=GET,\nPUT\n", "CORS_METHODS=GET,PUT"),
    ('CORS_RESOURCES={\n  "/api/*": {"methods": ["PUT"]}\n}\n', 'CORS_RESOURCES=\'{"/api/*": {"methods": ["PUT"]}}\''),
    (f"CORS_ORIGINS=http://a.acme.io,\n  {B}\n", f"CORS_ORIGINS={A},{B}"),
]


@pytest.mark.parametrize(("dotenv", "line"), CONTINUED)
def test_a_list_that_goes_on_in_the_next_line_without_quotes_is_refused_with_the_whole_list(
    dotenv: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    (problem,) = problems_of(dotenv)
    assert (problem.rule, problem.source) == ("dotenv-malformed", ".env line 1")
    assert problem.fix.partition("\n")[0] == line
    assert "goes on in the next lines without quotes" in problem.message
    assert caplog.text == ""
    assert problems_of("\n".join([line, *dotenv.splitlines()[1:], ""])) == []


@pytest.mark.parametrize(
    "dotenv",
    [
        f'CORS_ORIGINS="{A},\n  {B}"\n',
        f"CORS_ORIGINS={A},\nCORS_METHODS=PUT\n",
        f"CORS_ORIGINS={A}\n\n  # {B}\n",
        f"CORS_ORIGINS={A}\nDEBUG\n",
        "LIST=a,\n  b\nCORS_METHODS=PUT\n",
        f"CORS_ORIGINS={A}\n- CORS=1\n",
    ],
)
def test_a_list_that_ends_with_its_line_is_read(dotenv: str) -> None:
    assert problems_of(dotenv) == []


@pytest.mark.parametrize("rest", ["PASSWORD hunter2", "PASSWORD: hunter2", "PASSWORD=hunter2"])
@pytest.mark.parametrize("first", ["CORS_METHODS=GET,", "CORS_METHODS=[", "CORS_METHODS:", "CORS_ORIGINS=("])
def test_a_line_of_another_program_does_not_continue_a_list(
    first: str, rest: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert "hunter2" not in repr(problems_of(f"{first}\n{rest}\n"))
    assert "hunter2" not in caplog.text


def test_a_line_inside_an_open_quote_is_reported_with_the_start_of_the_quote() -> None:
    dotenv = f'CORS_ORIGINS="{A},{B}\nCORS_METHODS=GET,PUT\nSECRET_KEY="hunter2"\nCORS_MAX_AGE=600\n'
    first, second = problems_of(dotenv)
    assert (first.fix, second.fix) == (f"CORS_ORIGINS={A},{B}", "close the quote in .env line 1")
    assert "inside an unterminated quote that starts at CORS_ORIGINS" in second.message
    assert "hunter2" not in repr((first, second))


@pytest.mark.parametrize(
    ("line", "value"), [(f"CORS_ORIGINS={A},\n  {B}", f"{A},"), (f"CORS_ORIGINS={A} CORS_ENV=x", f"{A} CORS_ENV=x")]
)
def test_a_file_that_only_flask_loads_is_read_with_the_same_care(line: str, value: str) -> None:
    setup = Setup({"CORS_ORIGINS": value}, files={".flaskenv": f"{line}\n"})
    (problem,) = boot(setup).problems
    assert (problem.rule, problem.source) == ("dotenv-malformed", ".flaskenv line 1")


@pytest.mark.parametrize("named", [False, True])
def test_a_link_to_a_file_that_is_missing_is_not_an_absent_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "shop.env" if named else ".env"
    Path(name).symlink_to("/run/secrets/no-such-file")
    with pytest.raises(BootRefused) as refusal:
        CORSSettings(_env_file=name if named else ...)
    (problem,) = refusal.value.problems
    assert (problem.rule, problem.source) == ("source-unreadable", name)
    assert problem.message == "It is a link to a file that does not exist."


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_kind_of_new_line_gives_the_same_problems(end: str, mark: str) -> None:
    lines = [f"CORS_ORIGINS={A}/", "", "CORS_METHODS=get|put", "CORS_SUPPORTS_CREDENTIALS=tru", "CORS_MAX_AGE='1h'", ""]
    problems = problems_of(mark + end.join(lines))
    assert [(problem.rule, problem.source, problem.fix) for problem in problems] == [
        ("value-invalid", ".env line 4", "CORS_SUPPORTS_CREDENTIALS=true"),
        ("value-invalid", ".env line 5", "CORS_MAX_AGE=3600"),
        ("origin-malformed", ".env line 1", f"CORS_ORIGINS={A}"),
        ("method-malformed", ".env line 3", "CORS_METHODS=get,put"),
    ]

"""A ``.env`` file: which lines are read, what they mean, and what is reported for a line that cannot be read."""

from __future__ import annotations

import os

import pytest
from flask import Flask

from envcors import CORS, CORSSettings
from tests.booting import Setup, boot, surroundings


@pytest.mark.parametrize(
    "dotenv",
    [
        "CORS_METHODS=GET,PUT\n",
        "CORS_METHODS=GET,PUT",
        "export CORS_METHODS=GET,PUT\n",
        "  CORS_METHODS = GET,PUT  \n",
        "CORS_METHODS='GET,PUT'\n",
        'CORS_METHODS="GET,PUT"\n',
        "CORS_METHODS=GET,PUT # a comment\n",
        '"CORS_METHODS"=GET,PUT\n'.replace('"', "'"),
    ],
)
def test_a_line_has_the_syntax_of_python_dotenv(dotenv: str) -> None:
    settings = boot(Setup(dotenv=dotenv)).configuration.settings
    assert (settings.methods, settings.source("methods")) == (("GET", "PUT"), ".env line 1")


@pytest.mark.parametrize(
    ("dotenv", "line"),
    [
        ("\ufeffCORS_METHODS=PUT\n", 1),
        ("# a comment\n\n\nCORS_METHODS=PUT\n", 4),
        ("A=1\r\nB=2\r\nCORS_METHODS=PUT\r\n", 3),
        ("A='one\ntwo\nthree'\nCORS_METHODS=PUT\n", 4),
        ("CORS_MAX_AGE=5\nexport CORS_METHODS=PUT\n", 2),
        ("not a binding at all\nCORS_METHODS=PUT\n", 2),
    ],
)
def test_the_source_of_a_value_is_the_line_of_its_name(dotenv: str, line: int) -> None:
    settings = boot(Setup(dotenv=dotenv)).configuration.settings
    assert (settings.methods, settings.source("methods")) == (("PUT",), f".env line {line}")
    assert (settings.source("methods").path, settings.source("methods").line) == (".env", line)


def test_a_value_in_quotes_can_span_several_lines() -> None:
    dotenv = 'CORS_ORIGINS="https://a.example.com\n  https://b.example.com\n"\nCORS_MAX_AGE=5\n'
    settings = boot(Setup(dotenv=dotenv)).configuration.settings
    assert settings.origins == ("https://a.example.com", "https://b.example.com")
    assert settings.source("max_age") == ".env line 4"


PEM = f"-----BEGIN CERTIFICATE-----\n{'QUFB' * 16}\nAQAB==\nQUJD=\n-----END CERTIFICATE-----"


@pytest.mark.parametrize("text", [PEM, "[server]\nport = 80\nname=x", "A=1\nB=2"])
@pytest.mark.parametrize("loaded_by_flask", [False, True])
def test_a_value_of_another_program_can_have_any_lines(text: str, *, loaded_by_flask: bool) -> None:
    class ShopSettings(CORSSettings):
        text: str = ""

    for name, code in (("CORS_PROXY_CERT", {}), ("CORS_TEXT", {"settings": ShopSettings}), ("CERT", {})):
        dotenv = f'CORS_IGNORE=CORS_PROXY_CERT\n{name}="{text}"\nCORS_MAX_AGE=5\n'
        variables = {"CORS_MAX_AGE": "5", name: text} if loaded_by_flask else {}
        assert boot(Setup(variables, dotenv=dotenv, code=code)).configuration.settings.max_age == 5


@pytest.mark.parametrize("name", ["SECRET", "CORS_PROXY_CERT", "export DB.KEY"])
@pytest.mark.parametrize("inner", ["CORS_DENY_ORIGINS", "CORS_RESOURCES__api__DENY_ORIGINS"])
def test_a_variable_of_ours_inside_an_unterminated_quote_of_another_variable_is_refused(name: str, inner: str) -> None:
    dotenv = f'CORS_IGNORE=CORS_PROXY_CERT\n\n{name}="hunter2\nOTHER=1\nexport {inner}=https://a.example.com\nLAST="\n'
    (problem,) = boot(Setup(dotenv=dotenv)).problems
    assert (problem.rule, problem.variable, problem.value) == ("dotenv-malformed", inner, None)
    assert (problem.source, problem.fix) == (".env line 5", "close the quote in .env line 3")
    assert f"an unterminated quote that starts at {name.removeprefix('export ')} (.env line 3)" in problem.message
    assert "hunter2" not in repr(problem)


def test_references_are_expanded_from_lines_above_the_environment_and_defaults() -> None:
    dotenv = (
        "DOMAIN=example.com\n"
        "CORS_ORIGINS=https://${HOST}.${DOMAIN}\n"
        "CORS_MAX_AGE=${AGE:-30}\n"
        "CORS_METHODS='PUT,${NOTHING:-}'\n"
    )
    settings = boot(Setup({"HOST": "app"}, dotenv=dotenv)).configuration.settings
    assert (settings.origins, settings.max_age, settings.methods) == (("https://app.example.com",), 30, ("PUT",))


def test_a_reference_to_an_unset_variable_is_refused_and_shown_as_written() -> None:
    (problem,) = boot(Setup(dotenv="\nCORS_ORIGINS=https://${HOST}\n")).problems
    assert (problem.rule, problem.value, problem.source) == ("value-invalid", "https://${HOST}", ".env line 2")
    assert "HOST is not set" in problem.message
    assert problem.fix == ("HOST=… on a line above, or in the environment\nor the value itself: CORS_ORIGINS=https://…")


@pytest.mark.parametrize(
    ("value", "written_out"),
    [
        ("https://${A},\n  https://${B}\n", "https://…,https://…"),
        ("https://a.io\r\nhttps://${A}", "https://a.io,https://…"),
        ("${A}\n${B}\n${A}", "…,…,…"),
        ("['${A}',\n '${B}'\n]", "['…','…' ]"),
    ],
)
def test_the_fix_for_unset_variables_is_one_line_without_references(value: str, written_out: str) -> None:
    problems = boot(Setup(dotenv=f'CORS_ORIGINS="{value}"\n')).problems
    assert {problem.fix.partition("\n")[2] for problem in problems} == {
        f"or the value itself: CORS_ORIGINS={written_out}"
    }
    assert len(problems) == len({problem.message for problem in problems})


def test_a_reference_to_an_unset_variable_in_another_programs_value_is_not_a_problem() -> None:
    assert boot(Setup(dotenv="DATABASE=${NOTHING}\nCORS_MAX_AGE=5\n")).rules() == []


def test_a_name_without_a_value_is_refused() -> None:
    (problem,) = boot(Setup(dotenv="CORS_ORIGINS\n")).problems
    assert (problem.rule, problem.value, problem.source, problem.fix) == (
        "value-invalid",
        None,
        ".env line 1",
        "CORS_ORIGINS=",
    )


@pytest.mark.parametrize(
    ("dotenv", "lines"),
    [
        ('CORS_ORIGINS="https://a.example.com\n', [1]),
        ("A=1\nCORS_ORIGINS='https://a.example.com\nCORS_MAX_AGE=5\n", [2]),
        ("export CORS_ORIGINS https://a.example.com\n", [1]),
        ("CORS_ORIGINS https://a.example.com\n", [1]),
        ("cors.origins: x y\n", [1]),
    ],
)
def test_an_unreadable_line_that_might_be_ours_is_refused(dotenv: str, lines: list[int]) -> None:
    problems = boot(Setup(dotenv=dotenv)).problems
    malformed = [problem for problem in problems if problem.rule == "dotenv-malformed"]
    assert [problem.source for problem in malformed] == [f".env line {line}" for line in lines]


GOOD_LINE = "CORS_ORIGINS=https://a.example.com"


@pytest.mark.parametrize(
    ("line", "cause", "fix"),
    [
        ("CORS_ORIGINS: https://a.example.com", "followed by : instead of =", GOOD_LINE),
        ('"CORS_ORIGINS": "https://a.example.com",', "followed by : instead of =", GOOD_LINE),
        ("CORS ORIGINS=https://a.example.com", "a name has no spaces", GOOD_LINE),
        ("- cors origins: https://a.example.com", "a name has no spaces", GOOD_LINE),
        ("export CORS_ORIGINS https://a.example.com", "there is no =", GOOD_LINE),
        ("set CORS_ORIGINS=https://a.example.com", "the syntax of another program", GOOD_LINE),
        ('"CORS_ORIGINS=https://a.example.com"', "there is a quote before the name", GOOD_LINE),
        ("CORS_ORIGINS='https://a.example.com", "a quote is not closed", GOOD_LINE),
        ("CORS ORIGIN: https://a.example.com", "a name has no spaces", "CORS_ORIGINS=…"),
        ('CORS_ORIGINS="https://a.example.com", "https://b.io"', "a quote is not closed", f"{GOOD_LINE},https://b.io"),
        ('CORS_ORIGINS="https://a.example.com; https://b.io', "a quote is not closed", f"{GOOD_LINE},https://b.io"),
        ("CORS_ORIGINS:", "instead of =, and the items on the same line", "CORS_ORIGINS=…"),
        ("cors.origins:", "instead of =, and the items on the same line", "CORS_ORIGINS=…"),
        ("CORS_ORIGINS:\n  - https://a.example.com", "goes on in the next lines", GOOD_LINE),
        ("CORS_ALLOWED_HEADERS: X-A", "followed by : instead of =", "CORS_ALLOW_HEADERS=…"),
    ],
)
def test_the_problem_of_an_unreadable_line_explains_the_cause_and_proposes_a_valid_line(
    line: str, cause: str, fix: str
) -> None:
    (problem,) = boot(Setup(dotenv=f"{line}\n")).problems
    assert (problem.rule, problem.source, problem.fix) == ("dotenv-malformed", ".env line 1", fix)
    assert cause in problem.message


def test_an_unreadable_line_of_another_program_is_a_warning_that_does_not_show_the_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcome = boot(Setup({"CORS_ORIGINS": "https://a.example.com"}, dotenv="PASSWORD='hunter2\n"))
    assert outcome.rules() == []
    (record,) = caplog.records
    assert ".env line 1" in record.getMessage()
    assert "hunter2" not in caplog.text


def test_reading_a_dotenv_never_changes_the_process_environment() -> None:
    with surroundings(Setup(dotenv="CORS_MAX_AGE=5\nOTHER=1\n")):
        before = dict(os.environ)
        CORS(Flask("application"))
        assert dict(os.environ) == before

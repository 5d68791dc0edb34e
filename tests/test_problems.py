"""The report: what a person reads when an application refuses to boot."""

from __future__ import annotations

import json

import pytest

from envcors.problems import Problem, Source
from envcors.refusal import BootRefused
from envcors.report import REPORT_BYTES, report
from tests.booting import Setup, boot

ANY = Problem(
    "origin-any",
    "refuse",
    "CORS_ORIGINS",
    "*",
    Source.in_file(".env", 3),
    "Any site on the Internet could read this API's answers.",
    "CORS_ORIGINS=https://app.example.com",
)


def test_the_report_of_one_problem() -> None:
    assert str(BootRefused([ANY], production=True)) == (
        "envcors refused to boot: 1 problem in a production policy\n"
        "\n"
        "  origin-any    CORS_ORIGINS=*    (.env line 3)\n"
        "    Any site on the Internet could read this API's answers.\n"
        "    Fix: CORS_ORIGINS=https://app.example.com"
    )


@pytest.mark.parametrize("number", [0, 1, 500])
@pytest.mark.parametrize("limit", [REPORT_BYTES, None])
def test_a_report_does_not_end_in_a_new_line(number: int, limit: int | None) -> None:
    text = report([ANY] * number, limit=limit)
    assert text == text.rstrip()
    assert str(BootRefused([ANY] * number)) == BootRefused([ANY] * number).message == report([ANY] * number)


def test_the_report_of_a_boot() -> None:
    outcome = boot(Setup(dotenv="\n\nCORS_ORIGINS=*\n"))
    assert outcome.problems == (ANY,)
    assert str(outcome.refusal) == str(BootRefused([ANY], production=True, command="flask cors check"))


def test_the_report_names_the_mode_of_the_policy() -> None:
    outcome = boot(Setup({"CORS_ENV": "development", "CORS_ORIGINS": "null", "CORS_MAX_AGE": "-1"}))
    assert str(outcome.refusal).startswith("envcors refused to boot: 2 problems in a development policy\n")


def test_the_report_of_a_refusal_without_an_application_names_no_mode() -> None:
    assert str(BootRefused([ANY])).startswith("envcors refused to boot: 1 problem\n")


@pytest.mark.parametrize("number", [1, 2, 10, 40, 500])
def test_a_report_fits_and_its_last_line_counts_the_problems_that_it_does_not_show(number: int) -> None:
    text = report([ANY] * number)
    left = number - text.count("origin-any")
    assert len(text.encode()) <= REPORT_BYTES
    assert text.splitlines()[-1] == (
        f"  … and {left} more problem{'s'[: left - 1]}: run `envcors check` to see all"
        if left
        else "    Fix: CORS_ORIGINS=https://app.example.com"
    )


def test_a_report_without_a_limit_shows_all_problems() -> None:
    assert report([ANY] * 500, limit=None).count("origin-any") == 500


@pytest.mark.parametrize("character", ["x", "\x1b", "é", "\U000f0000", "\ud83e", '"', "\\"])
@pytest.mark.parametrize(
    "option",
    ["ORIGINS", "METHODS", "ALLOW_HEADERS", "MAX_AGE", "RESOURCES", "RESOURCES__A__PATHS", "DANGEROUSLY_ALLOW"],
)
def test_the_first_problem_is_shown_for_a_value_of_any_length(option: str, character: str) -> None:
    value = "(" + character * 5_000
    outcome = boot(Setup(config={f"CORS_{option}": value}))
    text = str(outcome.refusal)
    assert len(text.encode()) <= REPORT_BYTES
    assert f"\n  {outcome.problems[0].rule} " in text


def test_a_problem_with_a_long_message_is_cut_and_not_left_out() -> None:
    text = str(boot(Setup(dotenv="CORS_MAX_AGE=5\n" * 500)).refusal)
    assert len(text.encode()) <= REPORT_BYTES
    assert "\n  variable-duplicate " in text


def test_a_problem_in_json_has_the_names_of_its_fields() -> None:
    assert json.loads(json.dumps(ANY.as_dict())) == {
        "rule": "origin-any",
        "severity": "refuse",
        "variable": "CORS_ORIGINS",
        "value": "*",
        "source": ".env line 3",
        "message": "Any site on the Internet could read this API's answers.",
        "fix": "CORS_ORIGINS=https://app.example.com",
    }


def test_a_source_is_a_string_with_a_path_and_a_line() -> None:
    source = boot(Setup(dotenv="A=1\nCORS_MAX_AGE=x\n")).problems[0].source
    assert isinstance(source, Source)
    assert (source, source.path, source.line) == (".env line 2", ".env", 2)


def test_problems_of_one_value_with_one_fix_show_both_once() -> None:
    variables = {"CORS_ORIGINS": "http://a.example.com,http://localhost", "CORS_METHODS": "trace", "CORS_MAX_AGE": "-1"}
    assert str(boot(Setup(variables)).refusal) == (
        "envcors refused to boot: 5 problems in a production policy\n"
        "\n"
        "  origin-plain-http       CORS_ORIGINS=http://a.example.com,http://localhost    (environment)\n"
        "    http://a.example.com: anyone on the network path can tamper with a plain-HTTP page and\n"
        "    use it to read this API.\n"
        "  origin-plain-http       CORS_ORIGINS\n"
        "    http://localhost: anyone on the network path can tamper with a plain-HTTP page and use\n"
        "    it to read this API.\n"
        "  origin-local            CORS_ORIGINS\n"
        "    http://localhost: a page on the visitor's own machine or network is not yours: any\n"
        "    program there can serve it.\n"
        "    Fix: CORS_ORIGINS=https://a.example.com,https://app.example.com\n"
        "         or CORS_ENV=development: on your own machine in .env, for CI in the environment\n"
        "\n"
        "  method-forbidden        CORS_METHODS=trace    (environment)\n"
        "    Browsers let no script send trace.\n"
        "    Fix: CORS_METHODS=\n"
        "\n"
        "  max-age-out-of-range    CORS_MAX_AGE=-1    (environment)\n"
        "    The age must be 0 to 86400 seconds (one day).\n"
        "    Fix: CORS_MAX_AGE=0\n"
        "\n"
        "  All problems of an application at once: flask cors check"
    )


@pytest.mark.parametrize(("number", "fix"), [(24, "Fix: CORS_ORIGINS="), (100, " instead of http://")])
def test_a_value_whose_problems_do_not_fit_is_shown_once_with_a_line_to_paste(number: int, fix: str) -> None:
    origins = ",".join(f"http://{index}.io" for index in range(number))
    text = str(boot(Setup({"CORS_ORIGINS": origins}, code={"methods": "trace"})).refusal)
    lines = text.splitlines()
    assert text.count(" origin-plain-http ") > 10
    assert text.count(" CORS_ORIGINS=http://0.io") == 1
    assert fix in lines[-3]
    assert lines[-1].startswith("  … and ")


@pytest.mark.parametrize(
    ("variables", "is_shown"),
    [
        ({"CORS_ORIGINS": "http://localhost:3000"}, True),
        ({"CORS_ORIGINS": "https://192.168.1.5"}, True),
        ({"CORS_ORIGINS": "http://localhost:3000", "K_SERVICE": "shop"}, False),
        ({"CORS_ORIGINS": "http://localhost:3000", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, False),
        ({"CORS_ORIGINS": "*"}, False),
        ({"CORS_ORIGINS": "https://[", "CORS_ENV": "development"}, False),
    ],
)
def test_the_refusal_of_a_local_origin_begins_with_development_except_on_a_server(
    variables: dict[str, str], is_shown: bool
) -> None:
    second = str(boot(Setup(variables)).refusal).splitlines()[2]
    assert (second == "  On your own machine: put CORS_ENV=development into .env.") is is_shown

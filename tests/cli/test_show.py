"""`envcors show`: the values in force, their sources, and what they override."""

from __future__ import annotations

import pytest

from envcors.configuration import configure
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from tests.cli.command import Ended, Shell

VALID = "CORS_ORIGINS=https://app.example.com\nCORS_MAX_AGE=60\n"


def row_of(ended: Ended, name: str) -> list[str]:
    """The columns of a variable's line."""
    (line,) = (line for line in ended.stdout.splitlines() if line.startswith(f"  {name} "))
    return [cell.strip() for cell in line.split("   ") if cell.strip()]


def value_of(ended: Ended, name: str) -> dict[str, object]:
    (value,) = (value for value in ended.json["values"] if value["variable"] == name)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("variables", "name", "value", "source"),
    [
        ({}, "CORS_ORIGINS", "https://app.example.com", ".env line 1"),
        ({"CORS_ORIGINS": "https://b.example.com"}, "CORS_ORIGINS", "https://b.example.com", "environment"),
        ({}, "CORS_METHODS", "GET,HEAD,POST", "default"),
        ({}, "CORS_SUPPORTS_CREDENTIALS", "false", "default"),
        ({}, "CORS_RELOAD_SECONDS", "5", "default"),
        ({}, "CORS_ENV", "production", "default"),
        ({"CORS_ENV": "development"}, "CORS_ENV", "development", "environment"),
        ({"CORS_MAX_AGE": "0"}, "CORS_MAX_AGE", "0", "environment"),
    ],
)
def test_each_value_is_shown_with_its_source(
    shell: Shell, variables: dict[str, str], name: str, value: str, source: str
) -> None:
    shell.write(".env", VALID)
    assert row_of(shell.envcors("show", **variables), name) == [name, value, source]
    content = value_of(shell.envcors("show", "--format", "json", **variables), name)
    assert (content["value"], content["source"]) == (value, source)


def test_what_a_value_overrides_is_shown_below_it(shell: Shell) -> None:
    shell.write(".env", VALID)
    shell.write("d/CORS_ORIGINS", "https://d.example.com\n")
    arguments = ("--config-dir", "d")
    content = shell.envcors("show", "--format", "json", *arguments, CORS_ORIGINS="https://e.example.com")
    assert value_of(content, "CORS_ORIGINS")["overrides"] == [
        {"variable": "CORS_ORIGINS", "value": "https://d.example.com", "source": "d/CORS_ORIGINS"},
        {"variable": "CORS_ORIGINS", "value": "https://app.example.com", "source": ".env line 1"},
    ]
    lines = shell.envcors("show", *arguments, CORS_ORIGINS="https://e.example.com").stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  CORS_ORIGINS"))
    assert [line.split() for line in lines[start + 1 : start + 3]] == [
        ["overrides", "https://d.example.com", "d/CORS_ORIGINS"],
        ["overrides", "https://app.example.com", ".env", "line", "1"],
    ]


def test_every_variable_is_shown(shell: Shell) -> None:
    names = set(CORSSettings.names("CORS_").options) - {"CORS_RESOURCES"}
    assert {value["variable"] for value in shell.envcors("show", "--format", "json").json["values"]} == names


def test_the_digest_is_that_of_the_policy_in_force(shell: Shell) -> None:
    shell.write(".env", VALID)
    digest = configure(CORSSettings.read(Inputs(environ={}))).digest
    assert shell.envcors("show").stdout.startswith(f"production policy, digest {digest}\n")
    assert shell.envcors("show", "--format", "json").json["digest"] == digest


def test_resources_are_shown_with_their_paths_and_own_options(shell: Shell) -> None:
    shell.write(
        ".env",
        VALID + "CORS_RESOURCES__API__PATHS=/api/*,/v2\nCORS_RESOURCES__API__METHODS=GET,PUT\n"
        'CORS_RESOURCES={"/health": {"origins": ["https://status.example.com"]}}\n',
    )
    text = shell.envcors("show").stdout
    assert "  resource API (.env line 3)\n    paths     /api/*, /v2\n    methods   GET,PUT       .env line 4\n" in text
    resources = shell.envcors("show", "--format", "json").json["resources"]
    assert [(resource["name"], resource["paths"]) for resource in resources] == [
        ('resource "/health"', ["/health"]),
        ("resource API", ["/api/*", "/v2"]),
    ]
    assert resources[0]["options"] == {"origins": {"value": "https://status.example.com", "source": ".env line 5"}}
    assert resources[1]["options"] == {"methods": {"value": "GET,PUT", "source": ".env line 4"}}


def test_a_long_list_is_broken_into_lines_and_a_longer_one_is_counted(shell: Shell) -> None:
    origins = [f"https://shop-{number}.example.com" for number in range(25)]
    shell.write(".env", f"CORS_ORIGINS={','.join(origins)}")
    text = shell.envcors("show").stdout
    assert all(origin in text for origin in origins[:10])
    assert origins[10] not in text
    assert "… and 15 more items" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_value_of_any_length_is_counted_in_text_and_whole_in_json(shell: Shell) -> None:
    origins = ",".join(f"https://shop-{number}.example.com" for number in range(300))
    shell.write(".env", f"CORS_ORIGINS={origins}")
    assert "… and 290 more items" in shell.envcors("show").stdout
    assert value_of(shell.envcors("show", "--format", "json"), "CORS_ORIGINS")["value"] == origins


@pytest.mark.parametrize("written", ["GET\nPUT\n", "GET, PUT", " GET  PUT "])
def test_every_list_is_shown_with_commas(shell: Shell, written: str) -> None:
    shell.write("d/CORS_METHODS", written)
    row = row_of(shell.envcors("show", "--config-dir", "d"), "CORS_METHODS")
    assert row == ["CORS_METHODS", "GET,PUT", "d/CORS_METHODS"]


def test_a_refused_configuration_is_shown_with_its_report(shell: Shell) -> None:
    shell.write(".env", "CORS_ORIGINS=*\nCORS_MAX_AGE=1h")
    ended = shell.envcors("show")
    assert ended.status == 1
    assert ended.stdout.startswith("production policy, refused\n")
    assert row_of(ended, "CORS_MAX_AGE") == ["CORS_MAX_AGE", "1h", ".env line 2", "refused: value-invalid"]
    assert row_of(ended, "CORS_METHODS")[-1] == "default"
    assert "invalid configuration: 2 problems" in ended.stderr
    content = shell.envcors("show", "--format", "json").json
    assert (content["ok"], content["digest"]) == (False, None)
    assert [problem["rule"] for problem in content["problems"]] == ["value-invalid", "origin-any"]


def test_only_the_refused_value_is_marked(shell: Shell) -> None:
    shell.write(".env", "CORS_MAX_AGE=1h\nCORS_RESOURCES__A__PATHS=/a\nCORS_RESOURCES__A__METHODS=patch\n")
    lines = [line.split() for line in shell.envcors("show", CORS_MAX_AGE="60").stdout.splitlines()]
    assert ["CORS_MAX_AGE", "60", "environment"] in lines
    assert ["overrides", "1h", ".env", "line", "1", "refused:", "value-invalid"] in lines
    assert ["methods", "patch", ".env", "line", "3", "refused:", "method-malformed"] in lines
    assert sum("refused:" in line for line in lines) == 2


def test_a_value_made_of_another_variable_is_shown_as_it_is_written(shell: Shell) -> None:
    shell.write(".env", "TENANT=hunter2\nCORS_ORIGINS=https://${TENANT}.example.com\n")
    for style in ("text", "json"):
        ended = shell.envcors("show", "--format", style)
        assert ended.status == 0
        assert "https://${TENANT}.example.com" in ended.stdout
        assert "hunter2" not in ended.output

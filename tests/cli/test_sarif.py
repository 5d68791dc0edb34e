"""SARIF 2.1.0: the output has the properties that the standard requires, and no unknown ones."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tests.cli.command import Shell


def an_object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    properties = required | optional
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}  # §3.27.10
MESSAGE = an_object({"text": TEXT})  # §3.11
RULE = an_object({"id": TEXT}, shortDescription=MESSAGE, help=MESSAGE, defaultConfiguration=an_object({"level": LEVEL}))
LOCATION = an_object(  # §3.28
    {},
    message=MESSAGE,
    logicalLocations={"type": "array", "items": an_object({"name": TEXT}, kind=TEXT)},
    physicalLocation=an_object(
        {"artifactLocation": an_object({"uri": {**TEXT, "format": "uri-reference"}})},
        region=an_object({"startLine": {"type": "integer", "minimum": 1}}),
    ),
)
SUPPRESSION = an_object({"kind": {"enum": ["inSource", "external"]}}, justification=TEXT)  # §3.35
RESULT = an_object(  # §3.27
    {"message": MESSAGE},
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    locations={"type": "array", "items": LOCATION},
    suppressions={"type": "array", "items": SUPPRESSION},
)
DRIVER = an_object({"name": TEXT}, version=TEXT, rules={"type": "array", "items": RULE, "uniqueItems": True})
RUN = an_object(
    {"tool": an_object({"driver": DRIVER}), "results": {"type": "array", "items": RESULT}},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
)
LOG = an_object(
    {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN, "minItems": 1}},
    **{"$schema": {**TEXT, "format": "uri"}},
)

CONFIGURATIONS = {
    "fine": "CORS_ORIGINS=https://app.example.com",
    "refused": "CORS_ORIGINS=*,https://App.example.com/\nCORS_METHOD=x\nCORS_MAX_AGE=1h",
    "advised": "CORS_ORIGINS=https://*.example.com\nCORS_SUPPORTS_CREDENTIALS=1",
    "waived": "CORS_ORIGINS=http://a.example.com\nCORS_DANGEROUSLY_ALLOW=origin-plain-http",
}


def run_of(shell: Shell, *arguments: str, **variables: str) -> dict[str, Any]:
    content = shell.envcors("check", "--format", "sarif", *arguments, **variables).json
    jsonschema.Draft202012Validator(LOG).validate(content)
    run: dict[str, Any] = content["runs"][0]
    return run


@pytest.mark.parametrize("text", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_log_has_the_required_properties_and_no_unknown_ones(shell: Shell, text: str) -> None:
    shell.write(".env", text)
    run = run_of(shell)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


@pytest.mark.parametrize(
    ("name", "levels"), [("fine", []), ("refused", ["error"] * 4), ("advised", ["warning"]), ("waived", ["error"])]
)
def test_refusals_are_errors_and_advice_is_a_warning(shell: Shell, name: str, levels: list[str]) -> None:
    shell.write(".env", CONFIGURATIONS[name])
    assert [result["level"] for result in run_of(shell)["results"]] == levels


def test_what_is_waived_is_suppressed(shell: Shell) -> None:
    shell.write(".env", CONFIGURATIONS["waived"])
    (result,) = run_of(shell)["results"]
    assert result["suppressions"][0]["kind"] == "external"


@pytest.mark.parametrize(("path", "uri"), [("cors.env", "cors.env"), ("a b/ä%.env", "a%20b/%C3%A4%25.env")])
def test_a_relative_file_stays_relative_and_is_a_uri(shell: Shell, path: str, uri: str) -> None:
    shell.write(path, "#\nCORS_ORIGINS=*")
    (result,) = run_of(shell, "--env-file", path)["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": uri}, "region": {"startLine": 2}}


def test_an_absolute_file_is_a_file_uri(shell: Shell) -> None:
    path = str(shell.directory / shell.write("cors.env", "CORS_ORIGINS=*"))
    (result,) = run_of(shell, "--env-file", path)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == f"file://{path}"


def test_the_location_of_a_value_of_the_environment_is_its_variable(shell: Shell) -> None:
    (result,) = run_of(shell, CORS_ORIGINS="*")["results"]
    (location,) = result["locations"]
    assert "physicalLocation" not in location
    assert location["logicalLocations"] == [{"name": "CORS_ORIGINS", "kind": "variable"}]
    assert location["message"] == {"text": "environment"}

"""A new option is declared in one place: names, files, tables, the schema and the commands derive from it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated

import jsonschema
import pytest
from pydantic import Field

from envcors.cli import show
from envcors.cli.generate import docs, env_example, json_schema
from envcors.cli.target import from_inputs
from envcors.settings import kinds
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.option import Option
from tests.processes import REPOSITORY, run


class ShopSettings(CORSSettings):
    """Settings with one more option."""

    partners: Annotated[
        tuple[str, ...],
        Option(kinds.RULES, permits=("amber,birch",), refuses={"[1]": "value-invalid"}, standard="RFC 9110 §5.6.1"),
    ] = Field(default=(), description="Names of partners.", examples=["amber,birch"])


def read(**variables: str) -> ShopSettings:
    return ShopSettings.read(Inputs(environ=variables, env_files=()))


def test_the_environment_is_parsed_by_the_kind_of_the_option() -> None:
    assert read(CORS_PARTNERS="amber, birch").partners == ("amber", "birch")
    assert [problem.rule for problem in read(CORS_PARTNERS="[1]").problems] == ["value-invalid"]


def test_the_variable_is_known_and_its_misspellings_are_recognised() -> None:
    assert ShopSettings.names("CORS_").is_ours("CORS_PARTNERS")
    (problem,) = read(CORS_PARTNRES="x").problems
    assert problem.rule == "unknown-variable"
    assert "CORS_PARTNERS" in problem.message


def test_the_example_the_table_and_the_schema_have_it() -> None:
    assert "# Names of partners.\n# Example: CORS_PARTNERS=amber,birch\nCORS_PARTNERS=\n" in env_example.text(
        "CORS_", ShopSettings
    )
    page = docs.variables_page(ShopSettings)
    assert "| `CORS_PARTNERS` | Names of partners. | list | none | `amber,birch` |" in page
    assert "| `CORS_PARTNERS` | `amber,birch` | `[1]` (`value-invalid`) | RFC 9110 §5.6.1 |" in page
    schema = jsonschema.Draft202012Validator(json_schema.schema("CORS_", ShopSettings))
    assert schema.is_valid({"CORS_PARTNERS": "amber"})
    assert not schema.is_valid({"CORS_PARTNERS": '{"a": 1}'})
    assert not schema.is_valid({"CORS_Partners": "amber"})


def test_show_lists_it_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = Inputs(environ={"CORS_PARTNERS": "amber,birch"}, env_files=())
    assert show.run(from_inputs(inputs, "CORS_", ShopSettings), style="json") == 0
    values = {value["variable"]: value for value in json.loads(capsys.readouterr().out)["values"]}
    assert (values["CORS_PARTNERS"]["value"], values["CORS_PARTNERS"]["source"]) == ("amber,birch", "environment")
    assert show.run(from_inputs(inputs, "CORS_", ShopSettings), style="text") == 0
    assert ["CORS_PARTNERS", "amber,birch", "environment"] in map(str.split, capsys.readouterr().out.splitlines())


POLICY_OPTION = """
    private_network: Annotated[
        bool,
        Option(kinds.BOOLEAN, permits=("true", "false"), refuses={"maybe": "value-invalid"}),
    ] = Field(default=False, description="Whether private networks are allowed.", examples=["true"])


POLICY_OPTIONS: dict"""

SHOW_ALL = """
import json, sys
from click.testing import CliRunner
from envcors.cli import main
from envcors.settings.names import RESOURCE

def printed(*arguments, **environ):
    result = CliRunner().invoke(main, arguments, env=environ)
    return result.output

resource = {"CORS_RESOURCES__API__PATHS": "/api/*", "CORS_RESOURCES__API__PRIVATE_NETWORK": "yes"}
in_json = {"CORS_RESOURCES": '{"/api/*": {"private_network": true}}'}
print(json.dumps({
    "example": printed("generate", "env-example"),
    "page": printed("generate", "docs", "variables"),
    "schema": json.loads(printed("generate", "json-schema")),
    "show": json.loads(printed("show", "--format", "json", CORS_PRIVATE_NETWORK="on")),
    "variables": json.loads(printed("show", "--format", "json", **resource)),
    "json": json.loads(printed("show", "--format", "json", **in_json)),
    "invalid": json.loads(printed("check", "--format", "json", CORS_RESOURCES__API__PRIVATE_NETWORK="maybe")),
    "unknown": json.loads(printed("check", "--format", "json", CORS_PRIVATE_NETWROK="on")),
}))
"""


def test_an_option_of_a_policy_is_declared_once_for_applications_and_resources(tmp_path: Path) -> None:
    """In a copy of the package whose ``options.py`` has one more field."""
    shutil.copytree(REPOSITORY / "src" / "envcors", tmp_path / "envcors")
    options = tmp_path / "envcors" / "settings" / "options.py"
    text = options.read_text(encoding="utf-8")
    assert text.count("\nPOLICY_OPTIONS: dict") == 1
    options.write_text(text.replace("\n\nPOLICY_OPTIONS: dict", POLICY_OPTION), encoding="utf-8")
    (tmp_path / "show_all.py").write_text(SHOW_ALL, encoding="utf-8")
    ended = run([sys.executable, "show_all.py"], {"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    assert ended.status == 0, ended.output
    found = json.loads(ended.stdout)
    assert "# Whether private networks are allowed.\n# Example: CORS_PRIVATE_NETWORK=true\n" in found["example"]
    assert "| `CORS_PRIVATE_NETWORK` | `true`, `false` | `maybe` (`value-invalid`) | none |" in found["page"]
    assert "CORS_PRIVATE_NETWORK" in found["schema"]["properties"]
    assert any(pattern.endswith("__PRIVATE_NETWORK$") for pattern in found["schema"]["patternProperties"])
    values = {value["variable"]: value["value"] for value in found["show"]["values"]}
    assert values["CORS_PRIVATE_NETWORK"] == "on"
    assert found["variables"]["resources"][0]["options"]["private_network"]["value"] == "yes"
    assert found["json"]["resources"][0]["options"]["private_network"]["value"] == "true"
    assert "value-invalid" in [problem["rule"] for problem in found["invalid"]["problems"]]
    assert "CORS_PRIVATE_NETWORK" in found["unknown"]["problems"][0]["message"]

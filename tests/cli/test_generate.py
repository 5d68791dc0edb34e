"""`envcors generate`: its files work, and this repository's copies are current."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from hypothesis import example, given
from hypothesis import strategies as st

from envcors.cli.generate import configmap, docs, env_example
from envcors.rules.catalogue import RULES
from envcors.settings.model import CORSSettings
from tests.cli.command import Shell
from tests.processes import REPOSITORY

EVERY_VARIABLE = set(CORSSettings.names("CORS_").options)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.example", env_example.text("CORS_")),
        ("docs/variables.md", docs.variables_page()),
        ("docs/rules.md", docs.rules_page()),
    ],
)
def test_the_copy_in_the_repository_is_current(name: str, text: str) -> None:
    assert (REPOSITORY / name).read_text(encoding="utf-8") == text, "run `envcors generate`, see docs/architecture.md"


def test_the_example_has_every_variable_and_is_valid_in_production(shell: Shell) -> None:
    shell.write(".env", shell.envcors("generate", "env-example").stdout)
    assert set(dotenv_values(shell.directory / ".env")) == EVERY_VARIABLE
    assert shell.envcors("check", "--strict").status == 0


def test_the_example_allows_one_origin_and_has_defaults_otherwise(shell: Shell) -> None:
    shell.write("example.env", shell.envcors("generate", "env-example").stdout)
    shell.write("plain.env", "CORS_ORIGINS=https://app.example.com")
    assert (
        shell.envcors("diff", "example.env", "plain.env").stdout
        == "no difference: plain.env allows what example.env allows.\n"
    )


def test_the_comments_of_the_example_show_valid_values(shell: Shell) -> None:
    lines = env_example.text("CORS_").splitlines()
    shown = [line.partition("CORS_")[2] for line in lines if line.startswith("#") and "CORS_" in line and "=" in line]
    for line in shown:
        shell.write(".env", f"CORS_{line}")
        content = shell.envcors("check", "--format", "json").json
        assert not {problem["rule"] for problem in content["problems"]} & {"unknown-variable", "value-invalid"}, line


def test_every_name_has_the_requested_prefix(shell: Shell) -> None:
    text = shell.envcors("generate", "env-example", "--prefix", "SHOP_CORS_").stdout
    shell.write(".env", text)
    assert all(name.startswith("SHOP_CORS_") for name in dotenv_values(shell.directory / ".env"))
    assert shell.envcors("check", "--prefix", "SHOP_CORS_").status == 0


def test_the_pages_name_every_variable_and_every_rule() -> None:
    assert all(f"| `{name}` |" in docs.variables_page() for name in EVERY_VARIABLE)
    assert all(f"| `{name}` |" in docs.rules_page() for name in RULES)


@pytest.mark.parametrize(
    ("arguments", "made"),
    [([], ["rules.md", "variables.md"]), (["rules"], ["rules.md"]), (["variables"], ["variables.md"])],
)
def test_pages_are_written_into_a_directory_that_may_be_new(
    shell: Shell, arguments: list[str], made: list[str]
) -> None:
    assert shell.envcors("generate", "docs", *arguments, "--out", "new/docs").status == 0
    assert sorted(path.name for path in (shell.directory / "new/docs").iterdir()) == made


def test_without_a_directory_pages_are_printed(shell: Shell) -> None:
    assert shell.envcors("generate", "docs", "rules").stdout == docs.rules_page()
    assert shell.envcors("generate", "docs").stdout == f"{docs.variables_page()}\n{docs.rules_page()}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["everything"],
        ["docs", "other"],
        ["docs", "--out", "file/x"],
        ["env-example", "--prefix", "x"],
        ["json-schema", "--prefix", "x"],
        ["configmap", "--name", "Bad_Name"],
        ["configmap", "--prefix", "x"],
    ],
)
def test_a_usage_error_has_exit_status_2(shell: Shell, arguments: list[str]) -> None:
    shell.write("file", "")
    shell.write(".env", "CORS_ORIGINS=https://a.example.com")
    assert shell.envcors("generate", *arguments).status == 2


PLAIN = (
    "# the shop\n"
    "CORS_ORIGINS=https://app.example.com,https://*.example.org\n"
    "CORS_METHODS=*\n"
    "CORS_MAX_AGE=600\n"
    "CORS_SUPPORTS_CREDENTIALS=true\n"
    "CORS_ALLOW_HEADERS=\n"
    'CORS_RESOURCES={"/api/*": {"methods": ["GET"]}}\n'
    "CORS_RESOURCES__SHOP__PATHS=/shop/*\n"
)


def test_a_configmap_is_what_kubectl_makes_of_the_same_file(shell: Shell) -> None:
    shell.write(".env", PLAIN)
    assert shell.envcors("generate", "configmap", "--name", "shop-cors").stdout == (
        "apiVersion: v1\n"
        "data:\n"
        '  CORS_ALLOW_HEADERS: ""\n'
        '  CORS_MAX_AGE: "600"\n'
        "  CORS_METHODS: '*'\n"
        "  CORS_ORIGINS: https://app.example.com,https://*.example.org\n"
        '  CORS_RESOURCES: \'{"/api/*": {"methods": ["GET"]}}\'\n'
        "  CORS_RESOURCES__SHOP__PATHS: /shop/*\n"
        '  CORS_SUPPORTS_CREDENTIALS: "true"\n'
        "kind: ConfigMap\n"
        "metadata:\n"
        "  creationTimestamp: null\n"
        "  name: shop-cors\n"
    )


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("PASSWORD=hunter2\nCORS_METHODS=PUT\nAPP_CORS_X=1\n", {"CORS_METHODS": "PUT"}),
        ("export CORS_METHODS='GET, PUT' # both\n", {"CORS_METHODS": "GET, PUT"}),
        (
            'CORS_ORIGINS="https://a.example.com\nhttps://b.example.com"\n',
            {"CORS_ORIGINS": "https://a.example.com\nhttps://b.example.com"},
        ),
        ("HOST=a.example.com\nCORS_ORIGINS=https://${HOST}\n", {"CORS_ORIGINS": "https://a.example.com"}),
        ("CORS_ORIGINS=https://${OUTSIDE}\n", {"CORS_ORIGINS": "https://b.example.com"}),
        ("CORS_METHODS=GET\nCORS_METHODS=PUT\n", {"CORS_METHODS": "PUT"}),
        (
            "CORS_ENV=development\nCORS_CONFIG_DIR=/etc/cors\n",
            {"CORS_ENV": "development", "CORS_CONFIG_DIR": "/etc/cors"},
        ),
    ],
)
def test_a_configmap_has_only_our_variables_as_python_dotenv_reads_them(
    shell: Shell, text: str, data: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTSIDE", "b.example.com")
    shell.write(".env", text)
    ended = shell.envcors("generate", "configmap")
    assert yaml.safe_load(ended.stdout)["data"] == data
    values = dotenv_values(shell.directory / ".env")
    assert data == {name: value for name, value in values.items() if name.startswith("CORS_")}


def test_a_configmap_has_no_variable_of_another_program(shell: Shell) -> None:
    shell.write(
        ".env",
        "CORS_METHODS=PUT\nCORS_PROXY_TOKEN=hunter2\nCORS_PROXY_URL=hunter2\nCORS_ORIGNS=hunter2\ncors.origins=hunter2\n"
        "CORS_IGNORE=CORS_PROXY_URL\n",
    )
    ended = shell.envcors("generate", "configmap")
    assert yaml.safe_load(ended.stdout)["data"] == {"CORS_METHODS": "PUT", "CORS_IGNORE": "CORS_PROXY_URL"}
    assert ended.stderr.splitlines() == [
        f"left out: {name} (.env line {line}) is not a variable of envcors"
        for name, line in (("CORS_ORIGNS", 4), ("CORS_PROXY_TOKEN", 2), ("cors.origins", 5))
    ]
    assert "hunter2" not in ended.output


def test_a_file_with_only_variables_of_other_programs_makes_no_configmap(shell: Shell) -> None:
    shell.write(".env", "CORS_PROXY_TOKEN=hunter2\n")
    ended = shell.envcors("generate", "configmap")
    assert (ended.status, ended.stdout) == (1, "")
    assert "contains no variable of envcors that begins with CORS_" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_a_configmap_of_several_files_has_the_values_of_later_ones(shell: Shell) -> None:
    shell.write("a", "CORS_METHODS=PUT\nCORS_MAX_AGE=1")
    shell.write("b", "CORS_METHODS=PATCH")
    ended = shell.envcors("generate", "configmap", "--env-file", "a", "--env-file", "b")
    assert yaml.safe_load(ended.stdout)["data"] == {"CORS_METHODS": "PATCH", "CORS_MAX_AGE": "1"}


def test_a_configmap_means_what_its_env_file_means(shell: Shell) -> None:
    shell.write(".env", PLAIN.replace("CORS_METHODS=*", "CORS_METHODS=PUT"))
    shell.write("cors.yaml", shell.envcors("generate", "configmap").stdout)
    assert shell.envcors("diff", ".env", "cors.yaml").stdout == "no difference: cors.yaml allows what .env allows.\n"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("PASSWORD=hunter2\n", "source-unreadable"),
        ("CORS_ORIGINS=https://${NOWHERE}\n", "value-invalid"),
        ("CORS_ORIGINS='https://a.example.com\n", "dotenv-malformed"),
        ("CORS_ORIGINS\n", "value-invalid"),
    ],
)
def test_a_file_that_cannot_be_read_makes_no_configmap(shell: Shell, text: str, rule: str) -> None:
    shell.write(".env", text)
    ended = shell.envcors("generate", "configmap")
    assert (ended.status, ended.stdout) == (1, "")
    assert rule in ended.stderr
    assert "hunter2" not in ended.stderr


def test_a_missing_file_is_named(shell: Shell) -> None:
    ended = shell.envcors("generate", "configmap", "--env-file", "none.env")
    assert ended.status == 1
    assert "source-unreadable    none.env" in ended.stderr


def test_without_a_dotenv_file_another_must_be_named(shell: Shell) -> None:
    ended = shell.envcors("generate", "configmap")
    assert (ended.status, ended.stdout) == (2, "")
    assert "There is no .env in this directory: name a file with --env-file." in ended.stderr


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("012")
@example("1_000")
@example("0x1F")
@example("1e3")
@example(".5")
@example("12:30:00")
@example("2026-11-22")
@example("No")
@example("<<")
@example("=")
@example("- a")
@example("a: b")
@example("a #b")
@example("---")
@example("it's")
@example(" a ")
@example("a\u2028b")
@example("\ufeff")
def test_yaml_reads_every_text_as_the_same_text(text: str) -> None:
    manifest = configmap.text("cors", {"CORS_ORIGINS": text})
    assert yaml.safe_load(manifest)["data"] == {"CORS_ORIGINS": text}


@pytest.mark.parametrize(
    "text", ["https://a.example.com", "GET,PUT", "/api/*", "a-b", "x:y", "-x", "a#b", "null-a", "v1.2.3"]
)
def test_text_that_yaml_reads_as_text_has_no_quotes(text: str) -> None:
    assert configmap.scalar(text) == text


def test_a_generated_file_ends_with_one_new_line(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(PLAIN)
    for kind in ("env-example", "configmap", "json-schema", "docs"):
        printed = shell.envcors("generate", kind).stdout
        assert printed.endswith("\n")
        assert not printed.endswith("\n\n")

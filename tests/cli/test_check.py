"""`envcors check`: the sources that it reads, its exit status, and its output in each format."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Shell

VALID = "CORS_ORIGINS=https://app.example.com\n"
WIDE = "CORS_ORIGINS=*\n"
LOCAL = "CORS_ENV=development\nCORS_ORIGINS=http://localhost:3000\n"
ADVISED = "CORS_ORIGINS=https://*.example.com\nCORS_SUPPORTS_CREDENTIALS=true\n"
WAIVED = "CORS_ORIGINS=http://app.example.com\nCORS_DANGEROUSLY_ALLOW=origin-plain-http\n"
MANIFEST = "kind: ConfigMap\ndata:\n  CORS_ORIGINS: {}\n"


def rules(problems: list[dict[str, str]]) -> list[str]:
    return [problem["rule"] for problem in problems]


@pytest.mark.parametrize(
    ("files", "environ", "arguments", "status"),
    [
        pytest.param({}, {}, [], 0, id="no-configuration-allows-no-origin"),
        pytest.param({".env": VALID}, {}, [], 0, id="env-file-of-the-directory"),
        pytest.param({".env": WIDE}, {}, [], 1, id="permissive-production"),
        pytest.param({".env": LOCAL}, {}, [], 0, id="permissive-development"),
        pytest.param({".env": LOCAL}, {}, ["--env", "production"], 1, id="checked-as-production"),
        pytest.param({".env": "CORS_ORIGINS=http://localhost"}, {}, ["--env", "development"], 0, id="as-development"),
        pytest.param(
            {".env": WIDE}, {"CORS_ORIGINS": "https://a.example.com"}, [], 0, id="the-environment-takes-precedence"
        ),
        pytest.param({".env": VALID}, {"CORS_ORIGINS": "*"}, [], 1, id="environment-is-read"),
        pytest.param({".env": VALID}, {"CORS_ORIGINS": "*"}, ["--no-environ"], 0, id="environment-is-not-read"),
        pytest.param({".env": LOCAL}, {}, ["--no-environ"], 0, id="the-machine-is-known-without-the-environment"),
        pytest.param({".env": WIDE, "x.env": VALID}, {}, ["--env-file", "x.env"], 0, id="another-file-instead"),
        pytest.param({"a": WIDE, "b": VALID}, {}, ["--env-file", "a", "--env-file", "b"], 0, id="later-files-override"),
        pytest.param({"a": WIDE, "b": VALID}, {}, ["--env-file", "b", "--env-file", "a"], 1, id="in-their-order"),
        pytest.param({}, {}, ["--env-file", "none.env"], 1, id="a-named-file-must-exist"),
        pytest.param({"d/CORS_ORIGINS": "*\n"}, {}, ["--config-dir", "d"], 1, id="directory"),
        pytest.param({"d/CORS_ORIGINS": "https://a.example.com\n"}, {}, ["--config-dir", "d"], 0, id="valid-directory"),
        pytest.param({}, {}, ["--config-dir", "none"], 1, id="a-named-directory-must-exist"),
        pytest.param({"m.yaml": MANIFEST.format('"*"')}, {}, ["--configmap", "m.yaml"], 1, id="manifest"),
        pytest.param(
            {"m.yaml": MANIFEST.format("https://a.example.com"), ".env": LOCAL},
            {},
            ["--configmap", "m.yaml", "--strict"],
            0,
            id="a-manifest-replaces-the-env-file-of-the-directory",
        ),
        pytest.param({}, {}, ["--configmap", "none.yaml"], 1, id="a-named-manifest-must-exist"),
        pytest.param({".env": "SHOP_CORS_ORIGINS=*"}, {}, ["--prefix", "SHOP_CORS_"], 1, id="another-prefix"),
        pytest.param({".env": "CORS_ORIGINS=*"}, {}, ["--prefix", "SHOP_CORS_"], 0, id="only-that-prefix"),
        pytest.param({".env": ADVISED}, {}, [], 0, id="advice"),
        pytest.param({".env": ADVISED}, {}, ["--strict"], 1, id="strict-advice"),
        pytest.param({".env": WAIVED}, {}, ["--strict"], 0, id="what-is-waived-is-not-advice"),
        pytest.param({".env": VALID}, {"FLASK_DEBUG": "1"}, ["--strict"], 1, id="debug-in-production"),
        pytest.param({".env": VALID}, {"FLASK_DEBUG": "0"}, ["--strict"], 0, id="no-debug-in-production"),
        pytest.param({}, {}, ["--envfile", "x"], 2, id="unknown-option"),
        pytest.param({}, {}, ["--env-file"], 2, id="missing-argument"),
        pytest.param({}, {}, ["--env", "staging"], 2, id="unknown-mode"),
        pytest.param({}, {}, ["--prefix", "cors"], 2, id="invalid-prefix"),
        pytest.param({}, {}, ["--format", "xml"], 2, id="unknown-format"),
    ],
)
def test_the_exit_status_is_0_valid_1_refused_2_usage_error(
    shell: Shell, files: dict[str, str], environ: dict[str, str], arguments: list[str], status: int
) -> None:
    for name, text in files.items():
        shell.write(name, text)
    assert shell.envcors("check", *arguments, **environ).status == status


@pytest.mark.parametrize("style", ["text", "json", "github", "sarif"])
@pytest.mark.parametrize(("text", "status"), [(VALID, 0), (ADVISED, 0), (WAIVED, 0), (WIDE, 1)])
def test_every_format_has_the_same_exit_status(shell: Shell, style: str, text: str, status: int) -> None:
    shell.write(".env", text)
    assert shell.envcors("check", "--format", style).status == status


def test_a_valid_configuration_is_one_line(shell: Shell) -> None:
    shell.write(".env", VALID)
    ended = shell.envcors("check")
    assert ended.stderr == ""
    assert ended.stdout.startswith("ok: production policy, 1 origin pattern, digest ")
    assert ended.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("CORS_ORIGINS=", "0 origin patterns"),
        ("CORS_ENV=development\nCORS_ORIGINS=*", "development policy, any origin"),
        ("CORS_ORIGINS=https://a.example.com,https://b.example.com", "2 origin patterns,"),
        ('CORS_ORIGINS=https://a.example.com\nCORS_RESOURCES={"/a": {}, "/b": {}}', "1 origin pattern in 2 resources"),
    ],
)
def test_the_line_names_how_many_origins_the_policy_allows(shell: Shell, text: str, who: str) -> None:
    shell.write(".env", text)
    assert who in shell.envcors("check").stdout.partition("\n")[0]


def test_the_report_has_every_problem_however_long_it_is(shell: Shell) -> None:
    names = [f"CORS_X{number}" for number in range(100)]
    shell.write(".env", "".join(f"{name}=1\n" for name in names))
    ended = shell.envcors("check")
    assert ended.stdout == ""
    assert ended.stderr.startswith("invalid configuration: 100 problems in a production policy\n")
    assert all(f"{name}    (.env line " in ended.stderr for name in names)


def test_a_long_report_ends_with_the_number_of_problems_of_each_rule(shell: Shell) -> None:
    origins = ",".join(f"http://shop-{number}.example.com" for number in range(10))
    assert "problems:" not in shell.envcors("check", CORS_ORIGINS=origins).stderr
    ended = shell.envcors("check", CORS_ORIGINS=origins, CORS_MAX_AGE="1h", CORS_METHODS="@,patch")
    last = ended.stderr.splitlines()[-1]
    assert last == "13 problems: 10 origin-plain-http, 2 method-malformed, 1 value-invalid"


def test_advice_is_refused_only_with_strict(shell: Shell) -> None:
    shell.write(".env", ADVISED)
    relaxed, strict = shell.envcors("check"), shell.envcors("check", "--strict")
    assert "ok: " in relaxed.stdout
    assert "Advice:\n\n  origin-any-subdomain-with-credentials" in relaxed.stdout
    assert strict.stdout == ""
    assert "Refused by --strict:\n\n  origin-any-subdomain-with-credentials" in strict.stderr


def test_waived_rules_are_shown_with_the_values_that_violate_them(shell: Shell) -> None:
    shell.write(".env", WAIVED)
    assert shell.envcors("check").stdout.endswith(
        "Waived by CORS_DANGEROUSLY_ALLOW:\n\n"
        "  origin-plain-http    CORS_ORIGINS=http://app.example.com    (.env line 1)\n"
    )


def test_json_of_a_valid_configuration(shell: Shell) -> None:
    shell.write(".env", VALID)
    assert shell.envcors("check", "--format", "json").json == {"ok": True, "problems": []}


def test_json_of_a_refusal_has_every_field_of_every_problem(shell: Shell) -> None:
    shell.write(".env", "# one\nCORS_ORIGINS=*\nCORS_METHOD=PUT\n")
    content = shell.envcors("check", "--format", "json").json
    assert content.keys() == {"ok", "problems"}
    assert content["ok"] is False
    assert rules(content["problems"]) == ["unknown-variable", "origin-any"]
    unknown, wide = content["problems"]
    assert wide.keys() == {"rule", "severity", "variable", "value", "source", "message", "fix"}
    assert (wide["severity"], wide["variable"], wide["value"]) == ("refuse", "CORS_ORIGINS", "*")
    assert (wide["source"], wide["fix"]) == (".env line 2", "CORS_ORIGINS=https://app.example.com")
    assert unknown["value"] is None


def test_in_json_advice_has_its_own_severity_and_strict_makes_it_a_refusal(shell: Shell) -> None:
    shell.write(".env", ADVISED)
    relaxed = shell.envcors("check", "--format", "json").json
    strict = shell.envcors("check", "--format", "json", "--strict").json
    assert (relaxed["ok"], [problem["severity"] for problem in relaxed["problems"]]) == (True, ["advise"])
    assert (strict["ok"], [problem["severity"] for problem in strict["problems"]]) == (False, ["refuse"])


def test_json_lists_what_is_waived_separately(shell: Shell) -> None:
    shell.write(".env", WAIVED)
    content = shell.envcors("check", "--format", "json").json
    assert (content["ok"], content["problems"], rules(content["waived"])) == (True, [], ["origin-plain-http"])


def test_github_annotates_file_and_line_and_escapes_what_its_syntax_needs(shell: Shell) -> None:
    shell.write("a,b:%.env", "\nCORS_ORIGINS=https://a.example.com/%2F\n")
    ended = shell.envcors("check", "--env-file", "a,b:%.env", "--format", "github")
    assert ended.stderr == ""
    (line,) = ended.stdout.splitlines()
    assert line.startswith("::error file=a%2Cb%3A%25.env,line=2,title=envcors%3A origin-malformed::CORS_ORIGINS=")
    message = line.rpartition("::")[2]
    assert "https://a.example.com/%252F (a,b:%25.env line 2): " in line
    assert "%0AFix: CORS_ORIGINS=" in message


def test_github_has_errors_warnings_and_notices(shell: Shell) -> None:
    shell.write(".env", ADVISED + "CORS_RESOURCES__A__PATHS=/a\nCORS_RESOURCES__A__ORIGINS=http://a.example.com\n")
    refused = shell.envcors("check", "--format", "github").stdout
    waived = shell.envcors("check", "--format", "github", CORS_DANGEROUSLY_ALLOW="origin-plain-http").stdout
    assert [line.partition(" ")[0] for line in refused.splitlines()] == ["::error", "::warning"]
    assert [line.partition(" ")[0] for line in waived.splitlines()] == ["::warning", "::notice"]


def test_github_annotates_no_file_for_a_value_of_the_environment(shell: Shell) -> None:
    (line,) = shell.envcors("check", "--format", "github", CORS_ORIGINS="*").stdout.splitlines()
    assert line.startswith("::error title=envcors%3A origin-any::CORS_ORIGINS=* (environment): ")


@pytest.mark.parametrize("style", ["text", "json", "github", "sarif"])
def test_no_format_shows_a_value_of_another_variable(shell: Shell, style: str) -> None:
    shell.write(
        ".env", "PASSWORD=hunter2\nCORS_ORIGINS=https://${PASSWORD}/x,https://$${TOKEN}\nCORS_PASWORD=hunter2\n'CORS_Y"
    )
    ended = shell.envcors("check", "--format", style, TOKEN="hunter2", CORS_SECRET_KEY="hunter2")
    assert ended.status == 1
    assert "hunter2" not in ended.output


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_refusal_is_also_written_to_the_termination_log(shell: Shell, tmp_path: Path, style: str) -> None:
    log = tmp_path / "termination-log"
    ended = shell.envcors("check", "--format", style, CORS_ORIGINS="*", CORS_TERMINATION_LOG=str(log))
    assert ended.status == 1
    assert log.read_text().startswith("envcors refused to boot: 1 problem in a production policy")


def test_nothing_is_written_where_nothing_is_refused(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    assert shell.envcors("check", CORS_TERMINATION_LOG=str(log)).status == 0
    assert not log.exists()


def test_output_has_no_colours_unless_it_is_a_terminal(shell: Shell) -> None:
    shell.write(".env", WIDE)
    assert "\x1b" not in shell.envcors("check").output

"""`flask cors`: the same commands for an application, with the values of its code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask
from flask.cli import ScriptInfo

from envcors import CORS, cross_origin
from envcors.cli import flask_group
from envcors.settings import container
from tests.cli.command import APART, Ended
from tests.processes import run

APP = "https://app.example.com"
PARTNER = "https://partner.example.com"
BROKEN = "from flask import Flask\nfrom envcors import CORS\napp = Flask(__name__)\nCORS(app, origins='*')\n"


def shop() -> Flask:
    """An application with a policy of its own, one for a view and one for a blueprint."""
    app = Flask("shop")
    CORS(app, origins=[APP], methods=["GET", "PUT"], env_file=None)

    @app.get("/partners")
    @cross_origin(origins=[PARTNER], supports_credentials=True)
    def partners() -> str:
        return ""

    blueprint = Blueprint("stock", "shop", url_prefix="/stock")
    CORS(blueprint, methods=["DELETE"])

    @blueprint.delete("/<item>")
    def remove(item: str) -> str:
        return item

    app.register_blueprint(blueprint)
    return app


def refused_at_once() -> Flask:
    app = Flask("refused")
    CORS(app, origins="*", env_file=None)
    return app


def refused_by_a_view() -> Flask:
    app = Flask("refused")
    CORS(app, origins=[APP], env_file=None)
    app.add_url_rule("/", view_func=cross_origin(origins="*")(lambda: ""), endpoint="index")
    return app


def flask_cors(
    create_app: Callable[[], Flask], *arguments: str, variables: Mapping[str, str | None] = {"CI": "true"}
) -> Ended:
    info = ScriptInfo(create_app=create_app)
    result = CliRunner(**APART).invoke(flask_group, arguments, obj=info, env=variables)  # type: ignore[arg-type]  # the argument that only click 8.1 has
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def explained(*arguments: str) -> dict[str, Any]:
    content: dict[str, Any] = flask_cors(shop, "explain", "--format", "json", *arguments).json
    return content


def test_check_checks_the_application() -> None:
    ended = flask_cors(shop, "check")
    assert ended.status == 0
    assert ended.stdout.startswith("ok: production policy, 2 origin patterns, digest ")


def test_check_counts_the_origins_of_views_and_blueprints_too() -> None:
    def create_app() -> Flask:
        app = Flask("stock")
        blueprint = Blueprint("stock", "stock")
        CORS(blueprint, origins=[APP], env_file=None)
        blueprint.add_url_rule("/", view_func=lambda: "", endpoint="index")
        app.register_blueprint(blueprint)
        return app

    for made in (create_app, decorated):
        assert flask_cors(made, "check").stdout.startswith("ok: production policy, 1 origin pattern, digest ")


def test_check_prints_advice_once_that_boot_logs_too(caplog: pytest.LogCaptureFixture) -> None:
    def create_app() -> Flask:
        app = Flask("nobody")
        CORS(app, env_file=None)
        logging.getLogger("envcors").warning("something else")
        return app

    create_app()
    advice, other = caplog.messages
    assert (advice.partition(":")[0], other) == ("origins-empty", "something else")
    caplog.clear()
    ended = flask_cors(create_app, "check")
    assert ended.output.count("origins-empty") == 1
    assert caplog.messages == ["something else"]


def test_check_prints_advice_once_if_the_application_is_refused_too(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", PARTNER)
    ended = flask_cors(refused_by_a_view, "check")
    assert (ended.status, ended.output.count("variable-overridden")) == (1, 1)
    assert caplog.messages == []


def test_what_is_waived_for_a_view_is_logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_DANGEROUSLY_ALLOW", "origin-any")
    assert flask_cors(refused_by_a_view, "check").status == 0
    assert [message.partition(" (")[0] for message in caplog.messages] == ["origin-any: waived: CORS_ORIGINS=*"]


def test_the_log_line_of_a_start_is_not_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_CONFIG_DIR", str(tmp_path))
    shop()
    assert "in force" in caplog.text
    caplog.clear()
    assert flask_cors(shop, "check").status == 0
    assert "in force" not in caplog.text


@pytest.mark.parametrize("create_app", [refused_at_once, refused_by_a_view])
@pytest.mark.parametrize("command", [["check"], ["explain", "--origin", APP], ["probe", "http://127.0.0.1/"]])
def test_an_application_that_refuses_to_boot_is_reported_in_the_requested_format(
    create_app: Callable[[], Flask], command: list[str]
) -> None:
    text = flask_cors(create_app, *command)
    assert (text.status, text.stdout) == (1, "")
    assert text.stderr.startswith("invalid configuration: 1 problem in a production policy\n\n  origin-any    ")
    ended = flask_cors(create_app, *command, "--format", "json")
    assert ended.status == 1
    assert (ended.json["ok"], [problem["rule"] for problem in ended.json["problems"]]) == (False, ["origin-any"])


@pytest.mark.parametrize(
    ("create_app", "origins", "mark"),
    [(refused_at_once, "*", "      refused: origin-any"), (refused_by_a_view, APP, "")],
)
def test_show_prints_the_values_of_an_application_that_refuses_to_boot(
    create_app: Callable[[], Flask], origins: str, mark: str
) -> None:
    text = flask_cors(create_app, "show")
    assert text.status == 1
    assert text.stdout.startswith("production policy, refused\n")
    assert any(line.split()[:3] == ["CORS_ORIGINS", origins, "code"] for line in text.stdout.splitlines())
    assert any(line.endswith(f"code{mark}") for line in text.stdout.splitlines())
    assert text.stderr.startswith("\ninvalid configuration: 1 problem in a production policy\n\n  origin-any    ")
    content = flask_cors(create_app, "show", "--format", "json").json
    assert (content["ok"], content["digest"]) == (False, None)
    assert [problem["rule"] for problem in content["problems"]] == ["origin-any"]
    assert {"variable": "CORS_ORIGINS", "value": origins, "source": "code", "overrides": []} in content["values"]


def test_without_a_configuration_show_prints_the_report_alone() -> None:
    def create_app() -> Flask:
        cross_origin(orgins=[APP])(lambda: "")  # type: ignore[call-overload]  # the typo that is refused
        raise AssertionError

    text = flask_cors(create_app, "show")
    assert (text.status, text.stdout) == (1, "")
    assert text.stderr.startswith("invalid configuration: 1 problem\n\n  unknown-variable    ")


def test_a_refusal_by_a_view_is_written_to_the_termination_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "termination-log"
    monkeypatch.setenv("CORS_TERMINATION_LOG", str(log))
    assert flask_cors(refused_by_a_view, "check").status == 1
    assert log.read_text().startswith("envcors refused to boot: 1 problem in a production policy\n\n  origin-any ")


def test_show_prints_values_of_code_and_declarations_of_blueprints_and_views() -> None:
    content = flask_cors(shop, "show", "--format", "json").json
    values = {value["variable"]: (value["value"], value["source"]) for value in content["values"]}
    assert values["CORS_ORIGINS"] == (APP, "code")
    declared = {entry["name"]: entry["options"] for entry in content["declared"]}
    assert declared["view partners"]["origins"] == {"value": PARTNER, "source": "code"}
    assert declared["blueprint stock"] == {"methods": {"value": "DELETE", "source": "code"}}
    text = flask_cors(shop, "show").stdout
    assert "  blueprint stock (code)\n    methods   DELETE   code\n" in text


@pytest.mark.parametrize(
    ("arguments", "policy", "reason"),
    [
        (["--origin", APP], "application", "allowed"),
        (["--origin", APP, "--path", "/partners"], "view partners", "origin-not-allowed"),
        (["--origin", PARTNER, "--path", "/partners", "--credentials"], "view partners", "allowed"),
        (["--origin", APP, "--path", "/stock/1", "--method", "DELETE"], "blueprint stock", "allowed"),
        (["--origin", APP, "--path", "/nowhere", "--method", "DELETE"], "application", "method-not-allowed"),
    ],
)
def test_explain_finds_the_policy_of_the_view_that_answers(arguments: list[str], policy: str, reason: str) -> None:
    content = explained(*arguments)
    assert (content["policy"], content["reason"]) == (policy, reason)


def test_a_fix_names_the_code_if_the_option_is_set_there() -> None:
    assert explained("--origin", PARTNER)["fix"] == f'origins=["{APP}", "{PARTNER}"]'
    assert (
        explained("--origin", APP, "--path", "/partners")["fix"] == f'origins=["{PARTNER}", "{APP}"] of view partners'
    )


@pytest.mark.parametrize(
    ("path", "taken"), [("/partners", "GET"), ("/stock/1", "DELETE")], ids=["of-a-view", "of-a-blueprint"]
)
def test_if_no_route_takes_the_method_no_fix_widens_the_policy_of_the_application(path: str, taken: str) -> None:
    arguments = ("explain", "--origin", PARTNER, "--path", path, "--method", "PUT")
    content = flask_cors(shop, *arguments, "--format", "json").json
    assert content["fix"] == f"use a method that a route takes ({taken}), or add a view for PUT"
    assert f"No route takes PUT at this path, only {taken}." in flask_cors(shop, *arguments).stdout


def test_explain_and_show_use_the_same_name_for_a_policy() -> None:
    shown = {entry["name"] for entry in flask_cors(shop, "show", "--format", "json").json["declared"]}
    asked = ("--path", "/partners"), ("--path", "/stock/1", "--method", "DELETE")
    assert {explained("--origin", APP, *arguments)["policy"] for arguments in asked} == shown


def decorated(origins: str = APP, *, installed: bool = True) -> Flask:
    """An application that allows no origin itself; one view does."""
    app = Flask("decorated")
    if installed:
        CORS(app, env_file=None)
    app.add_url_rule("/own", view_func=cross_origin(origins=origins)(lambda: ""), endpoint="own")
    return app


def test_a_view_allows_origins_although_its_application_allows_none() -> None:
    def asked(path: str) -> str:
        arguments = ("--origin", APP, "--path", path, "--format", "json")
        return str(flask_cors(decorated, "explain", *arguments).json["reason"])

    assert (asked("/own"), asked("/")) == ("allowed", "origin-not-allowed")
    refused = flask_cors(lambda: decorated("*"), "check", "--format", "json")
    assert (refused.status, refused.json["problems"][0]["rule"]) == (1, "origin-any")


@pytest.mark.parametrize("create_app", [lambda: Flask("plain"), lambda: decorated(installed=False)])
@pytest.mark.parametrize("command", [["check"], ["show"], ["explain", "--origin", APP]])
def test_an_application_without_cors_is_a_usage_error_that_names_the_lines_to_add(
    create_app: Callable[[], Flask], command: list[str]
) -> None:
    ended = flask_cors(create_app, *command)
    assert ended.status == 2
    assert "does not call CORS(app). Add these lines:" in ended.stderr
    assert "  CORS(app)\n" in ended.stderr


@pytest.mark.parametrize(
    ("option", "instead"),
    [
        ("--env-file=x", "CORS(app, env_file=…)"),
        ("--prefix=X_", "CORS(app, env_prefix=…)"),
        ("--config-dir=x", "CORS_CONFIG_DIR"),
        ("--configmap=x", "use envcors with --configmap"),
        ("--no-environ", "another environment"),
    ],
)
@pytest.mark.parametrize("command", [["check"], ["show"], ["explain", "--origin", APP]])
def test_options_that_select_sources_are_refused(command: list[str], option: str, instead: str) -> None:
    ended = flask_cors(shop, *command, option)
    assert ended.status == 2
    assert f"{option.partition('=')[0]} is not available here" in ended.stderr
    assert instead in ended.stderr


@pytest.mark.parametrize(("mode", "status"), [("production", 1), ("development", 0)])
@pytest.mark.parametrize("prefix", ["CORS_", "SHOP_CORS_"])
def test_an_application_is_checked_in_the_requested_mode(
    prefix: str, mode: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create_app() -> Flask:
        app = Flask("local")
        CORS(app, env_prefix=prefix, origins=["http://localhost:3000"], env_file=None)
        return app

    monkeypatch.setenv("CI", "true")
    for before in ("production", "development"):
        monkeypatch.setenv(f"{prefix}ENV", before)
        ended = flask_cors(create_app, "check", "--env", mode)
        assert ended.status == status
        assert f"{mode} policy" in ended.output
    create_app()  # the mode of the environment, development, holds again


def test_the_requested_mode_does_not_count_as_that_of_a_file_with_the_same_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CORS_ENV=development\n")
    variables = dict.fromkeys(container.NAMES) | {
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "CORS_TERMINATION_LOG": str(tmp_path / "log"),
    }

    def create_app() -> Flask:
        app = Flask("local")
        CORS(app, origins=["http://localhost:3000"])
        return app

    for arguments, status in (((), 1), (("--env", "development"), 0)):
        assert flask_cors(create_app, "check", *arguments, variables=variables).status == status
    shown = flask_cors(create_app, "show", "--env", "development", variables=variables).stdout
    assert shown.splitlines()[2].split() == ["CORS_ENV", "development", "--env"]
    assert shown.splitlines()[3].split() == ["overrides", "development", ".env", "line", "1"]


def test_flask_s_command_line_finds_the_group_and_the_application(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BROKEN)
    refused = run(["flask", "cors", "check"], cwd=tmp_path)
    assert refused.status == 1
    assert "origin-any    CORS_ORIGINS=*    (code)" in refused.stderr
    assert "Traceback" not in refused.output
    (tmp_path / ".env").write_text("CORS_ORIGINS=https://app.example.com\n")
    (tmp_path / "app.py").write_text(BROKEN.replace(", origins='*'", ""))
    shown = run(["flask", "cors", "show"], cwd=tmp_path)
    assert shown.status == 0
    assert ".env line 1" in shown.stdout


def test_files_need_no_application(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("CORS_ORIGINS=https://app.example.com\n")
    assert run(["flask", "cors", "diff", "a.env", "a.env"], cwd=tmp_path).status == 0
    assert run(["flask", "cors", "generate", "env-example"], cwd=tmp_path).status == 0


def with_put() -> Flask:
    app = Flask("stock")
    CORS(app, origins=[APP], env_file=None)
    app.add_url_rule("/items", "items", lambda: "", methods=["PUT"])
    return app


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 0),
        (("--strict",), 1),
        (("--strict", "--accept", "route-method"), 0),
        (("--strict", "--accept", "waiver-unused, route-method"), 0),
        (("--strict", "--accept", "waiver-unused"), 1),
        (("--accept", "route-metod"), 2),
        (("--accept", "origin-any"), 2),
    ],
)
def test_check_refuses_advice_about_routes_if_it_is_strict_and_does_not_accept_the_rule(
    arguments: tuple[str, ...], status: int
) -> None:
    ended = flask_cors(with_put, "check", *arguments)
    assert ended.status == status
    assert status == 2 or "CORS_METHODS=GET,HEAD,POST,PUT" in ended.output


def test_check_names_the_rule_that_was_meant_to_be_accepted() -> None:
    assert "Did you mean route-method?" in flask_cors(with_put, "check", "--accept", "route-metod").output


@pytest.mark.parametrize("style", ["json", "github", "sarif"])
def test_check_has_advice_about_routes_in_every_format(style: str) -> None:
    assert "route-method" in flask_cors(with_put, "check", "--format", style).output

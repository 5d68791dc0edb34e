"""What a change of a mounted directory does while an application serves."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from envcors import CORS, BootRefused, cross_origin
from envcors.observe import policy_reloaded
from envcors.observe.reloads import tell_taken
from tests.mounted import Mounted
from tests.reload.serving import ALWAYS, NEW, OLD, allowed, application, enforcement, finish_reloads

# A valid change


def test_the_next_request_gets_the_new_policy(mounted: Mounted) -> None:
    app = application()
    assert allowed(app, OLD, NEW) == [OLD]
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [NEW]


def test_a_plain_directory_is_followed_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("CORS_RELOAD_SECONDS", ALWAYS)
    (tmp_path / "CORS_METHODS").write_text("GET")
    (tmp_path / "CORS_ORIGINS").write_text(OLD)
    app = application()
    (tmp_path / "CORS_ORIGINS").write_text(NEW)
    assert allowed(app, OLD, NEW) == [NEW]
    (tmp_path / "CORS_ORIGINS").unlink()
    assert allowed(app, OLD, NEW) == []


def test_a_change_between_boot_and_the_first_request_is_seen(mounted: Mounted) -> None:
    app = application()
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, NEW) == [NEW]


def test_views_blueprints_and_resources_change_with_the_rest(mounted: Mounted) -> None:
    old = {"CORS_ORIGINS": OLD, "CORS_RESOURCES": '{"/*": {}, "/api/*": {"max_age": 1}}'}
    mounted.write(old)
    app = application()
    blueprint = Blueprint("shop", __name__, url_prefix="/shop")
    CORS(blueprint, max_age=5)
    blueprint.add_url_rule("/", "shop", lambda: "")
    app.register_blueprint(blueprint)
    app.add_url_rule("/view", "view", cross_origin(methods=["PUT"])(lambda: ""))
    paths = ("/", "/api/x", "/shop/", "/view")
    assert [allowed(app, OLD, NEW, path=path) for path in paths] == [[OLD]] * 4
    mounted.write({**old, "CORS_ORIGINS": NEW})
    assert [allowed(app, OLD, NEW, path=path) for path in paths] == [[NEW]] * 4


def test_the_log_says_which_values_do_not_come_from_the_directory(
    mounted: Mounted, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_METHODS", "PUT")
    app = application(max_age=5)
    (started,) = [message for message in caplog.messages if "in force" in message]
    assert started.endswith(f"(read from {mounted.path}; CORS_MAX_AGE from code; CORS_METHODS from environment)")
    caplog.clear()
    tell_taken(app, "0123", enforcement(app).settings)
    (reloaded,) = caplog.messages
    assert reloaded.endswith(f"(reloaded from {mounted.path}; CORS_MAX_AGE from code; CORS_METHODS from environment)")


def test_the_log_counts_values_from_elsewhere_where_they_are_many(
    mounted: Mounted, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        monkeypatch.setenv(f"CORS_RESOURCES__R{number}__PATHS", f"/r{number}")
    application()
    (started,) = [message for message in caplog.messages if "in force" in message]
    assert started.count(" from environment") == 10
    assert started.endswith(" and 2 more)")


def test_what_takes_precedence_over_the_directory_stays(mounted: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_METHODS", "PUT")
    app = application(origins=[OLD])
    app.config["CORS_ORIGINS"] = "https://later.example"
    mounted.write({"CORS_ORIGINS": NEW, "CORS_METHODS": "DELETE"})
    assert allowed(app, OLD, NEW) == [OLD]
    assert enforcement(app).settings.methods == ("PUT",)


def test_a_change_is_logged_and_sends_a_signal(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
    app = application()
    booted = enforcement(app).digest
    heard: list[dict[str, object]] = []

    def hear(sender: object, **told: object) -> None:
        heard.append({"sender": sender, **told})

    mounted.write({"CORS_ORIGINS": NEW})
    with policy_reloaded.connected_to(hear):
        allowed(app, NEW)
    digest = enforcement(app).digest
    assert digest != booted
    assert heard == [{"sender": app, "digest": digest, "ok": True, "problems": ()}]
    assert caplog.messages == [
        f"policy {booted} in force in process {os.getpid()} (read from {mounted.path})",
        f"policy {digest} in force in process {os.getpid()} (reloaded from {mounted.path})",
    ]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


@pytest.mark.parametrize("variable", ["CORS_CONFIG_DIR", "CORS_RELOAD_SECONDS"])
def test_the_boot_of_a_policy_that_never_changes_is_logged_as_info(
    mounted: Mounted, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "0" if variable.endswith("SECONDS") else "")
    app = application(origins=[OLD], methods=["GET"])
    (told,) = [record for record in caplog.records if "in force" in record.getMessage()]
    digest = enforcement(app).digest
    assert (told.getMessage(), told.levelno) == (f"policy {digest} in force in process {os.getpid()}", logging.INFO)


def test_a_new_piece_of_advice_is_logged_and_a_known_one_is_not(
    mounted: Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    app = application(methods=["PUT"])
    mounted.write({"CORS_ORIGINS": OLD, "CORS_METHODS": "DELETE"})
    allowed(app, OLD)
    mounted.write({"CORS_ORIGINS": NEW, "CORS_METHODS": "DELETE"})
    allowed(app, OLD)
    assert sum("variable-overridden" in message for message in caplog.messages) == 1


def test_the_interval_of_checks_can_change_too(mounted: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORS_RELOAD_SECONDS")
    mounted.write({"CORS_ORIGINS": OLD, "CORS_RELOAD_SECONDS": ALWAYS})
    app = application()
    mounted.write({"CORS_ORIGINS": NEW, "CORS_RELOAD_SECONDS": "0"})
    assert allowed(app, NEW) == [NEW]
    mounted.write({"CORS_ORIGINS": OLD})
    assert allowed(app, OLD, NEW) == [NEW]


# A refused change


BAD: dict[str, Mapping[str, str]] = {
    "permissive": {"CORS_ORIGINS": "*"},
    "malformed": {"CORS_ORIGINS": NEW, "CORS_MAX_AGE": "soon"},
    "misspelt": {"CORS_ORIGINS": NEW, "CORS_ORIGIN": "s3cret"},
    "two spellings": {"CORS_ORIGINS": NEW, "cors_origins": NEW},
    "too large": {"CORS_ORIGINS": NEW + " " * 10_000_000},
    "binary": {"CORS_ORIGINS": NEW, "CORS_METHODS": "PUT\0"},
    "bad JSON": {"CORS_ORIGINS": NEW, "CORS_RESOURCES": "{"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_refused_change_is_reported_in_full_and_changes_nothing(
    mounted: Mounted, caplog: pytest.LogCaptureFixture, bad: Mapping[str, str]
) -> None:
    app = application()
    digest = enforcement(app).digest
    heard: list[tuple[object, object]] = []

    def hear(_sender: object, *, digest: str, ok: bool, problems: tuple[object, ...]) -> None:
        heard.append((digest, ok))
        assert problems == enforcement(app).reloads.problems

    mounted.write(bad)
    with policy_reloaded.connected_to(hear):
        assert allowed(app, OLD, NEW) == [OLD]
        finish_reloads()
    assert heard == [(digest, False)]
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    head, *report = error.getMessage().split("\n")
    refused = f"envcors refused a change in process {os.getpid()}, policy {digest} stays in force"
    assert head == f"{refused}: 1 problem in a production policy"
    assert any("Fix:" in line for line in report)
    assert "s3cret" not in caplog.text
    reloads = enforcement(app).reloads
    assert (reloads.last_ok, reloads.good, reloads.bad, len(reloads.problems)) == (False, 0, 1, 1)


DOTENVS = {
    "an open quote": ('CORS_METHODS="PUT\n', "dotenv-malformed"),
    "an unset variable": ("CORS_METHODS=${NOWHERE}\n", "value-invalid"),
    "bytes": ("CORS_METHODS=\0\n", "source-unreadable"),
    "no file": (None, "source-unreadable"),
}


@pytest.mark.parametrize(("text", "rule"), DOTENVS.values(), ids=list(DOTENVS))
def test_a_dotenv_file_that_became_invalid_keeps_the_old_policy(
    mounted: Mounted, tmp_path: Path, text: str | None, rule: str
) -> None:
    dotenv = tmp_path / "dev.env"
    dotenv.write_text("CORS_METHODS=PUT\n")
    app = application(env_file=dotenv)
    if text is None:
        dotenv.unlink()
    else:
        dotenv.write_text(text)
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [OLD]
    (problem,) = enforcement(app).reloads.problems
    assert (problem.rule, problem.source.startswith(str(dotenv))) == (rule, True)


def test_a_refused_change_that_is_fixed_takes_effect(mounted: Mounted) -> None:
    app = application()
    mounted.write({"CORS_ORIGINS": "*"})
    allowed(app, NEW)
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [NEW]
    reloads = enforcement(app).reloads
    assert (reloads.last_ok, reloads.good, reloads.bad, reloads.problems) == (True, 1, 1, ())


def test_a_change_that_makes_a_view_invalid_is_refused(mounted: Mounted) -> None:
    app = application()
    app.add_url_rule("/view", "view", cross_origin(supports_credentials=True)(lambda: ""))
    mounted.write({"CORS_ORIGINS": NEW, "CORS_EXPOSE_HEADERS": "*"})
    assert (allowed(app, OLD, NEW), allowed(app, OLD, NEW, path="/view")) == ([OLD], [OLD])


def test_no_termination_log_is_written_while_it_serves(
    mounted: Mounted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_TERMINATION_LOG", str(tmp_path / "log"))
    app = application()
    mounted.write({"CORS_ORIGINS": "*"})
    assert allowed(app, OLD) == [OLD]
    assert enforcement(app).reloads.bad == 1
    assert not (tmp_path / "log").exists()


# What changes at boot only


def test_a_change_of_the_mode_waits_for_the_next_start(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
    app = application()
    permissive = {"CORS_ENV": "development", "CORS_DANGEROUSLY_ALLOW": "origin-any", "CORS_ORIGINS": "*"}
    mounted.write(permissive)
    assert allowed(app, OLD, NEW) == [OLD]
    source = mounted.path / "CORS_ENV"
    assert f"CORS_ENV=development ({source}) takes effect at the next start of the application" in caplog.messages
    waiver = mounted.path / "CORS_DANGEROUSLY_ALLOW"
    waiting = f"CORS_DANGEROUSLY_ALLOW=origin-any ({waiver}) takes effect at the next start of the application"
    assert waiting in caplog.messages
    with pytest.raises(BootRefused, match="origin-any"):
        enforcement(app).reconfigure()


def test_the_rest_of_such_a_change_takes_effect(mounted: Mounted) -> None:
    app = application()
    mounted.write({"CORS_ENV": "development", "CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [NEW]
    assert enforcement(app).settings.env == "production"
    assert enforcement(app).settings.source("env") == "default"


def test_a_change_that_would_not_boot_is_refused(mounted: Mounted) -> None:
    mounted.write({"CORS_ENV": "development", "CORS_ORIGINS": "http://localhost:3000"})
    app = application()
    mounted.write({"CORS_ENV": "production", "CORS_ORIGINS": "http://localhost:4000"})
    assert allowed(app, "http://localhost:3000", "http://localhost:4000") == ["http://localhost:3000"]
    assert {problem.rule for problem in enforcement(app).reloads.problems} == {"origin-local", "origin-plain-http"}


def test_a_reload_reads_the_dotenv_file_of_the_boot_in_any_working_directory(
    mounted: Mounted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"CORS_DENY_ORIGINS={OLD}\n")
    app = Flask("application")
    CORS(app)
    monkeypatch.chdir("/")
    mounted.write({"CORS_ORIGINS": f"{OLD},{NEW}"})
    assert allowed(app, OLD, NEW) == [NEW]


def test_a_dotenv_file_that_was_removed_after_the_boot_allows_nothing_new(
    mounted: Mounted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"CORS_DENY_ORIGINS={OLD}\n")
    app = Flask("application")
    CORS(app)
    Path(".env").unlink()
    mounted.write({"CORS_ORIGINS": f"{OLD},{NEW}"})
    assert allowed(app, OLD, NEW) == []
    (problem,) = enforcement(app).reloads.problems
    assert (problem.rule, problem.source) == ("source-unreadable", ".env")


@pytest.mark.parametrize("files", [{}, {"README": "moved"}, {"app.json": "{}", "secret": "x"}], ids=str)
def test_a_directory_that_was_emptied_is_refused_and_the_deny_list_stays(
    mounted: Mounted, files: Mapping[str, str]
) -> None:
    mounted.write({"CORS_ORIGINS": f"{OLD},{NEW}", "CORS_DENY_ORIGINS": NEW})
    app = application(origins=[OLD, NEW])
    assert allowed(app, OLD, NEW) == [OLD]
    mounted.write(files)
    assert allowed(app, OLD, NEW) == [OLD]
    assert [problem.rule for problem in enforcement(app).reloads.problems] == ["source-unreadable"]
    mounted.write({"CORS_DENY_ORIGINS": OLD})
    assert allowed(app, OLD, NEW) == [NEW]

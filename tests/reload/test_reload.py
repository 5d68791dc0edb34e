"""A mounted directory that changes while an application serves."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from envcors import CORS, BootRefused, CORSSettings, cross_origin
from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.observe import policy_reloaded
from tests.mounted import Mounted, unprivileged

OLD = "https://old.example"
NEW = "https://new.example"
ALWAYS = "0.000000001"
"""Seconds between two looks, so few that every request looks."""


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mounted:
    monkeypatch.setenv("CORS_CONFIG_DIR", str(tmp_path / "cors"))
    monkeypatch.setenv("CORS_RELOAD_SECONDS", ALWAYS)
    return Mounted(tmp_path / "cors", {"CORS_ORIGINS": OLD})


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "envcors")


def application(**options: object) -> Flask:
    app = Flask(__name__)
    CORS(app, env_file=None, **options)
    return app


def enforcement(app: Flask) -> Enforcement:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Enforcement)
    return found


def allowed(app: Flask | FlaskClient, *origins: str, path: str = "/") -> list[str]:
    """Those of `origins` that may read the answer, each asked in a request of its own."""
    client = app.test_client() if isinstance(app, Flask) else app
    answers = {origin: client.get(path, headers={"Origin": origin}) for origin in origins}
    return [origin for origin, answer in answers.items() if "Access-Control-Allow-Origin" in answer.headers]


# A good change


def test_the_next_request_is_answered_by_the_new_policy(mounted: Mounted) -> None:
    app = application()
    assert allowed(app, OLD, NEW) == [OLD]
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [NEW]


def test_a_plain_directory_is_followed_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("CORS_RELOAD_SECONDS", ALWAYS)
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


def test_what_stands_above_the_directory_stays(mounted: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_METHODS", "PUT")
    app = application(origins=[OLD])
    app.config["CORS_ORIGINS"] = "https://later.example"
    mounted.write({"CORS_ORIGINS": NEW, "CORS_METHODS": "DELETE"})
    assert allowed(app, OLD, NEW) == [OLD]
    assert enforcement(app).settings.methods == ("PUT",)


def test_a_change_is_told_by_the_log_and_by_a_signal(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
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
        f"policy {booted} in force",
        f"policy {digest} in force (reloaded from {mounted.path})",
    ]
    assert caplog.records[-1].levelno == logging.WARNING


def test_a_new_piece_of_advice_is_logged_and_a_known_one_is_not(
    mounted: Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    app = application(methods=["PUT"])
    mounted.write({"CORS_ORIGINS": OLD, "CORS_METHODS": "DELETE"})
    allowed(app, OLD)
    mounted.write({"CORS_ORIGINS": NEW, "CORS_METHODS": "DELETE"})
    allowed(app, OLD)
    assert sum("variable-overridden" in message for message in caplog.messages) == 1


def test_how_often_it_is_looked_at_changes_too(mounted: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORS_RELOAD_SECONDS")
    mounted.write({"CORS_ORIGINS": OLD, "CORS_RELOAD_SECONDS": ALWAYS})
    app = application()
    mounted.write({"CORS_ORIGINS": NEW, "CORS_RELOAD_SECONDS": "0"})
    assert allowed(app, NEW) == [NEW]
    mounted.write({"CORS_ORIGINS": OLD})
    assert allowed(app, OLD, NEW) == [NEW]


# A bad change


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
def test_a_bad_change_is_told_in_full_and_changes_nothing(
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
    assert heard == [(digest, False)]
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    head, *report = error.getMessage().split("\n")
    assert head == f"envcors refused a change, policy {digest} stays in force: 1 problem in a production policy"
    assert any("Fix:" in line for line in report)
    assert "s3cret" not in caplog.text
    reloads = enforcement(app).reloads
    assert (reloads.last_ok, reloads.good, reloads.bad, len(reloads.problems)) == (False, 0, 1, 1)


def test_a_bad_change_that_is_mended_comes_into_force(mounted: Mounted) -> None:
    app = application()
    mounted.write({"CORS_ORIGINS": "*"})
    allowed(app, NEW)
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [NEW]
    reloads = enforcement(app).reloads
    assert (reloads.last_ok, reloads.good, reloads.bad, reloads.problems) == (True, 1, 1, ())


def test_a_view_policy_that_the_change_would_break_keeps_the_old_one(mounted: Mounted) -> None:
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


def test_a_production_application_stays_one(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
    app = application()
    permissive = {"CORS_ENV": "development", "CORS_DANGEROUSLY_ALLOW": "origin-any", "CORS_ORIGINS": "*"}
    mounted.write(permissive)
    assert allowed(app, OLD, NEW) == [OLD]
    source = mounted.path / "CORS_ENV"
    assert f"CORS_ENV=development ({source}) waits for the next start of the application" in caplog.messages
    waiver = mounted.path / "CORS_DANGEROUSLY_ALLOW"
    waiting = f"CORS_DANGEROUSLY_ALLOW=origin-any ({waiver}) waits for the next start of the application"
    assert waiting in caplog.messages
    with pytest.raises(BootRefused, match="origin-any"):
        enforcement(app).reconfigure()


def test_the_rest_of_such_a_change_comes_into_force(mounted: Mounted) -> None:
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


# Cost, threads, forks


class Counted(CORSSettings):
    """Counts how often it is read."""

    readings: ClassVar[list[None]] = []

    @classmethod
    def read(cls, *arguments: object, **keywords: object) -> Self:
        cls.readings.append(None)
        return super().read(*arguments, **keywords)  # type: ignore[arg-type]  # handed on as they came


@pytest.fixture
def readings() -> list[None]:
    Counted.readings.clear()
    return Counted.readings


@pytest.mark.parametrize("files", [{"CORS_ORIGINS": NEW}, {"CORS_ORIGINS": "*"}], ids=["good", "bad"])
def test_what_has_not_changed_is_not_read_again(
    mounted: Mounted, readings: list[None], files: Mapping[str, str]
) -> None:
    app = application(settings=Counted)
    allowed(app, OLD, OLD, OLD)
    assert len(readings) == 1
    mounted.write(files)
    allowed(app, OLD, NEW)
    allowed(app, OLD, NEW)
    assert len(readings) == 2


def test_it_is_looked_at_only_when_its_time_has_come(mounted: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("envcors.reload.monotonic", lambda: now)
    monkeypatch.setenv("CORS_RELOAD_SECONDS", "2.5")
    app = application()
    mounted.write({"CORS_ORIGINS": NEW})
    now = 102.4
    assert allowed(app, OLD, NEW) == [OLD]
    now = 102.6
    assert allowed(app, OLD, NEW) == [NEW]
    mounted.write({"CORS_ORIGINS": OLD})
    now = 105.0
    assert allowed(app, OLD, NEW) == [NEW]


@pytest.mark.parametrize("variables", [{"CORS_RELOAD_SECONDS": "0"}, {"CORS_CONFIG_DIR": ""}], ids=str)
def test_an_application_that_follows_nothing_has_nothing_in_the_way(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    app = application()
    assert enforcement(app).middleware.refresh is None
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, NEW) == []
    assert enforcement(app).reloads.last_ok is None


class Slow(CORSSettings):
    """Waits while it is read, from the second time on."""

    begun: ClassVar[threading.Event]
    go_on: ClassVar[threading.Event]
    readings: ClassVar[int] = 0

    @classmethod
    def read(cls, *arguments: object, **keywords: object) -> Self:
        Slow.readings += 1
        if Slow.readings > 1:
            cls.begun.set()
            assert cls.go_on.wait(30)
        return super().read(*arguments, **keywords)  # type: ignore[arg-type]  # handed on as they came


def test_one_thread_reads_while_the_others_serve(mounted: Mounted) -> None:
    Slow.readings, Slow.begun, Slow.go_on = 0, threading.Event(), threading.Event()
    app = application(settings=Slow)
    mounted.write({"CORS_ORIGINS": NEW})
    answers: list[list[str]] = []
    reader = threading.Thread(target=lambda: answers.append(allowed(app, NEW)))
    reader.start()
    assert Slow.begun.wait(30)
    assert allowed(app, OLD, NEW) == [OLD]
    Slow.go_on.set()
    reader.join(30)
    assert (answers, Slow.readings, allowed(app, OLD, NEW)) == ([[NEW]], 2, [NEW])


def test_a_fork_in_the_middle_of_a_look_leaves_the_child_able_to_look(mounted: Mounted) -> None:
    Slow.readings, Slow.begun, Slow.go_on = 0, threading.Event(), threading.Event()
    app = application(settings=Slow)
    mounted.write({"CORS_ORIGINS": NEW})
    reader = threading.Thread(target=lambda: allowed(app, NEW))
    reader.start()
    assert Slow.begun.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what Python thinks of forks beside threads
        child = os.fork()
    if not child:
        status = 1
        try:
            Slow.go_on.set()
            status = 0 if allowed(app, OLD, NEW) == [NEW] else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    Slow.go_on.set()
    reader.join(30)


# Whatever happens


def test_a_directory_that_vanishes_leaves_the_policy_and_is_told_once(
    mounted: Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    app = application()
    away = mounted.path.with_name("away")
    mounted.path.rename(away)
    assert allowed(app, OLD, NEW, OLD) == [OLD]
    assert caplog.text.count("It cannot be opened: no such file or directory.") == 1
    away.rename(mounted.path)
    assert allowed(app, OLD) == [OLD]
    reloads = enforcement(app).reloads
    assert (reloads.last_ok, reloads.good, reloads.bad) == (True, 1, 1)


def test_a_file_that_becomes_readable_again_is_read_without_another_change(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as path:  # other users may not enter pytest's own
        Path(path).chmod(0o755)
        monkeypatch.setenv("CORS_CONFIG_DIR", path)
        monkeypatch.setenv("CORS_RELOAD_SECONDS", ALWAYS)
        mounted = Mounted(Path(path), {"CORS_ORIGINS": OLD})
        app = application()
        mounted.write({"CORS_ORIGINS": NEW})
        (mounted.path / "CORS_ORIGINS").chmod(0)
        with unprivileged():
            assert allowed(app, OLD, NEW) == [OLD]
        (mounted.path / "CORS_ORIGINS").chmod(0o644)
        assert allowed(app, OLD, NEW) == [NEW]


class Broken(CORSSettings):
    """Cannot be read a second time."""

    readings: ClassVar[int] = 0

    @classmethod
    def read(cls, *arguments: object, **keywords: object) -> Self:
        Broken.readings += 1
        if Broken.readings > 1:
            raise MemoryError("s3cret")
        return super().read(*arguments, **keywords)  # type: ignore[arg-type]  # handed on as they came


def test_an_exception_while_reading_reaches_no_request(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
    Broken.readings = 0
    app = application(settings=Broken)
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, OLD, NEW) == [OLD]
    assert "Reading it ended with MemoryError" in caplog.text
    assert "s3cret" not in caplog.text
    assert enforcement(app).reloads.last_ok is False


def test_a_receiver_that_fails_reaches_no_request(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
    app = application()

    def fail(_sender: object, **_told: object) -> None:
        raise RuntimeError("receiver")

    mounted.write({"CORS_ORIGINS": NEW})
    with policy_reloaded.connected_to(fail):
        assert allowed(app, OLD, NEW) == [NEW]
    assert "whoever was told" in caplog.text
    assert enforcement(app).reloads.last_ok is True

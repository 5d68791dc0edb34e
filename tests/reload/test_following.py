"""When the directory is checked and by which thread; no error of a check reaches a request."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
import warnings
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import pytest

from envcors import CORSSettings, Policy
from envcors.configuration import Configuration
from envcors.observe import policy_reloaded
from tests.mounted import Mounted, unprivileged
from tests.processes import PATIENCE
from tests.reload.serving import ALWAYS, NEW, OLD, allowed, application, enforcement, finish_reloads


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


def test_it_is_checked_only_when_it_is_time(mounted: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_application_that_follows_no_directory_checks_none_after_its_first_request(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    app = application()
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, NEW) == []
    assert enforcement(app).middleware.refresh is None
    assert enforcement(app).reloads.last_ok is None


def test_policies_that_are_no_longer_in_force_are_freed(mounted: Mounted) -> None:
    app = application()
    old = weakref.ref(enforcement(app).settings)
    policies = len(live_policies())
    for number in range(20):
        mounted.write({"CORS_ORIGINS": f"https://v{number}.example"} if number % 2 else {"CORS_ORIGINS": "*"})
        allowed(app, NEW)
    reloads = enforcement(app).reloads
    assert (reloads.good, reloads.bad) == (10, 10)
    assert len(live_policies()) <= policies
    assert old() is None


def live_policies() -> list[object]:
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, Policy)]


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
            assert cls.go_on.wait(PATIENCE)
        return super().read(*arguments, **keywords)  # type: ignore[arg-type]  # handed on as they came


def test_one_thread_reads_while_other_threads_serve(mounted: Mounted) -> None:
    Slow.readings, Slow.begun, Slow.go_on = 0, threading.Event(), threading.Event()
    app = application(settings=Slow)
    mounted.write({"CORS_ORIGINS": NEW})
    answers: list[list[str]] = []
    reader = threading.Thread(target=lambda: answers.append(allowed(app, NEW)))
    reader.start()
    assert Slow.begun.wait(PATIENCE)
    assert allowed(app, OLD, NEW) == [OLD]
    Slow.go_on.set()
    reader.join(PATIENCE)
    assert (answers, Slow.readings, allowed(app, OLD, NEW)) == ([[NEW]], 2, [NEW])


def test_after_a_fork_during_a_check_the_child_can_check(mounted: Mounted) -> None:
    Slow.readings, Slow.begun, Slow.go_on = 0, threading.Event(), threading.Event()
    app = application(settings=Slow)
    mounted.write({"CORS_ORIGINS": NEW})
    reader = threading.Thread(target=lambda: allowed(app, NEW))
    reader.start()
    assert Slow.begun.wait(PATIENCE)
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
    reader.join(PATIENCE)


def test_a_directory_that_disappears_keeps_the_policy_and_is_logged_once(
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
    assert "Reading it raised MemoryError" in caplog.text
    assert "s3cret" not in caplog.text
    assert enforcement(app).reloads.last_ok is False


def test_a_receiver_that_fails_reaches_no_request(mounted: Mounted, caplog: pytest.LogCaptureFixture) -> None:
    app = application()

    def fail(_sender: object, **_told: object) -> None:
        raise RuntimeError("receiver")

    mounted.write({"CORS_ORIGINS": NEW})
    with policy_reloaded.connected_to(fail):
        assert allowed(app, OLD, NEW) == [NEW]
    assert "or a policy_reloaded receiver raised" in caplog.text
    assert enforcement(app).reloads.last_ok is True


def test_a_large_change_is_built_while_the_policies_in_force_serve(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = application()
    allowed(app, OLD)
    follower = enforcement(app)._follower
    assert follower is not None
    building, may_finish = threading.Event(), threading.Event()
    reconfigure = follower._reconfigure

    def held_up() -> Configuration:
        building.set()
        assert may_finish.wait(PATIENCE)
        return reconfigure()

    monkeypatch.setattr(follower, "_reconfigure", held_up)
    new = [f"https://customer{number}.example.com" for number in range(4000)]
    mounted.write({"CORS_ORIGINS": "\n".join(new)})
    assert allowed(app, OLD, new[0]) == [OLD]
    assert building.wait(PATIENCE)
    assert allowed(app, OLD, new[0]) == [OLD]
    may_finish.set()
    finish_reloads()
    assert allowed(app, OLD, new[0], new[-1]) == [new[0], new[-1]]


def test_a_large_change_is_read_in_the_request_where_no_thread_can_be_started(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    app = application()
    allowed(app, OLD)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    new = [f"https://customer{number}.example.com" for number in range(4000)]
    mounted.write({"CORS_ORIGINS": "\n".join(new)})
    assert allowed(app, OLD, new[0]) == [new[0]]
    assert "no thread can be started" in caplog.text

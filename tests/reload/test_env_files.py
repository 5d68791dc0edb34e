"""What a change of a ``.env`` file does while an application serves, in development and in production."""

from __future__ import annotations

import fcntl
import os
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Unpack

import pytest
from flask import Flask

from envcors import CORS
from envcors.flask.options import CORSOptions
from envcors.observe import policy_reloaded
from envcors.settings import env_files
from envcors.settings.marker import MARKER
from tests.booting import Setup, surroundings
from tests.mounted import Mounted, unprivileged
from tests.processes import wait_until
from tests.reload.serving import ALWAYS, NEW, OLD, allowed, enforcement

DEVELOPMENT = "CORS_ENV=development\n"
BOTH = OLD, NEW
Here = Callable[..., Path]


def lines(origin: str = OLD, more: str = "") -> str:
    return f"{DEVELOPMENT}CORS_ORIGINS={origin}\n{more}"


def serving(**options: Unpack[CORSOptions]) -> Flask:
    app = Flask(__name__)
    CORS(app, **options)
    return app


@pytest.fixture
def here() -> Iterator[Here]:
    """Enter a new working directory with a ``.env`` file, other files, and an environment."""
    with ExitStack() as stack:

        def enter(dotenv: str | None = lines(), files: dict[str, str | bytes] | None = None, **variables: str) -> Path:
            return stack.enter_context(
                surroundings(Setup(variables, dotenv, files=files or {}, started_with=variables))
            )

        yield enter


def write_in_place(file: Path, text: str) -> None:
    file.write_text(text)


def write_by_rename(file: Path, text: str) -> None:
    new = file.with_name(f"{file.name}~")
    new.write_text(text)
    new.replace(file)


def write_after_removal(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text)


def write_through_a_link(file: Path, text: str) -> None:
    target = file.with_name("linked")
    target.write_text(text)
    file.unlink()
    file.symlink_to(target)


def write_a_byte_order_mark(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8-sig", newline="\r\n")


WAYS = [write_in_place, write_by_rename, write_after_removal, write_through_a_link, write_a_byte_order_mark]


@pytest.mark.parametrize("write", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("seconds", ["5", "0"])
def test_the_next_request_gets_the_new_policy_however_an_editor_writes(
    here: Here, write: Callable[[Path, str], None], seconds: str
) -> None:
    directory = here(CORS_RELOAD_SECONDS=seconds)
    app = serving()
    assert allowed(app, *BOTH) == [OLD]
    write(directory / ".env", lines(NEW))
    assert allowed(app, *BOTH) == [NEW]
    write(directory / ".env", lines(OLD))
    assert allowed(app, *BOTH) == [OLD]


def test_a_change_is_logged_once_with_what_is_in_force_and_sends_a_signal(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    directory = here()
    app = serving()
    told: list[tuple[object, bool]] = []

    def note(_sender: object, digest: str, ok: bool, problems: object) -> None:
        told.append((digest, ok))

    (directory / ".env").write_text(lines(NEW))
    with policy_reloaded.connected_to(note):
        assert allowed(app, *BOTH) == allowed(app, *BOTH) == [NEW]
    message = f"policy {enforcement(app).digest} in force in process {os.getpid()} (reloaded from .env)"
    assert caplog.text.count(message) == 1
    assert told == [(enforcement(app).digest, True)]
    assert str(enforcement(app).settings.source("origins")) == ".env line 2"


# What keeps the last valid policy

HALF_WRITTEN = {
    "empty": "",
    "an open quote": f'{DEVELOPMENT}CORS_ORIGINS="{NEW}',
    "half a name": f"{DEVELOPMENT}CORS_ORIG",
    "half an origin": f"{DEVELOPMENT}CORS_ORIGINS=http",
    "an invalid value": lines(NEW, "CORS_MAX_AGE=forever\n"),
    "null": f"{DEVELOPMENT}CORS_ORIGINS=null\n",
}


@pytest.mark.parametrize("text", HALF_WRITTEN.values(), ids=list(HALF_WRITTEN))
def test_a_half_written_or_invalid_file_keeps_the_last_policy_until_the_next_save(
    here: Here, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    directory = here()
    app = serving()
    (directory / ".env").write_text(text)
    assert allowed(app, *BOTH) == allowed(app, *BOTH) == [OLD]
    assert caplog.text.count("envcors refused a change") == 1
    reloads = enforcement(app).reloads
    assert (reloads.last_ok, reloads.good, reloads.bad) == (False, 0, 1)
    (directory / ".env").write_text(lines(NEW))
    assert allowed(app, *BOTH) == [NEW]
    assert (reloads.last_ok, reloads.good, reloads.bad) == (True, 1, 1)


DENYING = f"{DEVELOPMENT}CORS_DENY_ORIGINS={NEW}\n"


@pytest.mark.parametrize("how", [lambda file: file.unlink(), lambda file: file.write_text("")], ids=["gone", "empty"])
def test_a_file_that_disappears_opens_nothing_and_is_followed_again_when_it_is_back(
    here: Here, caplog: pytest.LogCaptureFixture, how: Callable[[Path], object]
) -> None:
    directory = here(DENYING, CORS_ORIGINS=f"{OLD},{NEW}")
    app = serving()
    how(directory / ".env")
    assert allowed(app, *BOTH) == allowed(app, *BOTH) == [OLD]
    assert caplog.text.count("envcors refused a change") == 1
    (directory / ".env").write_text(f"{DEVELOPMENT}CORS_DENY_ORIGINS={OLD}\n")
    assert allowed(app, *BOTH) == [NEW]


def test_a_file_that_cannot_be_read_keeps_the_policy_until_it_can(here: Here, caplog: pytest.LogCaptureFixture) -> None:
    directory = here()
    directory.chmod(0o755)
    app = serving()
    (directory / ".env").write_text(lines(NEW))
    (directory / ".env").chmod(0)
    with unprivileged():
        assert allowed(app, *BOTH) == allowed(app, *BOTH) == [OLD]
    assert caplog.text.count("It cannot be opened: permission denied.") == 1
    (directory / ".env").chmod(0o644)
    assert allowed(app, *BOTH) == [NEW]


def test_an_error_while_reading_reaches_no_request(
    here: Here, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = here()
    app = serving()

    def fail(*_arguments: object) -> None:
        raise MemoryError("s3cret")

    (directory / ".env").write_text(lines(NEW))
    with monkeypatch.context() as patch:
        patch.setattr(enforcement(app)._sources, "_read", fail)
        assert allowed(app, *BOTH) == [OLD]
    assert "Reading it raised MemoryError" in caplog.text
    assert "s3cret" not in caplog.text
    (directory / ".env").write_text(lines(NEW, "\n"))
    assert allowed(app, *BOTH) == [NEW]


# Which files


def test_a_file_that_is_created_later_is_followed(here: Here, caplog: pytest.LogCaptureFixture) -> None:
    directory = here(None, CORS_ENV="development")
    app = serving()
    assert allowed(app, *BOTH) == []
    (directory / ".env").write_text(f"CORS_MAX_AGE=5\nCORS_ORIGINS={NEW}\n")
    assert allowed(app, *BOTH) == [NEW]
    assert "reloaded from .env; CORS_ENV from environment" in caplog.text
    (directory / ".env").unlink()
    assert allowed(app, *BOTH) == [NEW]
    assert "The file does not exist any more." in caplog.text


def test_each_of_several_files_is_followed_and_the_last_overrides(here: Here) -> None:
    directory = here(None, {"base.env": lines(OLD), "own.env": "CORS_MAX_AGE=5\n"})
    app = serving(env_file=["base.env", Path("own.env")])
    (directory / "base.env").write_text(lines(NEW))
    assert allowed(app, *BOTH) == [NEW]
    (directory / "own.env").write_text(f"CORS_ORIGINS={OLD}\n")
    assert allowed(app, *BOTH) == [OLD]
    (directory / "own.env").unlink()
    (directory / "base.env").write_text(lines(NEW, "\n"))
    assert allowed(app, *BOTH) == [OLD]


def test_files_are_found_after_the_working_directory_changes(here: Here, tmp_path: Path) -> None:
    directory = here()
    app = serving()
    os.chdir(tmp_path)
    (tmp_path / ".env").write_text(lines("https://elsewhere.example"))
    (directory / ".env").write_text(lines(NEW))
    assert allowed(app, *BOTH) == [NEW]


def test_no_file_is_followed_where_none_is_read(here: Here) -> None:
    here(lines(NEW), CORS_ENV="development", CORS_ORIGINS=OLD)
    assert enforcement(serving(env_file=None)).middleware.refresh is None


def test_a_pipe_is_read_at_boot_and_not_followed(here: Here) -> None:
    directory = here(None)
    os.mkfifo(directory / ".env")
    pipe = os.open(directory / ".env", os.O_RDWR | os.O_NONBLOCK)
    os.write(pipe, lines(OLD).encode())

    def close() -> None:
        wait_until(lambda: not any(fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4)), "the application has read it")
        os.close(pipe)

    writer = threading.Thread(target=close)
    writer.start()
    app = serving()
    writer.join()
    assert allowed(app, *BOTH) == [OLD]
    assert enforcement(app).reloads.last_ok is None


def test_a_mounted_directory_is_followed_beside_the_file(here: Here, tmp_path: Path) -> None:
    mounted = Mounted(tmp_path / "cors", {"CORS_ORIGINS": OLD})
    directory = here(DEVELOPMENT, CORS_CONFIG_DIR=str(mounted.path), CORS_RELOAD_SECONDS=ALWAYS)
    app = serving()
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, *BOTH) == [NEW]
    (directory / ".env").write_text(f"{DEVELOPMENT}CORS_DENY_ORIGINS={NEW}\n")
    assert allowed(app, *BOTH) == []
    mounted.write({"CORS_ORIGINS": f"{OLD}\n{NEW}"})
    assert allowed(app, *BOTH) == [OLD]
    (directory / ".env").write_text("CORS_ORIGINS=*x\n")
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, *BOTH) == [OLD]
    (directory / ".env").write_text(DEVELOPMENT)
    assert allowed(app, *BOTH) == [NEW]


def test_a_directory_that_the_file_names_later_is_followed(here: Here, tmp_path: Path) -> None:
    mounted = Mounted(tmp_path / "cors", {"CORS_ORIGINS": OLD})
    directory = here(DEVELOPMENT)
    app = serving()
    (directory / ".env").write_text(f"{DEVELOPMENT}CORS_CONFIG_DIR={mounted.path}\nCORS_RELOAD_SECONDS={ALWAYS}\n")
    assert allowed(app, *BOTH) == [OLD]
    mounted.write({"CORS_ORIGINS": NEW})
    assert allowed(app, *BOTH) == [NEW]


# What an edit cannot change


def test_the_shell_overrides_an_edited_line_and_the_log_says_so_once_for_each_change(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    directory = here(lines(OLD), CORS_ORIGINS=OLD)
    app = serving()
    for text, times in ((lines(NEW), 1), (lines(NEW, "CORS_MAX_AGE=5\n"), 1), (lines("https://x.example"), 2)):
        (directory / ".env").write_text(text)
        assert allowed(app, *BOTH) == allowed(app, *BOTH) == [OLD]
        assert caplog.text.count("CORS_ORIGINS from the environment overrides .env line 2: unset it") == times


@pytest.mark.parametrize(
    ("text", "announced"),
    [
        (f"CORS_ENV=production\nCORS_ORIGINS={NEW}\n", "CORS_ENV=production (.env line 1)"),
        (f"CORS_ORIGINS={NEW}\n", "CORS_ENV=production (default)"),
        (lines(NEW, "CORS_DANGEROUSLY_ALLOW=origin-local\n"), "CORS_DANGEROUSLY_ALLOW=origin-local (.env line 3)"),
    ],
    ids=["production", "no mode", "waiver"],
)
def test_what_changes_at_boot_only_is_announced(
    here: Here, caplog: pytest.LogCaptureFixture, text: str, announced: str
) -> None:
    directory = here()
    app = serving()
    (directory / ".env").write_text(text)
    assert allowed(app, *BOTH) == [NEW]
    assert f"{announced} takes effect at the next start of the application" in caplog.text
    assert not enforcement(app).configuration.production


def test_what_the_next_start_would_refuse_is_refused(here: Here, caplog: pytest.LogCaptureFixture) -> None:
    directory = here()
    app = serving()
    (directory / ".env").write_text("CORS_ENV=production\nCORS_ORIGINS=http://localhost:5173\n")
    assert allowed(app, OLD, "http://localhost:5173") == [OLD]
    assert "origin-plain-http" in caplog.text


# Production, and what a request costs


def test_production_follows_no_file(here: Here) -> None:
    directory = here(f"CORS_ORIGINS={OLD}\n")
    app = serving()
    assert allowed(app, *BOTH) == [OLD]
    (directory / ".env").write_text(f"CORS_ORIGINS={NEW}\n")
    assert allowed(app, *BOTH) == [OLD]
    assert enforcement(app).middleware.refresh is None
    assert MARKER not in os.environ


def test_a_request_in_development_asks_for_the_status_of_each_file_once(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = here()
    os.utime(directory / ".env", (1, 1))
    app = serving()
    allowed(app, OLD)
    asked: list[object] = []
    stat = os.stat

    def counted(path: str, **keywords: int | bool | None) -> os.stat_result:
        asked.append(path)
        return stat(path, **keywords)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(os, "stat", counted)
    refresh = enforcement(app).middleware.refresh
    assert refresh is not None
    refresh()
    assert asked == [str(directory / ".env")]


def test_two_changes_that_leave_the_same_status_are_told_apart(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env_files, "_status", lambda _: (2**62, 0, 0, 0))
    directory = here()
    app = serving()
    assert allowed(app, *BOTH) == [OLD]
    (directory / ".env").write_text(lines(NEW))
    assert allowed(app, *BOTH) == [NEW]


def test_requests_at_the_same_time_read_a_change_once(here: Here) -> None:
    directory = here()
    app = serving()
    (directory / ".env").write_text(lines(NEW))
    begin = threading.Barrier(8)

    def ask() -> None:
        begin.wait()
        allowed(app, NEW)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed(app, *BOTH) == [NEW]
    assert enforcement(app).reloads.good == 1

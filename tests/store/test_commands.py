"""``envcors origins``: what each command writes, prints and exits with."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis

from envcors.settings.store_url import StoreURL
from envcors.store.database import StoreError, told
from tests.cli.command import Ended, Shell
from tests.processes import free_port, run
from tests.store.redis_server import RedisServer

pytestmark = pytest.mark.store

ORIGIN = "https://a.customer.io"


@pytest.fixture
def shell(server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    directory = tmp_path / "work"
    directory.mkdir()
    monkeypatch.chdir(directory)
    variables = {"CORS_ORIGINS": "https://own.acme.io,https://*.acme.io", "CORS_ORIGINS_STORE": server.url}
    return Shell(directory, variables)


def listed(shell: Shell) -> list[str]:
    return [entry["origin"] for entry in shell.envcors("origins", "list", "--format", "json").json["origins"]]


def origins(shell: Shell, *arguments: str, **variables: str) -> Ended:
    return shell.envcors("origins", *arguments, **variables)


def test_add_list_and_remove(shell: Shell) -> None:
    assert origins(shell, "add", ORIGIN, "https://b.io", "--by", "ada").status == 0
    assert listed(shell) == [ORIGIN, "https://b.io"]
    removed = origins(shell, "remove", ORIGIN)
    assert removed.status == 0
    assert listed(shell) == ["https://b.io"]
    assert "ada" in origins(shell, "history").stdout


@pytest.mark.parametrize("duration", ["45m", "12h", "30d", "8w", "30 D"])
def test_an_origin_can_be_added_for_a_time(shell: Shell, duration: str) -> None:
    assert origins(shell, "add", ORIGIN, "--for", duration).status == 0
    assert "until 20" in origins(shell, "list").stdout


@pytest.mark.parametrize("duration", ["", "30", "d", "-1d", "0d", "1 year", "1e3h", "forever"])
def test_another_duration_is_a_usage_error(shell: Shell, duration: str) -> None:
    ended = origins(shell, "add", ORIGIN, "--for", duration)
    assert ended.status == 2
    assert "30d" in ended.stderr
    assert listed(shell) == []


def test_all_problems_are_reported_and_nothing_is_written(shell: Shell) -> None:
    ended = origins(shell, "add", ORIGIN, "*", "http://b.io", "https://B.io")
    assert ended.status == 1
    for rule in ("origin-any", "origin-plain-http", "origin-malformed"):
        assert rule in ended.stderr
    assert "Fix: https://b.io" in ended.stderr
    assert listed(shell) == []


def test_removing_what_is_not_there_is_refused_and_removes_nothing(shell: Shell) -> None:
    origins(shell, "add", ORIGIN)
    ended = origins(shell, "remove", ORIGIN, "https://other.customer.io")
    assert ended.status == 1
    assert "https://other.customer.io is not in the store" in ended.stderr
    assert listed(shell) == [ORIGIN]


def test_remove_says_what_still_allows_the_origin(shell: Shell) -> None:
    origins(shell, "add", "https://x.acme.io")
    assert "still allowed by https://*.acme.io" in origins(shell, "remove", "https://x.acme.io").stdout


@pytest.mark.parametrize("command", ["add", "remove"])
def test_a_dry_run_writes_nothing(shell: Shell, command: str) -> None:
    origins(shell, "add", ORIGIN)
    ended = origins(shell, command, ORIGIN if command == "remove" else "https://b.io", "--dry-run")
    assert ended.status == 0
    assert "nothing was written" in ended.stdout
    assert listed(shell) == [ORIGIN]
    assert len(origins(shell, "history").stdout.splitlines()) == 1


@pytest.mark.parametrize("content", ["# customers\nhttps://a.io\n\n  https://b.io  \n", "﻿https://a.io\r\nhttps://b.io"])
def test_import_reads_one_origin_from_each_line(shell: Shell, content: str) -> None:
    shell.write("list.txt", content)
    assert origins(shell, "import", "list.txt").status == 0
    assert listed(shell) == ["https://a.io", "https://b.io"]


def test_a_bad_line_in_the_middle_of_an_import_is_named_and_nothing_is_written(shell: Shell) -> None:
    lines = [f"https://c{number}.io" for number in range(1000)]
    lines[500] = "https://c500.io/path"
    shell.write("list.txt", "\n".join(lines))
    ended = origins(shell, "import", "list.txt")
    assert ended.status == 1
    assert "list.txt line 501" in ended.stderr
    assert listed(shell) == []


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe\x00"])
def test_an_import_without_origins_writes_nothing(shell: Shell, content: bytes) -> None:
    shell.write("list.txt", content)
    assert origins(shell, "import", "list.txt").status in {1, 2}
    assert listed(shell) == []


def test_a_missing_file_is_a_usage_error(shell: Shell) -> None:
    assert origins(shell, "import", "absent.txt").status == 2


def test_verify_finds_members_that_break_a_rule_and_a_missing_revision(shell: Shell, server: RedisServer) -> None:
    origins(shell, "add", ORIGIN)
    assert origins(shell, "verify").status == 0
    server.write("ZADD", "{envcors}:origins", "inf", "http://evil.io")
    ended = origins(shell, "verify")
    assert ended.status == 1
    assert "http://evil.io: origin-plain-http" in ended.stdout
    assert listed(shell) == ["http://evil.io", ORIGIN]
    server.write("ZREM", "{envcors}:origins", "http://evil.io")
    server.write("DEL", "{envcors}:revision")
    assert "revision is missing" in origins(shell, "verify").stdout


def test_another_prefix_is_another_store(shell: Shell, server: RedisServer) -> None:
    origins(shell, "add", ORIGIN)
    shell.variables["CORS_ORIGINS_STORE"] = f"{server.url}?prefix=staging"
    assert listed(shell) == []


def test_a_resource_has_its_own_store(shell: Shell, server: RedisServer) -> None:
    shell.variables |= {
        "CORS_RESOURCES__OWN__PATHS": "/own/*",
        "CORS_RESOURCES__OWN__ORIGINS_STORE": f"{server.url}?prefix=own",
    }
    for name in ("OWN", "/own/*"):
        assert origins(shell, "add", ORIGIN, "--resource", name).status == 0
    assert listed(shell) == []
    assert ORIGIN in origins(shell, "list", "--resource", "OWN").stdout
    assert origins(shell, "list", "--resource", "OTHER").status == 2


@pytest.mark.parametrize("command", [("add", ORIGIN), ("remove", ORIGIN), ("list",), ("verify",), ("history",)])
def test_a_store_that_is_away_is_status_3_without_the_password(shell: Shell, command: tuple[str, ...]) -> None:
    ended = origins(shell, *command, CORS_ORIGINS_STORE=f"redis://:hunter2@127.0.0.1:{free_port()}/0")
    assert ended.status == 3
    assert "cannot be reached" in ended.stderr
    assert "hunter2" not in ended.output


def test_a_wrong_password_is_status_1(shell: Shell, server: RedisServer) -> None:
    ended = origins(shell, "list", CORS_ORIGINS_STORE=f"redis://:hunter2@127.0.0.1:{server.port}/0")
    assert ended.status == 1
    assert "password" in ended.stderr
    assert "hunter2" not in ended.output


def test_a_replica_takes_no_writes(shell: Shell, server: RedisServer) -> None:
    server.write("REPLICAOF", "127.0.0.1", free_port())
    ended = origins(shell, "add", ORIGIN)
    assert ended.status == 1
    assert "replica" in ended.stderr


def test_without_a_store_the_commands_name_the_variable(shell: Shell) -> None:
    del shell.variables["CORS_ORIGINS_STORE"]
    ended = origins(shell, "list")
    assert ended.status == 2
    assert "CORS_ORIGINS_STORE" in ended.stderr


def test_a_refused_configuration_changes_no_store(shell: Shell) -> None:
    assert origins(shell, "add", ORIGIN, CORS_METHODS="TRACE").status == 1
    assert listed(shell) == []


def test_check_reads_the_store_only_when_it_is_told(shell: Shell) -> None:
    away = f"redis://127.0.0.1:{free_port()}/0"
    assert shell.envcors("check", CORS_ORIGINS_STORE=away).status == 0
    ended = shell.envcors("check", "--store", CORS_ORIGINS_STORE=away)
    assert ended.status == 1
    assert "source-unreadable" in ended.stderr
    assert shell.envcors("check", "--store").status == 0


def test_explain_knows_the_store_when_it_is_told(shell: Shell) -> None:
    origins(shell, "add", ORIGIN)
    without = shell.envcors("explain", "--origin", ORIGIN)
    assert without.status == 1
    assert f"envcors origins add {ORIGIN}" in without.stdout
    assert shell.envcors("explain", "--origin", ORIGIN, "--store").status == 0


def test_show_counts_the_origins_of_the_store(shell: Shell) -> None:
    origins(shell, "add", ORIGIN)
    assert "1 origin, revision" in shell.envcors("show", "--store").stdout


def test_a_store_that_one_side_lacks_is_wider(shell: Shell, server: RedisServer) -> None:
    shell.write("a.env", "CORS_ORIGINS=https://own.acme.io\n")
    shell.write("b.env", f"CORS_ORIGINS=https://own.acme.io\nCORS_ORIGINS_STORE={server.url}\n")
    ended = shell.envcors("diff", "a.env", "b.env")
    assert ended.status == 1
    assert "redis://:***@" in ended.stdout
    assert shell.envcors("diff", "b.env", "a.env").status == 0


def test_a_command_of_flask_connects_only_when_it_is_told(shell: Shell, server: RedisServer, tmp_path: Path) -> None:
    shell.write("shop.py", "from flask import Flask\nfrom envcors import CORS\napp = Flask(__name__)\nCORS(app)\n")
    origins(shell, "add", ORIGIN)
    before = server.client.info("stats")["total_connections_received"]
    command = [sys.executable, "-m", "flask", "--app", "shop", "cors", "explain", "--origin", ORIGIN]
    without = run(command, shell.variables, cwd=shell.directory)
    assert without.status == 1, without.output
    assert server.client.info("stats")["total_connections_received"] == before + 1  # that of this question
    assert run([*command, "--store"], shell.variables, cwd=shell.directory).status == 0


class Terminal(io.StringIO):
    """A terminal's standard error."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What commands print to standard error, on a terminal; standard input has two origins."""
    screen = Terminal()
    stdin = io.StringIO("https://a.io\nhttps://b.io\n")
    monkeypatch.setattr("envcors.cli.origins.sys", SimpleNamespace(stderr=screen, stdin=stdin))
    monkeypatch.setattr("envcors.cli.origins._CHECKED_AT_ONCE", 10)
    return screen


def test_a_long_import_shows_its_progress_on_a_terminal(shell: Shell, terminal: Terminal) -> None:
    shell.write("list.txt", "\n".join(f"https://c{number}.io" for number in range(95)))
    assert origins(shell, "import", "list.txt").status == 0
    assert "Checking" in terminal.getvalue()
    assert len(listed(shell)) == 95


def test_all_bad_lines_of_a_long_import_are_found(shell: Shell, terminal: Terminal) -> None:
    lines = [f"https://c{number}.io" for number in range(95)]
    lines[5] = lines[80] = "https://c.io/path"
    shell.write("list.txt", "\n".join(lines))
    ended = origins(shell, "import", "list.txt", "--format", "json")
    assert ended.status == 1
    assert [problem["source"] for problem in ended.json["problems"]] == ["list.txt line 6", "list.txt line 81"]
    assert listed(shell) == []


def test_an_import_reads_standard_input(shell: Shell, terminal: Terminal) -> None:
    assert origins(shell, "import", "-").status == 0
    assert listed(shell) == ["https://a.io", "https://b.io"]


@pytest.mark.parametrize("command", [("add", "*"), ("remove", "https://absent.io")])
def test_a_refusal_is_json_where_that_is_asked_for(shell: Shell, command: tuple[str, ...]) -> None:
    ended = origins(shell, *command, "--format", "json")
    assert ended.status == 1
    assert ended.json["ok"] is False
    assert ended.json["problems"]


def test_an_error_is_json_where_that_is_asked_for(shell: Shell) -> None:
    ended = origins(shell, "list", "--format", "json", CORS_ORIGINS_STORE=f"redis://127.0.0.1:{free_port()}/0")
    assert ended.status == 3
    assert "cannot be reached" in ended.json["error"]


def test_a_pattern_that_is_removed_is_compared_with_nothing(shell: Shell) -> None:
    origins(shell, "add", "https://*.x.acme.io")
    assert "still allowed" not in origins(shell, "remove", "https://*.x.acme.io").stdout


def test_a_user_without_a_name_is_known_by_a_number(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.delenv("SUDO_USER", raising=False)
    origins(shell, "add", ORIGIN)
    assert re.search(r"^\S+ \S+   \d+@", origins(shell, "history").stdout)


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (redis.exceptions.AuthenticationError("invalid"), "password"),
        (redis.exceptions.ResponseError("NOPERM no permissions"), "may not use the keys"),
        (redis.exceptions.ConnectionError("certificate verify failed: Hostname mismatch"), "cannot be trusted"),
        (redis.exceptions.ReadOnlyError("You can't write"), "replica"),
        (redis.exceptions.ResponseError("OOM command not allowed"), "full"),
        (redis.exceptions.ResponseError("WRONGTYPE Operation"), "something else"),
        (redis.exceptions.TimeoutError("Timeout"), "cannot be reached"),
        (OSError("no route"), "cannot be reached"),
        (redis.exceptions.ResponseError("ERR strange"), "answered"),
    ],
)
def test_an_error_of_redis_is_one_sentence_without_the_password(error: Exception, word: str) -> None:
    url = StoreURL.parse("redis://:hunter2@cache")
    assert url is not None
    with pytest.raises(StoreError, match=word) as raised, told(url):
        raise error
    assert "hunter2" not in str(raised.value)
    assert "***@cache" in str(raised.value)

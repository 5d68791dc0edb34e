"""A store of origins in one process: what an application does while the store changes, fails and comes back."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from envcors import BootRefused
from envcors.flask.enforcement import Enforcement
from envcors.store.database import Database, StoreError
from envcors.store.listener import Listener, Status, listener_of
from envcors.store.writing import OriginsRefused
from tests.booting import Setup, boot
from tests.processes import wait_until
from tests.store.redis_server import RedisServer

pytestmark = pytest.mark.store

ORIGIN = "https://a.customer.io"


class Application:
    """An application with a store, and requests to it."""

    def __init__(self, server: RedisServer, query: str = "", **environment: str) -> None:
        variables = {"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": server.url + query, **environment}
        app = boot(Setup(variables)).app
        assert app is not None
        self.app = app
        self.enforcement: Enforcement = app.extensions["envcors"]

    @property
    def listener(self) -> Listener:
        url = self.enforcement.settings.origins_store
        assert url is not None
        return listener_of(url)

    @property
    def status(self) -> Status:
        return self.listener.status

    def allows(self, origin: str, path: str = "/") -> bool:
        headers = self.app.test_client().get(path, headers={"Origin": origin}).headers
        return headers.get("Access-Control-Allow-Origin") == origin

    def wait_for(self, origin: str, *, allowed: bool = True) -> None:
        word = "allowed" if allowed else "not allowed"
        wait_until(lambda: self.allows(origin) is allowed, f"{origin} is {word}")


@pytest.fixture
def application(server: RedisServer) -> Application:
    return Application(server)


def test_an_added_origin_is_allowed_and_a_removed_one_is_not(application: Application) -> None:
    assert not application.allows(ORIGIN)
    application.enforcement.store.add(ORIGIN, by="test")
    application.wait_for(ORIGIN)
    assert application.allows("https://own.acme.io")
    assert not application.allows("https://b.customer.io")
    application.enforcement.store.remove(ORIGIN, by="test")
    application.wait_for(ORIGIN, allowed=False)


def test_what_was_added_before_the_boot_is_allowed_by_the_first_decision(server: RedisServer) -> None:
    Application(server).enforcement.store.add(ORIGIN, "https://*.partner.io", by="test")
    started_later = Application(server)
    started_later.wait_for(ORIGIN)
    assert started_later.allows("https://x.partner.io")
    assert not started_later.allows("https://partner.io")


def test_an_origin_that_was_added_for_a_time_expires_without_redis(server: RedisServer) -> None:
    application = Application(server)
    application.enforcement.store.add(ORIGIN, by="test", lifetime=timedelta(seconds=3))
    application.wait_for(ORIGIN)
    server.stop()
    application.wait_for(ORIGIN, allowed=False)


@pytest.mark.parametrize(
    ("origin", "rule"),
    [
        ("*", "origin-any"),
        ("null", "origin-null"),
        ("http://a.customer.io", "origin-plain-http"),
        ("https://localhost", "origin-local"),
        ("https://*.github.io", "origin-public-suffix"),
        ("https://a.customer.io:*", "origin-any-port"),
        ("https://a.customer.io/", "origin-malformed"),
        ("https://A.customer.io", "origin-malformed"),
        ("wss://a.customer.io", "origin-malformed"),
        ("https://a.customer.io\nhttps://evil.io", "origin-malformed"),
        ("https://a.customer.io\x00", "origin-malformed"),
        ("", "origin-malformed"),
        ("https://" + "a" * 400 + ".io", "origin-malformed"),
    ],
)
def test_an_origin_that_violates_a_rule_is_not_added_nor_are_the_others(
    application: Application, origin: str, rule: str
) -> None:
    with pytest.raises(OriginsRefused) as refused:
        application.enforcement.store.add(ORIGIN, origin, by="test")
    assert [problem.rule for problem in refused.value.problems] == [rule]
    assert application.enforcement.store.members() == []


@pytest.mark.parametrize(
    "member",
    [
        b"*",
        b"null",
        b"http://a.customer.io",
        b"https://*.github.io",
        b"https://a.io\r\nX: y",
        b"\xff\xfe",
        b"",
        b"x" * 9999,
    ],
)
def test_a_member_that_breaks_a_rule_is_left_out_counted_and_logged(
    server: RedisServer, member: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    application = Application(server)
    application.enforcement.store.add(ORIGIN, by="test")
    server.client.zadd("{envcors}:origins", {member: "inf"})
    started_later = Application(server, "?prefix=envcors")
    started_later.listener.load()
    started_later.wait_for(ORIGIN)
    assert started_later.status.left_out == 1
    assert started_later.status.members == 2
    assert not started_later.allows("http://a.customer.io")
    assert not started_later.allows("https://x.github.io")
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_a_development_policy_takes_a_local_origin_of_the_store(server: RedisServer) -> None:
    application = Application(server, CORS_ENV="development")
    application.enforcement.store.add("http://localhost:3000", by="test")
    application.wait_for("http://localhost:3000")


def test_redis_that_goes_away_changes_nothing_and_its_return_is_caught_up(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "envcors"):
        application = Application(server)
        application.enforcement.store.add(ORIGIN, by="test")
        application.wait_for(ORIGIN)
        server.write("SAVE")
        server.stop()
        wait_until(lambda: bool(application.status.error), "the listener notices")
        assert application.allows(ORIGIN)
        server.start()
        application.enforcement.store.add("https://later.io", by="test")
        application.wait_for("https://later.io")
        assert application.allows(ORIGIN)
    messages = [record.getMessage() for record in caplog.records]
    assert any("cannot be reached" in message for message in messages)
    assert any("followed again" in message for message in messages)


@pytest.mark.parametrize("loss", ["flush", "evicted revision", "evicted set", "older backup"])
def test_lost_data_is_no_change_until_somebody_writes(
    server: RedisServer, loss: str, caplog: pytest.LogCaptureFixture
) -> None:
    application = Application(server)
    application.enforcement.store.add(ORIGIN, by="test")
    application.wait_for(ORIGIN)
    match loss:
        case "flush":
            server.write("FLUSHALL")
        case "evicted revision":
            server.write("DEL", "{envcors}:revision")
        case "evicted set":
            server.write("DEL", "{envcors}:origins", "{envcors}:revision")
        case _:
            server.write("SET", "{envcors}:revision", 5)
            server.write("ZADD", "{envcors}:origins", "inf", "https://of.backup.io")
    wait_until(lambda: "lost data" in application.status.error, "the loss is noticed")
    assert application.allows(ORIGIN)
    assert not application.allows("https://of.backup.io")
    assert any(record.levelno == logging.ERROR and "lost data" in record.getMessage() for record in caplog.records)
    application.enforcement.store.add("https://new.io", by="test")
    application.wait_for("https://new.io")
    assert not application.status.error


def test_a_process_that_never_read_the_store_allows_none_of_a_set_without_revision(server: RedisServer) -> None:
    server.write("ZADD", "{envcors}:origins", "inf", ORIGIN)
    outcome = boot(Setup({"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": server.url}))
    assert outcome.rules() == ["source-unreadable"]
    application = Application(server, CORS_ORIGINS_STORE_REQUIRED="false")
    assert not application.allows(ORIGIN)


def in_child(application: Application, *steps: str) -> Iterator[bool]:
    """Fork, and ask in the child for each origin of ``steps``; what it answers."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answers = [application.allows(step) for step in steps]
            os.write(writing, json.dumps(answers).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as file:
        yield from json.loads(file.read())


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_worker_that_is_forked_later_serves_no_removed_origin(server: RedisServer) -> None:
    preloaded = Application(server)
    preloaded.enforcement.store.add(ORIGIN, "https://kept.io", by="test")
    preloaded.wait_for(ORIGIN)
    preloaded.enforcement.store.remove(ORIGIN, by="test")
    removed, _, kept = in_child(preloaded, ORIGIN, "https://kept.io", "https://kept.io")
    assert not removed
    assert kept
    server.stop()
    assert list(in_child(preloaded, "https://kept.io", "https://own.acme.io")) == [False, True]


def test_threads_do_not_wait_for_a_store_that_answers_nothing(server: RedisServer) -> None:
    application = Application(server)
    server.write("CLIENT", "PAUSE", 3_000)
    started = threading.Barrier(4)
    answers = []

    def ask() -> None:
        started.wait()
        answers.append(application.allows(ORIGIN))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [False] * 4
    application.enforcement.store.add(ORIGIN, by="test")
    application.wait_for(ORIGIN)


@pytest.mark.parametrize("required", ["true", "false"])
@pytest.mark.parametrize("trouble", ["away", "password", "wrong type"])
def test_a_store_that_cannot_be_read_refuses_the_boot_where_it_is_required(
    server: RedisServer, trouble: str, required: str
) -> None:
    url = server.url
    if trouble == "away":
        server.stop()
    elif trouble == "password":
        url = url.replace("s3cret", "wrong")
    else:
        server.write("SET", "{envcors}:origins", "x")
    variables = {"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": url}
    outcome = boot(Setup(variables | {"CORS_ORIGINS_STORE_REQUIRED": required}))
    if required == "false":
        assert outcome.app is not None
        return
    (problem,) = outcome.problems
    assert problem.rule == "source-unreadable"
    assert "***@" in str(problem.value)
    assert "CORS_ORIGINS_STORE_REQUIRED=false" in problem.fix
    assert "s3cret" not in str(outcome.refusal)


def test_resources_inherit_the_store_with_the_origins_or_have_their_own(server: RedisServer) -> None:
    application = Application(
        server,
        CORS_RESOURCES__ALL__PATHS="/*",
        CORS_RESOURCES__ADMIN__PATHS="/admin/*",
        CORS_RESOURCES__ADMIN__ORIGINS="https://admin.acme.io",
        CORS_RESOURCES__OWN__PATHS="/own/*",
        CORS_RESOURCES__OWN__ORIGINS_STORE=server.url + "?prefix=own",
    )
    application.enforcement.store.add(ORIGIN, by="test")
    application.wait_for(ORIGIN)
    assert not application.allows(ORIGIN, "/admin/x")
    assert application.allows("https://admin.acme.io", "/admin/x")
    assert not application.allows(ORIGIN, "/own/x")
    assert application.allows("https://own.acme.io", "/own/x")


def test_the_history_says_who_changed_what(application: Application) -> None:
    store = application.enforcement.store
    store.add(ORIGIN, by="ada")
    store.add("https://b.io", by="bob\nforged", lifetime=timedelta(days=1))
    store.remove(ORIGIN, by="cy")
    last, second, first = store.history()
    assert [(change.by, change.operation, change.members) for change in (first, second, last)] == [
        ("ada", "add", (ORIGIN,)),
        ("bob\\nforged", "add", ("https://b.io",)),
        ("cy", "remove", (ORIGIN,)),
    ]
    assert first.revision < second.revision < last.revision


def test_many_writers_lose_nothing(server: RedisServer) -> None:
    application = Application(server)
    url = application.enforcement.settings.origins_store
    assert url is not None

    def write(number: int) -> None:
        database = Database(url)
        for index in range(10):
            database.write("add", [f"https://c{index}.w{number}.io"], by="test", until=float("inf"))
        database.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(application.enforcement.store.members()) == 40
    for number in range(4):
        application.wait_for(f"https://c9.w{number}.io")
    assert application.status.members == 40


def test_a_full_server_writes_nothing(server: RedisServer) -> None:
    application = Application(server)
    server.write("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError, match="full"):
        application.enforcement.store.add(ORIGIN, by="test")
    server.write("CONFIG", "SET", "maxmemory", "0")
    assert application.enforcement.store.members() == []


def test_a_key_of_another_program_is_left_alone(server: RedisServer) -> None:
    application = Application(server)
    server.write("SET", "{envcors}:changes", "mine")
    with pytest.raises(StoreError, match="another program"):
        application.enforcement.store.add(ORIGIN, by="test")
    assert server.write("GET", "{envcors}:changes") == b"mine"
    assert server.write("ZCARD", "{envcors}:origins") == 0


def test_a_large_import_is_in_force_and_a_reload_keeps_it(server: RedisServer) -> None:
    application = Application(server)
    many = [f"https://c{number}.customers.io" for number in range(20_000)]
    application.enforcement.store.add(*many, by="test")
    application.wait_for(many[-1])
    assert application.allows(many[0])
    application.enforcement.reconfigure()
    assert application.allows(many[0])


def test_an_application_without_a_store_says_so() -> None:
    app = boot(Setup({"CORS_ORIGINS": "https://own.acme.io"})).app
    assert app is not None
    with pytest.raises(LookupError, match="CORS_ORIGINS_STORE"):
        _ = app.extensions["envcors"].store


def test_a_refusal_names_the_store_without_its_password(server: RedisServer) -> None:
    server.stop()
    outcome = boot(Setup({"CORS_ORIGINS": "https://own.acme.io", "CORS_ORIGINS_STORE": server.url}))
    assert isinstance(outcome.refusal, BootRefused)
    assert f"redis://:***@127.0.0.1:{server.port}/0" in str(outcome.refusal)


def test_a_store_without_its_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envcors.rules.deployment.find_spec", lambda _name: None)
    outcome = boot(Setup({"CORS_ORIGINS_STORE": "redis://cache"}))
    assert outcome.rules() == ["usage"]
    assert "envcors[redis]" in outcome.problems[0].fix


@pytest.mark.parametrize("options", [{}, {"threads": 2}, {"enable-threads": True}])
def test_a_server_that_runs_no_threads_is_refused(
    server: RedisServer, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uwsgi", SimpleNamespace(opt=options))
    variables = {
        "CORS_RESOURCES__A__PATHS": "/*",
        "CORS_RESOURCES__A__ORIGINS_STORE": server.url,
        "CORS_ORIGINS": "https://own.acme.io",
    }
    outcome = boot(Setup(variables))
    assert outcome.rules() == ([] if options else ["usage"])
    if not options:
        assert outcome.problems[0].variable == "CORS_RESOURCES__A__ORIGINS_STORE"


def test_a_resource_names_the_variable_of_a_store_that_is_away(server: RedisServer) -> None:
    server.stop()
    variables = {"CORS_RESOURCES__A__PATHS": "/*", "CORS_RESOURCES__A__ORIGINS_STORE": server.url}
    outcome = boot(Setup({**variables, "CORS_ORIGINS": "https://own.acme.io"}))
    assert [problem.variable for problem in outcome.problems] == ["CORS_RESOURCES__A__ORIGINS_STORE"]

"""The URL of a store: what it may be, and that no output shows its password."""

from __future__ import annotations

import io
import json
import logging
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.configuration import configure
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.parsers import ParseError
from envcors.settings.store_url import StoreURL
from tests.cli.command import Shell
from tests.cli.conftest import shell

__all__ = ["shell"]

SECRET = "Zq9hunter2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://cache", "redis://cache:6379/0"),
        ("redis://cache:6380", "redis://cache:6380/0"),
        ("redis://cache/3", "redis://cache:6379/3"),
        ("redis://:pw@cache", "redis://:***@cache:6379/0"),
        ("redis://user:pw@cache", "redis://user:***@cache:6379/0"),
        ("rediss://user@cache?ca=/etc/ca.pem", "rediss://user@cache:6379/0"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("redis://cache?prefix=shop", "redis://cache:6379/0?prefix=shop"),
        ("  redis://cache  ", "redis://cache:6379/0"),
    ],
)
def test_a_valid_url_is_shown_without_its_password(text: str, shown: str) -> None:
    assert str(StoreURL.parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("localhost:6379", "redis://"),
        ('"redis://cache"', "quotes"),
        ("'redis://cache'", "quotes"),
        ("http://cache", "redis://"),
        ("Redis://cache", "redis://"),
        ("redis:/cache", "redis://"),
        ("redis+sentinel://a:26379/mymaster", "Sentinel"),
        ("redis-cluster://a:6379", "Cluster"),
        ("redis+unix:///run/redis.sock", "socket"),
        ("redis://a:6379,b:6379", "several servers"),
        ("redis://", "host"),
        ("redis://:pw@", "host"),
        ("redis://cache:port", "%2F"),
        ("redis://cache:0", "65535"),
        ("redis://cache:70000", "host and a port"),
        ("redis://:p/w@cache", "%2F"),
        ("redis://:p#w@cache", "%23"),
        ("redis://cache/zero", "database"),
        ("redis://cache/0/1", "database"),
        ("redis://cache?db=1", "unknown parameter"),
        ("redis://cache?password=pw", "unknown parameter"),
        ("redis://cache?prefix=a&prefix=b", "twice"),
        ("redis://cache?prefix=a b", "white space"),
        ("redis://cache?prefix=", "prefix"),
        ("redis://cache?ca=/ca.pem", "rediss://"),
        ("rediss://cache?ca=", "certificates"),
        ("redis://:pässword@cache", "ASCII"),
        ("redis://cache other", "white space"),
    ],
)
def test_an_invalid_url_is_refused_with_what_to_write(text: str, word: str) -> None:
    with pytest.raises(ParseError, match=re.escape(word)):
        StoreURL.parse(text)


def test_special_characters_of_a_password_are_percent_encoded() -> None:
    url = StoreURL.parse(f"redis://:{quote('p@ss/w#rd?%', safe='')}@cache")
    assert url is not None
    assert url.password.get_secret_value() == "p@ss/w#rd?%"


SHAPES = (
    "redis://:{0}@cache:6379/0",
    "redis://user:{0}@cache/0?prefix=shop",
    "redis://:{0}@cache:port/0",
    "redis//:{0}@cache",
    "redis://:{0}@cache?x=1",
    "redis://cache?password={0}",
    "rediss://:{0}@a,b",
    "reds://:{0}@cache",
    '"redis://:{0}@cache"',
    "{0}",
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["CORS_ORIGINS_STORE", "CORS_RESOURCES__API__ORIGINS_STORE", "CORS_ORIGIN_STORE"])
@pytest.mark.parametrize(
    "command", ["check", "show", "check --format json", "show --format json", "check --format sarif"]
)
def test_no_command_shows_a_password(shell: Shell, command: str, name: str, shape: str) -> None:
    environ = {name: shape.format(SECRET), "CORS_RESOURCES__API__PATHS": "/api/*", "CORS_ORIGINS": "http://a.io"}
    assert SECRET not in shell.envcors(*command.split(), **environ).output


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("command", ["check", "show", "check --format json", "show --format json"])
def test_resources_in_json_show_no_password_of_a_url(shell: Shell, command: str, shape: str) -> None:
    resources = json.dumps({"/api/*": {"origins_store": shape.format(SECRET), "origins": ["http://a.io"]}})
    assert f"{SECRET}@" not in shell.envcors(*command.split(), CORS_RESOURCES=resources).output


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12), st.sampled_from(SHAPES))
def test_no_problem_log_line_or_model_has_a_password(text: str, shape: str) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger("envcors").addHandler(handler)
    try:
        environ = {"CORS_ORIGINS_STORE": shape.format(SECRET + text)}
        settings = CORSSettings.read(Inputs(environ=environ, env_files=()))
        configuration = configure(settings)
    finally:
        logging.getLogger("envcors").removeHandler(handler)
    shown = (
        f"{configuration.problems} {configuration.advice} {log.getvalue()} {settings!r} {settings.model_dump_json()}"
    )
    assert SECRET not in shown


def test_a_configmap_leaves_the_store_out_and_names_a_secret(shell: Shell) -> None:
    shell.write(".env", f"CORS_ORIGINS=https://a.io\nCORS_ORIGINS_STORE=redis://:{SECRET}@cache\n")
    ended = shell.envcors("generate", "configmap")
    assert ended.status == 0
    assert "STORE" not in ended.stdout
    assert "Secret" in ended.stderr
    assert SECRET not in ended.output

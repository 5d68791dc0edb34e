"""``envcors replay``: what another configuration would do with recorded decisions."""

from __future__ import annotations

import gzip
import io
import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envcors.observe import JSONFormatter
from tests.booting import Setup, boot
from tests.cli.command import Ended, Shell

PAGE, OTHER, FOREIGN = "https://app.acme.io", "https://old.acme.io", "https://evil.io"


def record(**fields: object) -> str:
    line = {
        "time": 1.0,
        "envcors": 1,
        "kind": "actual",
        "outcome": "allowed",
        "reason": "allowed",
        "policy": "application",
        "method": "GET",
        "path": "/items",
        "origin": PAGE,
        "requested_headers": "",
        "mode": "production",
        "setting": "",
    }
    return json.dumps(line | fields)


def replayed(shell: Shell, *lines: str, **variables: str) -> Ended:
    shell.write("log", "\n".join(lines))
    return shell.envcors("replay", "log", "--format", "json", **variables)


def test_a_policy_that_allows_the_same_changes_nothing(shell: Shell) -> None:
    ended = replayed(
        shell, record(), record(origin=FOREIGN, outcome="blocked", reason="origin-not-allowed"), CORS_ORIGINS=PAGE
    )
    assert ended.status == 0
    assert ended.json == {
        "ok": True,
        "records": 2,
        "blocked": [],
        "allowed": [],
        "summarised": 0,
        "incomplete": 0,
        "other_versions": 0,
        "skipped": 0,
        "remarks": [],
    }


CHANGES = [
    ({"origin": OTHER}, {}, "origin-not-allowed", "CORS_ORIGINS"),
    ({"origin": PAGE}, {"CORS_DENY_ORIGINS": PAGE}, "origin-denied", "CORS_DENY_ORIGINS"),
    ({"kind": "preflight", "method": "PUT"}, {}, "method-not-allowed", "CORS_METHODS"),
    ({"kind": "preflight", "requested_headers": "x-token"}, {}, "header-not-allowed", "CORS_ALLOW_HEADERS"),
    ({}, {"CORS_RESOURCES": '{"/api/*": {}}'}, "no-policy", "CORS_RESOURCES"),
    (
        {"method": "POST", "origin": OTHER, "outcome": "reported", "reason": "foreign-write"},
        {"CORS_CSRF_PROTECTION": "enforce"},
        "foreign-write",
        "CORS_CSRF_PROTECTION",
    ),
]


@pytest.mark.parametrize(("fields", "variables", "reason", "setting"), CHANGES)
def test_what_would_be_blocked_is_shown_with_the_setting(
    shell: Shell, fields: dict[str, str], variables: dict[str, str], reason: str, setting: str
) -> None:
    ended = replayed(shell, *[record(**fields)] * 3, CORS_ORIGINS=PAGE, **variables)
    assert ended.status == 1
    (group,) = ended.json["blocked"]
    assert (group["requests"], group["reason"], group["setting"]) == (3, reason, setting)
    text = shell.envcors("replay", "log", CORS_ORIGINS=PAGE, **variables)
    assert "Would be blocked, and was allowed:" in text.stdout
    assert setting in text.stdout


@pytest.mark.parametrize(
    ("fields", "variables", "setting"),
    [
        ({"origin": OTHER, "reason": "origin-not-allowed"}, {"CORS_ORIGINS": f"{PAGE},{OTHER}"}, "CORS_ORIGINS"),
        (
            {"kind": "preflight", "method": "PUT", "reason": "method-not-allowed"},
            {"CORS_METHODS": "PUT"},
            "CORS_METHODS",
        ),
        ({"method": "POST", "reason": "foreign-write"}, {"CORS_CSRF_PROTECTION": "off"}, "CORS_CSRF_PROTECTION"),
    ],
)
def test_what_would_be_allowed_is_shown_and_is_no_failure(
    shell: Shell, fields: dict[str, str], variables: dict[str, str], setting: str
) -> None:
    ended = replayed(shell, record(**fields, outcome="blocked"), **{"CORS_ORIGINS": PAGE, **variables})
    assert ended.status == 0
    assert [group["setting"] for group in ended.json["allowed"]] == [setting]


def test_standard_input_and_compressed_logs_are_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("log.gz").write_bytes(gzip.compress(f"{record()}\n{record(origin=OTHER)}\n".encode()))
    assert shell.envcors("replay", "log.gz", "--format", "json", CORS_ORIGINS=PAGE).json["records"] == 2


BAD = [
    ("", "empty"),
    ("\n\n", "empty"),
    ("not json", "no decision in the log"),
    ('{"a": 1}', "no decision in the log"),
    ("[]", "no decision in the log"),
    (record()[:40], "no decision in the log"),
    (record(envcors=2), "another version"),
    (json.dumps({"envcors": 1, "event": "summary", "counts": {"blocked x": 5}}), "summaries only"),
    (record(origin="https://a…"), "cut"),
    (record(origin=5), "no decision in the log"),
    ("\x00\x01\x02", "no decision in the log"),
    ("[" * 10_000, "no decision in the log"),
]


@pytest.mark.parametrize(("content", "word"), BAD)
def test_a_log_without_a_decision_is_a_usage_error(shell: Shell, content: str, word: str) -> None:
    ended = replayed(shell, content, CORS_ORIGINS=PAGE)
    assert ended.status == 2
    assert word in ended.stderr


@pytest.mark.parametrize(
    "content", [b"\x1f\x8bnot gzip", gzip.compress(b"x" * 1000, mtime=0)[:30]], ids=["text", "half"]
)
def test_a_damaged_archive_is_a_usage_error(shell: Shell, content: bytes) -> None:
    shell.write("log.gz", content)
    ended = shell.envcors("replay", "log.gz", CORS_ORIGINS=PAGE)
    assert ended.status == 2
    assert "log.gz" in ended.stderr


def test_a_missing_log_and_a_refused_configuration_are_told(shell: Shell) -> None:
    assert shell.envcors("replay", "absent", CORS_ORIGINS=PAGE).status == 2
    assert replayed(shell, record(), CORS_ORIGINS="*").status == 1


def test_lines_that_are_no_records_are_counted_and_the_first_is_named(shell: Shell) -> None:
    ended = replayed(shell, record(), "noise", record()[:30], CORS_ORIGINS=PAGE)
    assert ended.json["skipped"] == 2
    assert "log line 2" in ended.json["remarks"][0]


def test_what_the_log_lacks_is_said(shell: Shell) -> None:
    summary = json.dumps({"envcors": 1, "event": "summary", "counts": {"blocked origin-not-allowed": 7}})
    blocked = record(origin=FOREIGN, outcome="blocked", reason="origin-not-allowed")
    remarks = " ".join(replayed(shell, blocked, summary, CORS_ORIGINS=PAGE).json["remarks"])
    assert "blocked decisions only" in remarks
    assert "7 more decisions" in remarks


def test_many_groups_are_bounded(shell: Shell) -> None:
    lines = [record(origin=f"https://a{number}.acme.io") for number in range(12_000)]
    ended = replayed(shell, *lines, CORS_ORIGINS=PAGE)
    assert len(ended.json["blocked"]) <= 10_001
    assert sum(group["requests"] for group in ended.json["blocked"]) == 12_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(st.text(max_size=40), st.sampled_from([record(), record()[:50], "{}", '{"envcors": 1}'])), max_size=6
    )
)
def test_no_line_of_a_log_makes_it_fail(shell: Shell, lines: list[str]) -> None:
    ended = replayed(shell, record(), *[line.replace("\udc00", "") for line in lines], CORS_ORIGINS=PAGE)
    assert ended.status in {0, 1}


def test_the_traffic_of_an_application_is_answered_by_a_tighter_policy(shell: Shell) -> None:
    handler = logging.FileHandler("traffic.log")
    handler.setFormatter(JSONFormatter())
    logger = logging.getLogger("envcors.decisions")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        variables = {"CORS_ORIGINS": f"{PAGE},{OTHER}", "CORS_METHODS": "PUT", "CORS_LOG_DECISIONS": "all"}
        app = boot(Setup(variables)).app
        assert app is not None
        client = app.test_client()
        for origin in (PAGE, OTHER, FOREIGN):
            client.get("/caf\u00e9", headers={"Origin": origin})
            client.options("/items", headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        handler.close()
    same = shell.envcors(
        "replay", "traffic.log", "--format", "json", CORS_ORIGINS=f"{PAGE},{OTHER}", CORS_METHODS="PUT"
    )
    assert same.json["records"] == 6
    assert (same.json["blocked"], same.json["allowed"]) == ([], [])
    tighter = shell.envcors("replay", "traffic.log", "--format", "json", CORS_ORIGINS=PAGE)
    assert tighter.status == 1
    assert {(group["origin"], group["method"], group["setting"]) for group in tighter.json["blocked"]} == {
        (OTHER, "GET", "CORS_ORIGINS"),
        (OTHER, "PUT", "CORS_ORIGINS"),
        (PAGE, "PUT", "CORS_METHODS"),
    }


class Terminal(io.StringIO):
    """A terminal's standard error."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_progress(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("envcors.cli.replay.sys", SimpleNamespace(stderr=screen))
    shell.write("log", "\n".join([record()] * 25_000))
    assert shell.envcors("replay", "log", CORS_ORIGINS=PAGE).status == 0
    assert "log" in screen.getvalue()


def test_standard_input_is_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(record().encode())))
    monkeypatch.setattr("envcors.cli.replay.sys", SimpleNamespace(stderr=io.StringIO(), stdin=stdin))
    assert shell.envcors("replay", "-", "--format", "json", CORS_ORIGINS=PAGE).json["records"] == 1


def test_text_shows_the_largest_groups_and_what_the_log_lacks(shell: Shell) -> None:
    lines = [record(origin=f"https://a{number}.acme.io") for number in range(30)]
    lines += [record(origin="https://cut…"), record(envcors=9), "noise"]
    shell.write("log", "\n".join(lines))
    ended = shell.envcors("replay", "log", CORS_ORIGINS=PAGE)
    assert ended.status == 1
    assert "30 would change" in ended.stdout
    assert "10 requests in 10 more groups" in ended.stdout
    for remark in ("1 records lack", "1 records are of another version", "1 lines are no records"):
        assert remark in ended.stdout


@pytest.mark.parametrize("content", [record(envcors=2), record(path="/cut…")])
def test_only_unusable_records_are_a_usage_error(shell: Shell, content: str) -> None:
    assert replayed(shell, content, CORS_ORIGINS=PAGE).status == 2


def test_a_foreign_write_where_no_policy_governs_is_answered_too(shell: Shell) -> None:
    variables = {"CORS_ORIGINS": PAGE, "CORS_CSRF_PROTECTION": "enforce", "CORS_RESOURCES": '{"/api/*": {}}'}
    reported = record(method="POST", origin="", outcome="reported", reason="foreign-write", path="/other")
    ended = replayed(shell, reported, **variables)
    assert [group["reason"] for group in ended.json["blocked"]] == ["foreign-write"]


@pytest.mark.parametrize("path", ["/api/x", "/other"])
@pytest.mark.parametrize(("method", "stopped"), [("POST", True), ("PUT", True), ("GET", False)])
def test_a_write_that_reached_the_application_and_would_be_stopped_is_shown(
    shell: Shell, path: str, method: str, stopped: bool
) -> None:
    variables = {"CORS_ORIGINS": PAGE, "CORS_RESOURCES": '{"/api/*": {}}', "CORS_CSRF_PROTECTION": "enforce"}
    blocked = record(method=method, path=path, origin=FOREIGN, outcome="blocked", reason="origin-not-allowed")
    ended = replayed(shell, blocked, **variables)
    assert ended.status == int(stopped)
    assert [group["reason"] for group in ended.json["blocked"]] == ["foreign-write"] * stopped


def test_equal_preflights_with_other_reasons_name_their_own_setting(shell: Shell) -> None:
    asked = {"kind": "preflight", "method": "PUT", "requested_headers": "x-a", "outcome": "blocked"}
    lines = [record(**asked, reason=reason) for reason in ("method-not-allowed", "header-not-allowed")]
    variables = {"CORS_ORIGINS": PAGE, "CORS_METHODS": "PUT", "CORS_ALLOW_HEADERS": "X-A"}
    found = replayed(shell, *lines, **variables).json["allowed"]
    assert {group["setting"] for group in found} == {"CORS_METHODS", "CORS_ALLOW_HEADERS"}


@pytest.mark.parametrize("fields", [{"kind": "nonsense"}, {"outcome": "perhaps"}, {"kind": ""}])
def test_a_record_with_a_foreign_value_is_skipped(shell: Shell, fields: dict[str, str]) -> None:
    ended = replayed(shell, record(), record(**fields), CORS_ORIGINS=PAGE)
    assert (ended.status, ended.json["records"], ended.json["skipped"]) == (0, 1, 1)

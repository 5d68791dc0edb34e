"""Prometheus metrics: what is counted, in one process and in four, and that no client chooses a label."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from envcors.observe.metrics import MOST_PATTERNS
from tests.booting import Setup, boot
from tests.cli.command import Shell
from tests.cli.conftest import shell
from tests.processes import free_port, running, wait_until

__all__ = ["shell"]

PAGE, FOREIGN = "https://app.acme.io", "https://evil.io"
APPLICATION = """
from flask import Flask, Response
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/items")
def items():
    return "items"


@app.get("/metrics")
def metrics():
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")
"""


def application(**environment: str) -> Flask:
    app = boot(Setup({"CORS_ORIGINS": PAGE, "CORS_METRICS": "true", **environment})).app
    assert app is not None
    return app


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def ask(app: Flask, origin: str, **headers: str) -> None:
    app.test_client().get("/items", headers={"Origin": origin, **headers})


def counted(**labels: str) -> float:
    return value("cors_decisions_total", **{"kind": "actual", "policy": "application", **labels})


def test_each_decision_is_counted_once() -> None:
    app = application()
    allowed, blocked = (
        counted(outcome="allowed", reason="allowed"),
        counted(outcome="blocked", reason="origin-not-allowed"),
    )
    for _ in range(3):
        ask(app, PAGE)
    for _ in range(2):
        ask(app, FOREIGN)
    ask(app, "https://localhost", Host="localhost", **{"Sec-Fetch-Site": "same-origin"})
    app.test_client().get("/items")
    assert counted(outcome="allowed", reason="allowed") == allowed + 3
    assert counted(outcome="blocked", reason="origin-not-allowed") == blocked + 2


def test_an_old_digest_goes_to_0(tmp_path: Path) -> None:
    old = application(CORS_MAX_AGE="1").extensions["envcors"]
    assert value("cors_policy_info", digest=old.digest) == 1
    old._decisions.put_in_force(old.settings, "another", old.policies.policies())
    assert value("cors_policy_info", digest=old.digest) == 0
    assert value("cors_policy_info", digest="another") == 1


def test_reloads_are_counted(tmp_path: Path) -> None:
    directory = tmp_path / "cors"
    directory.mkdir()
    (directory / "CORS_ORIGINS").write_text(PAGE)
    app = application(CORS_CONFIG_DIR=str(directory), CORS_RELOAD_SECONDS="0.000001", CORS_ORIGINS=PAGE)
    ask(app, PAGE)
    assert value("cors_reload_success") == 1
    (directory / "CORS_METHODS").write_text("TRACE")

    def refused() -> bool:
        ask(app, PAGE)
        return value("cors_reload_success") == 0

    wait_until(refused, "the refused reload is counted")
    (directory / "CORS_METHODS").write_text("PUT")

    def accepted() -> bool:
        ask(app, PAGE)
        return value("cors_reload_success") == 1

    wait_until(accepted, "the accepted reload is counted")
    assert value("cors_reload_timestamp_seconds") > 0


@pytest.mark.parametrize(
    ("pattern", "origin"),
    [
        (PAGE, PAGE),
        ("https://*.used.acme.io", "https://a.b.used.acme.io"),
        ("capacitor://used", "capacitor://used"),
        ("*", "https://any.one"),
    ],
)
def test_the_last_use_of_a_pattern_is_known(pattern: str, origin: str) -> None:
    app = application(CORS_ORIGINS=f"https://never.acme.io,{pattern}", CORS_DANGEROUSLY_ALLOW="origin-any")
    before = value("cors_pattern_last_used_timestamp_seconds", pattern=pattern)
    ask(app, origin)
    assert value("cors_pattern_last_used_timestamp_seconds", pattern=pattern) > before
    assert value("cors_pattern_last_used_timestamp_seconds", pattern="https://never.acme.io") == 0


def labels() -> set[str]:
    return {
        str(sample.labels)
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name.startswith("cors_")
    }


def test_no_client_chooses_a_label() -> None:
    app = application(CORS_ORIGINS="https://*.acme.io")
    ask(app, "https://a.acme.io")
    ask(app, FOREIGN)
    known = labels()
    for number in range(200):
        app.test_client().get(f"/{number}", headers={"Origin": f"https://a{number}.acme.io", "Host": f"h{number}"})
        app.test_client().open("/", method=f"M{number}", headers={"Origin": f"https://evil{number}.io"})
    assert labels() == known


def test_at_most_1000_patterns_have_a_label() -> None:
    many = [f"https://limit{number}.acme.io" for number in range(MOST_PATTERNS + 50)]
    app = application(CORS_ORIGINS=",".join(many))
    ask(app, many[-1])
    assert sum("//limit" in label for label in labels()) == MOST_PATTERNS


def test_without_metrics_nothing_is_counted_and_the_library_is_not_imported() -> None:
    code = (
        "import sys, os; os.environ['CORS_ORIGINS'] = 'https://app.acme.io'; from flask import Flask;"
        "from envcors import CORS; app = Flask('a'); CORS(app);"
        "app.test_client().get('/', headers={'Origin': 'https://evil.io'}); print('prometheus_client' in sys.modules)"
    )
    with running([sys.executable, "-c", code]) as process:
        assert process.wait() == 0
        assert process.output.strip() == "False"


@contextmanager
def served(directory: Path) -> Iterator[int]:
    (directory / "shop.py").write_text(APPLICATION)
    (directory / "metrics").mkdir()
    port = free_port()
    variables = {
        "CORS_ORIGINS": f"{PAGE},https://never.acme.io",
        "CORS_METRICS": "true",
        "PROMETHEUS_MULTIPROC_DIR": str(directory / "metrics"),
    }
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "4", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "-c", "python:envcors.gunicorn", "shop:app"]
    with running(command, variables, cwd=directory, port=port):
        yield port


def scraped(port: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as response:
        families = list(text_string_to_metric_families(response.read().decode()))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_four_workers_of_gunicorn_are_scraped_as_one(tmp_path: Path, shell: Shell) -> None:
    with served(tmp_path) as port:
        for number in range(40):
            origin = PAGE if number % 2 else FOREIGN
            urlopen(Request(f"http://127.0.0.1:{port}/items", headers={"Origin": origin}), timeout=60).close()
        found = scraped(port)
        common = {"kind": "actual", "policy": "application"}
        for outcome, reason in (("allowed", "allowed"), ("blocked", "origin-not-allowed")):
            key = frozenset({**common, "outcome": outcome, "reason": reason}.items())
            assert found["cors_decisions_total", key] == 20
        assert found["cors_reload_success", frozenset[Any]()] == 1
        assert sum(value for (name, _), value in found.items() if name == "cors_policy_info") == 1
        configured = {"CORS_ORIGINS": f"{PAGE},https://never.acme.io"}
        ended = shell.envcors("show", "--usage", f"http://127.0.0.1:{port}/metrics", **configured)
        assert ended.status == 0
        assert re.search(rf"{PAGE}\s+20\d\d-.* ago", ended.stdout)
        assert re.search(r"https://never.acme.io\s+never", ended.stdout)
        assert "1 pattern never used" in ended.stdout


@pytest.mark.parametrize("content", ["", "<html>hello</html>", "# HELP other_total x\nother_total 1\n"])
def test_a_file_that_is_no_metrics_is_a_usage_error(shell: Shell, content: str) -> None:
    shell.write("metrics.txt", content)
    ended = shell.envcors("show", "--usage", "metrics.txt", CORS_ORIGINS=PAGE)
    assert ended.status == 2
    assert "CORS_METRICS=true" in ended.stderr


@pytest.mark.parametrize("place", ["absent.txt", "http://127.0.0.1:1/metrics", "http://"])
def test_an_endpoint_that_cannot_be_read_is_a_usage_error(shell: Shell, place: str) -> None:
    ended = shell.envcors("show", "--usage", place, CORS_ORIGINS=PAGE)
    assert ended.status == 2
    assert "cannot be read" in ended.stderr


TEXT = (
    "# HELP cors_pattern_last_used_timestamp_seconds x\n"
    f'cors_pattern_last_used_timestamp_seconds{{pattern="{PAGE}"}} 1.7e+09\n'
    'cors_pattern_last_used_timestamp_seconds{pattern="https://gone.acme.io"} 1.6e+09\n'
    'cors_pattern_last_used_timestamp_seconds{other="x"} 1.6e+09\n'
)


def test_the_use_of_patterns_is_shown_from_a_file(shell: Shell) -> None:
    shell.write("metrics.txt", TEXT)
    origins = f"{PAGE},https://never.acme.io"
    ended = shell.envcors("show", "--usage", "metrics.txt", CORS_ORIGINS=origins)
    assert ended.status == 0
    assert "2023-11-14 22:13:20Z" in ended.stdout
    assert "days ago" in ended.stdout
    assert "The servers have other patterns too: https://gone.acme.io" in ended.stdout
    content = shell.envcors("show", "--usage", "metrics.txt", "--format", "json", CORS_ORIGINS=origins).json
    assert content["not_configured"] == ["https://gone.acme.io"]
    assert content["patterns"] == [
        {"pattern": PAGE, "last_used": 1.7e9},
        {"pattern": "https://never.acme.io", "last_used": None},
    ]


def test_the_use_of_patterns_of_a_refused_configuration_is_not_shown(shell: Shell) -> None:
    shell.write("metrics.txt", TEXT)
    assert shell.envcors("show", "--usage", "metrics.txt", CORS_ORIGINS="*").status == 1
    assert "no origin pattern" in shell.envcors("show", "--usage", "metrics.txt").stdout


def test_metrics_without_their_library_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envcors.rules.deployment.find_spec", lambda _name: None)
    assert boot(Setup({"CORS_METRICS": "true"})).rules() == ["usage"]
    assert boot(Setup({"CORS_METRICS": "false"})).rules() == []


def test_a_pattern_for_any_port_and_a_custom_scheme_are_used_too() -> None:
    app = application(CORS_ENV="development", CORS_ORIGINS="http://localhost:*,app://*.acme", CORS_LOG_DECISIONS="off")
    for pattern, origin in (("http://localhost:*", "http://localhost:3000"), ("app://*.acme", "app://x.acme")):
        ask(app, origin)
        assert value("cors_pattern_last_used_timestamp_seconds", pattern=pattern) > 0

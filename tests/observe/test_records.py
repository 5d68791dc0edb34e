"""Records of decisions: which decisions get one, what is in it, and what no client can do to the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from envcors import CORS
from envcors.cli.inspect import subject_of
from envcors.explanation import Asked, explain
from envcors.observe import JSONFormatter, Record, cors_decided
from envcors.observe.decision_log import MOST_IN_A_MINUTE, DecisionLog
from envcors.protocol.decision import Decision
from tests.booting import Setup, boot

OWN, PAGE, FOREIGN = "https://api.acme.io", "https://app.acme.io", "https://evil.io"
LOGGER = "envcors.decisions"


def views(app: Flask) -> None:
    @app.route("/items", methods=["GET", "POST", "PUT"])
    def items() -> str:
        return "items"


def application(**environment: str) -> Flask:
    variables = {"CORS_ORIGINS": PAGE, "CORS_METHODS": "GET,POST", **environment}
    app = boot(Setup(variables), views).app
    assert app is not None
    return app


def preflight(app: Flask, origin: str = PAGE, method: str = "GET", headers: str = "", path: str = "/items") -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    app.test_client().options(path, headers=asked | ({"Access-Control-Request-Headers": headers} if headers else {}))


def request(app: Flask, origin: str = FOREIGN, method: str = "GET", path: str = "/items", **headers: str) -> None:
    app.test_client().open(path, method=method, headers={"Origin": origin, **headers})


Ask = Callable[[Flask], object]

CASES: dict[str, tuple[Ask, dict[str, str], dict[str, str]]] = {
    "a foreign origin": (
        request,
        {},
        {"kind": "actual", "outcome": "blocked", "reason": "origin-not-allowed", "setting": "CORS_ORIGINS"},
    ),
    "a malformed origin": (
        lambda app: request(app, "https://Evil.io"),
        {},
        {"kind": "actual", "reason": "origin-malformed"},
    ),
    "the origin null": (lambda app: request(app, "null"), {}, {"reason": "origin-null", "origin": "null"}),
    "a denied origin": (
        request,
        {"CORS_DENY_ORIGINS": FOREIGN},
        {"reason": "origin-denied", "setting": "CORS_DENY_ORIGINS"},
    ),
    "a preflight of a foreign origin": (
        lambda app: preflight(app, FOREIGN),
        {},
        {"kind": "preflight", "outcome": "blocked", "reason": "origin-not-allowed", "method": "GET"},
    ),
    "a refused method": (
        lambda app: preflight(app, method="PUT"),
        {},
        {"kind": "preflight", "reason": "method-not-allowed", "method": "PUT", "setting": "CORS_METHODS"},
    ),
    "a refused header": (
        lambda app: preflight(app, headers="x-token"),
        {},
        {"reason": "header-not-allowed", "requested_headers": "x-token", "setting": "CORS_ALLOW_HEADERS"},
    ),
    "a stopped foreign write": (
        lambda app: request(app, method="POST", Sec_Fetch_Site="cross-site"),
        {"CORS_CSRF_PROTECTION": "enforce"},
        {"reason": "foreign-write", "outcome": "blocked", "setting": "CORS_CSRF_PROTECTION"},
    ),
    "a path of a resource": (
        request,
        {"CORS_RESOURCES__API__PATHS": "/*", "CORS_RESOURCES__API__METHODS": "GET"},
        {"policy": "resource API", "reason": "origin-not-allowed"},
    ),
}


class Kept(logging.Handler):
    """Keeps all records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    kept, logger = Kept(), logging.getLogger(LOGGER)
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    try:
        yield kept.records
    finally:
        logger.removeHandler(kept)
        logger.setLevel(logging.NOTSET)


def of_decisions(records: list[logging.LogRecord]) -> list[dict[str, object]]:
    return [vars(record) for record in records if record.name == LOGGER]


@pytest.mark.parametrize("mode", ["production", "development"])
@pytest.mark.parametrize("case", CASES)
def test_a_decision_that_allows_nothing_is_logged(case: str, mode: str, records: list[logging.LogRecord]) -> None:
    ask, environment, expected = CASES[case]
    ask(application(**environment, CORS_ENV=mode))
    (found,) = of_decisions(records)
    assert {name: found[name] for name in expected} == expected
    assert found["mode"] == mode
    assert found["path"] == "/items"
    is_loud = mode == "development" or expected["reason"] == "foreign-write"
    assert found["levelno"] == (logging.WARNING if is_loud else logging.INFO)


def test_a_record_is_one_sentence(records: list[logging.LogRecord]) -> None:
    preflight(application(), method="PUT")
    expected = f"blocked: preflight for PUT /items from {PAGE}: method-not-allowed. Setting: CORS_METHODS"
    assert [record.getMessage() for record in records] == [expected]


def test_a_reported_foreign_write_is_recorded_as_one(records: list[logging.LogRecord]) -> None:
    request(application(CORS_CSRF_PROTECTION="report"), method="POST")
    assert [found["outcome"] for found in of_decisions(records)] == ["reported", "blocked"]


NOT_RECORDED: dict[str, tuple[Ask, dict[str, str]]] = {
    "an allowed request": (lambda app: request(app, PAGE), {}),
    "an allowed preflight": (lambda app: preflight(app, method="POST"), {}),
    "a request without Origin": (lambda app: app.test_client().get("/items"), {}),
    "Sec-Fetch-Site: same-origin": (lambda app: request(app, OWN, "POST", Sec_Fetch_Site="same-origin"), {}),
    "an Origin that equals Host": (lambda app: request(app, OWN, "POST", Host="api.acme.io"), {}),
    "an Origin that equals Host and port": (
        lambda app: request(app, f"{OWN}:8443", "POST", Host="api.acme.io:8443"),
        {},
    ),
    "an Origin that equals Host with the default port": (lambda app: request(app, OWN, Host="api.acme.io:443"), {}),
    "a foreign origin, logging being off": (request, {"CORS_LOG_DECISIONS": "off"}),
    "a path without a policy in production": (request, {"CORS_RESOURCES": '{"/api/*": {}}'}),
}


@pytest.mark.parametrize("case", NOT_RECORDED)
def test_other_decisions_are_not_logged(case: str, records: list[logging.LogRecord]) -> None:
    ask, environment = NOT_RECORDED[case]
    ask(application(**environment))
    assert of_decisions(records) == []


def test_in_development_a_path_without_a_policy_is_logged(records: list[logging.LogRecord]) -> None:
    request(application(CORS_ENV="development", CORS_RESOURCES='{"/api/*": {}}'))
    (found,) = of_decisions(records)
    assert (found["reason"], found["outcome"], found["setting"]) == ("no-policy", "ungoverned", "CORS_RESOURCES")


def test_all_decisions_are_logged_where_that_is_set(records: list[logging.LogRecord]) -> None:
    app = application(CORS_LOG_DECISIONS="all")
    request(app, PAGE)
    preflight(app, method="POST")
    request(app)
    assert [found["outcome"] for found in of_decisions(records)] == ["allowed", "allowed", "blocked"]


def test_no_query_string_is_recorded(records: list[logging.LogRecord]) -> None:
    request(application(), path="/items?token=hunter2")
    assert "hunter2" not in str(of_decisions(records))


@pytest.mark.parametrize(
    "origin",
    ["https://evil.io\nforged", "https://\x1b[31mevil.io", "https://<script>.io", "https://" + "a" * 10_000, "\udce9"],
)
def test_what_a_stranger_sends_is_escaped_and_cut(origin: str, records: list[logging.LogRecord]) -> None:
    app = application()
    environ = {"HTTP_ORIGIN": origin, "PATH_INFO": "/\n\x1b\xe9" + "p" * 5000}
    app.test_client().open("/items", environ_overrides=environ, headers={"X": "1"})
    (found,) = [record for record in records if record.name == LOGGER]
    assert found.getMessage().isprintable()
    assert len(found.getMessage()) < 1500
    line = JSONFormatter().format(found)
    assert "\n" not in line
    assert json.loads(line)["reason"] == "origin-malformed"


def test_equal_decisions_are_logged_once_and_counted(records: list[logging.LogRecord]) -> None:
    app = application()
    for _ in range(5):
        request(app)
    assert len(of_decisions(records)) == 1
    app.extensions["envcors"]._decisions._log.flush()
    summary = of_decisions(records)[-1]
    assert summary["event"] == "summary"
    assert summary["counts"] == {"blocked origin-not-allowed": 4}
    assert summary["levelno"] == logging.WARNING


@pytest.mark.parametrize("logged", ["refused", "all"])
def test_a_stranger_cannot_flood_the_log(logged: str, records: list[logging.LogRecord]) -> None:
    app = application(CORS_LOG_DECISIONS=logged)
    for number in range(200):
        request(app, f"https://evil{number}.io", path=f"/items{number}")
        request(app, PAGE, path=f"/items{number}")
        preflight(app, f"https://evil{number}.io", "PUT", f"x-{number}")
    assert len(of_decisions(records)) == MOST_IN_A_MINUTE
    assert len(app.extensions["envcors"]._decisions._log._listed) == MOST_IN_A_MINUTE


def test_a_new_minute_begins_with_a_summary(records: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("envcors.observe.decision_log.monotonic", lambda: now)
    app = application()
    for number in range(30):
        request(app, f"https://evil{number}.io")
    now += 61
    request(app, "https://later.io")
    found = of_decisions(records)
    assert records[20].getMessage() == "10 more decisions are not listed: 10 blocked origin-not-allowed"
    assert found[20]["counts"] == {"blocked origin-not-allowed": 10}
    assert found[21]["origin"] == "https://later.io"


def test_the_log_is_silent_where_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    made = []
    with caplog.at_level(logging.ERROR, LOGGER):
        DecisionLog().add(("reason",), "blocked", logging.INFO, lambda: made.append(1))  # type: ignore[arg-type,return-value]  # it must not be called
    assert made == []


def test_receivers_get_every_decision_with_its_record() -> None:
    app = application(CORS_LOG_DECISIONS="off")
    received: list[tuple[Decision, Record]] = []

    def receive(sender: object, decision: Decision, record: Record) -> None:
        assert sender is app
        received.append((decision, record))

    with cors_decided.connected_to(receive):
        request(app, PAGE)
        request(app)
        preflight(app, method="PUT")
        app.test_client().get("/items")
    request(app)
    assert [record.reason for _, record in received] == ["allowed", "origin-not-allowed", "method-not-allowed"]
    assert [decision.reason for decision, _ in received] == [record.reason for _, record in received]


def test_a_receiver_that_raises_breaks_no_request(caplog: pytest.LogCaptureFixture) -> None:
    app = application()

    def receive(sender: object, **_: object) -> None:
        raise RuntimeError

    with cors_decided.connected_to(receive):
        for _ in range(3):
            assert app.test_client().get("/items", headers={"Origin": PAGE}).text == "items"
    assert sum("receiver" in message for message in caplog.messages) == 1


@given(
    st.sampled_from([PAGE, FOREIGN, "null", "https://Evil.io", "http://app.acme.io"]),
    st.sampled_from(["GET", "PUT", "DELETE", "put"]),
    st.sampled_from(["", "content-type", "x-a"]),
)
def test_server_record_and_explanation_agree(origin: str, method: str, headers: str) -> None:
    app = application(CORS_LOG_DECISIONS="off")
    received: list[tuple[Decision, Record]] = []

    def receive(_sender: object, decision: Decision, record: Record) -> None:
        received.append((decision, record))

    with cors_decided.connected_to(receive):
        preflight(app, origin, method, headers)
    ((decision, record),) = received
    enforcement = app.extensions["envcors"]
    scope = enforcement.policies.scope_of(decision.policy)
    said = explain(decision, Asked("OPTIONS", origin, method, headers or None), scope)
    assert record.reason == decision.reason
    assert record.setting == ("" if said.option is None else f"CORS_{said.option.upper()}")
    assert (record.outcome == "allowed") is decision.allowed
    shown = subject_of(enforcement.configuration).explain(origin, method, "/items", headers)
    if shown.headers == decision.headers:  # the inspector asks as a browser does, which may send no preflight
        assert (shown.reason, shown.allowed) == (decision.reason, decision.allowed)
    assert shown.allowed is decision.allowed


def test_decisions_of_requests_that_come_past_the_middleware_are_recorded(records: list[logging.LogRecord]) -> None:
    app = boot(Setup({"CORS_ORIGINS": PAGE}), views).app
    assert app is not None
    with app.test_request_context("/items", headers={"Origin": FOREIGN}):
        app.full_dispatch_request()
    with app.test_request_context(
        "/items", method="OPTIONS", headers={"Origin": PAGE, "Access-Control-Request-Method": "PUT"}
    ):
        app.full_dispatch_request()
    assert [found["reason"] for found in of_decisions(records)] == ["origin-not-allowed", "method-not-allowed"]


def test_a_view_with_a_policy_of_its_own_is_named(records: list[logging.LogRecord]) -> None:
    from envcors import cross_origin

    app = Flask(__name__)
    CORS(app, origins=[PAGE])

    @app.get("/items")
    @cross_origin(origins=["https://other.acme.io"])
    def items() -> str:
        return "items"

    request(app, PAGE)
    (found,) = of_decisions(records)
    assert found["policy"] == "view items"
    assert found["setting"] == "origins= of view items in code"

"""Who reaches the inspector, and who writes: each rule with an attack that fails."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from envcors.inspector.access import is_local_host, is_loopback
from envcors.inspector.recent import MOST
from tests.booting import Setup, boot, enforcement_of

PAGE = "http://localhost:3000"


def views(app: Flask) -> None:
    @app.route("/items", methods=["GET", "POST", "PUT"])
    def items() -> str:
        return "items"


@pytest.fixture
def app() -> Flask:
    variables = {"CORS_ENV": "development", "CORS_INSPECTOR": "true", "CORS_ORIGINS": PAGE}
    made = boot(Setup(variables), views).app
    assert made is not None
    return made


def get(app: Flask, path: str = "/_cors", *, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client(use_cookies=False).get(path, headers=named, environ_overrides={"REMOTE_ADDR": address})


def token(app: Flask) -> str:
    found = re.search(r'data-token="([^"]+)"', get(app).text)
    assert found is not None
    return found[1]


def post(app: Flask, name: str, content: object, *, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    named = {"Origin": "http://localhost", **{key.replace("_", "-"): value for key, value in headers.items()}}
    data = content if isinstance(content, (str, bytes)) else json.dumps(content)
    return app.test_client().post(
        f"/_cors/{name}", data=data, headers=named, environ_overrides={"REMOTE_ADDR": address}
    )


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.0.5",
        "",
        "[2001:db8::1]",
    ],
)
def test_a_name_that_was_rebound_to_this_machine_sees_nothing(app: Flask, host: str) -> None:
    answer = get(app, Host=host)
    assert answer.status_code == 403
    assert "token" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "shop.localhost", "127.0.0.1:5000", "[::1]:5000", "LOCALHOST"]
)
def test_a_browser_on_this_machine_sees_the_page(app: Flask, host: str) -> None:
    assert get(app, Host=host).status_code == 200


@pytest.mark.parametrize("address", ["192.168.0.7", "172.17.0.1", "8.8.8.8", "2001:db8::1", "", "localhost"])
def test_a_client_of_another_machine_needs_the_token(
    app: Flask, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert get(app, address=address).status_code == 403
    assert get(app, f"/_cors?token={'x' * 32}", address=address).status_code == 403
    key = token(app)
    entered = get(app, f"/_cors?token={key}", address=address)
    assert entered.status_code == 303
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert get(app, address=address, Cookie=cookie.partition(";")[0]).status_code == 200
    assert get(app, address=address, Cookie="envcors_inspector=forged").status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_a_client_behind_a_proxy_on_this_machine_needs_the_token(app: Flask, header: str) -> None:
    client = app.test_client(use_cookies=False)
    assert client.get("/_cors", headers={header: "127.0.0.1"}).status_code == 403
    cookie = f"envcors_inspector={token(app)}"
    assert client.get("/_cors", headers={header: "127.0.0.1", "Cookie": cookie}).status_code == 200


def test_the_token_is_logged_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "envcors"):
        app = boot(Setup({"CORS_ENV": "development", "CORS_INSPECTOR": "true"})).app
    assert app is not None
    assert any(token(app) in message for message in caplog.messages)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_script_of_another_origin_reads_nothing(app: Flask, site: str) -> None:
    for path in ("/_cors", "/_cors/decisions", "/_cors/explain?origin=x", "/_cors/inspector.js"):
        answer = get(app, path, Origin="https://evil.example", Sec_Fetch_Site=site, Sec_Fetch_Mode="cors")
        assert answer.status_code == 403
        assert not any(name.lower().startswith("access-control-") for name, _ in answer.headers)


def test_the_page_never_has_a_cors_header(app: Flask) -> None:
    answer = get(app, Origin=PAGE)
    assert not any(name.lower().startswith("access-control-") for name, _ in answer.headers)
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    preflight = app.test_client().options("/_cors/write", headers=asked)
    assert not any(name.lower().startswith("access-control-") for name, _ in preflight.headers)


FORGED: dict[str, dict[str, str]] = {
    "a foreign origin": {"Origin": "https://evil.example"},
    "the origin null": {"Origin": "null"},
    "another port": {"Origin": "http://localhost:3000"},
    "another scheme": {"Origin": "https://localhost"},
    "a foreign site": {"Sec_Fetch_Site": "cross-site"},
    "the same site": {"Sec_Fetch_Site": "same-site"},
}


@pytest.mark.parametrize("case", FORGED)
@pytest.mark.parametrize("name", ["write", "compare"])
def test_a_foreign_page_writes_nothing_even_with_the_token(app: Flask, case: str, name: str, tmp_path: Path) -> None:
    content = {"token": token(app), "line": "CORS_METHODS=PUT", "text": "CORS_METHODS=PUT"}
    assert post(app, name, content, **FORGED[case]).status_code == 403
    assert not (tmp_path / ".env").exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", b"\xff", '{"token": 5}', '{"token": "wrong"}', "token=x", "[" * 9999]
)
def test_a_request_without_the_token_writes_nothing(app: Flask, content: str | bytes) -> None:
    assert post(app, "write", content).status_code == 403


@pytest.mark.parametrize(
    "line",
    [
        *(
            "CORS_ENV=production",
            "CORS_DANGEROUSLY_ALLOW=origin-any",
            "CORS_INSPECTOR=true",
            "PATH=/tmp",
            "CORS_CONFIG_DIR=/tmp",
        ),
        *(
            "CORS_METHODS=PUT\nPATH=/tmp",
            "CORS_METHODS",
            "export CORS_METHODS=PUT",
            "CORS_METHODS=\u00e9",
            "cors_methods=PUT",
        ),
        *("CORS_ORIGINS_STORE=redis://evil", "CORS_IGNORE=X", ""),
    ],
)
def test_only_one_line_of_a_policy_is_written(app: Flask, line: str) -> None:
    answer = post(app, "write", {"token": token(app), "line": line})
    assert '"error"' in answer.text


@pytest.mark.parametrize(
    "origin",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "https://evil.io'><b>",
        "javascript:alert(1)",
        "{{7*7}}",
    ],
)
def test_what_strangers_send_is_text_on_the_page(app: Flask, origin: str) -> None:
    app.test_client().get("/items", headers={"Origin": origin})
    for text in (get(app).text, json.loads(get(app, "/_cors/decisions").text)["html"]):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in re.sub(r'data-(token|version)="[^"]*"|<code>[0-9a-f]{12}</code>', "", text)
    assert "<b>" not in get(app, "/_cors?origin=<b>&path=<b>").text


def test_the_page_runs_no_script_of_its_own_and_is_in_no_frame(app: Flask) -> None:
    answer = get(app)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(
        r"<script(?![^>]*src=)|<style|\son\w+=|style=|https?://(?!app\.example|localhost)", answer.text
    )


def test_a_stranger_cannot_fill_the_memory(app: Flask) -> None:
    client = app.test_client()
    for number in range(3 * MOST):
        client.get(f"/{number}", headers={"Origin": f"https://evil{number}.example"})
    html = json.loads(get(app, "/_cors/decisions").text)["html"]
    assert html.count("<li") <= MOST
    assert f"evil{3 * MOST - 1}.example" in html


def test_an_application_keeps_its_own_route(caplog: pytest.LogCaptureFixture) -> None:
    def own(app: Flask) -> None:
        app.add_url_rule("/_cors", "own", lambda: "mine")

    app = boot(Setup({"CORS_ENV": "development", "CORS_INSPECTOR": "true"}), own).app
    assert app is not None
    assert get(app).text == "mine"
    assert any("has a route at /_cors" in message for message in caplog.messages)


@pytest.mark.parametrize(
    "variables", [{}, {"CORS_ENV": "development"}, {"CORS_ENV": "development", "CORS_INSPECTOR": "false"}]
)
def test_without_the_variable_there_is_no_inspector(variables: dict[str, str]) -> None:
    app = boot(Setup(variables)).app
    assert app is not None
    assert get(app).status_code == 404
    assert app.wsgi_app is enforcement_of(app).middleware


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("x", False),
    ],
)
def test_a_loopback_address_is_one_of_this_machine(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
    assert is_local_host(f"[{address}]:1" if ":" in address else address) is expected

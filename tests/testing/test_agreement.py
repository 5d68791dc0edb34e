"""``Browser`` and ``envcors explain`` agree on what a browser sends before a request, also on headers given twice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envcors.testing import Browser
from tests.cli.command import Shell

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

APP = "https://app.example.com"
LONG = "a" * 64


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ([("Accept", LONG), ("Accept", LONG)], None),
        ([("Accept", LONG), ("accept", LONG + LONG)], None),
        ([("Accept", LONG), ("Accept", LONG + LONG + "a")], "accept"),
        ([("Content-Type", "text/plain"), ("Content-Type", "text/plain")], None),
        ([("Content-Type", "text/plain"), ("content-type", "application/json")], "content-type"),
        ([("X-A", "1"), ("x-a", "2"), ("X-B", "3")], "x-a,x-b"),
        ([("Range", "bytes=0-1"), ("Range", "bytes=3-4")], None),
        ([("Accept", LONG + LONG)] * 8, None),
        ([*[("Accept", LONG + LONG)] * 8, ("Accept-Language", "de")], "accept,accept-language"),
    ],
)
def test_explain_and_browser_agree_on_headers_given_twice(
    headers: list[tuple[str, str]], asked: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    browser = Browser(allows_everything, APP)
    response = browser.fetch("/", headers=headers)
    assert browser.exchanges[0].request.header("Access-Control-Request-Headers") == asked
    lines = [argument for name, value in headers for argument in ("--header", f"{name}: {value}")]
    variables = {"CORS_ORIGINS": APP, "CORS_ALLOW_HEADERS": "Accept,Accept-Language,Content-Type,Range,X-A,X-B"}
    explained = Shell(tmp_path).envcors("explain", "--format", "json", "--origin", APP, *lines, **variables).json
    assert (explained["allowed"], explained["preflight"]) == (True, response.preflighted)


def allows_everything(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*")])
    return []

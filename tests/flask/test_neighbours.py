"""What else is installed beside envcors and decides about origins too: one piece of advice names it."""

from __future__ import annotations

import pytest
from flask import Flask

from envcors import CORS


class SocketIO:
    """Flask-SocketIO registers itself under this name."""

    def __init__(self, app: Flask) -> None:
        app.extensions["socketio"] = self


@pytest.mark.parametrize("first", [True, False], ids=["SocketIO first", "CORS first"])
def test_flask_socketio_is_advised_about_once(first: bool, caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    if first:
        SocketIO(app)
    CORS(app, env_file=None)
    if not first:
        SocketIO(app)
    for _ in range(2):
        app.test_client().get("/")
    advice = [message for message in caplog.messages if message.startswith("websocket-origins")]
    assert len(advice) == 1


def test_an_application_without_it_gets_no_such_advice(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("application")
    CORS(app, env_file=None)
    app.test_client().get("/")
    assert "websocket-origins" not in caplog.text

"""An application that follows a directory, and the origins that it allows."""

from __future__ import annotations

import threading
from typing import Unpack

from flask import Flask

from envcors import CORS
from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.flask.options import CORSOptions
from tests.processes import PATIENCE

OLD = "https://old.example"
NEW = "https://new.example"
ALWAYS = "0.000000001"
"""Seconds between two checks, so few that every request checks."""


def application(**options: Unpack[CORSOptions]) -> Flask:
    app = Flask(__name__)
    options.setdefault("env_file", None)
    CORS(app, **options)
    return app


def enforcement(app: Flask) -> Enforcement:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Enforcement)
    return found


def allowed(app: Flask, *origins: str, path: str = "/") -> list[str]:
    """Those of `origins` that may read the response, each in its own request."""
    client = app.test_client()
    answers = {origin: client.get(path, headers={"Origin": origin}) for origin in origins}
    return [origin for origin, answer in answers.items() if "Access-Control-Allow-Origin" in answer.headers]


def finish_reloads() -> None:
    """Wait for the threads that read large changes."""
    for thread in threading.enumerate():
        if thread.name == "envcors-reload":
            thread.join(PATIENCE)

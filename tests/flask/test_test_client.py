"""Flask's own test client sees exceptions as it always does, although it leaves the debugger's mark."""

import pytest
from flask import Flask
from werkzeug.debug import DebuggedApplication
from werkzeug.test import Client

from envcors import CORS

APP = "https://app.example.com"


class MistakeError(Exception):
    pass


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.testing = True
    CORS(app, origins=[APP])

    @app.get("/")
    def index() -> str:
        raise MistakeError

    return app


def test_an_exception_is_raised_on_to_a_test_client_in_a_with_block(app: Flask) -> None:
    with app.test_client() as client, pytest.raises(MistakeError):
        client.get("/", headers={"Origin": APP})


def test_an_app_in_debug_mode_that_is_not_under_test_answers_the_traceback(app: Flask) -> None:
    app.testing, app.debug = False, True
    response = Client(DebuggedApplication(app, evalex=True)).get("/", headers={"Origin": APP})
    assert (response.status_code, response.mimetype) == (500, "text/plain")
    assert "MistakeError" in response.text

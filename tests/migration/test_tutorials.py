"""The programs of tutorials work with envcors when the environment has what they left open."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from flask import Flask

from tests.migration.asking import READ, STRANGER, Ask

FROM_THE_ENVIRONMENT = "https://app.example.com"


@dataclass(frozen=True, slots=True)
class Tutorial:
    """A program with ``LIBRARY`` in its import, the variables that envcors needs, and a fetch that must work."""

    program: str
    ask: Ask
    variables: dict[str, str] = field(default_factory=dict)


FACTORY = """
from flask import Flask
from LIBRARY import CORS

cors = CORS()

def create_app():
    app = Flask("shop")
    cors.init_app(app)
    app.add_url_rule("/items", view_func=lambda: ["lamp"])
    return app

app = create_app()
"""


def program(use: str) -> str:
    return f"""
from flask import Flask
from LIBRARY import CORS, cross_origin

app = Flask("shop")
{use}

@app.route("/api/items", methods=["GET", "POST"])
def items():
    return ["lamp"]
"""


DECORATED = """
from flask import Flask
from LIBRARY import CORS, cross_origin

app = Flask("shop")
CORS(app)  # added to programs of Flask-CORS that only have the decorator

@app.route("/items")
@cross_origin()
def items():
    return ["lamp"]
"""
ENVIRONMENT = {"CORS_ORIGINS": FROM_THE_ENVIRONMENT}
DEVELOPMENT = {"CORS_ENV": "development"}
JSON = {"Content-Type": "application/json"}

TUTORIALS = {
    "CORS(app)": Tutorial(program("CORS(app)"), Ask("/api/items"), ENVIRONMENT),
    "CORS(app), JSON posted": Tutorial(
        program("CORS(app)"), Ask("/api/items", method="POST", headers=JSON), ENVIRONMENT
    ),
    "CORS(app) for any origin": Tutorial(
        program("CORS(app)"), Ask("/api/items", STRANGER), {**DEVELOPMENT, "CORS_ORIGINS": "*"}
    ),
    "a resource over plain http": Tutorial(
        program('CORS(app, resources={r"/api/*": {"origins": "http://example.com"}})'),
        Ask("/api/items", "http://example.com"),
        DEVELOPMENT,
    ),
    "all paths for one origin": Tutorial(
        program('CORS(app, resources={r"/*": {"origins": "https://your-allowed-domain.com"}})'),
        Ask("/api/items", "https://your-allowed-domain.com"),
    ),
    "all paths for one origin, with a header": Tutorial(
        program(
            'CORS(app, resources={r"/*": {"origins": "https://your-allowed-domain.com", '
            '"allow_headers": ["Content-Type"]}})'
        ),
        Ask("/api/items", "https://your-allowed-domain.com", method="POST", headers=JSON),
    ),
    "credentials": Tutorial(
        program("CORS(app, supports_credentials=True)"), Ask("/api/items", credentials="include"), ENVIRONMENT
    ),
    "one decorated view": Tutorial(DECORATED, Ask(), ENVIRONMENT),
    "a factory": Tutorial(FACTORY, Ask(), ENVIRONMENT),
}


def application(tutorial: Tutorial, library: str) -> Flask:
    namespace: dict[str, object] = {"__name__": "tutorial"}
    exec(tutorial.program.replace("LIBRARY", library), namespace)
    app = namespace["app"]
    assert isinstance(app, Flask)
    return app


@pytest.mark.parametrize("name", TUTORIALS)
@pytest.mark.parametrize("library", ["flask_cors", "envcors"])
def test_a_tutorial_works_with_the_same_options(name: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tutorial = TUTORIALS[name]
    for variable, value in tutorial.variables.items():
        monkeypatch.setenv(variable, value)
    assert tutorial.ask.of(application(tutorial, library)) == READ


@pytest.mark.parametrize("name", [name for name in TUTORIALS if "*" not in TUTORIALS[name].variables.values()])
def test_no_other_origin_is_allowed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tutorial = TUTORIALS[name]
    for variable, value in tutorial.variables.items():
        monkeypatch.setenv(variable, value)
    assert Ask(tutorial.ask.path, STRANGER).of(application(tutorial, "envcors")) == "MissingAllowOriginHeader"

"""What type checkers say about the keyword options of `CORS` and `cross_origin`: a typo is found, sound use is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from envcors import CORSSettings
from envcors.flask.options import PLACES, CORSOptions, PolicyOptions
from envcors.settings.options import POLICY_OPTIONS
from tests.processes import REPOSITORY, run

BEGINNING = """\
import re
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Flask
from flask.views import MethodView

from envcors import CORS, CORSSettings, cross_origin

app = Flask("shop")
admin = Blueprint("admin", "shop")
origins = ["https://a.example.com"]
def view() -> str: return ""
class Own(CORSSettings): pass
class Items(MethodView): pass
"""

SOUND = [
    "CORS(app)",
    "CORS().init_app(app)",
    "CORS(origins=origins).init_app(app, max_age=60)",
    'CORS(app, origins="https://a.example.com")',
    'CORS(app, origins=[re.compile("https://.*"), "https://a.example.com"])',
    "CORS(app, origins=lambda origin, environ: origin.host in environ)",
    'CORS(app, origins={"https://a.example.com"}, deny_origins=("https://b.example.com",))',
    'CORS(app, methods="GET,PUT", allow_headers=["X-A"], expose_headers=frozenset({"X-B"}))',
    'CORS(app, supports_credentials=True, max_age=600, reload_seconds=0.5, config_dir=Path("/etc/cors"))',
    "CORS(app, max_age=timedelta(minutes=10), origins=None)",
    'CORS(app, resources={"/api/*": {"origins": "https://a.example.com"}, "/health": {}})',
    'CORS(app, resources={re.compile("/v[0-9]+/.*"): {"max_age": 5}, "/*": {}})',
    'CORS(app, resources=["/api/*", re.compile("/v[0-9]+/.*")])',
    'CORS(app, resources="/api/*")',
    'CORS(app, env_prefix="SHOP_CORS_", env_file="dev.env", settings=Own)',
    'CORS(app, env_file=None, ignore=["CORS_PROXY"], inspector=False)',
    'CORS(app, env_file=["a.env", Path("b.env")])',
    'CORS(admin, methods=["PUT"], resources={"/admin/*": {}})',
    "cross_origin(view)()",
    "cross_origin(origins=origins)(view)()",
    "cross_origin(methods=['PUT'], max_age=5)(Items)()",
    "cross_origin(Items).as_view('items')",
]

WRONG = [
    "CORS(app, orgins=origins)",
    "CORS(app, max_ages=5)",
    "CORS(app, origins=5)",
    "CORS(app, methods=5)",
    'CORS(app, allow_headers={"X-A": True})',
    "CORS(app, supports_credentials=[])",
    'CORS(app, resources={"/api/*": {"orgins": "*"}})',
    'CORS(app, resources={"/api/*": {"max_age": []}})',
    'CORS(app, resources={"/api/*": "https://a.example.com"})',
    'CORS(app, env="development")',
    'CORS(app, dangerously_allow=["origin-any"])',
    "CORS(app, env_prefix=5)",
    "CORS(app, env_file=5)",
    "CORS(app, settings=dict)",
    "CORS(origins=5).init_app(app)",
    "CORS().init_app(app, orgins=origins)",
    "CORS().init_app(5)",
    "CORS(5)",
    "cross_origin(orgins=origins)",
    "cross_origin(origins=5)",
    "cross_origin(resources={})",
    'cross_origin(env_file="dev.env")',
    "cross_origin(5)",
    'cross_origin("https://a.example.com")',
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("types") / "program.py"
    path.write_text(BEGINNING + "\n".join([*SOUND, *WRONG]) + "\n", encoding="utf-8")
    return path


def line_of(use: str) -> int:
    return BEGINNING.count("\n") + [*SOUND, *WRONG].index(use) + 1


@pytest.fixture(scope="module")
def found_by_mypy(program: Path) -> Mapping[int, str]:
    """What mypy says about each line, from 1."""
    command = [sys.executable, "-m", "mypy", "--strict", "--output=json", "--config-file=", str(program)]
    result = run(command, {"MYPYPATH": str(REPOSITORY / "src")}, cwd=program.parent, timeout=240)
    errors = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert all(error["file"].endswith(program.name) for error in errors), result.stdout
    return {error["line"]: error["message"] for error in errors if error["severity"] == "error"}


@pytest.fixture(scope="module")
def found_by_pyright(program: Path) -> Mapping[int, str]:
    """What pyright says about each line, from 1."""
    settings = {"include": [program.name], "extraPaths": [str(REPOSITORY / "src")], "reportUnusedCallResult": "none"}
    (program.parent / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    errors = json.loads(run(command, cwd=program.parent, timeout=240).stdout)["generalDiagnostics"]
    return {error["range"]["start"]["line"] + 1: error["message"] for error in errors if error["severity"] == "error"}


CHECKERS = ["found_by_mypy", "found_by_pyright"]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("use", SOUND)
def test_a_type_checker_accepts(use: str, checker: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(checker).get(line_of(use)) is None


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("use", WRONG)
def test_a_type_checker_finds(use: str, checker: str, request: pytest.FixtureRequest) -> None:
    assert line_of(use) in request.getfixturevalue(checker)


def test_the_types_know_every_option() -> None:
    never_in_code = {"env", "dangerously_allow"}
    assert set(PolicyOptions.__annotations__) == set(POLICY_OPTIONS)
    assert set(CORSOptions.__annotations__) == {*CORSSettings.model_fields, "resources", *PLACES} - never_in_code

"""``flask cors check`` of applications with many mistakes: one report has them all."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.processes import Finished, run

BEGIN = """
from flask import Blueprint, Flask
from envcors import CORS, cross_origin
app = Flask(__name__)
"""


def checked(directory: Path, text: str, app: str = "shop", **variables: str) -> Finished:
    (directory / "shop.py").write_text(BEGIN + textwrap.dedent(text))
    return run(["flask", "--app", app, "cors", "check"], {"PYTHONPATH": ".", **variables}, cwd=directory)


MISTAKES = """
    CORS(app, origins="*", methods="TRACE")
    one, two = Blueprint("one", "one"), Blueprint("two", "two")
    CORS(one, origins="http://one.acme.io")
    CORS(two, orgins="https://two.acme.io")

    @one.get("/a")
    @cross_origin(origins="null")
    def a(): return ""

    @two.get("/b")
    @cross_origin(max_age=-1)
    def b(): return ""

    @cross_origin(methods="PUT")
    @app.get("/c")
    def c(): return ""

    @app.get("/d")
    @cross_origin(origins="https://*.github.io", allow_headers="Cookie")
    def d(): return ""

    app.register_blueprint(one)
    app.register_blueprint(two, url_prefix="/two")
    app.config["CORS_DENY_ORIGINS"] = "https://old.acme.io"
    CORS(app)
"""
EVERY_RULE = {
    *("origin-any", "method-forbidden", "origin-plain-http", "unknown-variable", "origin-null"),
    *("max-age-out-of-range", "origin-public-suffix", "header-forbidden", "usage"),
}


def test_one_report_has_the_problems_of_the_application_its_blueprints_and_views(tmp_path: Path) -> None:
    ended = checked(tmp_path, MISTAKES, CORS_MAX_AGE="soon")
    rules = {line.split()[0] for line in ended.output.splitlines() if line.startswith("  ") and line[2:3].isalpha()}
    assert ended.status == 1
    assert rules >= {*EVERY_RULE, "value-invalid"}
    for text in ("@cross_origin is above the route of c", 'app.config["CORS_DENY_ORIGINS"]', "has a CORS() already"):
        assert text in ended.output


def test_a_boot_reports_what_is_known_where_it_ends(tmp_path: Path) -> None:
    text = """
        @app.get("/d")
        @cross_origin(origins="https://*.github.io")
        def d(): return ""

        CORS(app, origins="*")
        CORS(app)
    """
    (tmp_path / "shop.py").write_text(BEGIN + textwrap.dedent(text))
    ended = run(["flask", "--app", "shop", "routes"], {"PYTHONPATH": "."}, cwd=tmp_path)
    assert ended.status == 78
    assert "refused to boot: 2 problems" in ended.output
    assert "origin-any " in ended.output
    assert "origin-public-suffix " in ended.output


def test_what_inherits_a_refused_option_is_not_refused_again(tmp_path: Path) -> None:
    text = """
        CORS(app, origins="*")

        @app.get("/d")
        @cross_origin(supports_credentials=True)
        def d(): return ""
    """
    assert "1 problem in a production policy" in checked(tmp_path, text).output


BROKEN = {
    "an exception": ("1 / 0\n", "shop", 1, "ZeroDivisionError: division by zero (shop.py, line 5)"),
    "after a refusal": ("CORS(app, origins='*')\n1 / 0\n", "shop", 1, "origin-any"),
    "a module that is missing": ("import not_there\n", "shop", 2, "not_there"),
    "no such module": ("", "shpo", 2, "Could not import 'shpo'"),
    "no CORS(app)": ("", "shop", 2, "it does not call CORS(app)"),
    "two applications": (
        "CORS(app)\none, two = app, Flask('two')\ndel app\n",
        "shop",
        2,
        "multiple",
    ),
    "one of two": ("CORS(app)\nother = Flask('o')\n", "shop:other", 2, "The application o has no policy"),
    "a factory": ("def make(n):\n    CORS(app, max_age=n)\n    return app\n", "shop:make(5)", 0, "ok: "),
    "a factory without its argument": ("def make(n):\n    return app\n", "shop:make", 2, "make"),
    "a wrong factory": ("def make(n):\n    CORS(app, max_age=n)\n    return app\n", "shop:make(-5)", 1, "max-age-out"),
}


@pytest.mark.parametrize(("text", "app", "status", "output"), BROKEN.values(), ids=list(BROKEN))
def test_an_application_that_cannot_be_loaded_gets_a_sentence(
    text: str, app: str, status: int, output: str, tmp_path: Path
) -> None:
    ended = checked(tmp_path, text, app)
    assert (ended.status, output in ended.output) == (status, True), ended.output
    assert "envcors/" not in ended.output

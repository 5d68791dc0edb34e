"""The fixture ``cors_browser``, in pytest runs of a project that has envcors installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from envcors.testing.pytest_plugin import BrowserFactory
from tests.processes import Finished, run

APP = """
import pytest
from flask import Flask

@pytest.fixture
def app():
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: ("hello", {"Access-Control-Allow-Origin": "*"}))
    return app
"""


def pytest_run(directory: Path, **files: str) -> Finished:
    for name, text in files.items():
        (directory / f"{name}.py").write_text(text)
    return run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=directory)


def test_it_takes_the_projects_app_fixture(tmp_path: Path) -> None:
    test = "def test_it(cors_browser):\n    assert cors_browser().fetch('/').text == 'hello'\n"
    finished = pytest_run(tmp_path, conftest=APP, test_it=test)
    assert (finished.status, "1 passed" in finished.stdout) == (0, True)


def test_without_an_app_it_says_what_is_missing(tmp_path: Path) -> None:
    finished = pytest_run(tmp_path, test_it="def test_it(cors_browser):\n    cors_browser()\n")
    assert finished.status == 1
    assert "fixture 'app' not found" in finished.stdout


def test_a_blocked_fetch_shows_its_transcript_in_the_report(tmp_path: Path) -> None:
    test = "def test_it(cors_browser):\n    cors_browser().fetch('/', method='PUT')\n"
    finished = pytest_run(tmp_path, conftest=APP, test_it=test)
    assert finished.status == 1
    assert "> Access-Control-Request-Method: PUT" in finished.stdout


# Prints the modules of envcors, and those of what it depends on, that the process has imported.
IMPORTED = """
import sys
OURS = {"envcors", "flask", "werkzeug", "jinja2", "pydantic", "pydantic_settings", "dotenv", "publicsuffixlist", "idna"}
print("imported:", *sorted(name for name in sys.modules if name.partition(".")[0] in OURS))
"""
PACKAGES_AND_PLUGIN = "imported: envcors envcors.testing envcors.testing.pytest_plugin"


def test_importing_the_plugin_imports_nothing_else() -> None:
    imported = run([sys.executable, "-c", "import envcors.testing.pytest_plugin\n" + IMPORTED])
    assert imported.stdout.strip() == PACKAGES_AND_PLUGIN


def test_a_run_of_pytest_without_the_fixture_imports_nothing_else(tmp_path: Path) -> None:
    finish = "".join(f"    {line}\n" for line in IMPORTED.strip().splitlines())
    test = "def test_it():\n    pass\n"
    finished = pytest_run(tmp_path, conftest="def pytest_sessionfinish():\n" + finish, test_it=test)
    assert (finished.status, PACKAGES_AND_PLUGIN in finished.stdout.splitlines()[0]) == (0, True), finished.output


def test_a_run_of_pytest_with_the_fixture_imports_the_browser(tmp_path: Path) -> None:
    test = "def test_it(cors_browser):\n    cors_browser(lambda environ, start_response: [])\n" + IMPORTED
    test += "def test_imports():\n    assert 'envcors.testing.browser' in sys.modules\n"
    assert pytest_run(tmp_path, test_it=test).status == 0


def test_browsers_share_nothing(cors_browser: BrowserFactory) -> None:
    def app(environ: object, start_response: object) -> list[bytes]:
        raise AssertionError

    assert cors_browser(app).exchanges is not cors_browser(app).exchanges


@pytest.mark.parametrize("name", ["Browser", "CORSBlocked", "CORSError", "Exchange", "NetworkError", "Response"])
def test_the_names_of_the_package_are_there(name: str) -> None:
    from envcors import testing

    assert getattr(testing, name).__name__ == name
    assert name in testing.__all__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    from envcors import testing

    assert not hasattr(testing, "Browsre")

"""A policy that the application's own code makes permissive: the report without a traceback, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import Finished, free_port, run

HEAD = "envcors refused to boot: "
LAST_LINE = "All problems of an application at once: flask cors check"
APPLICATIONS = {
    "application": 'CORS(app, origins="*")\n',
    "view": 'CORS(app, origins="https://a.acme.io")\n'
    '@app.get("/")\n@cross_origin(origins="*")\ndef index():\n    return ""\n',
    "declaration": '@app.get("/")\n@cross_origin(methods="TRACE")\ndef index():\n    return ""\n',
    "blueprint": 'CORS(app, origins="https://a.acme.io")\nshop = Blueprint("shop", "shop")\n'
    'CORS(shop, origins="http://a.acme.io")\n'
    "app.register_blueprint(shop)\n",
    "second": 'CORS(app, origins="https://a.acme.io")\nCORS(app)\n',
}
_BEGIN = "from flask import Blueprint, Flask\n\nfrom envcors import CORS, cross_origin\n\napp = Flask(__name__)\n"
_GUNICORN = "gunicorn --no-control-socket --bind 127.0.0.1:{port} -c python:envcors.gunicorn {more} shop:app"


def started(directory: Path, text: str, command: str, **variables: str) -> Finished:
    (directory / "shop.py").write_text(f"{_BEGIN}{text}\nif __name__ == '__main__':\n    app.run(port=0)\n")
    return run(command.format(port=free_port(), more="").split(), {"PYTHONPATH": ".", **variables}, cwd=directory)


@pytest.mark.parametrize("command", ["python shop.py", "python -X dev shop.py", "flask --app shop run --port 0"])
@pytest.mark.parametrize("kind", APPLICATIONS)
def test_a_program_prints_the_report_alone_and_exits_with_its_status(kind: str, command: str, tmp_path: Path) -> None:
    ended = started(tmp_path, APPLICATIONS[kind], command)
    assert ended.status == 78
    assert ended.output.startswith(HEAD)
    assert ended.output.rstrip().endswith(LAST_LINE)


@pytest.mark.parametrize("more", ["", "--workers 4", "--threads 2"])
def test_workers_of_gunicorn_print_the_report_once_and_no_traceback_of_it(more: str, tmp_path: Path) -> None:
    ended = started(tmp_path, APPLICATIONS["view"], _GUNICORN.replace("{more}", more))
    assert ended.status in (1, 3)  # gunicorn's own, of a worker or of several that ended at once
    assert ended.output.count(HEAD) == 1
    assert "shop.py" not in ended.output


def test_gunicorn_with_preload_exits_with_the_status_of_a_refusal(tmp_path: Path) -> None:
    ended = started(tmp_path, APPLICATIONS["view"], _GUNICORN.replace("{more}", "--preload --workers 2"))
    assert ended.status == 78
    assert (ended.output.count(HEAD), "Traceback" in ended.output) == (1, False)


OTHERS = {
    "another exception": ('raise ValueError("not ours")\n', "ValueError: not ours", 1),
    "a hook that stands": (
        "import sys\n\nsys.excepthook = lambda *_: print('their own hook')\nCORS(app, origins='*')\n",
        "their own hook",
        1,
    ),
    "after a refusal that was caught": (
        "try:\n    CORS(app, origins='*')\nexcept Exception:\n    raise KeyError('mine') from None\n",
        "KeyError: 'mine'",
        1,
    ),
}


@pytest.mark.parametrize(("text", "output", "status"), OTHERS.values(), ids=list(OTHERS))
def test_other_exceptions_and_hooks_stay_as_they_are(text: str, output: str, status: int, tmp_path: Path) -> None:
    ended = started(tmp_path, text, "python shop.py")
    assert ended.status == status
    assert output in ended.output


def test_functions_that_run_at_the_exit_run(tmp_path: Path) -> None:
    ended = started(
        tmp_path, "import atexit\n\natexit.register(print, 'bye')\nCORS(app, origins='*')\n", "python shop.py"
    )
    assert ended.status == 78
    assert ended.output.count("bye") == 1

"""``flask cors routes`` in this process: how origins are shown, and what is selected."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from flask import Flask

from envcors import CORS, cross_origin
from envcors.cli.routes import run
from envcors.cli.target import Target
from tests.booting import Setup, enforcement_of, surroundings

PAGE = "https://app.acme.io"


def shop() -> Target:
    app = Flask("shop")
    with surroundings(Setup({"CORS_DANGEROUSLY_ALLOW": "origin-regex"})):
        CORS(app, origins=[PAGE], deny_origins=["https://old.acme.io"])
    many = [f"https://c{number}.acme.io" for number in range(20)]
    expression = re.compile(r"https://[a-z]+\.acme\.io")
    own = {
        "plain": None,
        "many": cross_origin(origins=many),
        "expression": cross_origin(origins=[expression]),
        "function": cross_origin(origins=lambda origin, _: origin.host == "x.acme.io"),
        "nobody": cross_origin(origins=[]),
    }
    for name, decorate in own.items():

        def view() -> str:
            return "ok"

        app.add_url_rule(f"/{name}", name, decorate(view) if decorate else view, methods=["GET", "PUT"])
    enforcement = enforcement_of(app)
    return Target.of(enforcement.configuration, enforcement)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/plain", f"{PAGE}, 1 denied"),
        ("/many", "more"),
        ("/expression", r"https://[a-z]+\.acme\.io"),
        ("/function", "a function"),
        ("/nobody", "none"),
    ],
)
def test_the_origins_of_a_route_are_shown_in_short(path: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shop(), origin=None, path=path, style="text") == 0
    assert shown in capsys.readouterr().out


def test_only_routes_that_an_origin_may_read_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shop(), origin="https://x.acme.io", path=None, style="text") == 0
    text = capsys.readouterr().out
    assert "/expression" in text
    assert "/function" in text
    assert "/plain" not in text
    run(shop(), origin="https://nobody.example", path=None, style="text")
    assert "no route that https://nobody.example may read" in capsys.readouterr().out


def test_a_snapshot_has_every_route(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shop(), origin=None, path=None, style="json") == 0
    content = json.loads(capsys.readouterr().out)
    assert {entry["route"] for entry in content["routes"]} >= {"/plain", "/many", "/expression", "/function", "/nobody"}
    run(shop(), origin=PAGE, path=None, style="json")
    assert json.loads(capsys.readouterr().out)["only"] == {"origin": PAGE}


@pytest.mark.parametrize(("origin", "path"), [("https://X.io", None), (None, "items")])
def test_an_invalid_filter_is_a_usage_error(origin: str | None, path: str | None) -> None:
    with pytest.raises(click.BadParameter):
        run(shop(), origin=origin, path=path, style="text")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"envcors_snapshot": 0}', '{"envcors_snapshot": 1, "routes": 5}']
)
def test_a_file_that_is_no_snapshot_gets_a_sentence(content: str, tmp_path: Path) -> None:
    from envcors.cli import snapshot

    path = tmp_path / "snapshot.json"
    path.write_text(content)
    with pytest.raises(snapshot.SnapshotError):
        snapshot.read(str(path))
    with pytest.raises(snapshot.SnapshotError, match="cannot be read"):
        snapshot.read(str(tmp_path / "absent.json"))

"""The snippets about each option: each pair runs with Flask-CORS and with envcors, and a browser compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.docs.blocks import Block, blocks_of
from tests.migration.asking import PAGE, READ, STRANGER, Ask
from tests.processes import REPOSITORY

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PAGE_OF_DOCS = "docs/flask-cors-options.md"
ADMIN = "https://admin.example.com"
PARTNER = "https://partner.example.com"
MISSING = "MissingAllowOriginHeader"
METHOD_DISALLOWED = "MethodDisallowedByPreflightResponse"
HEADER_DISALLOWED = "HeaderDisallowedByPreflightResponse"

SAME: Mapping[str, list[Ask]] = {
    "`origins`": [
        Ask(),
        Ask(origin="https://a.b.example.com"),
        Ask(origin="https://example.com"),
        Ask(origin=STRANGER),
    ],
    "`methods`": [Ask(), Ask(method="PUT"), Ask(method="PUT", origin=STRANGER), Ask(method="GET", origin=STRANGER)],
    "`allow_headers`": [
        Ask(headers={"Authorization": "token", "Content-Type": "application/json"}),
        Ask(headers={"Authorization": "token"}, origin=STRANGER),
    ],
    "`supports_credentials`": [Ask(credentials="include"), Ask()],
    "`resources`": [Ask("/api/items"), Ask("/api/items", STRANGER), Ask("/health")],
    "`@cross_origin`": [Ask("/prices", PARTNER), Ask("/prices", PAGE), Ask("/missing", PAGE)],
    "Blueprints": [Ask("/admin/users", ADMIN), Ask("/admin/users", PAGE), Ask("/elsewhere", ADMIN)],
    "`app.config`": [Ask(exposed="X-Total"), Ask(origin=STRANGER)],
}
"""By section, requests with the same result in both libraries."""

DIFFERENT: Mapping[str, list[tuple[Ask, str, str]]] = {
    "`origins`": [(Ask(origin="https://app.example.com.evil.net"), READ, MISSING)],
    "`methods`": [(Ask(method="DELETE"), READ, METHOD_DISALLOWED)],
    "`allow_headers`": [(Ask(headers={"X-Any": "1"}), READ, HEADER_DISALLOWED)],
    "`supports_credentials`": [(Ask(origin=STRANGER, credentials="include"), READ, MISSING)],
    "`resources`": [(Ask("/apiary"), READ, MISSING)],
    "`@cross_origin`": [(Ask("/prices", PARTNER, exposed="X-Total"), "reads it without X-Total", READ)],
    "Blueprints": [],
    "`app.config`": [],
}
"""By section, requests with different results: first with Flask-CORS, then with envcors."""


def sections() -> dict[str, list[Block]]:
    """Return the code blocks of the guide by their heading, for the sections that compare two libraries."""
    page = REPOSITORY / PAGE_OF_DOCS
    headings = {
        number: line.removeprefix("## ")
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if line.startswith("## ")
    }
    found: dict[str, list[Block]] = {}
    for block in blocks_of(page, PAGE_OF_DOCS):
        number = max(number for number in headings if number < block.line)
        found.setdefault(headings[number], []).append(block)
    return found


SECTIONS = sections()


@pytest.fixture
def reader_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def application_of(section: str, library: str, directory: Path) -> WSGIApplication:
    """Return the application that the section's snippet for one library creates."""
    for block in SECTIONS[section]:
        if "file" in block.attributes:
            (directory / block.attributes["file"]).write_text(block.text, encoding="utf-8")
    (snippet,) = [block for block in SECTIONS[section] if f"from {library} import" in block.text]
    namespace: dict[str, object] = {"__name__": "guide"}
    exec(compile(snippet.text, PAGE_OF_DOCS, "exec"), namespace)
    app = namespace["app"]
    assert isinstance(app, Flask)
    return app


def test_every_section_with_snippets_is_compared() -> None:
    assert set(SECTIONS) == set(SAME) == set(DIFFERENT)


@pytest.mark.parametrize(("section", "ask"), [(section, ask) for section, asks in SAME.items() for ask in asks])
def test_a_page_can_do_the_same_after_the_migration(section: str, ask: Ask, reader_directory: Path) -> None:
    before = application_of(section, "flask_cors", reader_directory)
    after = application_of(section, "envcors", reader_directory)
    assert ask.of(before) == ask.of(after)


@pytest.mark.parametrize(
    ("section", "ask", "before", "after"),
    [(section, *difference) for section, differences in DIFFERENT.items() for difference in differences],
)
def test_the_differences_that_the_guide_names_exist(
    section: str, ask: Ask, before: str, after: str, reader_directory: Path
) -> None:
    assert ask.of(application_of(section, "flask_cors", reader_directory)) == before
    assert ask.of(application_of(section, "envcors", reader_directory)) == after

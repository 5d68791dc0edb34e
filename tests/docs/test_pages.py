"""Every page says what is so: its commands print what it shows, its Python runs, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from envcors import CORSSettings
from envcors.settings.flask_cors import is_flask_cors_option
from tests.docs.pages import DEVELOPER, Reader, blocks, pages
from tests.processes import REPOSITORY

PAGES = list(pages())

INDEXES = {"docs/README.md", "docs/index.md"}
"""The index of those who read the repository, and that of the site."""

NOT_RUN = {
    "another test runs it",
    "needs Docker",
    "needs Flask-SocketIO",
    "needs Redis",
    "needs a cluster",
    "needs the network",
}
"""The only reasons for which a block may be left out."""

OTHERS = {
    "CORS_ORIGNS",  # a typo, to show what happens
    "CORS_PROXY_URL",  # another program's
    "CORS_HEADERS",  # of old versions of Flask-CORS
}
"""The only names with the prefix that are no variables of envcors."""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.chdir(tmp_path)
    for name, value in DEVELOPER.items():
        monkeypatch.setenv(name, value)
    return Reader(tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_everything_on_a_page_works_as_it_is_shown(page: str, reader: Reader) -> None:
    for block in blocks(page):
        reader.follow(block)


def test_a_block_is_left_out_for_a_known_reason_only() -> None:
    reasons = {
        block.place: block.attributes["not-run"]
        for page in PAGES
        for block in blocks(page)
        if "not-run" in block.attributes
    }
    assert {place: reason for place, reason in reasons.items() if reason not in NOT_RUN} == {}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    here = REPOSITORY / page
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text_without_blocks(here)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (here.parent / name).resolve() if name else here
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/") and page not in INDEXES])
def test_the_index_names_every_page(page: str) -> None:
    assert f"]({Path(page).name})" in (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_on_a_page_exists(page: str) -> None:
    names = CORSSettings.names("CORS_")
    written = set(re.findall(r"\bCORS_[A-Z0-9_]*[A-Z0-9]\b", (REPOSITORY / page).read_text(encoding="utf-8")))
    unknown = {name for name in written if not names.is_ours(name) and not names.is_service_link(name)}
    assert {name for name in unknown if not is_flask_cors_option(name.removeprefix("CORS_").lower())} <= OTHERS


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", text_without_blocks(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def text_without_blocks(path: Path) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)

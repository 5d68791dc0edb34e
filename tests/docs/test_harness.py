"""The harness notices a page that says what is not so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.scripted import served
from tests.docs.blocks import BlockError, blocks_of
from tests.docs.pages import PageError, Reader, agrees, with_stand_ins
from tests.docs.renew import renewed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def follow(directory: Path, text: str) -> None:
    page = directory / "page.md"
    page.write_text(text, encoding="utf-8")
    reader = Reader(directory)
    for block in blocks_of(page, "page.md"):
        reader.follow(block)


def console(*lines: str, info: str = "console") -> str:
    return "\n".join((f"```{info}", *lines, "```", ""))


@pytest.mark.parametrize(
    "page",
    [
        console("$ echo right", "wrong"),
        console("$ echo more", "more", "than this"),
        console("$ echo something"),
        console("$ echo error >&2"),
        console("$ exit 3"),
        console("$ false; echo $?", "0"),
        "```python\nassert False\n```\n",
        "```python\nprint('right')\n```\n```text\nwrong\n```\n",
    ],
)
def test_what_is_not_so_is_noticed(page: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        follow(tmp_path, page)


@pytest.mark.parametrize(
    "page",
    [
        "```text\nnobody can tell whether this is so\n```\n",
        "```python colour=red\npass\n```\n",
        "```python\nnever = 'closed'\n",
        console("no command"),
        console(),
    ],
)
def test_a_block_that_nobody_can_run_is_refused(page: str, tmp_path: Path) -> None:
    with pytest.raises(BlockError):
        follow(tmp_path, page)


def test_files_commands_and_python_see_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (
        "```text file=a/name.txt\nAnna\n```\n"
        + console(
            "$ export SEEN=$(cat a/name.txt)", "$ echo $SEEN \\", "> twice", "Anna twice", "$ cd a", "$ ls", "name.txt"
        )
        + "```python\nfrom pathlib import Path\nname = Path('a/name.txt').read_text()\n```\n"
        + "```python\nassert name == 'Anna\\n'\n```\n"
    )
    follow(tmp_path, page)


def test_a_server_that_a_page_leaves_running_is_stopped(tmp_path: Path) -> None:
    follow(tmp_path, console("$ sleep 1000 & echo $! > pid"))
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_a_page_tells_what_happens_in_a_container(tmp_path: Path) -> None:
    follow(tmp_path, console("$ echo ${KUBERNETES_SERVICE_HOST:+inside}", "inside", info="console in=container"))
    with pytest.raises(PageError):
        follow(tmp_path, console("$ echo ${KUBERNETES_SERVICE_HOST:+inside}", "inside"))


def test_the_stand_in_for_curl_does_what_the_pages_ask_of_curl(tmp_path: Path) -> None:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [f"{environ['REQUEST_METHOD']} from {environ['HTTP_ORIGIN']}".encode()]

    with served(application) as url:
        stand_in = with_stand_ins({"PATH": ""})["PATH"].lstrip(":")
        arguments = f"--silent --retry 2 --retry-connrefused -X OPTIONS -H 'Origin: https://app.example.com' {url}"
        printed = Reader(tmp_path).shell(f"{stand_in}/curl {arguments}")
    assert printed == "OPTIONS from https://app.example.com"


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (["took … s"], ["took 0.3 s"], True),
        (["took … s"], ["took long"], False),
        (["first", "…", "last"], ["first", "a", "b", "last"], True),
        (["first", "…", "last"], ["first", "last"], True),
        (["first", "…"], ["second"], False),
        (["a.c"], ["abc"], False),
    ],
)
def test_an_ellipsis_stands_for_what_changes(expected: list[str], actual: list[str], same: bool) -> None:
    assert agrees(expected, actual) is same


def test_output_is_renewed_and_abridged_output_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = console("$ seq 3", "1", "…", "$ echo new \\", "> line", "old", "$ true")
    (tmp_path / "page.md").write_text(page)
    monkeypatch.setattr("tests.docs.renew.REPOSITORY", tmp_path)
    monkeypatch.setattr("tests.docs.pages.REPOSITORY", tmp_path)
    lines = "\n".join(renewed("page.md", tmp_path)) + "\n"
    assert lines == page.replace("old", "new line")

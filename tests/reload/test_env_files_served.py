"""A ``.env`` file is edited while real servers serve an application: the next request gets the new policy."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.browser.chromium import Tab
from tests.browser.conftest import chromium, tab
from tests.browser.scripted import served
from tests.processes import PATIENCE, Running, free_port, running, wait_until
from tests.reload.serving import NEW, OLD

__all__ = ["chromium", "tab"]

HOST = "127.0.0.1"
DEVELOPMENT = "CORS_ENV=development\n"
OLDEST = "https://oldest.example"
COMMANDS = {
    "flask run": "flask --app shop run --port {port}",
    "flask run --debug": "flask --app shop run --debug --port {port}",
    "gunicorn --reload": "gunicorn --no-control-socket --reload --bind 127.0.0.1:{port} shop:app",
    "python shop.py": "python shop.py {port}",
}
RELOADING = [name for name in COMMANDS if name != "flask run"]
FLASK = ["flask run", "flask run --debug"]


@dataclass
class Shop:
    """The running application."""

    server: str
    directory: Path
    url: str
    program: Running

    def allowed(self, *origins: str) -> list[str]:
        """Those of ``origins`` that may read the response, each in its own request."""
        return [origin for origin in origins if self._headers(origin).get("Access-Control-Allow-Origin") == origin]

    def state(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.text("/"))
        return found

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
            return str(response.read().decode())

    def write(self, text: str, name: str = ".env") -> None:
        """Write a file as many editors do: a new one, renamed over the old one."""
        new = self.directory / f"{name}~"
        new.write_text(text)
        new.replace(self.directory / name)

    def restart(self) -> None:
        """Change the application's code, and wait until its reloader has started another process.

        A change before the first look of gunicorn's reloader is none for it, so there the code changes again and again.
        Flask's has looked before the application serves.
        """
        before = self.state()["process"]
        code = (self.directory / "shop.py").read_text() + "\n"
        self.write(code, "shop.py")

        def is_new() -> bool:
            nonlocal code
            try:
                if self.state()["process"] != before:
                    return True
            except (OSError, HTTPException):  # between the two processes
                return False
            if self.server.startswith("gunicorn"):
                code += "\n"
                self.write(code, "shop.py")
            return False

        wait_until(is_new, "another process serves")

    def _headers(self, origin: str) -> Mapping[str, str]:
        request = urllib.request.Request(self.url, headers={"Origin": origin})
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return dict(response.headers)


@contextmanager
def shop(
    server: str, directory: Path, files: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> Iterator[Shop]:
    """Start the application in ``directory``; ``variables`` are those of the shell. The machine is a developer's."""
    shutil.copy(Path(__file__).with_name("shop.py"), directory / "shop.py")
    for name, text in files.items():
        (directory / name).write_text(text)
    port = free_port()
    command = COMMANDS[server].format(port=port).split()
    shell = {"DEVCONTAINER": "1", **(variables or {})}
    with running(command, shell, cwd=directory, port=port) as program:
        found = Shop(server, directory, f"http://{HOST}:{port}", program)
        found.state()  # the port is open before the application has booted
        yield found


def origins(*allowed: str) -> str:
    return f"{DEVELOPMENT}CORS_ORIGINS={','.join(allowed)}\n"


@pytest.mark.parametrize("server", COMMANDS)
def test_the_next_request_gets_the_edited_policy(server: str, tmp_path: Path) -> None:
    with shop(server, tmp_path, {".env": origins(OLD)}) as running_shop:
        env = tmp_path / ".env"
        assert running_shop.allowed(OLD, NEW) == [OLD]
        running_shop.write(origins(NEW))
        assert running_shop.allowed(OLD, NEW) == [NEW]
        env.write_text(f'{DEVELOPMENT}CORS_ORIGINS="{OLD}')
        assert running_shop.allowed(OLD, NEW) == [NEW]
        running_shop.program.wait_for_output("dotenv-malformed")
        env.write_text(origins(OLD))
        assert running_shop.allowed(OLD, NEW) == [OLD]
        env.unlink()
        assert running_shop.allowed(OLD, NEW) == [OLD]
        running_shop.program.wait_for_output("The file does not exist any more.")
        running_shop.write(f"# back\n{origins(NEW)}")
        assert running_shop.allowed(OLD, NEW) == [NEW]
        assert running_shop.state()["source"] == ".env line 3"
        running_shop.write(DEVELOPMENT)
        assert running_shop.allowed(OLD, NEW) == []


@pytest.mark.parametrize("server", RELOADING)
def test_an_edit_is_in_force_after_the_reloader_starts_another_process_too(server: str, tmp_path: Path) -> None:
    with shop(server, tmp_path, {".env": origins(OLDEST)}) as running_shop:
        running_shop.write(f"# first edit\n{origins(OLD)}")
        running_shop.restart()
        assert running_shop.allowed(OLDEST, OLD, NEW) == [OLD]
        assert running_shop.state()["source"] == ".env line 3"
        shown = [line.split() for line in running_shop.text("/show").splitlines()]
        assert ["CORS_ORIGINS", OLD, ".env", "line", "3"] in shown
        running_shop.write(origins(NEW))
        assert running_shop.allowed(OLDEST, OLD, NEW) == [NEW]
        running_shop.write(DEVELOPMENT)
        running_shop.restart()
        assert running_shop.allowed(OLDEST, OLD, NEW) == []
        running_shop.write(origins(OLDEST))
        assert running_shop.allowed(OLDEST, OLD, NEW) == [OLDEST]


@pytest.mark.parametrize("server", RELOADING)
def test_a_process_that_starts_without_the_file_opens_nothing_new(server: str, tmp_path: Path) -> None:
    shell = {"CORS_ENV": "development"}
    with shop(server, tmp_path, {".env": f"CORS_ORIGINS={OLD}\n"}, shell) as running_shop:
        (tmp_path / ".env").unlink()
        running_shop.restart()
        assert running_shop.allowed(NEW) == []
        running_shop.write(f"CORS_ORIGINS={NEW}\n")
        assert running_shop.allowed(OLD, NEW) == [NEW]


@pytest.mark.parametrize("server", COMMANDS)
def test_the_shell_overrides_an_edit_and_the_log_says_so(server: str, tmp_path: Path) -> None:
    for same in ("", OLD):  # the shell's value can be the file's by chance
        directory = tmp_path / (same and "same")
        directory.mkdir(exist_ok=True)
        with shop(server, directory, {".env": origins(same or NEW)}, {"CORS_ORIGINS": OLD}) as running_shop:
            running_shop.write(f"\n{origins(NEW, OLDEST)}")
            assert running_shop.allowed(OLD, NEW) == [OLD]
            running_shop.program.wait_for_output("CORS_ORIGINS from the environment overrides .env line 3")
            assert running_shop.state()["source"] == "environment"


@pytest.mark.parametrize("server", FLASK)
def test_flaskenv_is_followed_also_where_it_gets_a_new_line_or_is_created_later(server: str, tmp_path: Path) -> None:
    with shop(server, tmp_path, {".flaskenv": origins(OLD)}) as running_shop:
        running_shop.write(origins(NEW), ".flaskenv")
        assert running_shop.allowed(OLD, NEW) == [NEW]
        assert running_shop.state()["source"] == ".flaskenv line 2"
        running_shop.write(f"{origins(NEW)}CORS_DENY_ORIGINS={NEW}\n", ".flaskenv")
        assert running_shop.allowed(OLD, NEW) == []
        running_shop.write(f"CORS_DENY_ORIGINS=\nCORS_ORIGINS={OLD}\n")
        assert running_shop.allowed(OLD, NEW) == [OLD]
        assert running_shop.state()["source"] == ".env line 2"
        (tmp_path / ".flaskenv").unlink()
        assert running_shop.allowed(OLD, NEW) == [OLD]
        running_shop.program.wait_for_output("The file does not exist any more.")


@pytest.mark.parametrize("server", ["flask run --debug", "gunicorn --reload"])
def test_several_files_are_followed(server: str, tmp_path: Path) -> None:
    files = {"base.env": origins(OLDEST), "own.env": f"CORS_ORIGINS={OLD}\n"}
    with shop(server, tmp_path, files, {"SHOP_FILES": "base.env own.env"}) as running_shop:
        assert running_shop.allowed(OLDEST, OLD, NEW) == [OLD]
        running_shop.write("CORS_MAX_AGE=5\n", "own.env")
        assert running_shop.allowed(OLDEST, OLD, NEW) == [OLDEST]
        running_shop.write(origins(NEW), "base.env")
        assert running_shop.allowed(OLDEST, OLD, NEW) == [NEW]
        running_shop.restart()
        assert running_shop.allowed(OLDEST, OLD, NEW) == [NEW]


@pytest.mark.parametrize(("skip", "expected"), [("0", [NEW]), ("1", [OLD])], ids=["loaded", "skipped"])
def test_what_flask_loads_is_followed_also_where_code_reads_no_file(
    skip: str, expected: list[str], tmp_path: Path
) -> None:
    shell = {"SHOP_FILES": "", "FLASK_SKIP_DOTENV": skip, **({"CORS_ORIGINS": OLD} if skip == "1" else {})}
    files = {".env": f"CORS_ORIGINS={OLD}\n"}
    with shop("flask run", tmp_path, files, {**shell, "CORS_ENV": "development"}) as running_shop:
        running_shop.write(f"CORS_ORIGINS={NEW}\n")
        assert running_shop.allowed(OLD, NEW) == expected


@pytest.mark.parametrize("server", FLASK)
def test_production_follows_nothing(server: str, tmp_path: Path) -> None:
    with shop(server, tmp_path, {".env": f"CORS_ORIGINS={OLD}\n"}) as running_shop:
        running_shop.write(f"CORS_ORIGINS={NEW}\n")
        assert running_shop.allowed(OLD, NEW) == [OLD]
        if server in RELOADING:
            running_shop.restart()
            assert running_shop.allowed(OLD, NEW) == [NEW]


def test_another_mode_needs_a_restart_and_the_log_says_so(tmp_path: Path) -> None:
    with shop("flask run --debug", tmp_path, {".env": origins(OLD)}) as running_shop:
        running_shop.write(f"CORS_ENV=production\nCORS_ORIGINS={OLD}\n")
        assert running_shop.allowed(OLD) == [OLD]
        running_shop.program.wait_for_output("CORS_ENV=production (.env line 1) takes effect at the next start")
        running_shop.restart()
        assert running_shop.text("/show").startswith("production policy")


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("server", FLASK)
def test_a_page_that_is_blocked_works_after_an_edit_and_a_reload_of_the_page(
    server: str, tmp_path: Path, tab: Tab
) -> None:
    def page(_environ: object, start_response: object) -> list[bytes]:
        assert callable(start_response)
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "4")])
        return [b"page"]

    with served(page) as site, shop(server, tmp_path, {".env": DEVELOPMENT}) as running_shop:
        tab.goto(site)
        assert "failed" in tab.fetch(running_shop.url)
        running_shop.write(origins(site))
        tab.goto(site)
        assert tab.fetch(running_shop.url)["status"] == 200
        running_shop.write(DEVELOPMENT)
        tab.goto(site)
        assert "failed" in tab.fetch(running_shop.url)

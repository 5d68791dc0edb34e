"""A mounted directory as a source: ConfigMaps, Docker configs and secrets, plain files."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.configuration import configure
from envcors.problems import Problem
from envcors.settings import files
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings
from envcors.settings.sources import directory
from tests.booting import located
from tests.mounted import Mounted, unprivileged

ORIGIN = "https://app.example.com"


def read(path: Path | str, **environ: str) -> CORSSettings:
    return CORSSettings.read(Inputs(environ={"CORS_CONFIG_DIR": str(path), **environ}), env_file=None)


def read_files(path: Path, **files: str) -> CORSSettings:
    for name, text in files.items():
        (path / name).write_bytes(text.encode())
    return read(path)


def only_problem(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    return problem


# Layouts and values


def test_a_file_sets_the_variable_of_its_name_and_is_its_source(tmp_path: Path) -> None:
    settings = read_files(tmp_path, CORS_ORIGINS=ORIGIN, CORS_MAX_AGE="60")
    assert (settings.origins, settings.max_age, settings.problems) == ((ORIGIN,), 60, ())
    assert settings.source("origins") == f"{tmp_path}/CORS_ORIGINS"
    assert settings.source("origins").path == f"{tmp_path}/CORS_ORIGINS"


def test_a_mounted_config_map_is_read_through_its_links(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path / "cors", {"CORS_ORIGINS": "https://old.example", "CORS_METHODS": "PUT"})
    mounted.write({"CORS_ORIGINS": ORIGIN})
    settings = read(mounted.path)
    assert (settings.origins, settings.methods) == ((ORIGIN,), CORSSettings.model_fields["methods"].default)
    assert settings.source("origins") == f"{mounted.path}/CORS_ORIGINS"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n\n"], ids=repr)
def test_new_lines_at_the_end_are_not_part_of_a_value(tmp_path: Path, end: str) -> None:
    settings = read_files(
        tmp_path, CORS_TERMINATION_LOG=f"/tmp/log{end}", CORS_ORIGINS=f"{ORIGIN}\nhttps://b.example{end}"
    )
    assert located(settings, "termination_log").value == "/tmp/log"
    assert settings.origins == (ORIGIN, "https://b.example")


def test_a_byte_order_mark_is_not_part_of_a_value(tmp_path: Path) -> None:
    assert read_files(tmp_path, CORS_ORIGINS=f"\ufeff{ORIGIN}\n").origins == (ORIGIN,)


def test_a_resource_can_consist_of_several_files(tmp_path: Path) -> None:
    settings = read_files(tmp_path, CORS_RESOURCES__API__PATHS="/api/*\n", CORS_RESOURCES__API__ORIGINS=ORIGIN)
    (resource,) = settings.resources
    assert (resource.paths, resource.options["origins"].source) == (
        ("/api/*",),
        f"{tmp_path}/CORS_RESOURCES__API__ORIGINS",
    )


def test_other_files_are_skipped(tmp_path: Path) -> None:
    for name in ("..secret", ".CORS_METHODS", "database-password", "CORS_PORT_80_TCP"):
        (tmp_path / name).write_bytes(b"\xff s3cret")
    (tmp_path / "CORS_PORT_80_TCP").write_text("tcp://10.0.0.1:80")
    (tmp_path / "CORS_old").mkdir()
    (tmp_path / "certificates").mkdir()
    settings = read_files(tmp_path, CORS_ORIGINS=ORIGIN)
    assert (settings.origins, settings.methods, settings.problems) == ((ORIGIN,), ("GET", "HEAD", "POST"), ())


VALUES = {
    "CORS_ORIGINS": st.lists(st.sampled_from([ORIGIN, "https://*.example.com", "https://b.example:8443"])).map(
        ",".join
    ),
    "CORS_METHODS": st.lists(st.sampled_from(["GET", "PUT", "DELETE"])).map("\n".join),
    "CORS_ALLOW_HEADERS": st.sampled_from(["X-A X-B", '["X-A"]', "*", "", "  "]),
    "CORS_SUPPORTS_CREDENTIALS": st.sampled_from(["true", "no", "", " 1 ", "perhaps"]),
    "CORS_MAX_AGE": st.integers(-10, 10**6).map(str) | st.just("an hour"),
    "CORS_ENV": st.sampled_from(["production", "development", "staging", ""]),
    "CORS_ORIGIN": st.just(ORIGIN),
}


@given(variables=st.fixed_dictionaries({}, optional=VALUES))
def test_a_directory_gives_the_same_settings_as_the_same_environment(variables: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as path:
        for name, value in variables.items():
            Path(path, name).write_text(f"{value}\n", encoding="utf-8")
        mounted = read(path)
    plain = CORSSettings.read(Inputs(environ=variables), env_file=None)
    unlike = {"config_dir"}
    assert mounted.model_dump(exclude=unlike) == plain.model_dump(exclude=unlike)
    assert [(p.rule, p.variable, p.value, p.message) for p in mounted.problems] == [
        (p.rule, p.variable, p.value, p.message) for p in plain.problems
    ]


# Precedence


def test_the_environment_takes_precedence_over_the_directory_and_the_directory_over_dotenv(tmp_path: Path) -> None:
    dotenv = tmp_path / "dev.env"
    dotenv.write_text("CORS_ORIGINS=https://lowest.example\nCORS_METHODS=PUT\nCORS_MAX_AGE=1\n")
    cors = tmp_path / "cors"
    cors.mkdir()
    (cors / "CORS_ORIGINS").write_text("https://middle.example\n")
    (cors / "CORS_METHODS").write_text("DELETE\n")
    environ = {"CORS_CONFIG_DIR": str(cors), "CORS_ORIGINS": ORIGIN}
    settings = CORSSettings.read(Inputs(environ=environ), env_file=dotenv)
    assert (settings.origins, settings.methods, settings.max_age) == ((ORIGIN,), ("DELETE",), 1)
    assert [value.source for value in located(settings, "origins").overrides] == [
        f"{cors}/CORS_ORIGINS",
        f"{dotenv} line 1",
    ]


@pytest.mark.parametrize("source", ["keywords", "config", "environ", "command_line"])
def test_every_source_can_name_the_directory(tmp_path: Path, source: str) -> None:
    (tmp_path / "CORS_ORIGINS").write_text(ORIGIN)
    name = "CORS_CONFIG_DIR" if source in ("config", "environ") else "config_dir"
    values = {"keywords": {}, "config": {}, "environ": {}, "command_line": {}, source: {name: str(tmp_path)}}
    inputs = Inputs(values["keywords"], values["config"], values["environ"], command_line=values["command_line"])
    assert CORSSettings.read(inputs, env_file=None).origins == (ORIGIN,)


def test_a_dotenv_file_can_name_the_directory(tmp_path: Path) -> None:
    (tmp_path / "CORS_ORIGINS").write_text(ORIGIN)
    dotenv = tmp_path / "dev.env"
    dotenv.write_text(f"CORS_CONFIG_DIR={tmp_path}\n")
    assert CORSSettings.read(Inputs(environ={}), env_file=dotenv).origins == (ORIGIN,)


def test_only_the_directory_of_the_source_with_the_highest_precedence_is_read(tmp_path: Path) -> None:
    for name in ("high", "low"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "CORS_ORIGINS").write_text(f"https://{name}.example")
    inputs = Inputs(keywords={"config_dir": tmp_path / "high"}, environ={"CORS_CONFIG_DIR": str(tmp_path / "low")})
    assert CORSSettings.read(inputs, env_file=None).origins == ("https://high.example",)


@pytest.mark.parametrize("value", ["", "  "], ids=repr)
def test_an_empty_value_names_no_directory(value: str) -> None:
    assert read(value).problems == ()


def test_a_directory_cannot_name_another_directory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "CORS_ORIGINS").write_text("https://other.example")
    settings = read_files(tmp_path, CORS_CONFIG_DIR=str(other), CORS_ORIGINS=ORIGIN)
    assert (settings.origins, settings.config_dir) == ((ORIGIN,), str(tmp_path))
    assert caplog.messages == [
        f"{tmp_path}/CORS_CONFIG_DIR is ignored: a mounted directory cannot name another directory"
    ]


def test_a_config_map_that_is_both_mounted_and_in_the_environment_can_name_its_own_directory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_files(tmp_path, CORS_CONFIG_DIR=f"{tmp_path}\n", CORS_ORIGINS=ORIGIN).problems == ()
    assert caplog.messages == []


def test_a_mounted_file_cannot_waive_the_container_rule(tmp_path: Path) -> None:
    (tmp_path / "CORS_DANGEROUSLY_ALLOW").write_text("dotenv-in-container\n")
    dotenv = tmp_path / "dev.env"
    dotenv.write_text("CORS_ENV=development\n")
    environ = {"CORS_CONFIG_DIR": str(tmp_path), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    configuration = configure(CORSSettings.read(Inputs(environ=environ), env_file=dotenv))
    assert (configuration.production, only_problem(configuration.problems).rule) == (True, "dotenv-in-container")


# Names


def test_a_misspelled_key_is_reported_without_its_value(tmp_path: Path) -> None:
    problem = only_problem(read_files(tmp_path, **{"cors.origins": "s3cret"}).problems)
    assert (problem.rule, problem.variable, problem.value) == ("unknown-variable", "cors.origins", None)
    assert problem.source == f"{tmp_path}/cors.origins"
    assert "did you mean CORS_ORIGINS?" in problem.message


def test_two_spellings_of_one_variable_are_a_duplicate(tmp_path: Path) -> None:
    problem = only_problem(read_files(tmp_path, CORS_ORIGINS=ORIGIN, cors_origins="https://b.example").problems)
    assert problem.rule == "variable-duplicate"
    assert f"{tmp_path}/cors_origins" in problem.message


def test_a_variable_of_another_program_can_be_ignored_by_name(tmp_path: Path) -> None:
    assert read_files(tmp_path, CORS_PROXY_URL="http://proxy", CORS_IGNORE="CORS_PROXY_URL\n").problems == ()


# Files and directories that cannot be read


def missing(path: Path) -> None:
    path.rmdir()


def a_file(path: Path) -> None:
    path.rmdir()
    path.write_text("")


def a_loop(path: Path) -> None:
    path.rmdir()
    path.symlink_to(path)


def no_data(path: Path) -> None:
    (path / "..data").symlink_to("..2026_11_22")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (missing, "no such file or directory"),
        (a_file, "not a directory"),
        (a_loop, "too many levels of symbolic links"),
        (no_data, "no such file or directory"),
    ],
)
def test_a_directory_that_cannot_be_read_is_refused(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    path = tmp_path / "cors"
    path.mkdir()
    make(path)
    problem = only_problem(read(path).problems)
    assert (problem.rule, problem.variable, problem.value) == ("source-unreadable", "CORS_CONFIG_DIR", str(path))
    assert problem.source == "environment"
    assert reason in problem.message


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda file: file.write_bytes(b"a" * 10_000_000), "larger than 8 MiB"),
        (lambda file: file.write_bytes(b"\x7fELF\xff\xfe"), "not UTF-8"),
        (lambda file: file.write_bytes(b"https://a\0"), "NUL"),
        (lambda file: file.symlink_to(file), "too many levels of symbolic links"),
        (lambda file: file.symlink_to("nowhere"), "points to nothing"),
        (lambda file: file.mkdir(), "is a directory"),
        (os.mkfifo, "not a regular file"),
    ],
    ids=["10 MB", "binary", "NUL", "loop", "dangling", "directory", "pipe"],
)
def test_a_file_that_cannot_be_read_is_refused_and_the_others_are_checked(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / "CORS_ORIGINS")
    unreadable, other = sorted(read_files(tmp_path, CORS_MAX_AGE="soon").problems, key=lambda p: p.rule)
    assert (unreadable.rule, unreadable.variable, unreadable.value) == ("source-unreadable", "CORS_ORIGINS", None)
    assert unreadable.source == f"{tmp_path}/CORS_ORIGINS"
    assert reason in unreadable.message
    assert (other.rule, other.variable) == ("value-invalid", "CORS_MAX_AGE")


@pytest.mark.parametrize("closed", ["directory", "file"])
def test_a_file_or_directory_without_read_permission_is_refused(closed: str) -> None:
    with tempfile.TemporaryDirectory() as path:
        file = Path(path, "CORS_ORIGINS")
        file.write_text(ORIGIN)
        Path(path).chmod(0o000 if closed == "directory" else 0o755)
        file.chmod(0o000) if closed == "file" else None
        with unprivileged():
            problem = only_problem(read(path).problems)
        Path(path).chmod(0o700)
    assert (problem.rule, problem.source) == (
        "source-unreadable",
        "environment" if closed == "directory" else str(file),
    )
    assert "permission denied" in problem.message


def test_the_directory_is_read_even_if_the_working_directory_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "CORS_ORIGINS").write_text(ORIGIN)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert CORSSettings.read(Inputs(environ={"CORS_CONFIG_DIR": str(tmp_path)})).origins == (ORIGIN,)


# Changes during a read


def changing_while_read(monkeypatch: pytest.MonkeyPatch, changes: Callable[[], None]) -> None:
    """Call ``changes`` each time after a file of the directory was read."""

    def read_text(path: str, *, dir_fd: int | None = None) -> str:
        text = files.read_text(path, dir_fd=dir_fd)
        changes()
        return text

    monkeypatch.setattr(directory, "read_text", read_text)


def test_a_change_during_a_read_gives_only_the_new_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = {
        "CORS_DENY_ORIGINS": "https://old.example",
        "CORS_EXPOSE_HEADERS": "Old",
        "CORS_ORIGINS": "https://old.example",
    }
    new = [{"CORS_ORIGINS": ORIGIN, "CORS_EXPOSE_HEADERS": "New"}]
    mounted = Mounted(tmp_path / "cors", old)
    changing_while_read(monkeypatch, lambda: mounted.write(new.pop()) if new else None)
    settings = read(mounted.path)
    assert (settings.origins, settings.expose_headers, settings.deny_origins) == ((ORIGIN,), ("New",), ())
    assert settings.problems == ()


def test_a_change_after_the_last_file_was_read_gives_only_the_new_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old directory may already be half removed, so the values that were read from it are not used."""
    new = [{"CORS_ORIGINS": ORIGIN}]
    mounted = Mounted(tmp_path / "cors", {"CORS_ORIGINS": "https://old.example"})
    changing_while_read(monkeypatch, lambda: mounted.write(new.pop()) if new else None)
    assert read(mounted.path).origins == (ORIGIN,)


def test_a_directory_that_never_stops_changing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = Mounted(tmp_path / "cors", {"CORS_ORIGINS": ORIGIN})
    changing_while_read(monkeypatch, lambda: mounted.write({"CORS_ORIGINS": ORIGIN}))
    problem = only_problem(read(mounted.path).problems)
    assert (problem.rule, problem.message) == ("source-unreadable", "It changes faster than it can be read.")


def test_a_read_leaves_no_file_open(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path / "cors", {"CORS_ORIGINS": ORIGIN, "CORS_METHODS": "PUT"})
    (mounted.path / "..data" / "CORS_MAX_AGE").symlink_to("nowhere")
    before = len(os.listdir("/proc/self/fd"))
    read(mounted.path)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "envcors")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["origins", "app.json", "secret-hunter2", ".hidden"], "None of the 3 files in {} is named after a variable"),
        ([], "None of the 0 files in {} is named after a variable, such as CORS_ORIGINS."),
        (["CORS_MAX_AGE", "origins"], None),
    ],
)
def test_a_policy_without_origins_names_a_directory_without_variables(
    tmp_path: Path, files: list[str], expected: str | None
) -> None:
    for name in files:
        (tmp_path / name).write_text("5")
    (problem,) = configure(CORSSettings.read(Inputs(environ={"CORS_CONFIG_DIR": str(tmp_path)}))).advice
    assert problem.rule == "origins-empty"
    assert ("is named after" in problem.message) is (expected is not None)
    assert (expected or "").format(tmp_path) in problem.message
    assert "hunter2" not in repr(problem)

"""Which file a refusal is written to, and that no source of settings can choose another program's file."""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import Shell

WIDE = {"CORS_ORIGINS": "*"}
HEAD = "envcors refused to boot: 1 problem in a production policy"
KEPT = "written by another program\n"


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_directory(path: Path) -> None:
    path.mkdir()


def a_link_to_a_fifo(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


@pytest.mark.parametrize("make", [a_fifo, a_directory, a_link_to_a_fifo])
def test_only_a_regular_file_or_a_device_is_written_to(
    shell: Shell, tmp_path: Path, caplog: pytest.LogCaptureFixture, make: Callable[[Path], None]
) -> None:
    log = tmp_path / "log"
    make(log)
    assert shell.envcors("check", CORS_TERMINATION_LOG=str(log), **WIDE).status == 1
    assert f"the refusal could not be written to {log}" in caplog.text


def test_a_fifo_is_not_written_to_even_if_somebody_reads_it(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert shell.envcors("check", CORS_TERMINATION_LOG=str(log), **WIDE).status == 1
        assert os.read(reader, 100) == b""
    finally:
        os.close(reader)


def test_a_character_device_is_written_to(shell: Shell) -> None:
    primary, secondary = os.openpty()
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(os.read(primary, 4096)))
    reader.start()
    assert shell.envcors("check", CORS_TERMINATION_LOG=os.ttyname(secondary), **WIDE).status == 1
    reader.join(30)
    os.close(secondary)
    os.close(primary)
    assert received[0].startswith(HEAD.encode())


def test_a_file_is_made_and_a_longer_one_is_emptied(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for before in (None, "x" * 10_000):
        if before is not None:
            log.write_text(before)
        assert shell.envcors("check", CORS_TERMINATION_LOG=str(log), **WIDE).status == 1
        assert log.read_text().startswith(HEAD)
        assert "xxx" not in log.read_text()
    assert stat.S_ISREG(log.stat().st_mode)


@pytest.mark.parametrize("source", ["directory", "manifest", "dotenv"])
def test_a_mounted_directory_a_manifest_or_a_file_names_no_file_to_overwrite(
    shell: Shell, tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str
) -> None:
    other = tmp_path / "other"
    other.write_text(KEPT)
    arguments: list[str] = []
    if source == "directory":
        shell.write("cors/CORS_ORIGINS", "*")
        shell.write("cors/CORS_TERMINATION_LOG", str(other))
        arguments = ["--config-dir", "cors"]
    elif source == "manifest":
        shell.write("m.yaml", f'kind: ConfigMap\ndata:\n  CORS_ORIGINS: "*"\n  CORS_TERMINATION_LOG: {other}\n')
        arguments = ["--configmap", "m.yaml"]
    else:
        shell.write(".env", f"CORS_ORIGINS=*\nCORS_TERMINATION_LOG={other}\n")
    with caplog.at_level(logging.WARNING):
        assert shell.envcors("check", *arguments).status == 1
    assert other.read_text() == KEPT
    assert f"CORS_TERMINATION_LOG={other}" in caplog.text
    assert "is ignored" in caplog.text

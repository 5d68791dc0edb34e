"""A mounted ConfigMap that changes in the way in which Kubernetes changes it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import geteuid, readlink, seteuid
from pathlib import Path

_NOBODY = 65534


class Mounted:
    """A directory whose files are links through ``..data`` to a directory with the time in its name.

    ``write`` creates another such directory, renames a new link over ``..data``, updates the outer links and removes
    the old directory: the order of kubelet's atomic writer, in which every change is one rename.
    """

    def __init__(self, path: Path, files: Mapping[str, str]) -> None:
        self.path = path
        self._moments = itertools.count()
        path.mkdir(exist_ok=True)
        self.write(files)

    def write(self, files: Mapping[str, str]) -> None:
        """Replace the whole content with ``files``, by name."""
        data = self.path / "..data"
        old = self.path / readlink(data) if data.is_symlink() else None
        new = self.path / f"..2026_11_22_18_00_00.{next(self._moments):09}"
        new.mkdir()
        for name, text in files.items():
            (new / name).write_text(text, encoding="utf-8")
        link = self.path / "..data_tmp"
        link.symlink_to(new.name)
        link.rename(data)
        outer = {entry.name for entry in self.path.iterdir() if not entry.name.startswith("..")}
        for name in files.keys() - outer:
            (self.path / name).symlink_to(Path("..data", name))
        for name in outer - files.keys():
            (self.path / name).unlink()
        if old is not None:
            shutil.rmtree(old)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Give up the superuser's right to read all files while the block runs."""
    if geteuid() != 0:
        yield
        return
    seteuid(_NOBODY)
    try:
        yield
    finally:
        seteuid(0)

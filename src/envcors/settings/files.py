"""Reads a whole configuration file, up to a maximum size."""

from __future__ import annotations

import os
import stat

LIMIT_BYTES = 8 * 1024 * 1024
"""The maximum size. 100,000 origins need a third of it."""


class UnreadableError(Exception):
    """A file that cannot be read as text. ``str()`` explains why, ``fix`` what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class ExtraMissingError(Exception):
    """A package that an extra installs is missing. ``str()`` names it."""


def read_text(path: str, *, dir_fd: int | None = None) -> str:
    """Return the text of a UTF-8 file, without a byte-order mark.

    Args:
        path: The file.
        dir_fd: An open directory that ``path`` is relative to.

    Raises:
        FileNotFoundError: There is no such file.
        UnreadableError: The file cannot be read for any other reason.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unopened(error) from None
    except ValueError:  # a NUL character, or one that no file name can contain
        raise UnreadableError("No file can have this name.", "name a file that exists") from None
    try:
        return _text(descriptor)
    except OSError as error:
        raise UnreadableError(f"It cannot be read: {_reason(error)}.", _fix(error)) from None
    finally:
        os.close(descriptor)


def unopened(error: OSError) -> UnreadableError:
    """Return the error for a file or a directory that cannot be opened."""
    return UnreadableError(f"It cannot be opened: {_reason(error)}.", _fix(error))


def _text(descriptor: int) -> str:
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableError("It is a directory, not a file.", "put a file there, or remove the directory")
    os.set_blocking(descriptor, True)
    parts: list[bytes] = []
    room = LIMIT_BYTES + 1
    while room and (part := os.read(descriptor, min(room, 1 << 20))):
        parts.append(part)
        room -= len(part)
    if not room:
        raise UnreadableError(f"It is larger than {LIMIT_BYTES // 1024 // 1024} MiB.", "keep only settings in it")
    content = b"".join(parts)
    if not content and stat.S_ISFIFO(status.st_mode):
        raise UnreadableError("It is a pipe, and nobody writes to it.", "start its writer first, or put a file there")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"It is not UTF-8 text: byte {error.start + 1} cannot be decoded.", "save it as UTF-8 text"
        ) from None
    if "\0" in text:
        raise UnreadableError("It is binary: it contains a NUL byte.", "save it as UTF-8 text")
    return text


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _fix(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "let the user who runs the application read it"
    return "make it a readable file, or remove it"

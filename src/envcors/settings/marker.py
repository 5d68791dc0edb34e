"""The marker: one variable that tells a child process which values of its environment came from a ``.env`` file.

Flask's reloader starts the application again with the environment of its own start. Values that Flask's command line
loaded from a file are in it as they were then, and look as if the shell had set them. The marker has a digest of each,
and no value.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping

MARKER = "_ENVCORS_LOADED"


def entry(path: str, name: str, value: str) -> str:
    """Return what the marker has for the value of a variable that the file at ``path`` sets."""
    return f"{_digest(os.path.abspath(path), 8)}.{_value_digest(name, value)}"


def entries(environ: Mapping[str, str]) -> frozenset[str]:
    """Return all entries of the marker."""
    return frozenset(environ.get(MARKER, "").split())


def text_of(found: Iterable[str]) -> str:
    """Return the marker with these entries."""
    return " ".join(sorted(found))


def is_from_file(environ: Mapping[str, str], name: str, value: str) -> bool:
    """Return whether the marker says that this value of a variable came from a file, whichever that is."""
    ending = f".{_value_digest(name, value)}"
    return any(found.endswith(ending) for found in entries(environ))


def _value_digest(name: str, value: str) -> str:
    return _digest(f"{name}\0{value}", 16)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]

"""The process environment, and what Flask's command line has put there from ``.env`` and ``.flaskenv``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache

import dotenv

from envcors.problems import Source
from envcors.settings.files import UnreadableError
from envcors.settings.names import Names
from envcors.settings.provenance import Given
from envcors.settings.sources import dotenv as dotenv_source
from envcors.settings.sources.layer import Layer

ENVIRONMENT = Source("environment")
_BYTE_ORDER_MARK = "\ufeff"
"""Flask's command line makes it part of the first name of a file."""
_LOADED_BY_FLASK = (".env", ".flaskenv")


def layer_of(environ: Mapping[str, str], names: Names) -> Layer:
    """What the process environment gives to the variables of ``names``."""
    layer = Layer()
    ours = {name: value for name, value in environ.items() if names.may_be_meant(name)}
    for name, value in environ.items():
        if name.startswith(_BYTE_ORDER_MARK) and names.may_be_meant(name[1:]):
            ours.setdefault(name[1:], value)
    files = list(_files(environ)) if any(names.is_ours(name) for name in ours) else []
    for name, value in ours.items():
        _bind(layer, name, value, names, files)
    return layer


def was_in_starting_environment(name: str, value: str) -> bool:
    """Whether the process was started with this very variable, so that no ``.env`` file can have brought it.

    Only Linux tells (``/proc/self/environ``); elsewhere the answer is no, which is the careful one.
    """
    return _starting_environment().get(name) == value


@cache
def _starting_environment() -> Mapping[str, str]:
    try:
        with open("/proc/self/environ", "rb") as file:
            content = file.read()
    except OSError:
        return {}
    entries = (entry.partition(b"=") for entry in content.split(b"\0") if entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in entries}


def _bind(layer: Layer, name: str, value: str, names: Names, files: list[dotenv_source.DotEnv]) -> None:
    for file in files:
        line = file.bindings().get(name)
        if line is not None and line.value == value:
            if dotenv_source.is_unclosed(line, names):
                dotenv_source.judge_unclosed(layer, line, file.path, names)
            else:
                layer.bind(dotenv_source.given_of(line, file.path, names))
            return
    layer.bind(Given(name, names.options.get(name, ""), value, ENVIRONMENT))


def _files(environ: Mapping[str, str]) -> Iterator[dotenv_source.DotEnv]:
    """The files that Flask's command line loads: the nearest of each name, from the working directory upwards."""
    for name in _LOADED_BY_FLASK:
        try:
            path = dotenv.find_dotenv(name, usecwd=True)
        except OSError:
            return  # the working directory was removed, or may not be entered
        if not path:
            continue
        try:
            yield dotenv_source.read(_short(path), environ)
        except (FileNotFoundError, UnreadableError):
            continue  # where the file is a source of its own, that source reports it


def _short(path: str) -> str:
    return os.path.basename(path) if os.path.dirname(path) == os.getcwd() else path

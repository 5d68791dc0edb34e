"""A ``.env`` file to start from: every variable with its meaning and a safe value."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from envcors.cli.generate.variables import Variable, variables
from envcors.settings.model import CORSSettings

_WIDTH = 100
_HEAD = """\
# The variables of envcors: copy this file to .env and change what you need.
# `envcors generate env-example` generates it.
# {prefix}ORIGINS has an example, every other variable has its default, or nothing if that means the same.
# Lists: commas or white space between items, or a JSON array.
"""


def text(prefix: str, settings: type[CORSSettings] = CORSSettings) -> str:
    """Return the text of the file."""
    return _HEAD.format(prefix=prefix) + "".join(
        f"\n{entry}" for variable in variables(prefix, settings) for entry in _entries(variable, prefix)
    )


def _entries(variable: Variable, prefix: str) -> Iterator[str]:
    meaning = textwrap.fill(
        variable.meaning.replace("`", ""),
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    value = _value(variable)
    if variable.example not in ("", value):
        meaning += f"\n# Example: {variable.name}={variable.example}"
    if variable.option == "resources":
        meaning += f"\n# Or without JSON; you choose the name of the resource:\n{_resource(prefix)}"
    yield f"{meaning}\n{variable.name}={value}\n"


def _value(variable: Variable) -> str:
    """Return the default; an example for origins, which have none. No file is named that nobody chose."""
    match variable.option:
        case "origins":
            return variable.example.partition(",")[0]
        case "termination_log":
            return ""
    return variable.default


def _resource(prefix: str) -> str:
    return (
        f"#   {prefix}RESOURCES__ADMIN__PATHS=/admin/*\n#   {prefix}RESOURCES__ADMIN__ORIGINS=https://admin.example.com"
    )

"""A ``.env`` file to start from: every variable, explained, with a safe value."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from envcors.cli.generated.variables import Variable, variables

_WIDTH = 100
_HEAD = """\
# The variables of envcors: copy this file to .env and change what you need. Made by `envcors generate env-example`.
# {prefix}ORIGINS holds an example, each other its default, or nothing where that means the same.
# Lists: commas or white space between items, or a JSON array.
"""


def text(prefix: str) -> str:
    """The file's text."""
    return _HEAD.format(prefix=prefix) + "".join(
        f"\n{entry}" for variable in variables(prefix) for entry in _entries(variable, prefix)
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
        meaning += f"\n# Or without JSON, where the name of the resource is free:\n{_resource(prefix)}"
    yield f"{meaning}\n{variable.name}={value}\n"


def _value(variable: Variable) -> str:
    """The default; for origins, which have none, an example. A path is never written to that nobody chose."""
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

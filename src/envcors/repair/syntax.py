"""How a value is written in the source where it is pasted, and what is read there afterwards."""

from __future__ import annotations

import json
import re
from enum import Enum


class Syntax(Enum):
    """The kind of source that contains a value."""

    COMMAND = "command line"
    CODE = "code"
    CONFIG = "app.config"
    VARIABLE = "variable"
    DOTENV = ".env"
    DIRECTORY = "mounted directory"
    MANIFEST = "manifest"
    LITERAL = "literal of a manifest"
    JSON = "JSON"
    MAPPING = "mapping in code"
    DEFAULT = "default"


_PLAIN = re.compile(r"[\w.,:/*+@%=~^!&?|()<>-]*", re.ASCII)
"""Values that need no quotes in ``.env``."""
_DOTENV_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}
_PLAIN_YAML = re.compile(r"(?!.*(?::\s|\s#|[\s:]\Z))[^\n]*")
_YAML_ESCAPE = re.compile(r"\\(?:U([0-9a-f]{8})|u([0-9a-f]{4})|(.))")
_PYTHON = (Syntax.CODE, Syntax.CONFIG, Syntax.MAPPING)


def text_of(value: object) -> str:
    """Return ``value`` as the text of a variable: a list with commas or, if an item needs it, as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (list, tuple)):
        items = [text_of(item) for item in value]
        is_plain = not any(re.search(r"[,\s]", item) or not item for item in items)
        text = ",".join(items)
        return text if is_plain and not text.startswith(("[", "{")) else json_of(items)
    pattern = getattr(value, "pattern", None)
    if isinstance(pattern, str):
        return f"re.compile({pattern!r})"
    name = getattr(value, "__qualname__", None)
    return f"function {name}" if callable(value) and isinstance(name, str) else repr(value)


def python_of(value: object) -> str:
    """Return ``value`` as Python, with double quotes."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in escaped) + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(python_of(item) for item in value) + "]"
    return repr(value) if isinstance(value, (bool, int)) else text_of(value)


def json_of(value: object) -> str:
    """Return ``value`` as JSON."""
    if isinstance(value, float):
        return text_of(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def line(value: object, syntax: Syntax, *, variable: str, option: str, owner: str = "", source: str = "") -> str:
    """Return the line to paste that sets an option to ``value``.

    Args:
        value: A list, a boolean, a number or a string.
        syntax: The kind of source.
        variable: The name of the variable.
        option: The option in lower case without the prefix.
        owner: What the option belongs to if it is not the application: ``resource "/api/*"``.
        source: The file that contains the value, for a mounted directory.
    """
    written = _written(value, syntax)
    if syntax is Syntax.DIRECTORY and not written:
        return f"empty {source}"
    if syntax is Syntax.LITERAL:
        return _yaml_item(f"{variable}={written}")
    head, tail = _around(syntax, variable, option, owner, source)
    return f"{head}{written}{tail}"


def read_back(
    line: str, syntax: Syntax, variable: str, option: str, *, owner: str = "", source: str = ""
) -> object | None:
    """Return what is read after ``line`` was pasted; None if the line has no value.

    The arguments are those of :func:`line`. Lists in code and JSON are returned as tuples. A line of ``.env`` is parsed
    by python-dotenv.
    """
    if syntax is Syntax.DIRECTORY and line == f"empty {source}":
        return ""
    if syntax is Syntax.LITERAL:
        line = _read_yaml_item(line)
    if syntax is Syntax.DOTENV:
        return _read_dotenv(line, variable)
    head, tail = _around(syntax, variable, option, owner, source)
    if not (line.startswith(head) and line.endswith(tail)) or len(line) < len(head) + len(tail):
        return None
    written = line[len(head) : len(line) - len(tail)]
    if syntax in _PYTHON or syntax is Syntax.JSON:
        return _read_literal(written, syntax)
    if syntax is Syntax.MANIFEST:
        return _read_yaml(written)
    if syntax is Syntax.LITERAL and len(written) > 1 and written[0] == written[-1] and written[0] in "'\"":
        return written[1:-1]
    return written


def _around(syntax: Syntax, variable: str, option: str, owner: str, source: str) -> tuple[str, str]:
    """Return what the line has before and after the value."""
    of_owner = f" of {owner}" if owner else ""
    match syntax:
        case Syntax.CODE:
            return f"{option}=", of_owner
        case Syntax.MAPPING:
            return f'"{option}": ', of_owner
        case Syntax.CONFIG:
            return f'app.config["{variable}"] = ', ""
        case Syntax.JSON:
            return f'"{option}": ', f"{of_owner} in {variable}"
        case Syntax.MANIFEST:
            return f"{variable}: ", ""
        case Syntax.DIRECTORY:
            return "write ", f" into {source}"
    return f"{variable}=", ""


def _written(value: object, syntax: Syntax) -> str:
    if syntax in _PYTHON:
        return python_of(value)
    if syntax is Syntax.JSON:
        return json_of(value)
    text = text_of(value)
    match syntax:
        case Syntax.MANIFEST:
            return _yaml(text)
        case Syntax.DOTENV:
            return _dotenv(text)
        case Syntax.LITERAL if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            return f'"{text}"'  # Kustomize removes one pair of quotes
    return text


def _dotenv(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\")
    if not any(character in _DOTENV_ESCAPES for character in text):
        return "'" + escaped.replace("'", "\\'") + "'"
    escaped = escaped.replace('"', '\\"')
    return '"' + "".join(f"\\{_DOTENV_ESCAPES[c]}" if c in _DOTENV_ESCAPES else c for c in escaped) + '"'


def _read_dotenv(line: str, variable: str) -> str | None:
    import io

    from dotenv.parser import parse_stream
    from dotenv.variables import Variable, parse_variables

    bindings = list(parse_stream(io.StringIO(line)))
    if len(bindings) != 1 or bindings[0].error or bindings[0].key != variable:
        return None
    value = bindings[0].value
    if value is not None and any(isinstance(atom, Variable) for atom in parse_variables(value)):
        return None  # ${NAME} is expanded inside any quotes
    return value


def _yaml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _yaml_escape(ord(c)) for c in escaped) + '"'


def _yaml_escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _read_yaml(text: str) -> str | None:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return None
    return _YAML_ESCAPE.sub(lambda match: match[3] or chr(int(match[1] or match[2], 16)), text[1:-1])


def _yaml_item(text: str) -> str:
    """Return a text as an item of a YAML list, with quotes if it would mean something else without them."""
    if not text.isprintable():
        return _yaml(text)
    return text if _PLAIN_YAML.fullmatch(text) else "'" + text.replace("'", "''") + "'"


def _read_yaml_item(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return _read_yaml(text) or text


def _read_literal(text: str, syntax: Syntax) -> object | None:
    import ast

    try:
        value: object = json.loads(text) if syntax is Syntax.JSON else ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return tuple(value) if isinstance(value, list) else value

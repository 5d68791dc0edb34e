"""ConfigMaps in a Kubernetes manifest, each value with its line.

Read are the `data` and `binaryData` of every ConfigMap, those in a `List` too, and the `literals` of a Kustomize
`configMapGenerator`. PyYAML reads the file; it comes with the extra `kubernetes`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from envcors.problems import Problem, Source, printable
from envcors.settings.files import UnreadableError, read_text
from envcors.settings.names import Names
from envcors.settings.provenance import Given, Place
from envcors.settings.sources.dotenv import missing, unreadable
from envcors.settings.sources.layer import Layer

if TYPE_CHECKING:
    from yaml import MappingNode, Node

_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_RENDER = "render the template first: helm template … > rendered.yaml"


class ExtraMissingError(Exception):
    """PyYAML is not installed. `str()` says what to do."""

    def __init__(self) -> None:
        super().__init__("A manifest is read with PyYAML: pip install 'envcors[kubernetes]'")


def layer_of(paths: Iterable[str], names: Names) -> Layer:
    """What the ConfigMaps of some files give to the variables of `names`.

    One key in two of them is bound twice, for which of them a pod would take is a guess: where there are several, each
    source names its own. Raises ExtraMissingError.
    """
    layer = Layer()
    found: list[_Owned] = []
    for path in paths:
        try:
            _Manifest(path, names, layer.problems, found).read()
        except FileNotFoundError:
            layer.problems.append(missing(path))
        except UnreadableError as error:
            layer.problems.append(unreadable(path, error))
    are_several = len({owner for owner, _ in found}) > 1
    for owner, given in found:
        layer.bind(_naming(owner, given) if are_several else given)
    return layer


_Owned = tuple[str, Given]
"""What a value stands in, as ``ConfigMap cors``, and the value."""


def _naming(owner: str, given: Given) -> Given:
    source = given.source
    return replace(given, source=Source(f"{source}, {owner}", source.path, source.line))


class _Manifest:
    """One file, whose values go to ``found`` and whose faults to ``problems``."""

    def __init__(self, path: str, names: Names, problems: list[Problem], found: list[_Owned]) -> None:
        self._path = path
        self._names = names
        self._problems = problems
        self._found = found
        self._owner = ""

    def read(self) -> None:
        found = False
        for document in self._documents():
            for entry in _objects(document):
                self._judge_keys(entry)
                found = self._take_object(entry) or found
        if not found:
            raise UnreadableError("It holds no ConfigMap.", "name the file with kind: ConfigMap")

    def _documents(self) -> list[Node]:
        try:
            import yaml
        except ImportError:
            raise ExtraMissingError from None
        text = read_text(self._path)
        try:
            return list(yaml.compose_all(text, yaml.SafeLoader))
        except (yaml.YAMLError, RecursionError) as error:
            raise UnreadableError(_place_of(error), _fix(text)) from None

    def _take_object(self, entry: MappingNode) -> bool:
        """Take over an object's values; whether it is one that has any."""
        if _text(entry, "kind") == "ConfigMap":
            for name in ("metadata", "data", "binaryData"):
                self._judge_keys(_get(entry, name))
            self._owner = f"ConfigMap {_name_of(_get(entry, 'metadata'))}"
            for key, value in _data(entry, "data"):
                self._bind(key, value)
            for key, value in _data(entry, "binaryData"):
                self._bind(key, value, encoded=True)
            return True
        generators = _get(entry, "configMapGenerator")
        for generator in _elements(generators):
            self._judge_keys(generator)
            self._owner = f"configMapGenerator {_name_of(generator)}"
            for literal in _elements(_get(generator, "literals")):
                self._bind_literal(literal)
            self._judge_files(generator)
        return generators is not None

    def _judge_keys(self, node: Node | None) -> None:
        """A key that stands twice in a mapping hides a value. One of a variable is judged with its bindings."""
        from yaml import ScalarNode

        lines: dict[str, int] = {}
        for key, _ in _items(node):
            if not isinstance(key, ScalarNode) or self._names.may_be_meant(name := str(key.value)):
                continue
            line = key.start_mark.line + 1
            if name in lines:
                source = Source.in_file(self._path, line)
                self._problems.append(_key_twice(name, lines[name], source))
            lines.setdefault(name, line)

    def _bind(self, key: Node, value: Node, *, encoded: bool = False) -> None:
        name = str(key.value)
        if not self._names.may_be_meant(name):
            return
        source = Source.in_file(self._path, key.start_mark.line + 1)
        if value.tag != _TEXT:
            self._problems.append(_not_text(name, value, source))
            return
        text = str(value.value)
        if encoded:
            decoded = _decoded(text)
            if decoded is None:
                self._problems.append(_not_base64(name, source))
                return
            text = decoded
        self._bind_text(name, text, source)

    def _bind_literal(self, literal: Node) -> None:
        name, equals, value = str(literal.value).partition("=")
        if equals and self._names.may_be_meant(name):
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            source = Source.in_file(self._path, literal.start_mark.line + 1)
            self._bind_text(name, value[1:-1] if quoted else value, source, Place.LITERAL)

    def _bind_text(self, name: str, text: str, source: Source, place: Place = Place.MANIFEST) -> None:
        option = self._names.options.get(name, "")
        self._found.append((self._owner, Given(name, option, text.rstrip("\r\n"), source, place)))

    def _judge_files(self, generator: Node) -> None:
        """A generator's other files are not read, and nobody should believe that they were."""
        for option in ("env", "envs", "files"):
            node = _get(generator, option)
            files = _elements(node) or ([node] if node is not None and isinstance(node.value, str) else [])
            for file in files:
                name = str(file.value).partition("=")[0].rpartition("/")[2]
                if option == "files" and not self._names.may_be_meant(name):
                    continue
                source = Source.in_file(self._path, file.start_mark.line + 1)
                self._problems.append(_not_read(str(file.value), option, source))


def _objects(document: Node) -> Iterator[MappingNode]:
    """A document's object, or those of a list."""
    from yaml import MappingNode

    if isinstance(document, MappingNode):
        yield document
        for item in _elements(_get(document, "items")):
            if isinstance(item, MappingNode):
                yield item


def _data(entry: MappingNode, name: str) -> list[tuple[Node, Node]]:
    """The items of `data` or `binaryData`. Raises UnreadableError where these are no keys: a template that was not
    rendered is YAML by chance."""
    from yaml import MappingNode, ScalarNode

    node = _get(entry, name)
    if node is None or node.tag == _NULL:
        return []
    if not isinstance(node, MappingNode) or not all(isinstance(key, ScalarNode) for key, _ in node.value):
        line = node.start_mark.line + 1
        raise UnreadableError(
            f"What stands at line {line} under {name} is no list of keys with values.",
            f"write KEY: value below it, or {_RENDER}",
        )
    return _items(node)


def _items(node: Node | None) -> list[tuple[Node, Node]]:
    from yaml import MappingNode

    return list(node.value) if isinstance(node, MappingNode) else []


def _elements(node: Node | None) -> list[Node]:
    from yaml import SequenceNode

    return list(node.value) if isinstance(node, SequenceNode) else []


def _get(node: Node, name: str) -> Node | None:
    return next((value for key, value in _items(node) if key.value == name), None)


def _name_of(node: Node | None) -> str:
    """The name that stands in a node, with its namespace."""
    parts = [_text(node, key) for key in ("namespace", "name")] if node is not None else []
    return printable("/".join(filter(None, parts)) or "without a name")


def _text(node: Node, name: str) -> str:
    found = _get(node, name)
    return str(found.value) if found is not None else ""


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8-sig")
    except (binascii.Error, ValueError):
        return None


def _place_of(error: Exception) -> str:
    line = getattr(getattr(error, "problem_mark", None), "line", None)
    return "It is not valid YAML." if line is None else f"Line {line + 1} is not valid YAML."


def _fix(text: str) -> str:
    if "{{" in text:
        return _RENDER
    return "mend it; kubectl apply --dry-run=client -f tells more"


def _not_text(name: str, value: Node, source: Source) -> Problem:
    from yaml import ScalarNode

    shown = str(value.value) if isinstance(value, ScalarNode) else None
    fix = _RENDER if _is_template(value) else f'{printable(name)}: "{printable(shown or "…")}"'
    return Problem(
        "value-invalid",
        "refuse",
        name,
        shown,
        source,
        "Kubernetes takes text alone here: numbers, booleans and lists must stand in quotes.",
        fix,
    )


def _is_template(value: Node) -> bool:
    """Whether it is Helm's ``{{ … }}``, which without quotes is a mapping whose key is a mapping."""
    from yaml import MappingNode

    return any(isinstance(key, MappingNode) for key, _ in _items(value))


def _key_twice(key: str, first: int, source: Source) -> Problem:
    return Problem(
        "source-unreadable",
        "refuse",
        printable(key),
        None,
        source,
        f"The key stands on line {first} already: which of the two holds is a guess.",
        "put what both hold under one of them",
    )


def _not_base64(name: str, source: Source) -> Problem:
    return Problem(
        "value-invalid",
        "refuse",
        name,
        None,
        source,
        "Under binaryData stands base64 of UTF-8 text.",
        f"{printable(name)} under data, as it is",
    )


def _not_read(file: str, option: str, source: Source) -> Problem:
    return Problem(
        "source-unreadable",
        "refuse",
        printable(file),
        None,
        source,
        f"The {option} of a configMapGenerator are not read, only its literals.",
        "check what kustomize makes of it: kustomize build . > rendered.yaml",
    )

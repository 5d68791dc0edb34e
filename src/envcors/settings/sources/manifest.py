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

from pydantic_settings import BaseSettings

from envcors.problems import Problem, Source, printable
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import problem
from envcors.settings.files import ExtraMissingError, UnreadableError, read_text
from envcors.settings.located import Located
from envcors.settings.names import Names
from envcors.settings.sources.base import LocatedSource
from envcors.settings.sources.dotenv import missing, unreadable

if TYPE_CHECKING:
    from yaml import MappingNode, Node

_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_RENDER = "render the template first: helm template … > rendered.yaml"


class ManifestSource(LocatedSource):
    """The ConfigMaps of some files.

    One key in two of them is bound twice, because it is not clear which one a pod would use. If there are several
    ConfigMaps, each source names its own. Raises ExtraMissingError.
    """

    def __init__(self, settings_cls: type[BaseSettings], names: Names, paths: Iterable[str]) -> None:
        super().__init__(settings_cls, names)
        found: list[_Owned] = []
        for path in paths:
            try:
                _Manifest(path, names, self.problems, found).read()
            except FileNotFoundError:
                self.problems.append(missing(path))
            except UnreadableError as error:
                self.problems.append(unreadable(path, error))
        are_several = len({owner for owner, _ in found}) > 1
        for owner, located in found:
            self.bind(_naming(owner, located) if are_several else located)


_Owned = tuple[str, Located]
"""What contains a value, as ``ConfigMap cors``, and the value."""


def _naming(owner: str, located: Located) -> Located:
    source = located.source
    return replace(located, source=Source(f"{source}, {owner}", source.path, source.line))


class _Manifest:
    """One file, whose values go to ``found``; what cannot be read goes to ``problems``."""

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
                self._check_keys(entry)
                found = self._take_object(entry) or found
        if not found:
            raise UnreadableError("It contains no ConfigMap.", "name the file with kind: ConfigMap")

    def _documents(self) -> list[Node]:
        try:
            import yaml
        except ImportError:
            raise ExtraMissingError("Manifests need PyYAML: pip install 'envcors[kubernetes]'") from None
        text = read_text(self._path)
        try:
            return list(yaml.compose_all(text, yaml.SafeLoader))
        except (yaml.YAMLError, RecursionError) as error:
            raise UnreadableError(_place_of(error), _fix(text)) from None

    def _take_object(self, entry: MappingNode) -> bool:
        """Add an object's values; return whether it is of a kind that has any."""
        if _text(entry, "kind") == "ConfigMap":
            for name in ("metadata", "data", "binaryData"):
                self._check_keys(_get(entry, name))
            self._owner = f"ConfigMap {_name_of(_get(entry, 'metadata'))}"
            for key, value in _data(entry, "data"):
                self._bind(key, value)
            for key, value in _data(entry, "binaryData"):
                self._bind(key, value, encoded=True)
            return True
        generators = _get(entry, "configMapGenerator")
        for generator in _elements(generators):
            self._check_keys(generator)
            self._owner = f"configMapGenerator {_name_of(generator)}"
            for literal in _elements(_get(generator, "literals")):
                self._bind_literal(literal)
            self._check_files(generator)
        return generators is not None

    def _check_keys(self, node: Node | None) -> None:
        """Report a key that a mapping has twice; one of a variable is reported with the values of the variable."""
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
            self._bind_text(name, value[1:-1] if quoted else value, source, Syntax.LITERAL)

    def _bind_text(self, name: str, text: str, source: Source, syntax: Syntax = Syntax.MANIFEST) -> None:
        option = self._names.options.get(name, "")
        self._found.append((self._owner, Located(name, option, text.rstrip("\r\n"), source, syntax)))

    def _check_files(self, generator: Node) -> None:
        """Report the other files of a generator, which are not read."""
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
    """Yield a document's object, or those of a list."""
    from yaml import MappingNode

    if isinstance(document, MappingNode):
        yield document
        for item in _elements(_get(document, "items")):
            if isinstance(item, MappingNode):
                yield item


def _data(entry: MappingNode, name: str) -> list[tuple[Node, Node]]:
    """Return the items of `data` or `binaryData`. Raises UnreadableError where these are not keys: a template that was
    not rendered can be valid YAML by chance."""
    from yaml import MappingNode, ScalarNode

    node = _get(entry, name)
    if node is None or node.tag == _NULL:
        return []
    if not isinstance(node, MappingNode) or not all(isinstance(key, ScalarNode) for key, _ in node.value):
        line = node.start_mark.line + 1
        raise UnreadableError(
            f"{name} at line {line} is not a mapping of keys to values.", f"write KEY: value below it, or {_RENDER}"
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
    """Return the name in a node, with its namespace."""
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
    return "correct it; kubectl apply --dry-run=client -f shows more"


def _not_text(name: str, value: Node, source: Source) -> Problem:
    from yaml import ScalarNode

    shown = str(value.value) if isinstance(value, ScalarNode) else None
    fix = _RENDER if _is_template(value) else f'{printable(name)}: "{printable(shown or "…")}"'
    return problem(
        "value-invalid",
        name,
        shown,
        source,
        message="Kubernetes accepts text only here: put numbers, booleans and lists in quotes.",
        fix=fix,
    )


def _is_template(value: Node) -> bool:
    """Return whether it is Helm's ``{{ … }}``, which without quotes is a mapping whose key is a mapping."""
    from yaml import MappingNode

    return any(isinstance(key, MappingNode) for key, _ in _items(value))


def _key_twice(key: str, first: int, source: Source) -> Problem:
    return problem(
        "source-unreadable",
        printable(key),
        None,
        source,
        message=f"Line {first} has the same key: it is not clear which one applies.",
        fix="move the content of both below one of them",
    )


def _not_base64(name: str, source: Source) -> Problem:
    return problem(
        "value-invalid",
        name,
        None,
        source,
        message="binaryData contains base64 of UTF-8 text; this is not.",
        fix=f"{printable(name)} below data, as plain text",
    )


def _not_read(file: str, option: str, source: Source) -> Problem:
    return problem(
        "source-unreadable",
        printable(file),
        None,
        source,
        message=f"The {option} of a configMapGenerator are not read, only its literals.",
        fix="check the rendered manifest: kustomize build . > rendered.yaml",
    )

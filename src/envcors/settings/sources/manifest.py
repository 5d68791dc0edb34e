"""ConfigMaps in a Kubernetes manifest, each value with its line.

Read are the `data` and `binaryData` of every ConfigMap, those in a `List` too, and the `literals` of a Kustomize
`configMapGenerator`. PyYAML reads the file; it comes with the extra `kubernetes`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic_settings import BaseSettings

from envcors.problems import Problem, Source, printable
from envcors.repair import Kind, Syntax, json_of
from envcors.rules.catalogue import problem
from envcors.settings.files import ExtraMissingError, UnreadableError, read_text
from envcors.settings.located import Located
from envcors.settings.names import Names
from envcors.settings.sources.base import LocatedSource
from envcors.settings.sources.dotenv import missing, unreadable
from envcors.settings.sources.workloads import unread
from envcors.settings.sources.yaml_nodes import (
    LIST,
    MAPPING,
    NULL,
    TEXT,
    elements,
    get,
    items,
    kind_of,
    own_items,
    plain,
    text_at,
)
from envcors.settings.validation import fix_of

if TYPE_CHECKING:
    from yaml import MappingNode, Node

_LINE = re.compile(r"(?P<indent>[ \t]*)(?:-[ \t]+)?(?P<name>[\w.-]+):[ \t]+(?P<value>[^#\s].*?)[ \t]*(?:[ \t]#.*)?")
_REMEDIES = {NULL: "write an empty text, or remove the key", LIST: "write its items as one text", MAPPING: "write JSON"}
_PLURALS = {MAPPING: "mappings", TEXT: "texts"}
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
                _Manifest(path, names, self, found).read()
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
    """One file, whose values go to ``found``; what cannot be read goes to the problems of ``source``."""

    def __init__(self, path: str, names: Names, source: ManifestSource, found: list[_Owned]) -> None:
        self._path = path
        self._names = names
        self._problems = source.problems
        self._untyped = source.untyped
        self._found = found
        self._owner = ""

    def read(self) -> None:
        found = False
        try:
            documents = self._documents()
        except _ReportedError:
            return
        for document in documents:
            for entry in _objects(document):
                self._check_keys(entry)
                found = self._take_object(entry) or found
                self._problems.extend(unread(entry, self._path, self._names))
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
            if self._take_broken_line(text, error):
                raise _ReportedError from None
            raise UnreadableError(_place_of(error), _fix(text)) from None

    def _take_object(self, entry: MappingNode) -> bool:
        """Add an object's values; return whether it is of a kind that has any."""
        if text_at(entry, "kind") == "ConfigMap":
            for name in ("metadata", "data", "binaryData"):
                self._check_keys(get(entry, name))
            self._owner = f"ConfigMap {_name_of(get(entry, 'metadata'))}"
            for key, value in _data(entry, "data"):
                self._bind(key, value)
            for key, value in _data(entry, "binaryData"):
                self._bind(key, value, encoded=True)
            return True
        if get(entry, "configMapGenerator") is None:
            return False
        for generator in _list(entry, "configMapGenerator", MAPPING):
            self._check_keys(generator)
            self._owner = f"configMapGenerator {_name_of(generator)}"
            for literal in _list(generator, "literals", TEXT):
                self._bind_literal(literal)
            self._check_files(generator)
        return True

    def _check_keys(self, node: Node | None) -> None:
        """Report a key that a mapping has twice; one of a variable is reported with the values of the variable."""
        from yaml import ScalarNode

        lines: dict[str, int] = {}
        for key, _ in own_items(node):
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
        if kind_of(value) != TEXT:
            self._take_other_type(name, value, source)
            return
        text = str(value.value)
        if encoded:
            decoded = _decoded(text)
            if decoded is None:
                self._problems.append(_not_base64(name, source))
                return
            text = decoded
        self._bind_text(name, text, source)

    def _take_other_type(self, name: str, value: Node, source: Source) -> None:
        """Refuse a value that is not text for kubectl. The fix has the text that it probably means."""
        kind, option = kind_of(value), self._names.option(name)
        written: object = plain(value) if kind in (LIST, MAPPING) else str(value.value)
        if kind == MAPPING and option is not None and option.kind.expected is Kind.RESOURCES:
            written = json_of(written)
        located = Located(name, self._option(name), written, source, Syntax.MANIFEST)
        shown = None
        if _is_template(value):
            fix = _RENDER
        elif kind == NULL:
            fix = located.line("")
        elif option is not None:
            fix, shown = fix_of(located, option), None if kind in (LIST, MAPPING) else str(value.value)
            self._untyped.append(located)
        else:
            fix = located.line("…")
        message = f"Kubernetes accepts text only here, and this is {kind}: {_REMEDIES.get(kind, 'put it in quotes')}."
        self._problems.append(problem("value-invalid", name, shown, source, message=message, fix=fix))

    def _take_broken_line(self, text: str, error: Exception) -> bool:
        """Refuse a line that is not YAML and sets a variable of ours; return whether there is one."""
        lines = text.splitlines()
        marks = (getattr(error, "problem_mark", None), getattr(error, "context_mark", None))
        for number in dict.fromkeys(mark.line for mark in marks if mark is not None and mark.line < len(lines)):
            match = _LINE.fullmatch(lines[number])
            option = None if match is None else self._names.option(match["name"])
            if match is None or option is None or "{{" in match["value"]:
                continue
            source = Source.in_file(self._path, number + 1)
            located = Located(match["name"], self._option(match["name"]), match["value"], source, Syntax.MANIFEST)
            self._untyped.append(located)
            why = "a tab cannot indent a line" if "\t" in match["indent"] else "the value needs quotes"
            message = f"Line {number + 1} is not valid YAML: {why}."
            self._problems.append(located.problem("source-unreadable", message, fix_of(located, option)))
            return True
        return False

    def _option(self, name: str) -> str:
        return (self._names.resource(name) or ("", self._names.options.get(name, "")))[1]

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
            node = get(generator, option)
            files = elements(node) or ([node] if node is not None and isinstance(node.value, str) else [])
            for file in files:
                name = str(file.value).partition("=")[0].rpartition("/")[2]
                if option == "files" and not self._names.may_be_meant(name):
                    continue
                source = Source.in_file(self._path, file.start_mark.line + 1)
                self._problems.append(_not_read(str(file.value), option, source))


class _ReportedError(Exception):
    """A file cannot be read, and the line that is wrong is reported already."""


def _objects(document: Node) -> Iterator[MappingNode]:
    """Yield a document's object, or those of a list."""
    from yaml import MappingNode

    if isinstance(document, MappingNode):
        yield document
        for item in elements(get(document, "items")):
            if isinstance(item, MappingNode):
                yield item


def _data(entry: MappingNode, name: str) -> list[tuple[Node, Node]]:
    """Return the items of `data` or `binaryData`. Raises UnreadableError where these are not keys: a template that was
    not rendered can be valid YAML by chance."""
    from yaml import MappingNode, ScalarNode

    node = get(entry, name)
    if node is None or kind_of(node) == NULL:
        return []
    if not isinstance(node, MappingNode) or not all(isinstance(key, ScalarNode) for key, _ in node.value):
        line = node.start_mark.line + 1
        raise UnreadableError(
            f"{name} at line {line} is not a mapping of keys to values.", f"write KEY: value below it, or {_RENDER}"
        )
    return items(node)


def _list(entry: Node, name: str, kind: str) -> list[Node]:
    """Return the elements of a list, each of one kind. Raises UnreadableError for anything else."""
    node = get(entry, name)
    if node is None or kind_of(node) == NULL:
        return []
    found = elements(node)
    wrong = node if kind_of(node) != LIST else next((element for element in found if kind_of(element) != kind), None)
    if wrong is not None:
        what = {MAPPING: "- name: cors", TEXT: "- CORS_ORIGINS=https://app.example.com"}[kind]
        line = wrong.start_mark.line + 1
        raise UnreadableError(f"{name} at line {line} is not a list of {_PLURALS[kind]}.", f"write {what} below it")
    return found


def _name_of(node: Node | None) -> str:
    """Return the name in a node, with its namespace."""
    parts = [text_at(node, key) for key in ("namespace", "name")] if node is not None else []
    return printable("/".join(filter(None, parts)) or "without a name")


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


def _is_template(value: Node) -> bool:
    """Return whether it is Helm's ``{{ … }}``, which without quotes is a mapping whose key is a mapping."""
    from yaml import MappingNode

    return any(isinstance(key, MappingNode) for key, _ in items(value))


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

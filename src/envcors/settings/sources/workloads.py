"""What else in a manifest sets our variables: ``env`` of a container, a Secret. What is not read is not ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envcors.problems import Problem, Source, printable
from envcors.rules.catalogue import problem
from envcors.settings.names import Names, folded_name
from envcors.settings.sources.yaml_nodes import elements, get, items, text_at

if TYPE_CHECKING:
    from yaml import Node

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_NOT_IN_A_CONFIGMAP = frozenset({"config_dir", "termination_log"})
"""Options that belong to a container: what is mounted where."""
_DEEPEST = 12


def unread(entry: Node, path: str, names: Names) -> Iterator[Problem]:
    """Yield the problems of our variables in an object that is not read."""
    kind = printable(text_at(entry, "kind"))
    owner = f"{kind} {printable(text_at(get(entry, 'metadata'), 'name') or 'without a name')}"
    if kind == "Secret":
        for part in ("data", "stringData"):
            for key, _ in items(get(entry, part)):
                if names.is_ours(folded_name(str(key.value))):
                    yield _problem(str(key.value), path, key, f"{owner} is not read: only ConfigMaps are.")
        return
    for variable in _variables(entry, 0):
        name = text_at(variable, "name")
        if not names.is_ours(name) or names.options.get(name) in _NOT_IN_A_CONFIGMAP:
            continue
        if text_at(get(get(variable, "valueFrom"), "configMapKeyRef"), "key") != name:
            yield _problem(name, path, variable, f"The env of {owner} is not read: only ConfigMaps are.")


def _variables(node: Node, depth: int) -> Iterator[Node]:
    """Yield the entries of ``env`` of every container in a node."""
    for key, value in items(node) if depth < _DEEPEST else ():
        if key.value in _CONTAINERS:
            for container in elements(value):
                yield from elements(get(container, "env"))
        else:
            yield from _variables(value, depth + 1)


def _problem(name: str, path: str, node: Node, message: str) -> Problem:
    source = Source.in_file(path, node.start_mark.line + 1)
    fix = f"move {printable(name)} below data: of a ConfigMap that the container gets with envFrom"
    return problem("source-unreadable", printable(name), None, source, message=message, fix=fix)

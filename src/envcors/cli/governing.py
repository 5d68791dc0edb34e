"""Which policy governs a request, how people call it, and where its options are set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from envcors.cli.subject import Subject
from envcors.configuration import Configuration
from envcors.protocol.policy import Policy
from envcors.rules.scope import Scope
from envcors.settings.provenance import Given, Place

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Governing:
    """A policy with its name: ``application``, ``resource "/api/*"``, ``view ships``.

    ``policy`` and ``name`` are None where nothing governs; ``scope`` is None for the policy of a view or a blueprint.
    ``other_methods`` are those that views with policies of their own take at the path, where none takes the asked one.
    """

    policy: Policy | None
    name: str | None
    scope: Scope | None
    prefix: str
    other_methods: tuple[str, ...] = ()

    def place_of(self, option: str) -> str:
        """Where to change an option: a variable, or a place in it or in code."""
        if self.scope is None:
            where = "" if self.name is None else f" of {self.name}"
            return f"{option}{where} in code" if where else self.prefix + option.upper()
        return _place(self.scope.given(option), option, self.scope)


def governing(subject: Subject, path_info: str, method: str) -> Governing:
    """The policy of a path, and in an application of the view that answers ``method`` there."""
    configuration = subject.configuration
    if configuration is None or configuration.table is None:
        return Governing(None, None, None, subject.prefix)
    if subject.enforcement is None:
        policy = configuration.table.for_path(path_info)
        return _named(policy, configuration)
    from flask.testing import EnvironBuilder

    from envcors.flask.matching import endpoint_for

    app = subject.enforcement.app
    environ = EnvironBuilder(app, method=method).get_environ()
    environ["PATH_INFO"] = path_info
    policy = subject.enforcement.policy_for(environ, method)
    named = _named(policy, configuration)
    if endpoint_for(app, environ, method) is None:
        taken = tuple(other for other in _METHODS if endpoint_for(app, environ, other) is not None)
        if any(subject.enforcement.policy_for(environ, other) is not policy for other in taken):
            return replace(named, other_methods=taken)
    if policy is None or named.name is not None:
        return named
    return Governing(policy, f"view {endpoint_for(app, environ, method)}", None, subject.prefix)


def _named(policy: Policy | None, configuration: Configuration) -> Governing:
    prefix = configuration.settings.prefix
    for candidate, name, scope in _policies(configuration):
        if candidate is policy:
            return Governing(policy, name, scope, prefix)
    return Governing(policy, None, None, prefix)


def _policies(configuration: Configuration) -> Iterator[tuple[Policy | None, str, Scope]]:
    table = configuration.table
    if table is None:
        return
    if table.governs_all:
        yield table.default, "application", configuration.scope
    for resource, scope in zip(configuration.settings.resources, configuration.scopes, strict=True):
        for path in resource.paths:
            if isinstance(path, re.Pattern):
                found = (policy for regex, policy in table.regexes if regex is path)
                yield next(found, None), resource.label, scope
            else:
                yield table.paths.get(path), resource.label, scope


def _place(given: Given, option: str, scope: Scope) -> str:
    match given.place:
        case Place.JSON:
            return f'"{option}" of {scope.label} in {given.variable}'
        case Place.CODE:
            return f"{option}= in code"
        case Place.CONFIG:
            return f'app.config["{given.variable}"]'
        case _:
            return given.variable

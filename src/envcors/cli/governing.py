"""Which policy governs a request, how people call it, and where its options are set."""

from __future__ import annotations

from dataclasses import dataclass, replace

from envcors.cli.subject import Subject
from envcors.protocol.policy import Policy
from envcors.rules.scope import Scope

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Governing:
    """A policy with its name, as ``show`` has it: ``application``, ``resource "/api/*"``, ``view ships``.

    ``policy``, ``name`` and ``scope`` are None where nothing governs.
    ``other_methods`` are those that views with policies of their own take at the path, where none takes the asked one.
    """

    policy: Policy | None
    name: str | None
    scope: Scope | None
    prefix: str
    other_methods: tuple[str, ...] = ()

    def place_of(self, option: str) -> str:
        """Where to change an option: a variable, or a place in it or in code."""
        return self.prefix + option.upper() if self.scope is None else self.scope.located(option).setting


def governing(subject: Subject, path_info: str, method: str) -> Governing:
    """The policy of a path, and in an application of the view that answers ``method`` there."""
    configuration = subject.configuration
    if configuration is None or configuration.table is None:
        return Governing(None, None, None, subject.prefix)
    if subject.enforcement is None:
        policy = configuration.table.for_path(path_info)
        return _governed(policy, configuration.scope_of(policy), subject.prefix)
    from flask.testing import EnvironBuilder

    from envcors.flask.matching import endpoint_for

    enforcement = subject.enforcement
    environ = EnvironBuilder(enforcement.app, method=method).get_environ()
    environ["PATH_INFO"] = path_info
    policy = enforcement.policy_for(environ, method)
    governed = _governed(policy, enforcement.policies.scope_of(policy), subject.prefix)
    if endpoint_for(enforcement.app, environ, method) is None:
        taken = tuple(other for other in _METHODS if endpoint_for(enforcement.app, environ, other) is not None)
        if any(enforcement.policy_for(environ, other) is not policy for other in taken):
            return replace(governed, other_methods=taken)
    return governed


def _governed(policy: Policy | None, scope: Scope, prefix: str) -> Governing:
    if policy is None:
        return Governing(None, None, None, prefix)
    return Governing(policy, scope.label or "application", scope, prefix)

"""Which policy governs a request, its name, and where its options are set."""

from __future__ import annotations

from dataclasses import dataclass, replace

from envcors.cli.target import Target
from envcors.protocol.foreign_write import CSRFProtection
from envcors.protocol.policy import Policy
from envcors.rules.scope import Scope

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class GoverningPolicy:
    """A policy and where it is set.

    Attributes:
        policy: None where no policy governs; so are the next two.
        name: As ``show`` calls it: ``application``, ``resource "/api/*"``, ``view ships``.
        scope: Its options, each with its source.
        prefix: What the names of the variables begin with.
        route_methods: The methods that views with policies of their own take at the path, where no route takes the
            requested one.
        elsewhere: The protection against foreign writes where no policy governs.
    """

    policy: Policy | None
    name: str | None
    scope: Scope | None
    prefix: str
    route_methods: tuple[str, ...] = ()
    elsewhere: CSRFProtection = "off"

    def setting(self, option: str) -> str:
        """Return what a person edits to change an option: a variable, or an option in it or in code."""
        return self.prefix + option.upper() if self.scope is None else self.scope.located(option).setting


def governing_policy(target: Target, path_info: str, method: str) -> GoverningPolicy:
    """Return the policy of a path; in an application, of the view that answers ``method`` there."""
    configuration = target.configuration
    if configuration is None or configuration.table is None:
        return GoverningPolicy(None, None, None, target.prefix)
    if target.enforcement is None:
        policy = configuration.table.for_path(path_info)
        governing = _with_scope(policy, configuration.scope_of(policy), target.prefix)
        return replace(governing, elsewhere=configuration.table.elsewhere)
    from flask.testing import EnvironBuilder

    from envcors.flask.url_map import endpoint_for

    enforcement = target.enforcement
    environ = EnvironBuilder(enforcement.app, method=method).get_environ()
    environ["PATH_INFO"] = path_info
    policy = enforcement.policy_for(environ, method)
    governing = _with_scope(policy, enforcement.policies.scope_of(policy), target.prefix)
    governing = replace(governing, elsewhere=enforcement.policies.elsewhere)
    if endpoint_for(enforcement.app, environ, method) is None:
        taken = tuple(other for other in _METHODS if endpoint_for(enforcement.app, environ, other) is not None)
        if any(enforcement.policy_for(environ, other) is not policy for other in taken):
            return replace(governing, route_methods=taken)
    return governing


def _with_scope(policy: Policy | None, scope: Scope, prefix: str) -> GoverningPolicy:
    if policy is None:
        return GoverningPolicy(None, None, None, prefix)
    return GoverningPolicy(policy, scope.label or "application", scope, prefix)

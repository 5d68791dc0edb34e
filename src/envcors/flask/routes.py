"""The policies of one configuration in an application: by path as everywhere, and by view and blueprint."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from envcors.configuration import Configuration
from envcors.flask.declarations import Declaration
from envcors.refusal import BootRefused
from envcors.protocol.policy import Policy
from envcors.protocol.table import PathPattern, PolicyTable
from envcors.rules.scope import Scope

_logger = logging.getLogger("envcors")

Chain = tuple[Declaration, ...]
"""Declarations from the outermost blueprint to the view."""

_Key = tuple[str, str, int]
"""An endpoint, a method or `""` for all others, and the identity of the policy that is inherited from."""


class RoutedTable(PolicyTable):
    """A configuration's table, and beside it the policies of views and blueprints.

    A view's policy inherits from its blueprints', and they from the one of the path (the resource's or the
    application's). Each combination is compiled and judged when the view is registered.
    """

    __slots__ = ("_bases", "_chains", "_declarations", "_policies", "_scopes", "configuration")

    def __init__(self, configuration: Configuration, *, governs_application: bool) -> None:
        table = configuration.policies()
        if governs_application:
            super().__init__(table.default, table.paths, table.regexes)
        else:
            super().__init__(None)
        self.configuration = configuration
        self._bases = self._scopes_of_policies() if governs_application else {}
        self._chains: dict[str, dict[str, Chain]] = {}
        self._declarations: frozenset[Declaration] | None = None
        self._policies: dict[_Key, Policy] = {}
        self._scopes: dict[_Key, Scope] = {}

    def declare(self, endpoint: str, chains: Mapping[str, Chain], paths: Iterable[str]) -> None:
        """Register an endpoint's declarations: ``chains`` by method, ``""`` for all others.

        ``paths`` are the endpoint's URL rules. Raises BootRefused where a policy breaks a rule.
        """
        self._chains[endpoint] = dict(chains)
        for base in self._possible_bases(paths):
            for method, chain in chains.items():
                key = endpoint, method, id(base)
                self._scopes[key], self._policies[key] = self._compiled(self.configuration, chain, base)
        self._declarations = None

    def forget(self, endpoint: str) -> None:
        """An endpoint has no declarations any more: another view was put in its place."""
        self._chains.pop(endpoint, None)
        self._declarations = None

    def judge(self, chain: Chain) -> None:
        """Judge declarations that no view has yet. Raises BootRefused."""
        self._compiled(self.configuration, chain, self.default)

    def knows(self, declaration: Declaration) -> bool:
        """Whether a view that is registered has the declaration."""
        known = self._declarations
        if known is None:
            known = self._declarations = frozenset(self.declarations())
        return declaration in known

    def scope_of(self, policy: Policy | None) -> Scope:
        """Where the options of a policy of this table are set."""
        for key, known in list(self._policies.items()):  # requests may add to them
            if known is policy:
                return self._scopes[key]
        return self._bases.get(id(policy), self.configuration.scope)

    @property
    def has_declarations(self) -> bool:
        """Whether any view or blueprint has a policy of its own."""
        return bool(self._chains)

    def policies(self) -> Iterator[Policy]:
        """Every policy that can govern a path, and those of views."""
        yield from super().policies()
        for (endpoint, method, _), policy in tuple(self._policies.items()):
            if method in self._chains.get(endpoint, ()):
                yield policy

    def declarations(self) -> list[Declaration]:
        """What blueprints and views declare, each declaration once, outer ones first."""
        steps = (step for chains in self._chains.values() for chain in chains.values() for step in chain)
        return list({id(step): step for step in steps}.values())

    def for_endpoint(self, endpoint: str, method: str, path_policy: Policy | None) -> Policy | None:
        """The policy of an endpoint that answers ``method`` at a path governed by ``path_policy``."""
        chains = self._chains.get(endpoint)
        if chains is None:
            return path_policy
        key = method if method in chains else ""
        chain = chains.get(key)
        if not chain:
            return path_policy
        policy = self._policies.get((endpoint, key, id(path_policy)))
        return policy if policy is not None else self._late(endpoint, key, chain, path_policy)

    def _late(self, endpoint: str, method: str, chain: Chain, base: Policy | None) -> Policy:
        """A combination that registration did not foresee; whatever is wrong with it opens nothing."""
        try:
            scope, policy = self._compiled(self.configuration, chain, base)
        except BootRefused as refusal:
            _logger.error("the policy of %s is refused, so it lets nobody in: %s", endpoint, refusal)
            scope, policy = self.configuration.scope, Policy()
        key = endpoint, method, id(base)
        self._scopes.setdefault(key, scope)
        return self._policies.setdefault(key, policy)

    def _compiled(self, configuration: Configuration, chain: Chain, base: Policy | None) -> tuple[Scope, Policy]:
        scope = self._bases.get(id(base), configuration.scope)
        prefix = configuration.settings.prefix
        return configuration.derive(scope, [(step.label, step.values(prefix)) for step in chain])[:2]

    def _scopes_of_policies(self) -> dict[int, Scope]:
        bases = {}
        for policy in super().policies():
            bases[id(policy)] = self.configuration.scope_of(policy)
        return bases

    def _policy_of(self, path: str | re.Pattern[str]) -> Policy | None:
        if isinstance(path, str):
            return self.paths.get(path)
        return next((policy for regex, policy in self.regexes if regex is path), None)

    def _possible_bases(self, rules: Iterable[str]) -> list[Policy | None]:
        """The policies that can govern a path of one of these URL rules."""
        if self.governs_all:
            return [self.default]
        bases: dict[int, Policy | None] = {}
        for rule in rules:
            literal, variable, _ = rule.partition("<")
            candidates = [self.for_path(literal.encode().decode("latin-1"))]
            if variable:
                candidates += [policy for text, policy in self.paths.items() if _may_hold(text, literal)]
                candidates += [policy for _, policy in self.regexes]
            bases.update((id(policy), policy) for policy in candidates)
        return list(bases.values())


def _may_hold(pattern: str, literal: str) -> bool:
    """Whether a path that begins with ``literal`` may match the pattern."""
    path = str(PathPattern.parse(pattern)).removesuffix("/*")
    return path.startswith(literal) or literal.startswith(path)

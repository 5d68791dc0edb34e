"""The policies of one configuration in an application: by path as everywhere, and by view and blueprint."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from werkzeug.routing import Rule

from envcors.configuration import Configuration
from envcors.flask import stores
from envcors.flask.declarations import Chain, Declaration, resolved
from envcors.flask.url_map import Found, built_path, literal_paths, spellings
from envcors.observe.log import log
from envcors.problems import Problem
from envcors.protocol.expressions import may_begin_alike
from envcors.protocol.policy import Policy
from envcors.protocol.table import CLOSED, PathTable, PolicyTable, merged_slashes, without_dots
from envcors.refusal import BootRefused
from envcors.rules.scope import Scope

_logger = logging.getLogger("envcors")
T = TypeVar("T")

_SHOWN_CHARACTERS = 200

_Key = tuple[Chain, int]
"""Declarations, and the identity of the policy that they inherit from."""


MayAnswer = Callable[[Rule, str], bool]
"""Whether a URL rule may answer at a path."""


def _anywhere(_rule: Rule, _path: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """A view that was checked, and its declarations by method; those under ``""`` hold for every other method."""

    view: object
    chains: Mapping[str, Chain]


@dataclass(frozen=True, slots=True, eq=False)
class KnownRule:
    """A URL rule whose endpoint was checked.

    ``policies`` are those of all its paths, by method, ``""`` for every other; None where they depend on the path.
    """

    rule: Rule
    view: object
    policies: Mapping[str, Policy | None] | None


class RoutedTable(PolicyTable):
    """A configuration's table, and beside it the policies of views and blueprints.

    A view's policy inherits from its blueprints', and they from the one of the path (the resource's or the
    application's). Each combination is compiled and checked when the view is registered. What is kept is bounded by the
    configuration and the URL map.
    """

    __slots__ = (
        "_bases",
        "_declarations",
        "_endpoints",
        "_noted",
        "_places",
        "_policies",
        "_rules",
        "_scopes",
        "_uncertain",
        "configuration",
    )

    def __init__(self, configuration: Configuration, *, governs_application: bool, noted: set[Problem]) -> None:
        table = configuration.policies()
        if governs_application:
            super().__init__(table.default, table.paths, table.regexes)
        else:
            super().__init__(None)
        self.configuration = configuration
        self.elsewhere = configuration.scope.options.csrf_protection
        self.protects = self.protects or self.elsewhere != "off"
        self._noted = noted
        self._bases = self._scopes_of_policies() if governs_application else {}
        self._endpoints: dict[str, Endpoint] = {}
        self._declarations: frozenset[Declaration] | None = None
        self._policies: dict[_Key, tuple[Scope, Policy]] = {}
        self._places: dict[Declaration, tuple[tuple[str, object], ...]] = {}
        self._rules: dict[int, KnownRule] = {}
        self._scopes: dict[int, Scope] = {}
        self._uncertain: set[str] = set()

    def declare(self, endpoint: str, view: object, chains: Mapping[str, Chain], rules: Iterable[Rule]) -> None:
        """Take over a view with its declarations, ``chains``, by method.

        Args:
            endpoint: The view's endpoint.
            view: The function that was checked: another one in its place must be checked again.
            chains: Its declarations by method, ``""`` for every other method.
            rules: The endpoint's URL rules.

        Raises:
            BootRefused: A policy breaks a rule; then nothing has changed.
        """
        keys = {
            (steps, id(base)): base
            for rule in rules
            for chain in chains.values()
            for base in self._possible_bases(rule)
            for steps in _possible_steps(chain, rule)
            if steps
        }
        compiled = {key: self._compiled(key[0], base) for key, base in keys.items()}
        for chain in {chain for chain in chains.values() if chain and not keys}:
            self.check(chain)  # a view without a URL rule, as yet
        self._policies.update(compiled)
        self._endpoints[endpoint] = Endpoint(view, dict(chains))
        self._declarations = None
        self._places = {}
        self._rules = {}

    def close(self, endpoint: str, view: object, chains: Mapping[str, Chain]) -> None:
        """Take over a view whose declarations were refused: it allows no origin."""
        for chain in chains.values():
            for base in (self.default, *super().policies()):
                self._policies.setdefault((chain, id(base)), (self.configuration.scope, Policy()))
        self._endpoints[endpoint] = Endpoint(view, dict(chains))
        self._declarations = None
        self._places = {}
        self._rules = {}

    def is_checked(self, endpoint: str, view: object) -> bool:
        """Whether this is the view of the endpoint that was checked."""
        known = self._endpoints.get(endpoint)
        return known is not None and known.view is view

    def check(self, chain: Chain) -> None:
        """Check declarations that no view has yet. Raises BootRefused."""
        self._compiled(resolved(chain, lambda _: None), self.default)
        for declaration in chain:
            for _, step in _values(declaration.resources):
                self._compiled((*chain[: chain.index(declaration) + 1], step), self.default)

    def knows(self, declaration: Declaration) -> bool:
        """Whether a view that is registered has the declaration."""
        known = self._declarations
        if known is None:
            known = self._declarations = frozenset(self.declarations())
        return declaration in known

    def is_in_force(self, declaration: Declaration, views: Mapping[str, object]) -> bool:
        """Whether a view with the declaration is the one that was checked. False says nothing: ``knows`` finds out."""
        places = self._places.get(declaration)
        if places is None:
            places = self._places[declaration] = tuple(
                (name, endpoint.view)
                for name, endpoint in list(self._endpoints.items())
                if any(declaration in chain for chain in endpoint.chains.values())
            )
        for name, view in places:  # noqa: SIM110 - a generator costs more than the one place there is
            if views.get(name) is view:
                return True
        return False

    def scope_of(self, policy: Policy | None) -> Scope:
        """Where the options of a policy of this table are set."""
        if len(self._scopes) != len(self._policies):  # requests may add to them
            self._scopes = {id(known): scope for scope, known in list(self._policies.values())}
        return self._scopes.get(id(policy)) or self._bases.get(id(policy), self.configuration.scope)

    @property
    def has_declarations(self) -> bool:
        """Whether any view or blueprint has a policy of its own."""
        return any(chain for endpoint in list(self._endpoints.values()) for chain in endpoint.chains.values())

    def policies(self) -> Iterator[Policy]:
        """Every policy that can govern a path, and those of views."""
        yield from super().policies()
        yield from self.declared_policies()

    def declared_policies(self) -> Iterator[Policy]:
        """The policies of views and blueprints alone."""
        used = set(self.declarations())
        for (steps, _), (_, policy) in list(self._policies.items()):
            if used.issuperset(steps):
                yield policy

    def has_declaration(self, endpoint: str, declaration: Declaration) -> bool:
        """Whether a view or one of its blueprints has the declaration."""
        known = self._endpoints.get(endpoint)
        return known is not None and any(declaration in chain for chain in known.chains.values())

    def declarations(self) -> list[Declaration]:
        """What blueprints and views declare, each declaration once, outer ones first."""
        found: dict[Declaration, None] = {}
        for endpoint in list(self._endpoints.values()):
            for chain in endpoint.chains.values():
                for step in chain:
                    found[step] = None
                    found.update(dict.fromkeys(resource for _, resource in _values(step.resources)))
        return list(found)

    def known_rule(self, rule: Rule, view: object) -> KnownRule | None:
        """What is known of a URL rule; None where ``view``, its view by now, is not the one that was checked."""
        known = self._rules.get(id(rule))
        if known is not None and known.view is view:
            return known
        if not self.is_checked(rule.endpoint, view):
            return None
        known = self._learned(rule)
        self._rules[id(rule)] = known  # `known` holds the rule, so that no other one gets its identity
        return known

    def possible(self, known: KnownRule, method: str, may_answer: MayAnswer) -> tuple[Policy | None, ...]:
        """Return the policies that can govern ``method`` at a rule's paths; more than one depend on the path.

        ``may_answer`` says whether the rule may answer at a path that a resource names.
        """
        endpoint = self._endpoints[str(known.rule.endpoint)]
        key = method if method in endpoint.chains else ""
        if known.policies is not None:
            return (known.policies[key],)
        found = [
            self._policy_of(steps, base, str(known.rule.endpoint))
            for base in self._possible_bases(known.rule, may_answer)
            for steps in _possible_steps(endpoint.chains[key], known.rule, may_answer)
        ]
        return tuple({id(policy): policy for policy in found}.values())

    def for_found(self, found: Found, method: str, path_info: str) -> Policy | None:
        """The policy of the view that answers, where that depends on the path; ``method`` is in upper case.

        The path counts as the application builds it, so that no other spelling of it picks another policy.
        """
        endpoint = self._endpoints[str(found.rule.endpoint)]
        chain = endpoint.chains.get(method, endpoint.chains.get("", ()))
        endpoint_name = str(found.rule.endpoint)
        path_info = merged_slashes(path_info)
        built = built_path(found)
        if built is None and not self._is_certain(found.rule, chain, path_info):
            return self._closed(endpoint_name, path_info)
        policy = self._policy_at(spellings(found.rule, built or path_info, path_info), chain, endpoint_name)
        plain = without_dots(built or path_info)
        if plain is not None and self._policy_at((plain,), chain, endpoint_name) is not policy:
            return self._closed(endpoint_name, path_info)  # a view may resolve them, as for files
        return policy

    def _is_certain(self, rule: Rule, chain: Chain, path_info: str) -> bool:
        """Return whether the policy of a rule that builds no path is known: it has one, or the path is a resource's."""
        tables = [step.resources for step in chain if step.resources is not None]
        return (
            len(self._possible_bases(rule)) == 1 or any(map(self.is_exact, spellings(rule, path_info)))
        ) and not any(len(_possible(table, rule, _anywhere)) > 1 for table in tables)

    def _closed(self, endpoint: str, path_info: str) -> Policy:
        """Return a policy that allows no origin, where it is not certain which one governs."""
        if endpoint not in self._uncertain:
            self._uncertain.add(endpoint)
            _logger.error(
                "%a can be spelled in several ways for %s, and these have different policies: no origin is allowed",
                path_info[:_SHOWN_CHARACTERS],
                endpoint,
            )
        return CLOSED

    def _learned(self, rule: Rule) -> KnownRule:
        endpoint = self._endpoints[str(rule.endpoint)]
        policies: dict[str, Policy | None] | None = None
        if "<" not in rule.rule:
            paths = literal_paths(rule)
            policies = {
                method: self._policy_at(paths, chain, rule.endpoint) for method, chain in endpoint.chains.items()
            }
        elif not any(step.resources for chain in endpoint.chains.values() for step in chain):
            bases = self._possible_bases(rule)
            if len(bases) == 1:
                policies = {
                    method: self._policy_of(chain, bases[0], rule.endpoint) for method, chain in endpoint.chains.items()
                }
        return KnownRule(rule, endpoint.view, policies)

    def _policy_at(self, paths: tuple[str, ...], chain: Chain, endpoint: str) -> Policy | None:
        steps = resolved(chain, lambda table: _at(table, paths))
        return self._policy_of(steps, _at(self, paths), endpoint)

    def _policy_of(self, steps: Chain, base: Policy | None, endpoint: str) -> Policy | None:
        if not steps:
            return base
        found = self._policies.get((steps, id(base)))
        return found[1] if found is not None else self._late(steps, base, endpoint)

    def _late(self, steps: Chain, base: Policy | None, endpoint: str) -> Policy:
        """A combination that registration did not foresee; one that is refused allows no origin."""
        try:
            scope, policy = self._compiled(steps, base)
        except BootRefused as refusal:
            _logger.error("the policy of %s is refused, so no origin is allowed: %s", endpoint, refusal)
            scope, policy = self.configuration.scope, Policy()
        return self._policies.setdefault((steps, id(base)), (scope, policy))[1]

    def _compiled(self, chain: Chain, base: Policy | None) -> tuple[Scope, Policy]:
        scope = self._bases.get(id(base), self.configuration.scope)
        prefix = self.configuration.settings.prefix
        derived, policy, checked = self.configuration.derive(
            scope, [(step.label, step.values(prefix)) for step in chain]
        )
        new = [found for found in (*checked.waived, *checked.advice) if found not in self._noted]
        self._noted.update(new)
        log(new)
        self.protects = self.protects or policy.csrf_protection != "off"
        stores.read_at_boot([policy], self.configuration.settings)
        stores.serve([policy])
        return derived, policy

    def _scopes_of_policies(self) -> dict[int, Scope]:
        return {id(policy): self.configuration.scope_of(policy) for policy in super().policies()}

    def _possible_bases(self, rule: Rule, may_answer: MayAnswer = _anywhere) -> list[Policy | None]:
        """The policies that can govern a path of this URL rule."""
        return [self.default] if self.governs_all else _possible(self, rule, may_answer)


def _at(table: PathTable[T], paths: tuple[str, ...]) -> T | None:
    """The value of the first path that the table names itself, else that of the first path."""
    return table.for_path(next((path for path in paths if table.is_exact(path)), paths[0]))


def _values(table: PathTable[T] | None) -> Iterator[tuple[str | re.Pattern[str], T]]:
    if table is not None:
        yield from table.paths.items()
        yield from table.regexes


def _possible(table: PathTable[T], rule: Rule, may_answer: MayAnswer) -> list[T | None]:
    """The values that a table can have for a path of this URL rule, each once; perhaps more, never fewer."""
    literal, variable, _ = rule.rule.partition("<")
    values = [_at(table, literal_paths(rule))]
    if variable:
        # A path that begins so and is named nowhere; where it has no value, others may have none too.
        values = [table.for_path(f"{literal}~".encode().decode("latin-1"))]
        values += [
            value
            for text, value in table.paths.items()
            if _may_hold(text.removesuffix("/*"), literal) and (text.endswith("/*") or may_answer(rule, text))
        ]
        values += [None] if table.regexes else []
        prefix = literal.encode().decode("latin-1")
        values += [value for expression, value in table.regexes if may_begin_alike(expression, prefix)]
    return list({id(value): value for value in values}.values())


def _may_hold(path: str, literal: str) -> bool:
    """Whether a path that begins with ``literal`` may be this path, or below it."""
    return path.startswith(literal) or literal.startswith(path)


def _possible_steps(chain: Chain, rule: Rule, may_answer: MayAnswer = _anywhere) -> Iterator[Chain]:
    """The declarations that can hold for a path of this URL rule."""
    tables = [step.resources for step in chain if step.resources is not None]
    for values in product(*[_possible(table, rule, may_answer) for table in tables]):
        yield resolved(chain, dict(zip(tables, values, strict=True)).__getitem__)

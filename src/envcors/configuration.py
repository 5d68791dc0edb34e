"""Settings and rules together: the policies of an application, or every reason why it must not start."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from envcors.problems import Problem
from envcors.protocol.policy import Policy, PolicyError
from envcors.protocol.table import PolicyTable
from envcors.refusal import BootRefused
from envcors.rules import complete_fixes, container, deployment, waivers
from envcors.rules.catalogue import RULES, problem, usage
from envcors.rules.check import Checked, check, refused_items
from envcors.rules.functions import admission
from envcors.rules.item_problem import ItemProblem
from envcors.rules.overridden import check_overridden
from envcors.rules.permissive import headers_read_by
from envcors.rules.resources import check_resources
from envcors.rules.scope import Scope
from envcors.rules.stored import members_of
from envcors.settings.container import on_platform
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings
from envcors.settings.options import POLICY_OPTIONS, PolicyOptions


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that was read and checked.

    Attributes:
        settings: What was read.
        scope: The options of the application.
        problems: What is refused.
        waived: What ``CORS_DANGEROUSLY_ALLOW`` waives.
        advice: What is advised against.
        production: Whether the rules of production apply.
        table: The policies; None where something is refused.
    """

    settings: CORSSettings
    scope: Scope
    problems: tuple[Problem, ...]
    waived: tuple[Problem, ...]
    advice: tuple[Problem, ...]
    production: bool
    table: PolicyTable | None
    _scopes: Mapping[int, Scope] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits: two configurations with the same digest allow the same. Empty if refused."""
        if self.table is None:
            return ""
        table = self.table
        content = {
            "default": table.default.canonical() if table.governs_all and table.default else None,
            **({} if table.governs_all or table.elsewhere == "off" else {"elsewhere": table.elsewhere}),
            "paths": {path: policy.canonical() for path, policy in table.paths.items()},
            "regexes": [[regex.pattern, regex.flags, policy.canonical()] for regex, policy in table.regexes],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def policies(self) -> PolicyTable:
        """Return the policies. Raises BootRefused where there are problems."""
        if self.table is None:
            raise self.refusal()
        return self.table

    def closed(self) -> Configuration:
        """Return a configuration that allows no origin, to check blueprints and views by where this one is refused.

        Options with a problem have their default, so that nothing that inherits them has the same problem again.
        """
        options = self.settings.reading.names.options
        wrong = {options.get(found.variable, "") for found in self.problems}
        default = PolicyOptions()
        own = self.scope.options.model_copy(
            update={name: getattr(default, name) for name in wrong & POLICY_OPTIONS.keys()}
        )
        values = {option: value for option, value in self.scope.values.items() if option not in wrong}
        return replace(
            self, scope=replace(self.scope, options=own, values=values), table=PolicyTable(Policy()), _scopes={}
        )

    def refusal(self, problems: Iterable[Problem] = ()) -> BootRefused:
        """Return the refusal of this configuration, or of ``problems`` that were found later."""
        found = tuple(problems) or self.problems
        return BootRefused(found, production=self.production, hint=self.hint(found))

    def hint(self, problems: Iterable[Problem]) -> str:
        """Return the first thing to try on one's own machine, where a local origin is refused; else nothing."""
        rules = {found.rule for found in problems}
        if "origin-local" not in rules or on_platform(self.settings.reading.environ):
            return ""
        if any(RULES[rule].holds == "always" for rule in rules):
            return ""  # development would refuse them too
        return f"On your own machine: put {self.settings.variable('env')}=development into .env."

    def refuse(self, message: str, fix: str) -> BootRefused:
        """Return the refusal of a use of envcors that cannot work."""
        return self.refusal([usage(message, fix)])

    def scope_of(self, policy: Policy | None) -> Scope:
        """Return the options of a policy of the table, each with where it was set; the application's for any other."""
        return self._scopes.get(id(policy), self.scope)

    def derive(self, base: Scope, steps: Iterable[tuple[str, Mapping[str, Located]]]) -> tuple[Scope, Policy, Checked]:
        """Return the scope of a blueprint or a view, its policy, and what is waived and advised against.

        Args:
            base: What it inherits from.
            steps: A label and the options that it sets, for each blueprint from the outermost, then the view.

        Raises:
            BootRefused: Something violates a rule.
        """
        scope, problems = base, list[Problem]()

        def violations(candidate: Scope) -> list[ItemProblem]:
            return refused_items(candidate, production=self.production, waivers=self.settings.waivers)

        for label, values in steps:
            scope, invalid = scope.child(label, values)
            complete = complete_fixes.completed(invalid, values.values(), scope, violations)
            problems, scope = [*problems, *complete.problems], complete.scope
        checked = check(scope, production=self.production, waivers=self.settings.waivers)
        problems += checked.refused
        if problems:
            raise self.refusal(problems)
        known = {*self.waived, *self.advice}
        checked.waived = [found for found in checked.waived if found not in known]
        checked.advice = [found for found in checked.advice if found not in known]
        return scope, policy_of(scope, production=self.production, waivers=self.settings.waivers), checked


def configure(settings: CORSSettings, *, debug: bool = False) -> Configuration:
    """Check settings against all rules. What is wrong is in the result's ``problems``; nothing is raised for it."""
    production = settings.production
    checked = Checked()
    in_container = container.dotenv_in_container(settings)
    production = production or (in_container is not None and not container.is_waived(settings))

    def violations(candidate: Scope) -> list[ItemProblem]:
        return refused_items(candidate, production=production, waivers=settings.waivers)

    scope = _application_scope(settings)
    complete = complete_fixes.of_settings(settings, scope, violations)
    checked.refused += [*complete.problems, *waivers.check_waivers(settings)]
    if in_container is not None and container.is_waived(settings):
        checked.waived.append(in_container)
    elif in_container is not None:
        checked.refused.append(in_container)
    checked.advice += deployment.advise(settings, production=production, debug=debug)
    checked.refused += [*deployment.check_inspector(settings), *deployment.check_ignored(settings)]
    checked.refused += [*deployment.check_store(settings), *deployment.check_metrics(settings)]
    checked.refused += check_resources(settings.resources)
    checked.add(check(scope, production=production, waivers=settings.waivers))
    children: list[Scope] = []
    for resource in settings.resources:
        child, invalid = scope.child(resource.label, resource.options)
        pasted, _ = complete.scope.child(resource.label, resource.options)
        invalid = complete_fixes.completed(invalid, resource.options.values(), pasted, violations).problems
        checked.add(Checked(refused=invalid))
        checked.add(check(child, production=production, waivers=settings.waivers))
        children.append(child)
    checked.add(Checked(refused=list(check_overridden(settings))))
    checked.advice.extend(waivers.unused_waivers(settings, (*checked.waived, *checked.refused)))
    if not checked.refused and not any(_has_origins(child) for child in children or [scope]):
        checked.advice.append(deployment.no_origins(settings))
    table, scopes = None, dict[int, Scope]()
    if not checked.refused:
        try:
            table, scopes = _compiled(settings, scope, children, production=production)
        except PolicyError as error:  # a rule that is missing must not open anything
            variable = settings.variable(error.option)
            checked.refused.append(
                problem("usage", variable, None, "the whole policy", message=str(error), fix="see docs/rules.md")
            )
    return Configuration(
        settings,
        scope,
        tuple(checked.refused),
        tuple(checked.waived),
        tuple(checked.advice),
        production,
        table,
        scopes,
    )


def _has_origins(scope: Scope) -> bool:
    return bool(scope.options.origins) or scope.options.origins_store is not None


def policy_of(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Policy:
    """Return the policy of a scope that violates no rule."""
    options = scope.options
    members = members_of(scope, production=production, waivers=waivers)
    return Policy(
        origins=[item for item in options.origins if isinstance(item, str)],
        deny_origins=options.deny_origins,
        methods=options.methods,
        allow_headers=options.allow_headers,
        expose_headers=options.expose_headers,
        supports_credentials=options.supports_credentials,
        max_age=options.max_age,
        csrf_protection=options.csrf_protection,
        development=not production,
        origin_regexes=[item for item in options.origins if isinstance(item, re.Pattern)],
        admit=admission(scope, production=production, waivers=waivers),
        vary=headers_read_by(item for item in options.origins if callable(item)),
        members=members,
        store="" if members is None else str(members.url),
    )


def _application_scope(settings: CORSSettings) -> Scope:
    options = PolicyOptions.model_construct(**{name: getattr(settings, name) for name in POLICY_OPTIONS})
    values = {name: located for name in POLICY_OPTIONS if (located := settings.located(name)) is not None}
    return Scope(options, values, settings.prefix)


def _compiled(
    settings: CORSSettings, scope: Scope, children: list[Scope], *, production: bool
) -> tuple[PolicyTable, dict[int, Scope]]:
    """Return the table of policies, and the scope of each by the policy's identity. Raises PolicyError."""
    waived = settings.waivers
    default = policy_of(scope, production=production, waivers=waived)
    scopes = {id(default): scope}
    paths: dict[str, Policy] = {}
    regexes: list[tuple[re.Pattern[str], Policy]] = []
    for resource, child in zip(settings.resources, children, strict=True):
        policy = policy_of(child, production=production, waivers=waived)
        scopes[id(policy)] = child
        for path in resource.paths:
            if isinstance(path, re.Pattern):
                regexes.append((path, policy))
            elif isinstance(path, str):
                paths[path] = policy
    return PolicyTable(default, paths, regexes), scopes

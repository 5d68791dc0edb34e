"""Values that do not apply, because another source takes precedence: they must still be valid.

Each is checked by itself, and against the rules that always hold: what it allows has no effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from envcors.problems import Problem
from envcors.rules.check import check, refused_items
from envcors.rules.complete_fixes import completed
from envcors.rules.item_problem import ItemProblem
from envcors.rules.resources import check_resources
from envcors.rules.scope import Scope
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings
from envcors.settings.options import PATHS, POLICY_OPTIONS, PolicyOptions
from envcors.settings.resources import RESOURCES, Resource, ResourcesOption
from envcors.settings.validation import parse

_DECLARED = CORSSettings.declared()
_RESOURCES = ResourcesOption(RESOURCES)


def check_overridden(settings: CORSSettings) -> Iterator[Problem]:
    """Yield the problems of every value that another one overrides."""
    for located in settings.reading.overridden():
        found = settings.reading.names.resource(located.variable)
        if found is not None:
            name, option = found
            yield from _check_option(option, located, f"resource {name}", settings.prefix)
        elif located.option == "resources":
            yield from _check_resources(located, settings.prefix)
        else:
            yield from _check_option(located.option, located, "", settings.prefix)


def _check_option(option: str, located: Located, label: str, prefix: str) -> Iterator[Problem]:
    if option in POLICY_OPTIONS:
        scope, problems = Scope(PolicyOptions(), {}, prefix).child(label, {option: located})
        yield from completed(problems, [located], scope, _always_refused).problems
        yield from check(scope, production=False, waivers=()).refused
        return
    declared = PATHS if option == "paths" else _DECLARED.get(option)
    if declared is None:
        return
    value, problem = parse(located, declared)
    if problem is not None:
        yield problem
    elif option == "paths" and isinstance(value, tuple):
        yield from check_resources([Resource(label, located, value)])


def _always_refused(scope: Scope) -> list[ItemProblem]:
    return refused_items(scope, production=False, waivers=())


def _check_resources(located: Located, prefix: str) -> Iterator[Problem]:
    resources, problem = parse(located, _RESOURCES)
    if problem is not None:
        yield problem
    if not isinstance(resources, tuple):
        return
    yield from check_resources(resources)
    for resource in resources:
        for option, value in resource.options.items():
            yield from _check_option(option, value, resource.label, prefix)

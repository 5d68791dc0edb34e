"""Rules about resources: their paths, and the names of their options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from envcors.problems import Problem, printable
from envcors.protocol.table import PathError, PathPattern
from envcors.repair import Kind, python_of, repair_items
from envcors.repair.names import nearest
from envcors.rules.catalogue import problem
from envcors.rules.expressions import is_slow
from envcors.settings.flask_cors import is_flask_cors_option, option_problem
from envcors.settings.located import LONGEST_LINE, Located
from envcors.settings.options import PATHS, POLICY_OPTIONS
from envcors.settings.resources import Resource
from envcors.settings.validation import value_problem


def check_resources(resources: Iterable[Resource]) -> Iterator[Problem]:
    """Yield the problems of resources; those of their options' values are found where each is checked as a scope."""
    resources = tuple(resources)
    for resource in resources:
        if resource.error is not None:
            yield value_problem(resource.located, resource.error, PATHS)
        elif not resource.paths:
            yield _without_paths(resource)
        yield from _not_a_path(resource)
        if not resource.has_mapping:
            yield _options_not_a_mapping(resource)
        yield from unknown_options(resource.unknown, resource.located, resource.label)
    yield from _path_problems(resources)


def unknown_options(values: Mapping[str, object], located: Located, owner: str) -> Iterator[Problem]:
    """Yield the problems of options that do not exist.

    Args:
        values: Their values by name.
        located: The mapping that contains them.
        owner: What they belong to, for messages: ``resource "/api/*"``, ``view ships``.
    """
    for name, value in values.items():
        if is_flask_cors_option(name) and not located.secret:
            found = option_problem(name, value, located)
            if found is not None:
                yield found
        else:
            yield _unknown_option(name, located, owner)


def _unknown_option(name: str, located: Located, owner: str) -> Problem:
    near = nearest(name, POLICY_OPTIONS)
    hint = f"did you mean {near}?" if near else f"options are {', '.join(POLICY_OPTIONS)}."
    shown = located.shown_item(name)
    return problem(
        "unknown-variable",
        located.variable,
        None,
        located.source,
        message=f"{owner[:1].upper()}{owner[1:]} has an unknown option {shown}; {hint}",
        fix=(f'"{near}" instead of "{shown}"' if near else f'remove "{shown}"') + f" in {owner}",
    )


def _without_paths(resource: Resource) -> Problem:
    name = resource.name
    return problem(
        "resource-malformed",
        resource.located.variable,
        None,
        resource.located.source,
        message=f"Resource {name} has no paths, so its options would govern nothing.",
        fix=resource.located.line(f"/{name.lower()}/*"),
    )


def _not_a_path(resource: Resource) -> Iterator[Problem]:
    for path in resource.paths:
        text: object = path.pattern if isinstance(path, re.Pattern) else path
        if not isinstance(text, str):
            yield resource.located.problem(
                "resource-malformed",
                f"{resource.label} is not a path; a path is a string or a regular expression over strings.",
                'resources={"/api/*": {…}}',
            )


def _options_not_a_mapping(resource: Resource) -> Problem:
    path = resource.paths[0]
    text = path.pattern if isinstance(path, re.Pattern) else path
    return resource.located.problem(
        "resource-malformed",
        f"The options of {resource.label} must be an object of options.",
        f'"{resource.located.shown_item(text)}": {{"origins": ["https://app.example.com"]}}',
    )


def _path_problems(resources: Iterable[Resource]) -> Iterator[Problem]:
    seen: dict[object, str] = {}
    for resource in resources:
        malformed: list[tuple[str, str]] = []
        for path in resource.paths:
            key: object
            if isinstance(path, str):
                try:
                    key = str(PathPattern.parse(path))
                except PathError as error:
                    malformed.append((path, str(error)))
                    continue
            elif isinstance(path, re.Pattern) and isinstance(path.pattern, str):
                key = (path.pattern, path.flags)
                if is_slow(path):
                    yield _slow(path, resource)
            else:
                continue
            if key in seen:
                yield _listed_twice(path, resource, seen[key])
            seen[key] = resource.label
        line = _paths_line(resource) if malformed else None
        for text, why in malformed:
            message = f"The path {resource.located.shown_item(text) or '(empty)'}: {why}"
            yield resource.located.problem("resource-malformed", message, _path_fix(text, resource, line))


def _slow(path: re.Pattern[str], resource: Resource) -> Problem:
    return resource.located.problem(
        "resource-malformed",
        f"The expression {resource.located.shown_item(path.pattern)} can take very long on a path that a stranger "
        "sends: it has nested or adjacent quantifiers.",
        '"/api/*", or an expression with one quantifier',
    )


def _listed_twice(path: str | re.Pattern[str], resource: Resource, other: str) -> Problem:
    shown = resource.located.shown_item(path if isinstance(path, str) else path.pattern)
    return resource.located.problem(
        "resource-malformed",
        f"The path {shown} is listed twice, in {other} and {resource.label}: one policy governs a path.",
        f"{shown} in one of the two",
    )


def _paths_line(resource: Resource) -> str | None:
    """Return the line that fixes all paths; None if they are in JSON or code, or if the line would be too long."""
    located = resource.located
    if located.option != "paths" or located.secret:
        return None
    repaired = repair_items([path for path in resource.paths if isinstance(path, str)], Kind.PATHS).value
    if not repaired:
        return None
    line = located.line(repaired)
    return line if len(line) <= LONGEST_LINE else None


def _path_fix(path: str, resource: Resource, line: str | None) -> str:
    located = resource.located
    if located.secret:
        return f"a path such as /api/* in {located.variable}"
    if line:
        return line
    repaired = repair_items([path], Kind.PATHS).value
    if isinstance(repaired, tuple) and repaired:
        better = " and ".join(f'"{text}"' for text in repaired)
    elif located.in_code and _is_expression(path):
        better = f"re.compile({python_of(path)})"  # the only form that means the same
    elif located.in_code and _ONE_PART.fullmatch(path):
        better = f"re.compile({python_of(path.replace('*', '[^/]+'))})"
    else:
        better = 'the paths that it means, each as text such as "/health" or "/files/*",'
    return f'{better} instead of "{printable(path)}" in {located.variable}'


_ONE_PART = re.compile(r"(?:/(?:\*|[\w-]+))+")
"""A path in which a `*` means any one part."""


def _is_expression(path: str) -> bool:
    try:
        re.compile(path)
    except re.error:
        return False
    return path.isprintable() and not is_slow(re.compile(path)) and re.search(r"[\[(\\]", path) is not None

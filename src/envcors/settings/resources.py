"""Resources: paths with options of their own, from JSON, from variables or from code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote

from envcors.problems import Problem, printable
from envcors.protocol.table import PathError, PathPattern
from envcors.settings import forms, json_text
from envcors.settings.flask_cors import is_legacy, legacy_problem
from envcors.settings.names import Names
from envcors.settings.nearest import nearest
from envcors.settings.options import POLICY_OPTIONS
from envcors.settings.provenance import LONGEST_LINE, Given, Place, json_of, python_of
from envcors.settings.typing import form_problem, typed, typed_options

Path = str | re.Pattern[str]


@dataclass(slots=True)
class Resource:
    """Paths that share options. ``label`` is how messages call it; ``given`` is where it was written."""

    label: str
    given: Given
    paths: tuple[Path, ...] = ()
    options: dict[str, Given] = field(default_factory=dict)


@dataclass(slots=True)
class Resources:
    """All resources in their written order, those not in force apart, and what is wrong with how they were written."""

    items: list[Resource] = field(default_factory=list)
    overridden: list[Resource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_resources(whole: Given | None, parts: Iterable[Given], names: Names) -> Resources:
    """Resources of ``CORS_RESOURCES`` (or ``resources=``) and of ``CORS_RESOURCES__NAME__…``.

    ``whole`` in code stands above ``parts``. What is overridden is checked for form alone.
    """
    resources = Resources()
    named = _from_parts(parts, names, resources)
    for link in (whole, *whole.below) if whole is not None else ():
        read = Resources()
        _from_whole(link, read)
        resources.problems.extend(read.problems)
        if link is whole:
            resources.items.extend(read.items)
        else:
            _override(read.items, resources)
    if whole is not None and stands_above_parts(whole):
        _override(named, resources)
    else:
        resources.items.extend(named)
    resources.problems.extend(_path_problems(resources.items))
    return resources


def stands_above_parts(whole: Given) -> bool:
    """Whether these resources override all that variables of single resources say."""
    return whole.place in (Place.CODE, Place.CONFIG)


def _override(items: list[Resource], resources: Resources) -> None:
    """Keep resources that are not in force apart, with what is wrong with their form."""
    resources.overridden.extend(items)
    resources.problems.extend(_path_problems(items))
    for resource in items:
        resources.problems.extend(typed_options(resource.label, resource.options)[1])


def option_givens(
    values: Mapping[str, object] | Mapping[object, object], parent: Given, where: str, path: Path = ""
) -> tuple[dict[str, Given], list[Problem]]:
    """Options written as a mapping, each as a value of its own; unknown names are problems.

    ``parent`` is where the mapping stands; ``where`` names the scope for messages, such as ``resource "/api/*"``, and
    ``path`` is its key there.
    """
    options: dict[str, Given] = {}
    problems: list[Problem] = []
    place = Place.CODE if parent.place in (Place.CODE, Place.CONFIG) else Place.JSON
    for name, value in values.items():
        if isinstance(name, str) and name in POLICY_OPTIONS:
            if value is not None and not _not_set(name, value):
                written = json_of if place is Place.JSON else python_of
                raw = parent.raw if parent.secret else f'{{{written(path)}: {{"{name}": {written(value)}}}}}'
                options[name] = Given(
                    parent.variable, name, value, parent.source, place, raw=raw, secret=parent.secret, owner=where
                )
        elif isinstance(name, str) and is_legacy(name) and not parent.secret:
            problems.extend(legacy_problem(name, value, parent.source, parent.variable))
        else:
            problems.append(_unknown_option(str(name), parent, where))
    return options, problems


def _not_set(option: str, value: object) -> bool:
    return option not in forms.LISTS and isinstance(value, str) and not value.strip()


def _unknown_option(name: str, parent: Given, where: str) -> Problem:
    near = nearest(name, POLICY_OPTIONS)
    hint = f"did you mean {near}?" if near else f"options are {', '.join(POLICY_OPTIONS)}."
    return Problem(
        "unknown-variable",
        "refuse",
        parent.variable,
        None,
        parent.source,
        f"{where[:1].upper()}{where[1:]} has an unknown option {parent.piece(name)}; {hint}",
        (f'"{near}" in place of "{parent.piece(name)}"' if near else f'no "{parent.piece(name)}"') + f" in {where}",
    )


def _from_whole(whole: Given, resources: Resources) -> None:
    if typed(whole)[1] is not None:
        return  # a problem that every variable can have, and that is told already
    try:
        value = _decoded(whole)
    except forms.FormError as error:
        resources.problems.append(form_problem(whole, error))
        return
    for path, options in value:
        label: object = path.pattern if isinstance(path, re.Pattern) else path
        where = f'resource "{whole.piece(str(label))}"'
        if not isinstance(path, (str, re.Pattern)) or not isinstance(label, str):
            resources.problems.append(
                whole.problem(
                    "resource-malformed",
                    f"{where} is no path; a path is a string or a regular expression over strings.",
                    'resources={"/api/*": {…}}',
                )
            )
            continue
        if not isinstance(options, Mapping):
            resources.problems.append(
                whole.problem(
                    "resource-malformed",
                    f"The options of {where} must be an object of options.",
                    f'"{whole.piece(label)}": {{"origins": ["https://app.example.com"]}}',
                )
            )
            continue
        givens, problems = option_givens(options, whole, where, path)
        resources.problems.extend(problems)
        resources.items.append(Resource(where, whole, (path,), givens))


def _decoded(whole: Given) -> Iterable[tuple[object, object]]:
    """Each path with its options, in the written order."""
    value = whole.value
    example = {"/api/*": {"origins": ["https://app.example.com"]}}
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, re.Pattern):
        return [(value, {})]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [(path, {}) for path in value]
    if not isinstance(value, str):
        raise forms.FormError("Resources are a mapping of paths to options, a list of paths, or one path.", example)
    if whole.place in (Place.CODE, Place.CONFIG) and not value.lstrip().startswith("{"):
        return [(path, {}) for path in forms.string_list(value, "/api/*")]
    try:
        decoded = json_text.decoded(value, _no_doubles)
    except json_text.JSONTextError as fault:
        reason = "it has one key twice, or something stands where it should not" if whole.secret else str(fault)
        message = f"This is not valid JSON: {reason}."
        raise forms.FormError(message, json.dumps(example), _in_double_quotes(value)) from None
    if isinstance(decoded, dict):
        return decoded.items()
    raise forms.FormError("This must be a JSON object of paths to options.", json.dumps(example))


def _in_double_quotes(text: str) -> str | None:
    """A mapping as Python writes it, as JSON; None where other quotes do not make it JSON."""
    changed = re.sub(r"\b(True|False)\b", lambda word: word[0].lower(), text.replace("'", '"'))
    try:
        return changed if isinstance(json_text.decoded(changed, _no_doubles), dict) else None
    except json_text.JSONTextError:
        return None


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise json_text.JSONTextError(f'the key "{printable(key)}" stands there twice')
        result[key] = value
    return result


def _from_parts(parts: Iterable[Given], names: Names, resources: Resources) -> list[Resource]:
    named: dict[str, Resource] = {}
    for given in parts:
        found = names.resource(given.variable)
        if found is None:
            continue
        name, option = found
        resource = named.setdefault(name, Resource(f"resource {name}", given))
        if option == "paths":
            resource.given = given
            paths, problem = typed(given)
            if problem is None:
                resource.paths = cast(tuple[str, ...], paths)
            else:
                resources.problems.append(problem)
        else:
            resource.options[option] = given
    refused = {problem.variable for problem in resources.problems}
    for name, resource in named.items():
        if not resource.paths and resource.given.variable not in refused:
            variable = f"{names.prefix}RESOURCES__{name}__PATHS"
            resources.problems.append(
                Problem(
                    "resource-malformed",
                    "refuse",
                    variable,
                    None,
                    resource.given.source,
                    f"Resource {name} has no paths, so its options would govern nothing.",
                    resource.given.beside(variable, "paths").line(f"/{name.lower()}/*"),
                )
            )
    return list(named.values())


def _path_problems(resources: Iterable[Resource]) -> Iterator[Problem]:
    seen: dict[object, str] = {}
    for resource in resources:
        malformed: list[tuple[str, str]] = []
        for path in resource.paths:
            key: object = path
            if isinstance(path, re.Pattern):
                key = (path.pattern, path.flags)
            else:
                try:
                    key = str(PathPattern.parse(path))
                except PathError as error:
                    malformed.append((path, str(error)))
                    continue
            if key in seen:
                shown = resource.given.piece(path if isinstance(path, str) else path.pattern)
                yield resource.given.problem(
                    "resource-malformed",
                    f"The path {shown} is given twice, by {seen[key]} and {resource.label}: one policy governs a path.",
                    f"{shown} in one of the two",
                )
            seen[key] = resource.label
        if malformed:
            line = _paths_line(resource)
            for path, fault in malformed:
                sentence = f"The path {resource.given.piece(path) or '(empty)'}: {fault}"
                yield resource.given.problem("resource-malformed", sentence, _path_fix(path, resource, line))


def _paths_line(resource: Resource) -> str | None:
    """The line that mends all paths of a resource; None where they stand in JSON or code, or it would be too long."""
    given = resource.given
    if given.option != "paths" or given.secret:
        return None
    line = given.line(tuple(dict.fromkeys(_mended(path) for path in resource.paths if isinstance(path, str))))
    return line if len(line) <= LONGEST_LINE else None


def _path_fix(path: str, resource: Resource, line: str | None) -> str:
    given = resource.given
    if given.secret:
        return f"/api/* or the like in {given.variable}"
    return line or f'"{_mended(path)}" in place of "{printable(path)}" in {given.variable}'


def _mended(path: str) -> str:
    """The path pattern that was probably meant."""
    bare = unquote(path).strip().removeprefix("^").removesuffix("$")
    for tail in ("(.*)", ".*", "*"):
        if bare.endswith(tail):
            bare = bare.removesuffix(tail).rstrip("/") + "/*"
            break
    fixed = re.sub(r"//+", "/", "/" + re.sub(r"[?#].*", "", bare))
    for candidate in (path, fixed):
        with suppress(PathError):
            PathPattern.parse(candidate)
            return candidate
    return "/api/*"

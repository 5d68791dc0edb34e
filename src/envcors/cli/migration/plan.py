"""The plan of a migration: the variables to paste, the code to change, and what is different afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envcors.cli.migration.relics import relics
from envcors.cli.migration.translation import SIMPLE, Translation, translated
from envcors.flask.flask_cors import DEFAULTS, Use, configured, is_expression
from envcors.flask.governed_route import listed_methods
from envcors.problems import printable
from envcors.repair import Kind, Syntax, line, python_of, repair_items, text_of
from envcors.repair.expressions import UnreadableError, paths_of

if TYPE_CHECKING:
    from flask import Flask

_PREFIX = "CORS_"
_EVERYTHING = re.compile(r"\^?(?:\*|/?\.?\*|/|/\(\.\*\))\$?")
"""The paths of Flask-CORS that match every path."""

_NOTHING: Mapping[str, object] = {"supports_credentials": False, "expose_headers": []}
"""What code sets so that it does not inherit more than Flask-CORS allowed."""

_UNREADABLE = (
    "The options of {} cannot be read in this version of Flask-CORS. "
    "Take its origins, headers and paths from your code."
)
_LOCAL_IN_CODE = "Origins of your own machine are not in the lines of code, because production would refuse them."


@dataclass(frozen=True, slots=True)
class Plan:
    """How an application that uses Flask-CORS becomes one that uses envcors.

    Attributes:
        application: The name of the application.
        uses: How it uses Flask-CORS.
        production: The lines of ``.env`` for production.
        development: The lines of ``.env`` for one's own machine; none if those for production are enough.
        code: Lines of code, each with the line that replaces it; empty for a line to add.
        options: Options and keys, each with what becomes of it.
        notes: What was left out or could not be known, in sentences.
    """

    application: str
    uses: tuple[str, ...]
    production: tuple[str, ...]
    development: tuple[str, ...]
    code: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the plan for JSON."""
        return {
            "uses": list(self.uses),
            "production": list(self.production),
            "development": list(self.development),
            "code": [{"before": before, "after": after} for before, after in self.code],
            "options": [{"option": option, "becomes": becomes} for option, becomes in self.options],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class _Group:
    """Paths that have the same policy; no path stands for every path."""

    paths: tuple[str, ...]
    translation: Translation


def plan_for(app: Flask, uses: Iterable[Use]) -> Plan:
    """Return the plan for an application."""
    uses = list(uses)
    notes: dict[str, None] = {}
    found = [group for use in reversed(uses) if use.kind == "application" for group in _groups(app, use, notes)]
    groups = list(_first_of_each_path(found))
    production = _variables(groups, production=True)
    code = [_import_line(uses), *_lines(app, uses, production, notes)]
    development = _variables(groups, production=False)
    own_machine = () if production == development else (f"{_PREFIX}ENV=development", *_dotenv(development))
    return Plan(
        app.name,
        tuple(use.label for use in uses),
        tuple(_dotenv(production)),
        own_machine,
        tuple(dict.fromkeys(code)),
        tuple(relics(app, uses, production)),
        tuple(notes),
    )


def _groups(app: Flask, use: Use, notes: dict[str, None]) -> list[_Group]:
    """Return the policies of one ``CORS()``; paths with the same policy are in one group."""
    resources, routes = use.resources, use.routes
    if resources is None:
        notes[_UNREADABLE.format(use.label)] = None
        resources = (("/*", {**DEFAULTS, **configured(app)}),)
        routes = (frozenset(method for rule in app.url_map.iter_rules() for method in listed_methods(rule)),)
    groups: list[_Group] = []
    for (path, options), methods in zip(resources, routes, strict=True):
        translation = translated(options, methods)
        notes.update(dict.fromkeys(translation.notes))
        found = _paths(path, notes)
        if found is None:
            continue
        same = next((at for at, group in enumerate(groups) if group.translation == translation), None)
        if same is None:
            groups.append(_Group(found, translation))
        else:
            groups[same] = _Group((*(groups[same].paths or ("/*",)), *(found or ("/*",))), translation)
    return groups


def _first_of_each_path(groups: Iterable[_Group]) -> Iterator[_Group]:
    """Yield the groups without the paths that an earlier one has: Flask-CORS takes the first."""
    seen: set[str] = set()
    for group in groups:
        paths = tuple(path for path in dict.fromkeys(group.paths or ("/*",)) if path not in seen)
        seen.update(paths)
        if paths:
            yield _Group(() if paths == ("/*",) else paths, group.translation)


def _paths(path: str | re.Pattern[str], notes: dict[str, None]) -> tuple[str, ...] | None:
    """Return the pattern that a path of Flask-CORS means; none for every path; None if no pattern means the same."""
    text = path.pattern if isinstance(path, re.Pattern) else path
    if _EVERYTHING.fullmatch(text):
        return ()
    try:
        found = paths_of(text, whole=False) if is_expression(path) else [text]
    except UnreadableError:
        found = [text]
    repaired = repair_items(found, Kind.PATHS)
    if not isinstance(repaired.value, tuple) or not repaired.value:
        notes[
            f"The path {printable(text)} is left out: no pattern means the same. Write it as a path such as /api/*, or "
            f"as resources={{re.compile({python_of(text)}): {{}}}} in code."
        ] = None
        return None
    return repaired.value


def _variables(groups: list[_Group], *, production: bool) -> dict[str, object]:
    """Return the values of all variables; what all groups have in common is an option of the application."""
    if not groups:
        return {}
    values = [group.translation.values(production=production) for group in groups]
    common = {
        option: value for option, value in values[0].items() if all(other.get(option) == value for other in values)
    }
    found: dict[str, object] = {f"{_PREFIX}{option.upper()}": value for option, value in common.items()}
    if len(groups) == 1 and not groups[0].paths:
        return found
    names: set[str] = set()
    for group, own in zip(groups, values, strict=True):
        name = _name(group.paths, names)
        found[f"{_PREFIX}RESOURCES__{name}__PATHS"] = group.paths or ("/*",)
        for option, value in own.items():
            if option not in common:
                found[f"{_PREFIX}RESOURCES__{name}__{option.upper()}"] = value
    return found


def _name(paths: tuple[str, ...], taken: set[str]) -> str:
    """Return a name for a resource, from its first path."""
    base = "_".join(re.findall(r"[A-Z0-9]+", paths[0].upper())) if paths else "ALL"
    name = base = base or "ALL"
    number = 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name


def _dotenv(variables: Mapping[str, object]) -> Iterator[str]:
    for variable, value in variables.items():
        option = variable.removeprefix(_PREFIX).rpartition("__")[2].lower()
        yield line(text_of(value), Syntax.DOTENV, variable=variable, option=option)


def _import_line(uses: list[Use]) -> tuple[str, str]:
    kinds = {use.kind for use in uses}
    before = [name for name, needs in (("CORS", kinds - {"view"}), ("cross_origin", kinds & {"view"})) if needs]
    after = ["CORS", *(["cross_origin"] if "view" in kinds else [])]
    return f"from flask_cors import {', '.join(before)}", f"from envcors import {', '.join(after)}"


def _lines(
    app: Flask, uses: list[Use], inherited: Mapping[str, object], notes: dict[str, None]
) -> Iterator[tuple[str, str]]:
    """Yield each line of code that changes, and the line that replaces it; ``inherited`` are the variables."""
    kinds = {use.kind for use in uses}
    if "application" in kinds:
        yield "CORS(app, …)", "CORS(app)"
    else:
        yield "", "CORS(app)"
    for use in uses:
        groups = list(_first_of_each_path(_groups(app, use, notes))) if use.kind != "application" else []
        if any(set(group.translation.origins) - set(group.translation.production) for group in groups):
            notes[_LOCAL_IN_CODE] = None
        if use.kind == "blueprint":
            yield f"CORS({use.name}, …)", f"CORS({', '.join([use.name, *_blueprint_keywords(groups, inherited)])})"
        elif use.kind == "view":
            values = _set(groups[0], inherited, use.own)
            yield f"@cross_origin(…) of {use.name}", f"@cross_origin({_keywords(values)})"


def _set(group: _Group, inherited: Mapping[str, object], own: frozenset[str] = frozenset()) -> dict[str, object]:
    """Return the options that code must set, because the variables of the application mean something else."""
    values = group.translation.values(production=True)
    found = {
        option: value
        for option, value in values.items()
        if option in own or inherited.get(f"{_PREFIX}{option.upper()}") != value
    }
    if len(text_of(found.get("methods", "")).split(",")) <= len(SIMPLE):
        found.pop("methods", None)  # browsers need no permission for these
    found.update(
        (option, nothing)
        for option, nothing in _NOTHING.items()
        if option not in values and any(name.endswith(option.upper()) for name in inherited)
    )
    return found


def _blueprint_keywords(groups: list[_Group], inherited: Mapping[str, object]) -> list[str]:
    if len(groups) == 1:
        paths = {"resources": list(groups[0].paths)} if groups[0].paths else {}
        keywords = _keywords({**_set(groups[0], inherited), **paths})
        return [keywords] if keywords else []
    written = ", ".join(
        f"{python_of(path)}: {_mapping(_set(group, inherited))}" for group in groups for path in group.paths or ("/*",)
    )
    return [f"resources={{{written}}}"]


def _keywords(values: Mapping[str, object]) -> str:
    return ", ".join(f"{option}={python_of(value)}" for option, value in values.items())


def _mapping(values: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{python_of(option)}: {python_of(value)}" for option, value in values.items()) + "}"

"""``envcors show``: shows each value in force, its source, and what it overrides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from envcors.cli import output
from envcors.cli.target import Target
from envcors.configuration import Configuration
from envcors.problems import Problem, counted, masked, printable
from envcors.repair.syntax import text_of
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings
from envcors.settings.option import Option
from envcors.settings.options import POLICY_OPTIONS

if TYPE_CHECKING:
    from envcors.flask.declarations import Declaration

Row = tuple[str, str, str, str]
"""A name, a value, its source, and which rules refuse it."""

Marks = Mapping[tuple[str, str | None, str], str]

_SHOWN_ITEMS = 10
_LONGEST = 50  # characters of a value, so that its source fits on the line


def run(target: Target, *, style: str) -> int:
    """Print what is in force and return the exit status: 1 if the configuration is refused."""
    configuration = target.configuration
    if configuration is None:
        return output.refused(target, style)
    declared = [] if target.enforcement is None else target.enforcement.policies.declarations()
    if style == "json":
        output.print_json(_json(target, configuration, declared))
    else:
        _print_text(target, configuration, declared)
        if target.problems:
            output.print_line(err=True)
            output.print_report(target)
    return 1 if target.problems else 0


def _json(target: Target, configuration: Configuration, declared: Iterable[Declaration]) -> dict[str, object]:
    settings = configuration.settings
    return {
        "ok": not target.problems,
        "mode": mode_of(configuration),
        "digest": None if target.problems else configuration.digest,
        "values": [_value_json(settings, option) for option in _options(settings)],
        "resources": [
            {
                "name": resource.label,
                "source": str(resource.located.source),
                "paths": [resource.located.shown_item(_path_text(path)) for path in resource.paths],
                "options": _options_json(resource.options),
            }
            for resource in settings.resources
        ],
        "declared": [
            {"name": declaration.label, "options": _options_json(declaration.values(settings.prefix))}
            for declaration in declared
        ],
        "problems": [problem.as_dict() for problem in target.problems],
    }


def _options_json(values: Mapping[str, Located]) -> dict[str, object]:
    return {option: {"value": _text(located), "source": str(located.source)} for option, located in values.items()}


def _value_json(settings: CORSSettings, option: str) -> dict[str, object]:
    located = settings.located(option)
    return {
        "variable": settings.variable(option),
        "value": _value(settings, option),
        "source": str(settings.source(option)),
        "overrides": [
            {"variable": overridden.variable, "value": _text(overridden), "source": str(overridden.source)}
            for overridden in (located.overrides if located else ())
        ],
    }


def _options(settings: CORSSettings) -> Iterator[str]:
    """Yield every option, the mode first; the resources only where they are written as one value."""
    yield "env"
    for option in settings.names(settings.prefix).options.values():
        if option != "env" and (option != "resources" or settings.located(option) is not None):
            yield option


def _value(settings: CORSSettings, option: str) -> str:
    """Return the value as a variable contains it: as it was written, else the default."""
    located = settings.located(option)
    if located is not None:
        return _text(located)
    default: object = getattr(settings, option)
    return "" if default is None else text_of(default)


def _print_text(target: Target, configuration: Configuration, declared: Iterable[Declaration]) -> None:
    settings = configuration.settings
    state = output.bad("refused") if target.problems else f"digest {configuration.digest}"
    output.print_line(f"{mode_of(configuration)} policy, {state}\n")
    marks = _marks(target.problems)
    output.print_line(output.columns(row for option in _options(settings) for row in _rows(settings, option, marks)))
    for resource in settings.resources:
        paths = ", ".join(resource.located.shown_item(_path_text(path)) for path in resource.paths)
        output.print_line(f"\n  {printable(resource.label)} ({printable(str(resource.located.source))})")
        output.print_line(output.columns([("paths", paths, "", ""), *_option_rows(resource.options, marks)], indent=4))
    for declaration in declared:
        output.print_line(f"\n  {printable(declaration.label)} (code)")
        rows = list(_option_rows(declaration.values(settings.prefix), marks))
        output.print_line(output.columns(rows or [("inherits everything",)], indent=4))


def _marks(problems: Iterable[Problem]) -> Marks:
    """Return the rules that refuse a value, by its variable, text and source."""
    rules: dict[tuple[str, str | None, str], dict[str, None]] = {}
    for problem in problems:
        rules.setdefault((problem.variable, problem.value, str(problem.source)), {})[problem.rule] = None
    return {value: output.bad(f"refused: {', '.join(names)}") for value, names in rules.items()}


def _rows(settings: CORSSettings, option: str, marks: Marks) -> Iterator[Row]:
    declared, located = settings.declared()[option], settings.located(option)
    if located is None:
        text, source = _value(settings, option), settings.source(option)
        yield from _value_rows(settings.variable(option), text, source, declared)
        return
    yield from _located_rows(settings.variable(option), located, declared, marks)
    for overridden in located.overrides:
        name = "" if overridden.variable == located.variable else f" {overridden.variable}"
        yield from _located_rows(f"  overrides{name}", overridden, declared, marks)


def _option_rows(values: Mapping[str, Located], marks: Marks) -> Iterator[Row]:
    for option, located in values.items():
        yield from _located_rows(option, located, POLICY_OPTIONS.get(option), marks)


def _located_rows(name: str, located: Located, declared: Option | None, marks: Marks) -> Iterator[Row]:
    mark = marks.get((located.variable, located.shown, str(located.source)), "")
    return _value_rows(name, _text(located), located.source, declared, mark)


def _value_rows(name: str, text: str, source: str, declared: Option | None, mark: str = "") -> Iterator[Row]:
    source = printable(source)
    for line in _lines(text, is_list=declared is not None and declared.kind.is_list):
        yield name, line, source, mark
        name = source = mark = ""


def _text(located: Located) -> str:
    """Return the whole value as a variable contains it; of a secret value only what a message may show."""
    if located.secret or located.option == "origins_store" or isinstance(located.value, (set, frozenset)):
        return located.shown
    return masked(text_of(located.value))


def _lines(text: str, *, is_list: bool) -> list[str]:
    """Return the value on one line if it is short, else each item of a list on its own line. Commas join the items."""
    if not text.strip():
        return ["(none)" if is_list else "(not set)"]
    if not is_list or text[0] in "[{":
        return [printable(text, _LONGEST)]
    items = [item for item in re.split(r"[,\s]+", text) if item]
    joined = ",".join(items)
    if len(joined) <= _LONGEST:
        return [printable(joined, _LONGEST)]
    shown = [printable(item, _LONGEST) for item in items[:_SHOWN_ITEMS]]
    if len(items) > _SHOWN_ITEMS:
        shown.append(f"… and {counted(len(items) - _SHOWN_ITEMS, 'more item')}")
    return shown


def mode_of(configuration: Configuration) -> str:
    """Return the mode in which the configuration was checked."""
    return "production" if configuration.production else "development"


def _path_text(path: object) -> str:
    return text_of(path)

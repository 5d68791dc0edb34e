"""``envcors show``: each value in force, where it came from, and what it overrides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from envcors.cli import output
from envcors.cli.subject import Subject
from envcors.configuration import Configuration
from envcors.problems import Problem, counted, printable
from envcors.repair.syntax import text_of
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings
from envcors.settings.option import option_of
from envcors.settings.options import POLICY_OPTIONS

if TYPE_CHECKING:
    from envcors.flask.declarations import Declaration

Row = tuple[str, str, str, str]
"""A name, a value, its source, and what is wrong with it."""

Marks = Mapping[tuple[str, str | None, str], str]

_SHOWN_ITEMS = 10
_LONGEST = 50  # characters of a value, so that its source stands beside it


def run(subject: Subject, *, style: str) -> int:
    """Print what is in force; the status to end with: 1 where the configuration is refused."""
    configuration = subject.configuration
    if configuration is None:
        return output.say_refused(subject, style)
    declared = [] if subject.enforcement is None else subject.enforcement.policies.declarations()
    if style == "json":
        output.document(_json(subject, configuration, declared))
    else:
        _print_text(subject, configuration, declared)
        if subject.problems:
            output.say(err=True)
            output.say_report(subject)
    return 1 if subject.problems else 0


def _json(subject: Subject, configuration: Configuration, declared: Iterable[Declaration]) -> dict[str, object]:
    settings = configuration.settings
    return {
        "ok": not subject.problems,
        "mode": settings.env,
        "digest": None if subject.problems else configuration.digest,
        "values": [_value_json(settings, option) for option in _options(settings)],
        "resources": [
            {
                "name": resource.label,
                "source": str(resource.located.source),
                "paths": [_path_text(path) for path in resource.paths],
                "options": _options_json(resource.options),
            }
            for resource in settings.resources
        ],
        "declared": [
            {"name": declaration.label, "options": _options_json(declaration.values(settings.prefix))}
            for declaration in declared
        ],
        "problems": [problem.as_dict() for problem in subject.problems],
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
    """Every option, the mode first; the resources where they were located as one value."""
    yield "env"
    for option in settings.names(settings.prefix).options.values():
        if option != "env" and (option != "resources" or settings.located(option) is not None):
            yield option


def _value(settings: CORSSettings, option: str) -> str:
    """The value as a variable would hold it: as it was written, else the default."""
    located = settings.located(option)
    if located is not None:
        return _text(located)
    default: object = getattr(settings, option)
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return "" if default is None else text_of(default)


def _print_text(subject: Subject, configuration: Configuration, declared: Iterable[Declaration]) -> None:
    settings = configuration.settings
    state = output.bad("refused") if subject.problems else f"digest {configuration.digest}"
    output.say(f"{settings.env} policy, {state}\n")
    marks = _marks(subject.problems)
    output.say(output.columns(row for option in _options(settings) for row in _rows(settings, option, marks)))
    for resource in settings.resources:
        paths = ", ".join(printable(_path_text(path)) for path in resource.paths)
        output.say(f"\n  {printable(resource.label)} ({printable(str(resource.located.source))})")
        output.say(output.columns([("paths", paths, "", ""), *_option_rows(resource.options, marks)], indent=4))
    for declaration in declared:
        output.say(f"\n  {printable(declaration.label)} (code)")
        rows = list(_option_rows(declaration.values(settings.prefix), marks))
        output.say(output.columns(rows or [("inherits everything",)], indent=4))


def _marks(problems: Iterable[Problem]) -> Marks:
    """What stands beside a refused value, by its variable, text and source."""
    rules: dict[tuple[str, str | None, str], dict[str, None]] = {}
    for problem in problems:
        rules.setdefault((problem.variable, problem.value, str(problem.source)), {})[problem.rule] = None
    return {value: output.bad(f"refused: {', '.join(names)}") for value, names in rules.items()}


def _rows(settings: CORSSettings, option: str, marks: Marks) -> Iterator[Row]:
    located = settings.located(option)
    if located is None:
        yield from _value_rows(settings.variable(option), _value(settings, option), option, settings.source(option))
        return
    yield from _located_rows(settings.variable(option), located, marks)
    for overridden in located.overrides:
        name = "" if overridden.variable == located.variable else f" {overridden.variable}"
        yield from _located_rows(f"  overrides{name}", overridden, marks)


def _option_rows(values: Mapping[str, Located], marks: Marks) -> Iterator[Row]:
    for option, located in values.items():
        yield from _located_rows(option, located, marks)


def _located_rows(name: str, located: Located, marks: Marks) -> Iterator[Row]:
    mark = marks.get((located.variable, located.shown, str(located.source)), "")
    return _value_rows(name, _text(located), located.option, located.source, mark)


def _value_rows(name: str, text: str, option: str, source: str, mark: str = "") -> Iterator[Row]:
    source = printable(source)
    for line in _lines(text, is_list=_is_list(option)):
        yield name, line, source, mark
        name = source = mark = ""


def _is_list(option: str) -> bool:
    declared = POLICY_OPTIONS.get(option) or option_of(CORSSettings.model_fields[option])
    return declared is not None and declared.kind.is_list


def _text(located: Located) -> str:
    """All of the value as a variable would hold it, however long; of a secret one what a message shows."""
    if located.secret or isinstance(located.value, (set, frozenset)):
        return located.shown
    return text_of(located.value)


def _lines(text: str, *, is_list: bool) -> list[str]:
    """The value on one line where it is short, else the items of a list on a line each. Lists are joined by commas."""
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


def _path_text(path: str | re.Pattern[str]) -> str:
    return path if isinstance(path, str) else text_of(path)

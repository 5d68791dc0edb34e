"""Values given in code: keywords, and ``app.config``."""

from __future__ import annotations

from collections.abc import Mapping

from envcors.problems import Problem, Source
from envcors.settings.flask_cors import is_legacy, legacy_problem
from envcors.settings.names import Names
from envcors.settings.provenance import Given, Place
from envcors.settings.sources.layer import Layer

CODE = Source("code")
CONFIG = Source("app.config")
ENVIRONMENT_ONLY = frozenset({"env", "dangerously_allow"})
"""Options that no code may give."""


def keywords(values: Mapping[str, object], names: Names) -> Layer:
    """What the keywords of a call give. A keyword that is None is not given."""
    layer = Layer()
    for option, value in values.items():
        if is_legacy(option):
            layer.problems.extend(legacy_problem(option, value, CODE, option))
        elif value is not None:
            variable = names.variable(option) if option in names.options.values() else names.prefix + option.lower()
            _bind(layer, Given(variable, option, value, CODE, Place.CODE))
    return layer


def config(values: Mapping[object, object] | Mapping[str, object], names: Names) -> Layer:
    """What ``app.config`` gives under the prefix. An entry that is None is not given."""
    layer = Layer()
    for name, value in values.items():
        if not isinstance(name, str) or not names.may_be_meant(name) or value is None:
            continue
        option = name.removeprefix(names.prefix).lower()
        if is_legacy(option):
            layer.problems.extend(legacy_problem(option, value, CONFIG, name))
        else:
            _bind(layer, Given(name, names.options.get(name, ""), value, CONFIG, Place.CONFIG))
    return layer


def _bind(layer: Layer, given: Given) -> None:
    if given.option in ENVIRONMENT_ONLY:
        layer.problems.append(environment_only(given))
    else:
        layer.bind(given)


def environment_only(given: Given) -> Problem:
    """The refusal of a value that only the environment may give."""
    return given.problem(
        "usage",
        f"{given.variable} never comes from code: one look at the environment must tell what is let in.",
        f"{given.variable}=… in the environment, and nothing in {given.source}",
    )

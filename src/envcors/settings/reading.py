"""All sources put together: for each option the value in force, what it overrides, and where each came from.

Precedence, highest first: the command line, code, ``app.config``, the process environment, a mounted directory,
``.env``. The defaults stand below all of them, in the model.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from envcors.problems import Problem, Source, printable
from envcors.settings import container, forms
from envcors.settings.files import UnreadableError
from envcors.settings.forcing import forced
from envcors.settings.names import Names, folded_name
from envcors.settings.options import POLICY_OPTIONS
from envcors.settings.provenance import Given, Place
from envcors.settings.resources import Resource, Resources, read_resources, stands_above_parts
from envcors.settings.sources import code, dotenv, environment
from envcors.settings.sources.layer import Layer
from envcors.settings.strangers import Strangers, is_plain, strangers
from envcors.settings.typing import typed, typed_options

DEFAULT_ENV_FILE = ".env"


def working_directory() -> str:
    """The working directory, empty where it was removed or may not be entered."""
    try:
        return os.getcwd()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is read. ``env_files`` are read in order, a later one overriding; those in ``optional`` may be missing.

    ``directory`` is what their paths are relative to, however the working directory changes later.

    ``forced`` are values of a command line, which stand above all others.
    """

    keywords: Mapping[str, object] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    env_files: tuple[str, ...] = (DEFAULT_ENV_FILE,)
    optional: frozenset[str] = frozenset({DEFAULT_ENV_FILE})
    directory: str = field(default_factory=working_directory)
    layers: tuple[Layer, ...] = ()
    forced: Mapping[str, str] = field(default_factory=forced)


@dataclass(slots=True)
class Reading:
    """What was read: typed values by option, their provenance, the resources, and all problems of form.

    ``overridden`` are the values of policies that are not in force, each with the label of its resource. ``lifted`` are
    problems of the reading itself that the process environment accepts on purpose. ``mark`` stands for the moment at
    which the mounted directory was read. ``useless_files`` is the number of its files where it gives nothing, or None.
    """

    values: dict[str, object] = field(default_factory=dict)
    givens: dict[str, Given] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    overridden: list[tuple[str, Given]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lifted: list[Problem] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""
    useless_files: int | None = None


def read(inputs: Inputs, names: Names) -> Reading:
    """Read all sources once. Nothing is raised for what they hold: it is in ``problems``."""
    reading = Reading(environ=inputs.environ)
    layers = _layers(inputs, names, reading)
    foreign = strangers(layers, names)
    accepted = [_recognised(layer, names, foreign, reading.problems) for layer in layers]
    for option in names.options.values():
        chain = [given for layer in accepted if (given := layer.get(names.variable(option))) is not None]
        if chain:
            # Flask's command line copies a .env into the environment: one line is one value all the same.
            top, *below = chain
            given = replace(top, below=tuple(link for link in below if link.source != top.source))
            reading.givens[option] = given
            _take(option, given, reading)
            if option in POLICY_OPTIONS:
                reading.overridden.extend(("", link) for link in given.below)
    resources = _resources(accepted, reading, names)
    reading.resources = resources.items
    reading.overridden.extend(
        (resource.label, given) for resource in resources.overridden for given in resource.options.values()
    )
    reading.problems.extend(resources.problems)
    _judge_container(reading)
    _judge_ignored(reading, names)
    reading.problems = list(dict.fromkeys(reading.problems))
    return reading


def _layers(inputs: Inputs, names: Names, reading: Reading) -> list[Layer]:
    """One layer for each source, the highest first."""
    forced = Layer()
    for option, value in inputs.forced.items():
        source = Source(f"--{option.replace('_', '-')}")
        forced.bind(Given(names.variable(option), option, value, source, Place.COMMAND))
    above = [
        forced,
        code.keywords(inputs.keywords, names),
        code.config(inputs.config, names),
        environment.layer_of(inputs.environ, names),
    ]
    files = list(_files(inputs, names, reading))
    mounted = _mounted([*above, *files], names)
    for layer in mounted:
        reading.mark = layer.mark
        reading.useless_files = None if layer.bindings or layer.problems else layer.passed_over
    return [*above, *inputs.layers, *mounted, *files]


def _files(inputs: Inputs, names: Names, reading: Reading) -> Iterator[Layer]:
    for path in reversed(inputs.env_files):
        try:
            yield dotenv.layer_of(dotenv.read(path, inputs.environ, inputs.directory), names)
        except FileNotFoundError:
            if path not in inputs.optional:
                reading.problems.append(dotenv.missing(path))
        except UnreadableError as error:
            reading.problems.append(dotenv.unreadable(path, error))


def _mounted(layers: Iterable[Layer], names: Names) -> list[Layer]:
    """The layer of the directory that the highest of ``layers`` names; a value without form names none."""
    for layer in layers:
        given = layer.last(names.variable("config_dir"))
        if given is None or _not_set(given, names):
            continue
        from envcors.settings.sources import directory

        path, problem = typed(given)
        if problem is not None:
            return []
        mounted = directory.layer_of(str(path), names)
        mounted.problems = [
            replace(problem, source=given.source) if problem.variable == given.variable else problem
            for problem in mounted.problems
        ]
        return [mounted]
    return []


def _recognised(layer: Layer, names: Names, foreign: Strangers, problems: list[Problem]) -> dict[str, Given]:
    """The values of one layer that are ours, by name; whatever is not is a problem."""
    problems.extend(
        problem
        for problem in layer.problems
        if problem.rule != "dotenv-malformed" or problem.variable not in foreign.ignored
    )
    accepted: dict[str, Given] = {}
    for spellings in _by_meaning(layer, names).values():
        ours = [name for name in spellings if names.is_ours(name)]
        others = [name for name in spellings if name not in ours and not foreign.include(layer.bindings[name][0])]
        if ours:
            accepted[ours[0]] = layer.bindings[ours[0]][-1]
        bound = [given for name in (*ours, *others) for given in layer.bindings[name]]
        if ours and len(bound) > 1:
            problems.append(_duplicate(bound))
        elif not ours:
            problems.extend(_unknown(layer.bindings[name][0], names, foreign) for name in others)
    return {name: given for name, given in accepted.items() if not _not_set(given, names)}


def _by_meaning(layer: Layer, names: Names) -> dict[str, list[str]]:
    """The names of a layer, those that fold to one of ours together."""
    groups: dict[str, list[str]] = {}
    for name in layer.bindings:
        folded = folded_name(name)
        meaning = folded if names.is_ours(folded) else name
        groups.setdefault(meaning, []).append(name)
    return groups


def _not_set(given: Given, names: Names) -> bool:
    """Whether this is an empty scalar, which means "not set"."""
    if not isinstance(given.value, str) or given.value.strip():
        return False
    _, option = names.resource(given.variable) or ("", given.option)
    return option != "paths" and option not in forms.LISTS


def _duplicate(bound: Sequence[Given]) -> Problem:
    first, *rest = bound
    others = " and ".join(
        f"({given.source})" if given.variable == first.variable else f"as {printable(given.variable)} ({given.source})"
        for given in rest
    )
    return Problem(
        "variable-duplicate",
        "refuse",
        first.variable,
        first.shown,
        first.source,
        f"The same variable stands there again {others}: which one holds is a guess.",
        f"one of them alone, spelled {folded_name(first.variable)}",
    )


def _unknown(given: Given, names: Names, foreign: Strangers) -> Problem:
    meant = names.meant(given.variable)
    name = _visible(given.variable)
    ignoring = foreign.fix(given.variable)
    others_name = f"\nor, if another program reads it: {ignoring}" if ignoring else ""
    if given.place is Place.CODE:
        name = _visible(given.option)
        meant = names.options.get(meant) if meant else None
        others_name = ""
    hint = f"did you mean {meant}?" if meant else "no name of its own is like it."
    if names.has_malformed_resource(given.variable):
        hint = "the name of a resource is letters A to Z, digits and _, at least one."
    return Problem(
        "unknown-variable",
        "refuse",
        given.option if given.place is Place.CODE else given.variable,
        None,
        given.source,
        f"envcors does not know {name}; {hint}",
        (given.line_named(meant) if meant else f"remove {name}") + others_name,
    )


def _visible(name: str) -> str:
    """A name as a message may show it, in quotes where it holds more than names do, such as a space at its end."""
    return name if is_plain(name) else f'"{printable(name)}"'


def _take(option: str, given: Given, reading: Reading) -> None:
    """Judge the form of a value and of all that it overrides; keep the one in force."""
    for link in (given, *given.below):
        if link.option not in forms.FORMS:
            reading.values.setdefault(option, link.value)  # a subclass's own field: pydantic judges it
            continue
        value, problem = typed(link)
        if problem is not None:
            reading.problems.append(problem)
        elif link is given:
            reading.values[option] = value


def _resources(accepted: Sequence[Mapping[str, Given]], reading: Reading, names: Names) -> Resources:
    """The resources in force. Parts that code overrides stand below its value, those of lower layers nowhere."""
    parts: dict[str, Given] = {}
    for layer in reversed(accepted):
        for name, given in layer.items():
            found = names.resource(name)
            if found is None:
                continue
            resource, option = found
            if name in parts and parts[name].source != given.source:
                label = f"resource {resource}"
                reading.problems.extend(typed_options(label, {option: parts[name]})[1])
                if option in POLICY_OPTIONS:
                    reading.overridden.append((label, parts[name]))
            parts[name] = replace(given, option=option)
    whole = reading.givens.get("resources")
    resources = read_resources(whole, parts.values(), names)
    if whole is not None and stands_above_parts(whole):
        reading.givens["resources"] = replace(whole, below=(*whole.below, *parts.values()))
    return resources


def _judge_container(reading: Reading) -> None:
    """Inside a serving container no ``.env`` file switches to development (rule ``dotenv-in-container``)."""
    given = reading.givens.get("env")
    if given is None or reading.values.get("env") != "development" or not _from_dotenv(given):
        return
    if not container.in_serving_container(reading.environ):
        return
    problem = given.problem(
        "dotenv-in-container",
        "Inside a container that serves, a .env file cannot switch to development: one copied into an image would "
        "open production.",
        f"{given.variable}=development under environment: in compose, or DEVCONTAINER=1 under containerEnv in "
        "devcontainer.json",
    )
    waivers = reading.givens.get("dangerously_allow")
    waived = reading.values.get("dangerously_allow", ())
    in_file = waivers is None or waivers.place is Place.DIRECTORY or _from_dotenv(waivers)
    accepted = isinstance(waived, tuple) and problem.rule in waived
    if accepted and not in_file:
        reading.lifted.append(problem)
        return
    if accepted and waivers is not None:
        here_alone = f" {waivers.variable} lifts this rule from the process environment alone."
        problem = replace(problem, message=problem.message + here_alone)
    reading.values["env"] = "production"
    reading.problems.append(problem)


def _from_dotenv(given: Given) -> bool:
    """Whether a ``.env`` file alone gave the value: the process was not started with it."""
    value = str(given.value)
    return given.place is Place.DOTENV and not environment.was_in_starting_environment(given.variable, value)


def _judge_ignored(reading: Reading, names: Names) -> None:
    given = reading.givens.get("ignore")
    ignored = reading.values.get("ignore", ())
    if given is None or not isinstance(ignored, tuple):
        return
    for name in ignored:
        if names.is_ours(name):
            kept = () if given.secret else tuple(other for other in ignored if not names.is_ours(other))
            reading.problems.append(
                given.problem(
                    "value-invalid",
                    f"{printable(name)} is envcors's own variable and cannot be ignored.",
                    given.line(kept),
                )
            )

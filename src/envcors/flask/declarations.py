"""What code declares for a view or a blueprint, and where the declaration is kept until an application registers it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import FunctionType

from envcors.flask.places import calling_place
from envcors.flask.recorded import record_or_raise
from envcors.problems import Problem
from envcors.protocol.table import PathTable
from envcors.refusal import BootRefused
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import usage
from envcors.rules.check import check
from envcors.rules.resources import check_resources, unknown_options
from envcors.rules.scope import Scope
from envcors.settings.located import Located
from envcors.settings.options import PolicyOptions
from envcors.settings.resources import RESOURCES, ResourcesOption, located_options
from envcors.settings.sources.code import CODE
from envcors.settings.validation import parse

DECLARED = "__envcors__"
"""The attribute of a view, a class or a blueprint that holds its declaration."""

_UNDERNEATH = "__envcors_underneath__"
"""The attribute of a function that holds the declarations of functions that wrap it."""

_REGISTERED = "__envcors_registered__"
"""The attribute of a view class that an application has registered: a declaration comes too late."""


@dataclass(slots=True, eq=False)
class Declaration:
    """Options that a view or a blueprint sets; the rest is inherited. Two declarations are never equal.

    ``resources`` are declarations for single paths of a blueprint, which then governs no other path.
    ``is_registered`` says that an application has a view with this declaration; ``place`` is the file and the line.
    """

    label: str
    options: Mapping[str, object]
    resources: PathTable[Declaration] | None = None
    is_registered: bool = False
    place: str = ""

    def values(self, prefix: str) -> dict[str, Located]:
        """The options as values given in code, under the names of an application's variables."""
        return {
            option: Located(prefix + option.upper(), option, value, CODE, Syntax.CODE, owner=self.label)
            for option, value in self.options.items()
            if value is not None
        }


Chain = tuple[Declaration, ...]
"""Declarations from the outermost blueprint to the view."""


def declare(label: str, options: Mapping[str, object], *, resources: object = None) -> Declaration:
    """A declaration whose form was checked.

    Args:
        label: The name of the scope in messages: ``view items``.
        options: The options that it sets.
        resources: Paths with options of their own, as in ``CORS(blueprint, resources=…)``.

    Raises:
        BootRefused: An option is unknown, or breaks a rule that holds for every policy.
    """
    parent = Located(label, "", None, CODE, Syntax.CODE)
    known, unknown = located_options(options, parent, label)
    problems = list(unknown_options(unknown, parent, label))
    declaration = Declaration(
        label, {option: located.value for option, located in known.items()}, place=calling_place()
    )
    scope = _checked(declaration, Scope(PolicyOptions(), {}, "CORS_"), problems)
    if resources is not None:
        declaration.resources = _resources(label, resources, scope, problems)
    if problems:
        record_or_raise(BootRefused(dict.fromkeys(problems)))
        wrong = {problem.variable for problem in problems}
        # A command goes on: what else the view sets is checked when it is registered.
        declaration.options = {
            name: value for name, value in declaration.options.items() if _variable(name) not in wrong
        }
    return declaration


def _variable(option: str) -> str:
    return f"CORS_{option.upper()}"


def _resources(label: str, value: object, outer: Scope, problems: list[Problem]) -> PathTable[Declaration]:
    whole = Located(label, "resources", value, CODE, Syntax.CODE)
    resources, invalid = parse(whole, ResourcesOption(RESOURCES))
    if invalid is not None or not isinstance(resources, tuple):
        problems += [] if invalid is None else [invalid]
        return PathTable()
    problems += check_resources(resources)
    paths: dict[str, Declaration] = {}
    expressions: list[tuple[re.Pattern[str], Declaration]] = []
    for resource in resources:
        values = {option: located.value for option, located in resource.options.items()}
        declaration = Declaration(f"{resource.label} of {label}", values, place=calling_place())
        _checked(declaration, outer, problems)
        for path in resource.paths:
            if isinstance(path, re.Pattern):
                expressions.append((path, declaration))
            else:
                paths[path] = declaration
    return PathTable(paths, expressions) if not problems else PathTable()


def _checked(declaration: Declaration, outer: Scope, problems: list[Problem]) -> Scope:
    """Check a declaration against the rules that always hold; its problems are added to ``problems``."""
    scope, invalid = outer.child(declaration.label, declaration.values("CORS_"))
    problems += [*invalid, *check(scope, production=False, waivers=()).refused]
    return scope


def resolved(chain: Chain, find: Callable[[PathTable[Declaration]], Declaration | None]) -> Chain:
    """The declarations that hold for one path. ``find`` looks that path up in a blueprint's resources."""
    steps: list[Declaration] = []
    for declaration in chain:
        if declaration.resources is None:
            steps.append(declaration)
        elif (resource := find(declaration.resources)) is not None:
            steps += (declaration, resource)
    return tuple(steps)


def declaration_of(thing: object) -> Declaration | None:
    """The declaration of a view function, a view class or a blueprint, if it has one."""
    found: object = getattr(thing, DECLARED, None)
    return found if isinstance(found, Declaration) else None


def declared_by(view: object) -> Iterator[Declaration]:
    """All declarations of a registered view: its own, and those in its class and the classes that this one extends."""
    bases = getattr(getattr(view, "view_class", None), "__mro__", ())
    members = (member for base in bases for member in vars(base).values())
    # Functions alone: whatever else a class holds may do anything when it is asked for an attribute.
    for thing in (view, *bases, *(member for member in members if type(member) is FunctionType)):
        declaration = declaration_of(thing)
        if declaration is not None:
            yield declaration


def underneath(function: Callable[..., object]) -> Iterator[Callable[..., object]]:
    """The function and all that it wraps."""
    yield function
    while (function := getattr(function, "__wrapped__", None)) is not None:  # type: ignore[assignment]  # None ends it
        yield function


def mark_underneath(function: Callable[..., object], declaration: Declaration) -> None:
    """Note at a function, and at all that it wraps, that a declared function wraps it."""
    for inner in underneath(function):
        with suppress(AttributeError):  # a bound method holds no attributes
            earlier: tuple[Declaration, ...] = vars(inner).get(_UNDERNEATH, ())
            setattr(inner, _UNDERNEATH, (*earlier, declaration))


def unmark(wrapper: object) -> None:
    """Forget what ``functools.wraps`` copied: the declared function itself is underneath nothing."""
    vars(wrapper).pop(_UNDERNEATH, None)


def mark_registered(view: object) -> None:
    """Note at a view's class that an application has it, and at its declarations that they have a view."""
    for declaration in declared_by(view):
        declaration.is_registered = True
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        with suppress(AttributeError, TypeError):
            setattr(view_class, _REGISTERED, True)


def is_registered_class(view_class: type) -> bool:
    """Whether an application has the view class already."""
    return _REGISTERED in vars(view_class)


def misplaced(views: Mapping[str, object]) -> Iterator[Problem]:
    """The problems of registered functions whose declaration no application has: it is above the route.

    This cannot be told when ``@cross_origin`` runs: the declared function may be registered a moment later, in a second
    place.
    """
    for view in views.values():
        if declaration_of(view) is None:
            declarations: tuple[Declaration, ...] = getattr(view, _UNDERNEATH, ())
            if any(not declaration.is_registered for declaration in declarations):
                yield misplaced_above(_name_of(view))


def hidden(views: Mapping[str, object]) -> Iterator[Problem]:
    """The problems of declared functions that only the closure of a registered view holds: a decorator hides them."""
    for view in views.values():
        for declaration in _in_closures(view, depth=4):
            if not declaration.is_registered and declaration not in declared_by(view):
                yield hidden_by_a_decorator(declaration)


def _in_closures(view: object, depth: int) -> Iterator[Declaration]:
    for cell in getattr(view, "__closure__", None) or ():
        try:
            content: object = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
        if type(content) is FunctionType:
            declaration = declaration_of(content)
            if declaration is not None:
                yield declaration
            if depth:
                yield from _in_closures(content, depth - 1)


def misplaced_above(name: str) -> Problem:
    """The problem of a declaration that no route has."""
    return usage(
        f"@cross_origin is above the route of {name}: the route has the function without it.",
        "put @cross_origin below @app.route",
    )


def hidden_by_a_decorator(declaration: Declaration) -> Problem:
    """The problem of a declaration that the application does not see."""
    return usage(
        f"@cross_origin of the {declaration.label} has no effect: a decorator above it hides it.",
        "functools.wraps(view) in that decorator, or @cross_origin above it",
    )


def _name_of(view: object) -> str:
    return getattr(inspect.unwrap(view), "__qualname__", repr(view)) if callable(view) else repr(view)

"""What code declares for a view or a blueprint, and where the declaration is kept until an application registers it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import FunctionType

from envcors.problems import Problem
from envcors.refusal import BootRefused
from envcors.repair.syntax import Syntax
from envcors.rules.catalogue import usage
from envcors.rules.check import check
from envcors.rules.resources import unknown_options
from envcors.rules.scope import Scope
from envcors.settings.options import PolicyOptions
from envcors.settings.located import Located
from envcors.settings.resources import located_options
from envcors.settings.sources.code import CODE

DECLARED = "__envcors__"
"""The attribute of a view, a class or a blueprint that holds its declaration."""

UNDERNEATH = "__envcors_underneath__"
"""The attribute of a function that stands underneath a declared one, and must not be registered in its place."""

REGISTERED = "__envcors_registered__"
"""The attribute of a function or class that an application has registered: a declaration comes too late."""


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """Options that a view or a blueprint sets; the rest is inherited. Each is itself alone, whatever it says."""

    label: str
    options: Mapping[str, object]

    def values(self, prefix: str) -> dict[str, Located]:
        """The options as values given in code, under the names of an application's variables."""
        return {
            option: Located(prefix + option.upper(), option, value, CODE, Syntax.CODE, owner=self.label)
            for option, value in self.options.items()
            if value is not None
        }


def declare(label: str, options: Mapping[str, object]) -> Declaration:
    """A declaration whose form was judged: unknown options and whatever no policy may ever hold raise BootRefused."""
    parent = Located(label, "", None, CODE, Syntax.CODE)
    known, unknown = located_options(options, parent, label)
    declaration = Declaration(label, {option: located.value for option, located in known.items()})
    scope, invalid = Scope(PolicyOptions(), {}, "CORS_").child(label, declaration.values("CORS_"))
    problems = [
        *unknown_options(unknown, parent, label),
        *invalid,
        *check(scope, production=False, waivers=()).refused,
    ]
    if problems:
        raise BootRefused(problems)
    return declaration


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


def mark(function: object, name: str) -> None:
    """Set one of the marks above, where the function can carry one: a bound method cannot."""
    with suppress(AttributeError):
        setattr(function, name, True)


def misplaced(function: object) -> Problem | None:
    """The problem of a registered function that stands underneath a declared one."""
    if declaration_of(function) is not None or not getattr(function, UNDERNEATH, False):
        return None
    name = getattr(inspect.unwrap(function), "__qualname__", repr(function)) if callable(function) else repr(function)
    return misplaced_above(name)


def misplaced_above(name: str) -> Problem:
    """The problem of a declaration that no route has."""
    return usage(
        f"@cross_origin stands above the route of {name}: the route has the function without it.",
        "put @cross_origin below @app.route",
    )

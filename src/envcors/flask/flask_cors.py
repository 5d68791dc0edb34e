"""Flask-CORS in an application: what it was told to do, read from the functions that it has registered.

Flask-CORS is never imported here: an application that uses it has loaded it.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING

from envcors.flask.governed_route import listed_methods
from envcors.problems import Problem
from envcors.rules.catalogue import usage

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

DEFAULTS: Mapping[str, object] = {
    "origins": ["*"],
    "methods": "GET, HEAD, POST, OPTIONS, PUT, PATCH, DELETE",
    "allow_headers": ["*"],
    "expose_headers": None,
    "supports_credentials": False,
    "max_age": None,
    "send_wildcard": False,
    "always_send": True,
    "vary_header": True,
    "automatic_options": True,
    "intercept_exceptions": True,
    "allow_private_network": False,
}
"""What Flask-CORS does where an application sets no option."""

_LIBRARY = "flask_cors"
_logger = logging.getLogger("envcors")
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "dispatch_request")
_SIGNS_OF_EXPRESSION = frozenset("*\\]?$^[]()")
"""A string with one of these is an expression for Flask-CORS."""
_MOST_LAYERS = 20
_MOST_LABELS = 3

Options = Mapping[str, object]
Paths = tuple[str | re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of Flask-CORS: ``CORS(app)``, ``CORS()`` of a blueprint, or one decorated view.

    Attributes:
        kind: ``application``, ``blueprint`` or ``view``.
        name: The name of the blueprint or the endpoint; empty for the application.
        resources: Paths with their options, in the order in which Flask-CORS tries them; None if they cannot be read.
            A view has one entry, whose path is ``/*``.
        routes: The methods of the routes that each entry of ``resources`` governs, without ``OPTIONS`` and ``HEAD``.
        own: The options that a decorator sets itself.
    """

    kind: str
    name: str
    resources: tuple[tuple[str | re.Pattern[str], Options], ...] | None
    routes: tuple[frozenset[str], ...] = ()
    own: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """How messages call it."""
        return {
            "application": "CORS(app)",
            "blueprint": f"CORS() of the blueprint {self.name}",
            "view": f"@cross_origin of the view {self.name}",
        }[self.kind]


def uses_of_flask_cors(app: Flask) -> list[Use]:
    """Return every use of Flask-CORS in an application."""
    found = [_extension(app, name, function) for name, function in _extensions(app)]
    for endpoint, view in app.view_functions.items():
        own = next(_decorations(view), None)
        if own is not None:
            methods = frozenset(method for rule in _rules(app, endpoint) for method in listed_methods(rule))
            options = {**DEFAULTS, **configured(app), **own}
            found.append(Use("view", endpoint, (("/*", options),), (methods,), frozenset(own)))
    return found


def is_expression(path: str | re.Pattern[str]) -> bool:
    """Return whether Flask-CORS takes a path for an expression, which matches the beginning of a path."""
    return isinstance(path, re.Pattern) or not _SIGNS_OF_EXPRESSION.isdisjoint(path)


def default_of(option: str) -> object:
    """Return the default of an option in the version of Flask-CORS that the application has loaded."""
    loaded: object = getattr(sys.modules.get(f"{_LIBRARY}.core"), "DEFAULT_OPTIONS", {})
    found: object = loaded.get(option) if isinstance(loaded, Mapping) else None
    return found if isinstance(found, bool) else DEFAULTS[option]


def configured(app: Flask) -> dict[str, object]:
    """Return the options that Flask-CORS reads from ``app.config``, in lower case and without prefix."""
    known = {f"CORS_{option.upper()}": option for option in (*DEFAULTS, "resources")}
    return {option: value for key, option in known.items() if (value := app.config.get(key)) is not None}


def not_yet_replaced(uses: Sequence[Use]) -> Problem:
    """Return the problem of an application that has Flask-CORS and not envcors."""
    names = _names(uses)
    return usage(
        f"This application uses Flask-CORS ({_labels(uses)}) and not envcors: no rule checks its policy.",
        f"from envcors import {', '.join({'CORS': None} | names)}\nnot from flask_cors import {', '.join(names)}",
    )


def still_used(uses: Sequence[Use]) -> list[Problem]:
    """Return the problem of an application that has both libraries."""
    if not uses:
        return []
    return [
        usage(
            f"This application uses Flask-CORS too ({_labels(uses)}). Where envcors has no policy, Flask-CORS still "
            "allows what it was told to allow; where it has one, the headers of Flask-CORS are replaced.",
            f"remove {_labels(uses)} of Flask-CORS, and from flask_cors import {', '.join(_names(uses))}",
        )
    ]


def warn_of_flask_cors(app: Flask) -> None:
    """Log a warning if an application that serves with envcors has Flask-CORS too."""
    for problem in still_used(uses_of_flask_cors(app)):
        _logger.warning("%s Fix: %s.", problem.message, problem.fix)


def _labels(uses: Sequence[Use]) -> str:
    labels = list(dict.fromkeys(use.label for use in uses))
    more = len(labels) - _MOST_LABELS
    return ", ".join(labels[:_MOST_LABELS]) + (f" and {more} more" if more > 0 else "")


def _names(uses: Sequence[Use]) -> dict[str, None]:
    """Return the names that the application imports from Flask-CORS."""
    return dict.fromkeys("cross_origin" if use.kind == "view" else "CORS" for use in uses)


def any_text(pattern: object) -> bool:
    """Return whether Flask-CORS allows everything for this entry of a list."""
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    return text in ("*", ".*")


def _extensions(app: Flask) -> Iterator[tuple[str, FunctionType]]:
    """Yield the functions of ``CORS()``, each with the name of its blueprint; empty for the application."""
    for name, functions in app.after_request_funcs.items():
        for function in functions:
            if _is_of_library(function) and isinstance(function, FunctionType):
                yield name or "", function


def _extension(app: Flask, name: str, function: FunctionType) -> Use:
    kind = "blueprint" if name else "application"
    resources = _resources(_variables(function).get("resources"))
    if resources is None:
        return Use(kind, name, None)
    rules = [rule for rule in app.url_map.iter_rules() if _is_in(str(rule.endpoint), name) and not rule.build_only]
    routes: list[set[str]] = [set() for _ in resources]
    for rule in rules:
        index = next((at for at, (path, _) in enumerate(resources) if _matches(path, rule.rule)), None)
        if index is not None and rule.endpoint != "static":
            routes[index].update(listed_methods(rule))
    return Use(kind, name, resources, tuple(map(frozenset, routes)))


def _is_in(endpoint: str, blueprint: str) -> bool:
    return not blueprint or endpoint.startswith(f"{blueprint}.")


def _matches(path: str | re.Pattern[str], rule: str) -> bool:
    """Return whether Flask-CORS applies a path to a rule. Old versions keep expressions as strings."""
    if isinstance(path, re.Pattern):
        return path.match(rule) is not None
    if not is_expression(path):
        return path == rule
    try:
        return re.match(path, rule) is not None
    except re.error:
        return False


def _resources(value: object) -> tuple[tuple[str | re.Pattern[str], Options], ...] | None:
    """Return the paths and options that a function keeps; None if they have another form than the known ones."""
    if not isinstance(value, list):
        return None
    found = []
    for entry in value:
        if not (isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], (str, re.Pattern))):
            return None
        options = _fields(entry[1])
        if not {"origins", "methods", "allow_headers"} <= options.keys():
            return None
        found.append((entry[0], options))
    return tuple(found)


def _fields(options: object) -> dict[str, object]:
    """Return resolved options, which are a dataclass in new versions and a mapping in old ones."""
    if isinstance(options, Mapping):
        return {str(name): value for name, value in options.items()}
    if dataclasses.is_dataclass(options):
        return {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    return {}


def _decorations(view: object) -> Iterator[Options]:
    """Yield the options of each decorator of Flask-CORS on a view, on its class, and on the methods of its class."""
    view_class: object = getattr(view, "view_class", None)
    lists = (getattr(view_class, name, ()) for name in ("decorators", "method_decorators"))
    things = [view, *(getattr(view_class, method, None) for method in _METHODS)]
    for listed in lists:
        things.extend(listed if isinstance(listed, (list, tuple)) else ())
    for thing in things:
        for function in _layers(thing):
            options = _variables(function).get("_options") if _is_of_library(function) else None
            if isinstance(options, Mapping):
                yield options


def _layers(thing: object) -> Iterator[FunctionType]:
    """Yield a function and the functions that it wraps, as far as its decorators use ``functools.wraps``."""
    for _ in range(_MOST_LAYERS):
        if not isinstance(thing, FunctionType):
            return
        yield thing
        thing = getattr(thing, "__wrapped__", None)


def _is_of_library(function: object) -> bool:
    """Return whether a module of Flask-CORS defines a function; ``functools.wraps`` hides this in ``__module__``."""
    defined: object = getattr(function, "__globals__", {}).get("__name__", "")
    return str(defined).partition(".")[0] == _LIBRARY


def _variables(function: Callable[..., object]) -> dict[str, object]:
    """Return the variables around a function."""
    cells = getattr(function, "__closure__", None) or ()
    names = function.__code__.co_freevars if isinstance(function, FunctionType) else ()
    found: dict[str, object] = {}
    for name, cell in zip(names, cells, strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned
            continue
    return found


def _rules(app: Flask, endpoint: str) -> list[Rule]:
    try:
        return list(app.url_map.iter_rules(endpoint))
    except KeyError:  # a view without a URL rule
        return []

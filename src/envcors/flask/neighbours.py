"""What else is installed beside envcors: middlewares that change the method of a request, Flask-SocketIO."""

from __future__ import annotations

import dis
import logging
from collections.abc import Container, Iterator
from itertools import pairwise
from types import CodeType, FunctionType, MethodType

from flask import Flask

from envcors.problems import Problem, Source
from envcors.rules.catalogue import problem

_logger = logging.getLogger("envcors")
_METHOD = "REQUEST_METHOD"
_MOST_MIDDLEWARES = 20


def has_socketio(app: Flask) -> bool:
    """Whether Flask-SocketIO is installed. It answers its own path in front of the application, by its own list."""
    return "socketio" in app.extensions


def neighbour_advice(app: Flask) -> list[Problem]:
    """The advice about what is installed beside envcors."""
    source = Source("app.extensions")
    return [problem("websocket-origins", "SocketIO", None, source)] if has_socketio(app) else []


def method_overrides(app: Flask) -> list[str]:
    """The names of the middlewares around the application that may change the method of a request.

    A preflight is for the method that the browser sends. No preflight tells the method that such a middleware will put
    in its place, so that the policies of the two can differ.
    """
    names = []
    for middleware in middlewares(app):
        call = middleware if isinstance(middleware, FunctionType) else getattr(type(middleware), "__call__", None)  # noqa: B004 - its code is read
        code = getattr(call, "__code__", None)
        if isinstance(code, CodeType) and _changes_method(code):
            names.append(getattr(middleware, "__qualname__", type(middleware).__qualname__))
    return names


def warn_of_overrides(app: Flask, told: Container[str]) -> list[str]:
    """Warn of middlewares that change the method, except those that were told of; return their names."""
    names = [name for name in method_overrides(app) if name not in told]
    if names:
        _logger.warning(
            "%s changes the method of a request after its preflight: a view may run under a policy that is not the "
            "one which answered the preflight. Give all views of a path the same origins, or send the real method.",
            ", ".join(names),
        )
    return names


def middlewares(app: Flask) -> list[object]:
    """The middlewares around an application, the outermost first, as far as they show what they call."""
    return _way(app.wsgi_app, app, _MOST_MIDDLEWARES) or []


def _way(thing: object, app: Flask, left: int) -> list[object] | None:
    """The middlewares from ``thing`` to the application; None where it does not lead there."""
    if isinstance(thing, MethodType):
        if thing.__self__ is app:
            return []
        thing = thing.__self__
    if not left:
        return None
    for called in _held_by(thing):
        way = _way(called, app, left - 1)
        if way is not None:
            return [thing, *way]
    return None


def _held_by(thing: object) -> Iterator[object]:
    """What a middleware may call: the values of its attributes, or of the variables around a function."""
    for cell in getattr(thing, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned
            continue
    if not isinstance(thing, (FunctionType, type, Flask)):
        yield from [value for value in getattr(thing, "__dict__", {}).values() if callable(value)]


def _changes_method(code: CodeType) -> bool:
    """Whether a function, or one inside it, sets ``REQUEST_METHOD``."""
    steps = list(dis.get_instructions(code))
    for before, step in pairwise(steps):
        if step.opname == "STORE_SUBSCR" and before.argval == _METHOD:
            return True
    strings = {constant for constant in code.co_consts if isinstance(constant, str)}
    if _METHOD in strings and any("METHOD_OVERRIDE" in text.upper() for text in strings):
        return True
    return any(_changes_method(constant) for constant in code.co_consts if isinstance(constant, CodeType))

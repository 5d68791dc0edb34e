"""``@cross_origin``: a policy of its own for one view."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar, Unpack, cast, overload
from weakref import WeakSet

from flask import Blueprint, Flask, current_app, has_request_context, request

from envcors.flask.declarations import (
    DECLARED,
    Declaration,
    declare,
    declared_by,
    hidden_by_a_decorator,
    is_registered_class,
    mark_underneath,
    unmark,
)
from envcors.flask.enforcement import EXTENSION, Enforcement, declaration_made
from envcors.flask.options import PolicyOptions
from envcors.flask.pending import Pending, is_method_decorator
from envcors.flask.recorded import booting
from envcors.problems import Problem
from envcors.refusal import BootRefused
from envcors.rules.catalogue import usage

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V", bound=Callable[..., object])

_logger = logging.getLogger("envcors")
_warned: WeakSet[Flask] = WeakSet()

# Much cheaper than an attribute of the proxy, and asked at each call of a declared view.
_application_of_the_request: Callable[[], Flask] = current_app._get_current_object  # type: ignore[attr-defined]  # a LocalProxy


@overload
def cross_origin(view: V, /) -> V: ...


@overload
def cross_origin(**options: Unpack[PolicyOptions]) -> Callable[[V], V]: ...


def cross_origin(view: V | None = None, /, **options: Unpack[PolicyOptions]) -> V | Callable[[V], V]:
    """Give a view a policy of its own; it inherits what is left out from its blueprint, resource or application.

    Place it below ``@app.route``, on a function, an async function, a ``View`` or ``MethodView`` class, one of its
    methods, or in its ``decorators`` or ``method_decorators``. The application needs ``CORS(app)``: without it no
    origin is allowed, and a warning says so.

    Raises:
        BootRefused: An option is unknown, or no policy may ever hold its value.
    """
    if view is not None:
        return view if is_method_decorator(cross_origin, view) else _declared(view, options)
    declaration_made(options)
    return ViewDecorator(options)


class ViewDecorator(Pending):
    """``cross_origin(…)`` before it has its view."""

    def __call__(self, view: V) -> V:
        """Declare the view's policy."""
        return view if is_method_decorator(self, view) else _declared(view, self.options)


def _declared(view: V, options: PolicyOptions) -> V:
    declared = view
    with booting():
        declared = _with_declaration(view, options)
    return declared  # noqa: RET504 - a command goes on where the block is refused


def _with_declaration(view: V, options: PolicyOptions) -> V:
    thing: object = view
    name = getattr(view, "__qualname__", type(view).__name__).rpartition("<locals>.")[2]
    if not callable(thing) or isinstance(thing, (Flask, Blueprint)):
        raise BootRefused([usage(f"@cross_origin decorates a view, not a {name}.", "@cross_origin(origins=[…])")])
    declaration = declare(f"view {name}", dict(options))
    if DECLARED in getattr(view, "__dict__", {}):
        raise BootRefused([usage(f"{name} has two @cross_origin decorators.", "one @cross_origin")])
    if inspect.isclass(view):
        if is_registered_class(view):
            raise BootRefused([_too_late(name)])
        _watch_dispatch(view, declaration)
        setattr(view, DECLARED, declaration)
        declaration_made(options)
        return view
    mark_underneath(view, declaration)
    wrapper = _wrapper(view, declaration)
    unmark(wrapper)
    setattr(wrapper, DECLARED, declaration)
    declaration_made(options)
    return cast(V, wrapper)


def _wrapper(view: Callable[P, R], declaration: Declaration) -> Callable[P, R]:
    """A new function around the view, which tells the two apart: the view itself may be registered elsewhere."""
    if inspect.iscoroutinefunction(view):

        @functools.wraps(view)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> object:
            _check_call(declaration)
            return await view(*args, **kwargs)

        return cast(Callable[P, R], wrapper)

    @functools.wraps(view)
    def plain_wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        _check_call(declaration)
        return view(*args, **kwargs)

    return plain_wrapper


def _watch_dispatch(view_class: type, declaration: Declaration) -> None:
    """Notice calls of a declared class too; the method that Flask calls is not declared itself."""
    dispatch = getattr(view_class, "dispatch_request", None)
    if callable(dispatch):
        wrapper = _wrapper(dispatch, declaration)
        unmark(wrapper)
        view_class.dispatch_request = wrapper  # type: ignore[attr-defined]  # a class of Flask's kind has it


def _check_call(declaration: Declaration) -> None:
    """Warn where no ``CORS(app)`` puts the declaration in force.

    Raises:
        BootRefused: Another policy governs this request, perhaps one that allows an origin which this one does not.
    """
    try:
        app = _application_of_the_request()
    except RuntimeError:  # called by other code than Flask
        return
    enforcement = app.extensions.get(EXTENSION)
    if enforcement is not None and enforcement.policies.is_in_force(declaration, app.view_functions):
        return
    if not has_request_context():
        return
    if not isinstance(enforcement, Enforcement):
        _warn_without_extension(declaration, app)
        return
    if enforcement.knows(declaration, request.url_rule):
        return
    if request.endpoint is None or any(declaration in declared_by(thing) for thing in _called_by_flask(app)):
        return
    raise BootRefused([hidden_by_a_decorator(declaration)])


def _warn_without_extension(declaration: Declaration, app: Flask) -> None:
    if app not in _warned:
        _warned.add(app)
        _logger.warning(
            "@cross_origin of the %s has no effect: %s has no CORS(app), so no origin is allowed. "
            "Add the line CORS(app) where the application is made.",
            declaration.label,
            app.import_name,
        )


def _called_by_flask(app: Flask) -> Iterator[object]:
    """Views, of which classes may extend others, and error handlers, which may be decorated, if to no effect."""
    yield from app.view_functions.values()
    for handlers_by_code in app.error_handler_spec.values():
        for handlers in handlers_by_code.values():
            yield from handlers.values()


def _too_late(name: str) -> Problem:
    return usage(
        f"@cross_origin of the class {name} comes after the class was registered as a view.",
        f"@cross_origin above class {name}, before {name}.as_view()",
    )

"""``@cross_origin``: a policy of its own for one view."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar, cast, overload

from flask import Blueprint, Flask, current_app, has_request_context, request

from envcors.flask import standalone
from envcors.flask.declarations import (
    DECLARED,
    REGISTERED,
    UNDERNEATH,
    Declaration,
    declare,
    declared_by,
    mark,
    misplaced_above,
    underneath,
)
from envcors.refusal import BootRefused
from envcors.rules.catalogue import usage

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V", bound=Callable[..., object])


@overload
def cross_origin(view: V, /) -> V: ...


@overload
def cross_origin(**options: object) -> Callable[[V], V]: ...


def cross_origin(view: V | None = None, /, **options: object) -> V | Callable[[V], V]:
    """Give a view a policy of its own; what is left out is inherited from its blueprint, resource or application.

    Stands below ``@app.route``, on a function, an async function, a ``View`` or ``MethodView`` class, one of its
    methods, or in its ``decorators``. Options are those of ``CORS``: ``origins``, ``deny_origins``, ``methods``,
    ``allow_headers``, ``expose_headers``, ``supports_credentials``, ``max_age`` (seconds).

    Raises BootRefused for an unknown option, for what no policy may hold, and where it stands above ``@app.route``.
    """
    if view is not None:
        return _declared(view, options)
    return functools.partial(_declared, options=options)


def _declared(view: V, options: dict[str, object]) -> V:
    thing: object = view
    name = getattr(view, "__qualname__", type(view).__name__).rpartition("<locals>.")[2]
    if not callable(thing) or isinstance(thing, (Flask, Blueprint)):
        raise BootRefused(
            [usage(f"@cross_origin decorates a view, not a {name}.", "@cross_origin(origins=[…])")]
        )
    declaration = declare(f"view {name}", options)
    if DECLARED in getattr(view, "__dict__", {}):
        raise BootRefused([usage(f"{name} has two @cross_origin decorators.", "one @cross_origin")])
    if any(REGISTERED in vars(function) for function in underneath(view) if hasattr(function, "__dict__")):
        raise BootRefused([misplaced_above(name)])
    standalone.connect()
    if inspect.isclass(view):
        setattr(view, DECLARED, declaration)
        return view
    for function in underneath(view):
        mark(function, UNDERNEATH)
    wrapper = _wrapper(view, declaration)
    vars(wrapper).pop(UNDERNEATH, None)
    setattr(wrapper, DECLARED, declaration)
    return cast(V, wrapper)


def _wrapper(view: Callable[P, R], declaration: Declaration) -> Callable[P, R]:
    """A new function around the view, which tells the two apart: the view itself may not be registered in its place."""
    if inspect.iscoroutinefunction(view):

        @functools.wraps(view)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> object:
            _refuse_hidden(declaration)
            return await view(*args, **kwargs)

        return cast(Callable[P, R], wrapper)

    @functools.wraps(view)
    def plain_wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        _refuse_hidden(declaration)
        return view(*args, **kwargs)

    return plain_wrapper


def _refuse_hidden(declaration: Declaration) -> None:
    """Raises BootRefused in a request to a view whose declaration the application does not know.

    Another policy governs the response: perhaps one that lets in whom this one keeps out.
    """
    if not has_request_context():
        return
    enforcement = standalone.enforcement_in(current_app)
    if enforcement is not None and enforcement.policies.knows(declaration):
        return
    if request.endpoint is None or any(declaration in declared_by(thing) for thing in _called_by_flask(current_app)):
        return
    raise BootRefused(
        [
            usage(
                f"@cross_origin of the {declaration.label} has no effect: a decorator above it hides it.",
                "functools.wraps(view) in that decorator, or @cross_origin above it",
            )
        ]
    )


def _called_by_flask(app: Flask) -> Iterator[object]:
    """Views, of which classes may extend others, and error handlers, which may be decorated, if to no effect."""
    yield from app.view_functions.values()
    for handlers_by_code in app.error_handler_spec.values():
        for handlers in handlers_by_code.values():
            yield from handlers.values()

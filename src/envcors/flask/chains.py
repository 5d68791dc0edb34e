"""The declarations that govern an endpoint: those of its blueprints, then those of its view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from envcors.flask.declarations import Chain, Declaration, declaration_of
from envcors.flask.pending import Pending, method_decorators


def blueprint_chain(endpoint: str, blueprints: Mapping[str, Declaration]) -> Chain:
    """The declarations of the blueprints that an endpoint belongs to, the outermost first."""
    names = endpoint.split(".")[:-1]
    paths = [".".join(names[: end + 1]) for end in range(len(names))]
    return tuple(blueprints[path] for path in paths if path in blueprints)


def chains_of(endpoint: str, view: object, blueprints: Mapping[str, Declaration]) -> dict[str, Chain]:
    """The declarations of an endpoint by HTTP method, in upper case; those under ``""`` hold for every other method."""
    view_class: object = getattr(view, "view_class", None)
    things = (view_class, getattr(view_class, "dispatch_request", None), view)
    own = [declaration for thing in things if (declaration := declaration_of(thing)) is not None]
    outer = (*blueprint_chain(endpoint, blueprints), *own, *_pending(view_class, None))
    chains: dict[str, Chain] = {"": outer}
    for method in sorted(_methods(view_class)):
        inner = list(_pending(view_class, method))
        declaration = declaration_of(getattr(view_class, method.lower(), None))
        if declaration is not None:
            inner.append(declaration)
        if inner:
            chains[method] = (*outer, *inner)
    # A `MethodView` without `head` answers HEAD with `get`.
    if "GET" in chains and not hasattr(view_class, "head"):
        chains.setdefault("HEAD", chains["GET"])
    return chains


def _methods(view_class: object) -> set[str]:
    """The methods that a class has functions for. A class may list others, or none."""
    listed = getattr(view_class, "methods", None) or ()
    names = {str(method).upper() for method in listed}
    own = {name.upper() for name in dir(view_class) if name in _HANDLERS} if view_class is not None else set()
    return names | own


_HANDLERS = frozenset({"get", "post", "head", "options", "delete", "put", "trace", "patch"})
"""The methods that ``flask.views.MethodView`` dispatches to."""


def _pending(view_class: object, method: str | None) -> Iterator[Declaration]:
    if isinstance(view_class, type):
        for decorator in method_decorators(view_class, method):
            if isinstance(decorator, Pending):
                yield decorator.declaration_for(view_class)

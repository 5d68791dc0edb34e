"""Decorators that wait for their view: ``cross_origin(…)`` in the ``method_decorators`` of a Flask-RESTful resource.

Flask-RESTful applies them at each request, when it is too late to declare anything. So they are read at registration.
"""

from __future__ import annotations

from envcors.flask.declarations import Declaration, declare
from envcors.flask.options import PolicyOptions


class Pending:
    """Options that a decorator will declare for a view."""

    def __init__(self, options: PolicyOptions) -> None:
        self.options = options
        self._declarations: dict[type, Declaration] = {}

    def declaration_for(self, view_class: type) -> Declaration:
        """The declaration for one class, always the same."""
        found = self._declarations.get(view_class)
        if found is None:
            found = declare(f"view {view_class.__qualname__}", dict(self.options))
            self._declarations[view_class] = found
        return found


def method_decorators(view_class: object, method: str | None = None) -> list[object]:
    """The ``method_decorators`` of a class.

    Args:
        view_class: The class.
        method: The HTTP method whose own decorators to return; None for those of all methods.
    """
    found: object = getattr(view_class, "method_decorators", None)
    if isinstance(found, dict):
        named = [value for key, value in found.items() if isinstance(key, str) and key.upper() == method]
        return [decorator for value in named if isinstance(value, (list, tuple)) for decorator in value]
    return list(found) if isinstance(found, (list, tuple)) and method is None else []


def is_method_decorator(decorator: object, view: object) -> bool:
    """Whether Flask-RESTful applies the decorator to this method at each request."""
    owner: object = getattr(view, "__self__", None)
    if owner is None:
        return False
    name = getattr(view, "__name__", "").upper()
    return any(one is decorator for each in (None, name) for one in method_decorators(type(owner), each))

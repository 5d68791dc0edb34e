"""Where code calls envcors: the file and the line, for people who look for the policy of a route."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from envcors.rules.scope import Scope
from envcors.settings.sources.code import CODE

if TYPE_CHECKING:
    from envcors.flask.enforcement import Enforcement

_PASSED_OVER = frozenset({"contextlib", "envcors", "flask", "werkzeug"})


def calling_place() -> str:
    """Return the file and the line of the code that called envcors, relative to the working directory if it is below.

    Empty where there is no such code.
    """
    frame = sys._getframe(1)
    while str(frame.f_globals.get("__name__", "")).partition(".")[0] in _PASSED_OVER:
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    path = frame.f_code.co_filename
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # no working directory; another drive
        relative = path
    shown = os.path.basename(path) if relative.startswith(os.pardir) else relative
    return f"{shown}:{frame.f_lineno}"


def place_of(enforcement: Enforcement, scope: Scope, option: str) -> str:
    """Return where an option of a scope is set: its source, and for code the file and the line of the call."""
    located = scope.located(option)
    if located.source != CODE:
        return str(located.source)
    if not located.owner:
        return enforcement.place or str(CODE)
    declared = (step.place for step in enforcement.policies.declarations() if step.label == located.owner)
    return next(declared, enforcement.place) or str(CODE)

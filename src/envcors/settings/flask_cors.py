"""Options of Flask-CORS that have no meaning here: accepted where they ask for what is done anyway."""

from __future__ import annotations

from collections.abc import Iterator

from envcors.problems import Problem, printable
from envcors.settings import forms
from envcors.settings.provenance import python_of

_DONE_ANYWAY: dict[str, tuple[bool, str]] = {
    "send_wildcard": (
        True,
        "The literal * is sent wherever * is the whole policy; an origin is never reflected for it.",
    ),
    "always_send": (True, "The headers do not depend on whether the request carries an Origin."),
    "vary_header": (True, "Without Vary: Origin a cache would hand one origin's answer to another."),
    "automatic_options": (True, "Preflights are answered in front of the application, always."),
    "intercept_exceptions": (True, "Every response carries the headers, those of errors too."),
    "allow_private_network": (False, "Private Network Access headers are obsolete; browsers dropped them."),
}


def is_legacy(option: str) -> bool:
    """Whether Flask-CORS knows this option and envcors has no use for it."""
    return option in _DONE_ANYWAY


def legacy_problem(option: str, value: object, source: str, variable: str) -> Iterator[Problem]:
    """The refusal of such an option where it asks for the opposite of what is done; nothing else."""
    wanted, why = _DONE_ANYWAY[option]
    if value is None:
        return
    try:
        asked: object = forms.boolean(value)
    except forms.FormError:
        asked = value
    if asked is not wanted:
        yield Problem(
            "usage",
            "refuse",
            variable,
            printable(python_of(value)),
            source,
            f"{option}={printable(python_of(value))} cannot be had. {why}",
            f"remove {option}",
        )

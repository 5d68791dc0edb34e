"""Options of Flask-CORS that do not exist here: accepted if they ask for what envcors always does."""

from __future__ import annotations

from typing import NamedTuple

from envcors.problems import Problem, printable
from envcors.repair.syntax import python_of
from envcors.rules.catalogue import problem
from envcors.settings import parsers
from envcors.settings.located import Located
from envcors.settings.names import folded_name
from envcors.settings.parsers import ParseError


class Always(NamedTuple):
    """What envcors always does: the value of the option that asks for it, and why there is no choice."""

    value: bool
    why: str


_ALWAYS = {
    "send_wildcard": Always(
        True, "The literal * is sent if the policy allows any origin; an origin is never reflected for it."
    ),
    "always_send": Always(True, "The headers do not depend on whether the request carries an Origin."),
    "vary_header": Always(True, "Without Vary: Origin a cache would give one origin's response to another."),
    "automatic_options": Always(True, "envcors always responds to preflights before the application."),
    "intercept_exceptions": Always(True, "Every response has the headers, error responses too."),
    "allow_private_network": Always(False, "Private Network Access headers are obsolete; browsers dropped them."),
}

_IGNORED = {"headers": "Newer versions ignore it: allow_headers has replaced it."}
"""Options of the first versions of Flask-CORS. Tutorials still set them, and no later version reads them."""


def reason_for(option: str) -> str:
    """Return why an option that only Flask-CORS has does not exist here."""
    return _IGNORED[option] if option in _IGNORED else _ALWAYS[option].why


def is_key_of_flask_cors(option: str) -> bool:
    """Return whether only Flask-CORS has a key of ``app.config`` for this option, or had one."""
    return option in _ALWAYS or option in _IGNORED


def is_flask_cors_option(option: str) -> bool:
    """Return whether only Flask-CORS has this option."""
    return option in _ALWAYS


def flask_cors_option(name: str, prefix: str, *, in_config: bool = False) -> str | None:
    """Return the option of Flask-CORS that a variable of ours would set, also one of a resource; None if there is none.

    Args:
        name: The name, in any spelling.
        prefix: What the names of our variables begin with.
        in_config: Whether ``app.config`` has it. There, ``CORS_HEADERS`` is a relic; anywhere else it is a typo.
    """
    folded = folded_name(name)
    option = folded.removeprefix(prefix).rpartition("__")[2].lower()
    known = option in _ALWAYS or (in_config and option in _IGNORED)
    return option if folded.startswith(prefix) and known else None


def option_problem(option: str, value: object, located: Located) -> Problem | None:
    """Return the problem of such an option; None if code asks for what envcors always does.

    Args:
        option: The option of Flask-CORS.
        value: Its value.
        located: The value, or the mapping that contains it.
    """
    if not located.in_code:
        return problem(
            "unknown-variable",
            located.variable,
            None,
            located.source,
            message=f"{option} is an option of Flask-CORS that does not exist here. {reason_for(option)}",
            fix=f"remove {located.variable if located.option == option else option}",
        )
    if value is None:
        return None
    if option in _IGNORED:
        message = f"{located.variable} is a key of old versions of Flask-CORS. {_IGNORED[option]}"
        fix = f'remove app.config["{located.variable}"]'
        return problem("usage", located.variable, None, located.source, message=message, fix=fix)
    always = _ALWAYS[option]
    try:
        asked: object = parsers.boolean(value)
    except ParseError:
        asked = value
    if asked is always.value:
        return None
    shown = printable(python_of(value))
    return problem(
        "usage",
        located.option if located.option == option else located.variable,
        shown,
        located.source,
        message=f"{option}={shown} is not possible. {always.why}",
        fix=f"remove {option}",
    )

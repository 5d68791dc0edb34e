"""Options of Flask-CORS as options of envcors: they keep every origin and name whose meaning is clear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from envcors.flask.flask_cors import any_text
from envcors.problems import decapitalised, printable
from envcors.protocol import names
from envcors.protocol.policy import MAX_MAX_AGE
from envcors.repair import Kind, repair_items
from envcors.repair.expressions import UnreadableError
from envcors.repair.origins import expression_origins
from envcors.rules.catalogue import RULES
from envcors.rules.origins import APP, in_production

SIMPLE = ("GET", "HEAD", "POST")
_HEADERS = ("Content-Type", "Authorization")

ANY_ORIGIN = (
    f"Flask-CORS allows every origin. Write the origins of your pages instead of {APP}. "
    "For an API that every site may read: CORS_ORIGINS=* with CORS_DANGEROUSLY_ALLOW=origin-any."
)
ANY_HEADER = (
    "Flask-CORS allows every request header. List those that your pages send, as CORS_ALLOW_HEADERS or allow_headers=."
)
_EMPTY = 'An empty text is in the list of origins: "".split(",") makes it of a variable that is not set.'
_SPACES = '"{}" has white space around it, as "a, b".split(",") leaves it. Flask-CORS never allows this origin.'
_NONE_IN_PRODUCTION = f"No origin is left in production. Write the origins of your pages instead of {APP}."


@dataclass(frozen=True, slots=True)
class Translation:
    """One policy in the terms of envcors.

    Attributes:
        origins: All origins that were meant, also those of one's own machine.
        production: Those that a production policy can have.
        options: The other options that are not the default, as envcors takes them from code.
        notes: What was left out or could not be known, in sentences.
    """

    origins: tuple[str, ...]
    production: tuple[str, ...]
    options: Mapping[str, object]
    notes: tuple[str, ...]

    def values(self, *, production: bool) -> dict[str, object]:
        """Return all options, with the origins of one mode."""
        return {"origins": self.production if production else self.origins, **self.options}


def translated(options: Mapping[str, object], routes: Iterable[str]) -> Translation:
    """Translate the options of one policy.

    Args:
        options: Those of Flask-CORS, resolved or as they were written.
        routes: The methods of the routes that the policy governs.
    """
    notes: list[str] = []
    origins = _origins(options.get("origins"), notes)
    production = _in_production(origins, notes)
    credentials = bool(options.get("supports_credentials"))
    found: dict[str, object] = {
        "methods": _methods(options.get("methods"), routes),
        "allow_headers": _request_headers(options.get("allow_headers"), notes),
        "expose_headers": _exposed(options.get("expose_headers"), notes, credentials=credentials),
        "supports_credentials": credentials,
        "max_age": _max_age(options.get("max_age"), notes),
    }
    kept = {name: value for name, value in found.items() if value not in (None, False, ())}
    return Translation(origins, production, kept, tuple(dict.fromkeys(notes)))


def entries(value: object) -> list[object]:
    """Return the entries of an option that takes one value or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _origins(value: object, notes: list[str]) -> tuple[str, ...]:
    written = entries(value)
    if any(any_text(entry) for entry in written):
        notes.append(ANY_ORIGIN)
        return (APP,)
    found: list[str] = []
    for entry in written:
        if isinstance(entry, re.Pattern):
            found.extend(_of_expression(entry, notes))
        elif isinstance(entry, str):
            found.extend(_of_text(entry, notes))
    if written and not found:
        notes.append(f"No origin is left. Write the origins of your pages instead of {APP}.")
        return (APP,)
    return tuple(dict.fromkeys(found))


def _of_expression(expression: re.Pattern[str], notes: list[str]) -> tuple[str, ...]:
    try:
        return expression_origins(expression.pattern, expression.flags & re.VERBOSE)
    except UnreadableError as error:
        notes.append(f"{printable(expression.pattern)} is left out. {error}")
        return ()


def _of_text(text: str, notes: list[str]) -> tuple[str, ...]:
    if not text.strip():
        notes.append(_EMPTY)
        return ()
    if text != text.strip():
        notes.append(_SPACES.format(printable(text)))
    repaired = repair_items([text], Kind.ORIGINS)
    dropped = repaired.dropped or ([] if repaired.value else [(text, repaired.why)])
    notes.extend(f"{printable(item)} is left out. {why}" for item, why in dropped)
    return repaired.value if isinstance(repaired.value, tuple) else ()


def _in_production(origins: tuple[str, ...], notes: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for origin in origins:
        instead, rule = in_production(origin)
        why = decapitalised(RULES[rule].why) if rule else ""
        if instead is None:
            where = "is for your own machine only" if rule == "origin-local" else "is left out of production"
            notes.append(f"{origin} {where}: {why}")
            continue
        found[instead] = None
        if rule:
            notes.append(f"In production {instead}, not {origin}: {why}")
    if origins and not found:
        notes.append(_NONE_IN_PRODUCTION)
        return (APP,)
    return tuple(found)


def _methods(value: object, routes: Iterable[str]) -> tuple[str, ...]:
    """Return the simple methods, and those that a route has and Flask-CORS allows."""
    allowed = {method.upper() for entry in entries(value) for method in re.split(r"[,\s]+", str(entry))}
    return (*SIMPLE, *sorted(set(routes) & allowed - {*SIMPLE, "OPTIONS"}))


def _request_headers(value: object, notes: list[str]) -> tuple[str, ...]:
    written = entries(value)
    if any(any_text(entry) for entry in written):
        notes.append(ANY_HEADER)
        return _HEADERS
    found = _names(written, Kind.REQUEST_HEADERS, notes)
    forbidden = [name for name in found if names.is_forbidden_request_header(name)]
    notes.extend(f"{name} is left out: browsers let no script set it." for name in forbidden)
    return tuple(name for name in found if name not in forbidden)


def _exposed(value: object, notes: list[str], *, credentials: bool) -> tuple[str, ...]:
    found = _names(entries(value), Kind.RESPONSE_HEADERS, notes)
    forbidden = [name for name in found if names.is_forbidden_response_header_name(name)]
    notes.extend(f"{name} is left out: browsers show it to no script." for name in forbidden)
    if credentials and "*" in found:
        notes.append("* is left out of CORS_EXPOSE_HEADERS: with credentials it is the name of a header.")
        forbidden.append("*")
    return tuple(name for name in found if name not in forbidden)


def _names(written: list[object], kind: Kind, notes: list[str]) -> tuple[str, ...]:
    texts = [entry for entry in written if isinstance(entry, str)]
    notes.extend(
        f"{printable(entry.pattern)} is left out: a name is no expression. List each header."
        for entry in written
        if isinstance(entry, re.Pattern)
    )
    repaired = repair_items(texts, kind)
    notes.extend(f"{printable(text)} is left out: {decapitalised(why)}" for text, why in repaired.dropped)
    return repaired.value if isinstance(repaired.value, tuple) else ()


def _max_age(value: object, notes: list[str]) -> int | None:
    try:
        seconds = int(value.total_seconds() if isinstance(value, timedelta) else float(str(value)))
    except (ValueError, OverflowError):
        return None
    if 0 <= seconds <= MAX_MAX_AGE:
        return seconds
    notes.append(f"A max_age of {seconds} seconds is out of range: browsers take at most {MAX_MAX_AGE} (one day).")
    return MAX_MAX_AGE if seconds > 0 else 0

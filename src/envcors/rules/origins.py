"""Rules about origins: how they are spelled, and which of them a production policy may allow."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from envcors.problems import decapitalised, printable
from envcors.protocol.origins import Origin, OriginError, OriginPattern
from envcors.repair import Kind, Repair, repair
from envcors.repair.expressions import UnreadableError
from envcors.repair.origins import expression_origins, punycode_problem
from envcors.rules.catalogue import RULES
from envcors.rules.expressions import is_slow
from envcors.rules.hosts import is_local, is_shared
from envcors.rules.item_problem import ItemProblem, shown
from envcors.rules.permissive import allows_strangers
from envcors.rules.scope import Scope
from envcors.settings.located import LONGEST_LINE

EMPTY = (
    'There is an empty text in the list, as "".split(",") makes it of a variable that is not set. '
    'Remove that code, and write the list into the variable; or use [x.strip() for x in text.split(",") if x.strip()].'
)
SPACED = (
    'There is white space around it, as "a, b".split(",") leaves it. '
    'Remove that code, and write the list into the variable; or use [x.strip() for x in text.split(",")].'
)
APP = "https://app.example.com"
_WEB = ("http", "https")
_DEVELOPMENT = "or {prefix}ENV=development: on your own machine in .env, for CI in the environment"
_APPS = {
    "https://localhost": "a Capacitor app on Android: {prefix}DANGEROUSLY_ALLOW=origin-local",
    "https://tauri.localhost": "a Tauri app on Windows or Android: {prefix}DANGEROUSLY_ALLOW=origin-local",
    "http://tauri.localhost": "a Tauri app on Windows: {prefix}DANGEROUSLY_ALLOW=origin-local,origin-plain-http",
}
"""The origins of frameworks whose pages are files of an app, and what allows each."""
_PREVIEWS = "or give previews a domain of your own: https://*.preview.example.com (docs/preview-deployments.md)"


def check_origins(scope: Scope, *, production: bool) -> Iterator[ItemProblem]:
    """Yield the problems of the lists of origins of one scope."""
    for item in scope.options.origins:
        match item:
            case str():
                yield from _check_text(scope, item, production)
            case re.Pattern():
                yield from _check_expression(scope, item, production)
            case _ if allows_strangers(item):
                yield from _any_origin(scope, item, production)
            case _:
                pass  # what it allows is checked when it allows it
    for item in scope.options.deny_origins:
        yield from _check_spelling(scope, "deny_origins", item)


def advise_about_origins(scope: Scope) -> Iterator[ItemProblem]:
    """Yield advice about the origins of one scope."""
    for item in scope.options.origins:
        if callable(item):
            message = f"{shown(scope, 'origins', item)}: {decapitalised(RULES['origin-function'].why)}"
            yield ItemProblem("origin-function", "origins", item, message, (APP,))
    rule = "origin-any-subdomain-with-credentials"
    if not scope.options.supports_credentials:
        return
    for item in scope.options.origins:
        if isinstance(item, str) and "://*." in item:
            message = f"{shown(scope, 'origins', item)}: {decapitalised(RULES[rule].why)}"
            instead = (item.replace("*.", "app.", 1),)
            yield ItemProblem(rule, "origins", item, message, instead, with_option="supports_credentials")


def production_rules(origin: Origin) -> tuple[str, ...]:
    """Return the production rules that one origin violates, for origins that a function allows."""
    return tuple(rules_of_pattern(OriginPattern(origin.scheme, origin.host, origin.port, False)))


def in_production(text: str) -> tuple[str | None, str]:
    """Return what a production policy can have instead of a valid pattern, and the rule that the pattern violates.

    The pattern itself if it violates no rule; None if nothing can replace it, as for an origin on one's own machine.
    """
    pattern = OriginPattern.parse(text)
    rules = list(rules_of_pattern(pattern))
    if not rules:
        return text, ""
    for rule in ("origin-local", "origin-public-suffix"):
        if rule in rules:
            return None, rule
    return _better(pattern), rules[0]


def _any_origin(scope: Scope, item: object, production: bool) -> Iterator[ItemProblem]:
    """Yield the problems of an entry that allows any origin: ``*``, or code that allows random ones."""
    rules = ["origin-any-with-credentials"] if scope.options.supports_credentials else []
    for rule in [*rules, *(["origin-any"] if production else [])]:
        code = "" if item == "*" else f"{shown(scope, 'origins', item)} allows random origins. "
        with_option = "supports_credentials" if rules else ""
        yield ItemProblem(rule, "origins", item, code + RULES[rule].why, (APP,), with_option=with_option)


def _check_expression(scope: Scope, item: re.Pattern[str], production: bool) -> Iterator[ItemProblem]:
    name = shown(scope, "origins", item)
    instead = _meant_by(item) or ("https://*.example.com",)
    if is_slow(item):
        message = f"{name} can take very long on a text that a stranger sends: it has nested or adjacent quantifiers."
        yield ItemProblem("origin-malformed", "origins", item, message, instead)
        return
    if allows_strangers(item):
        yield from _any_origin(scope, item, production)
    if production:
        message = f"{name}: {decapitalised(RULES['origin-regex'].why)}"
        yield ItemProblem("origin-regex", "origins", item, message, instead)


def _meant_by(item: re.Pattern[str]) -> tuple[str, ...]:
    """Return the patterns that mean the same as an expression; none if there are none."""
    try:
        return expression_origins(item.pattern, item.flags & re.VERBOSE)
    except UnreadableError:
        return ()


def _check_text(scope: Scope, text: str, production: bool) -> Iterator[ItemProblem]:
    if text == "*":
        yield from _any_origin(scope, text, production)
        return
    pattern: OriginPattern | None = None
    for found in _check_spelling(scope, "origins", text):
        yield found
        if len(found.instead) == 1:
            pattern = _parsed(str(found.instead[0]))
            break
    else:
        pattern = _parsed(text)
    if pattern is None or not production:
        return
    for rule in rules_of_pattern(pattern):
        message = f"{shown(scope, 'origins', text)}: {decapitalised(RULES[rule].why)}"
        yield ItemProblem(rule, "origins", text, message, (_better(pattern),), _note(pattern, scope.prefix))


def _note(pattern: OriginPattern, prefix: str) -> str:
    """Return the other way out, for the person who probably wrote such an origin."""
    if is_local(pattern):
        app = _APPS.get(str(pattern))
        notes = [_DEVELOPMENT, *([f"or, for {app}"] if app else [])]
        return "\n".join(notes).replace("{prefix}", prefix)
    return _PREVIEWS if is_shared(pattern) and "." in pattern.host else ""


def _check_spelling(scope: Scope, option: str, text: str) -> Iterator[ItemProblem]:
    if text.lower() == "null":
        yield ItemProblem("origin-null", option, text)
        return
    if text == "*":
        yield ItemProblem("origin-malformed", option, text, "* means every origin and cannot be denied.")
        return
    why = spelling_problem(text)
    if why is None:
        return
    if scope.located(option).secret:
        message = f"{shown(scope, option, text)}: no browser sends such an origin."
        yield ItemProblem("origin-malformed", option, text, message)
        return
    if scope.located(option).in_code and text != text.strip():
        why = SPACED
    if scope.located(option).in_code and not text:
        yield ItemProblem("origin-malformed", option, text, EMPTY)
        return
    repaired = repair(text, Kind.ORIGINS if option == "origins" else Kind.DENY_ORIGINS)
    better = repaired.value if isinstance(repaired.value, tuple) and _is_clear(text, repaired) else ()
    if any(spelling_problem(spelled) for spelled in better if spelled != "*"):
        better = ()
    reason = (repaired.why if better else "") or next((item.why for item in repaired.items if item.why), why)
    hint = f" Write {printable(','.join(better), LONGEST_LINE)}." if better else ""
    yield ItemProblem("origin-malformed", option, text, f"{shown(scope, option, text)}: {reason}{hint}", better)


def spelling_problem(text: str) -> str | None:
    """Return why no browser sends an origin that is spelled like this; None where it is a valid pattern."""
    try:
        pattern = OriginPattern.parse(text)
    except OriginError as error:
        return str(error)
    if pattern.scheme not in _WEB and difflib.get_close_matches(pattern.scheme, _WEB, n=1, cutoff=0.75):
        return f"The scheme {pattern.scheme} looks like http or https, and is neither."
    return punycode_problem(pattern.host) if pattern.scheme in _WEB else None


def _is_clear(text: str, repaired: Repair) -> bool:
    """Return whether nothing is dropped, and each of several origins in one item has its scheme."""
    separators = r"[;\s]+" if "(" in text else r"[;|\s]+"  # | in a group separates parts of one expression
    parts = [part for part in re.split(separators, text) if part]
    return not repaired.dropped and (len(parts) < 2 or all("://" in part for part in parts))


def _parsed(text: str) -> OriginPattern | None:
    try:
        return OriginPattern.parse(text)
    except OriginError:
        return None


def rules_of_pattern(pattern: OriginPattern) -> Iterator[str]:
    """Yield the production rules that a well-formed pattern violates, one function each."""
    for rule, violates in _PRODUCTION:
        if violates(pattern):
            yield rule


_PRODUCTION: tuple[tuple[str, Callable[[OriginPattern], bool]], ...] = (
    ("origin-plain-http", lambda pattern: pattern.scheme == "http"),
    ("origin-local", is_local),
    ("origin-public-suffix", is_shared),
    ("origin-any-port", lambda pattern: pattern.port == "*"),
)


def _better(pattern: OriginPattern) -> str:
    """Return the pattern that a production policy could have instead."""
    if is_local(pattern):
        return APP
    if is_shared(pattern):
        icann = "." not in pattern.host
        return "https://*.example." + pattern.host if icann else f"https://yourname.{pattern.host}"
    scheme = "https" if pattern.scheme == "http" else pattern.scheme
    port = None if pattern.port in ("*", 443) and scheme == "https" else pattern.port
    return str(OriginPattern(scheme, pattern.host, None if port == "*" else port, pattern.subdomains))

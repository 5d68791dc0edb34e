"""Which option or rule an unknown name probably means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from envcors.repair.exclusions import EXCLUDING

NO_NAMES = EXCLUDING | frozenset(
    {"all", "any", "none", "null", "nil", "undefined", "true", "false", "and", "or", "nan"}
)
"""Words in lower case that are written in place of a method or a header, and name none."""

_NEAR = 0.65
_NEAR_WORD = 0.75
_SHORT = 4
_DENIES = re.compile(
    r"den[yi]|block|black|exclu|forbid|forbad|reject|refus|prohibit|disallow|unallow|untrust|not_(allow|trust|permit)"
    r"|(^|_)bann?(ed|ing)?(_|$)"
)
_HARMLESS = frozenset(
    {
        *("the", "a", "all", "any", "allow", "allowed", "allows", "accept", "accepted"),
        *("permit", "permitted", "trust", "trusted", "access", "control", "cors"),
        *("list", "lists", "white", "whitelist", "whitelisted", "allowlist", "pattern", "patterns", "regex"),
        *("regexes", "regexp"),
        *("domain", "domains", "host", "hosts", "url", "urls"),
    }
)
"""Words that do not reverse the meaning of an option. Any other word might: no list of negative words is complete."""
_VERSION = re.compile(r"api|v?[0-9]+")
_ALLOWS_NO_ORIGIN = frozenset({"deny_origins", "max_age", "paths"})
_OTHER_NAMES = {
    "env": ("environment",),
    "origins": (
        *("allowed_origins", "allowed_origin", "allow_origins", "allow_origin", "access_control_allow_origin"),
        *("origin_whitelist", "origins_whitelist", "whitelist", "origin_allowlist", "origins_allowlist", "allowlist"),
        *("allow_all_origins", "origin_allow_all", "allow_all", "allowed_hosts"),
        *("allow_origin_regex", "allowed_origin_regexes", "origin_regex_whitelist", "allowed_origin_patterns"),
    ),
    "deny_origins": (
        *("denied_origins", "denied_origin", "origins_deny", "origin_denylist", "denylist"),
        *("blocked_origins", "block_origins", "origin_blocklist", "blocklist", "origin_blacklist", "blacklist"),
        *("disallowed_origins", "disallow_origins", "excluded_origins", "exclude_origins", "forbidden_origins"),
    ),
    "methods": ("allowed_methods", "allow_methods", "allowed_method", "access_control_allow_methods"),
    "allow_headers": ("allowed_headers", "headers", "allowed_header", "access_control_allow_headers"),
    "expose_headers": ("exposed_headers", "exposed_header", "access_control_expose_headers"),
    "supports_credentials": (
        "allow_credentials",
        "credentials",
        "with_credentials",
        "access_control_allow_credentials",
    ),
    "max_age": ("preflight_max_age", "max_age_seconds", "access_control_max_age"),
}
"""Names in the headers and in other frameworks, by the option that they mean."""
_MOST_WORDS = 4


def expects(name: str) -> str:
    """Return what else than a list a name in another framework's spelling expects: ``boolean``, ``expression``.

    Empty for every other name: its value may be moved to the name that is nearest to it.
    """
    word = _folded(name)
    if re.search(r"regex|pattern", word):
        return "expression"
    return "boolean" if re.search(r"(^|_)(all|any|every)(_|$)", word) else ""


def nearest(name: str, options: Iterable[str]) -> str | None:
    """Return the option that ``name`` probably means, or None.

    An option that allows something is never proposed for a name with a word that might mean to deny it.
    """
    known = _known(options)
    word = _folded(name)
    denies = _denies(word)
    candidates = [
        spelling
        for spelling, option in known.items()
        if (option == "deny_origins") is denies and (denies or _has_only_words_of(word, spelling))
    ]
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=_NEAR)
    return known[near[0]] if near else None


def resource_and_option(name: str, options: Iterable[str]) -> tuple[str, str] | None:
    """Return ``API`` and ``paths`` for ``RESOURCES_API_PATHS``, for any number of ``_``; the name can be empty.

    With single ``_``, the name of a resource can look like a word that denies: ``RESOURCES_API_BANNED_ORIGINS``.
    """
    group, *words = [word for word in name.split("_") if word] or [""]
    if group not in ("RESOURCE", "RESOURCES"):
        return None
    known = _known(options)
    for start in range(max(0, len(words) - _MOST_WORDS), len(words)):
        option = known.get("_".join(words[start:]).lower())
        if option is not None:
            plain = all(_VERSION.fullmatch(word.lower()) for word in words[:start])
            return ("_".join(words[:start]), option) if plain or option in _ALLOWS_NO_ORIGIN else None
    return None


def _known(options: Iterable[str]) -> dict[str, str]:
    """Return all names of the options, by name, with the option."""
    options = tuple(options)
    elsewhere = {spelling: option for option in options for spelling in _OTHER_NAMES.get(option, ())}
    return elsewhere | {option: option for option in options}


def _folded(name: str) -> str:
    return re.sub(r"[_.-]+", "_", name).lower()


def _denies(word: str) -> bool:
    if _DENIES.search(word):
        return True
    return bool(difflib.get_close_matches("deny", word.split("_"), n=1, cutoff=0.75))


def _has_only_words_of(name: str, spelling: str) -> bool:
    """Return whether each word of ``name`` is a word of ``spelling``, a misspelling of one, or a harmless word."""
    expected = {*spelling.split("_"), spelling.replace("_", "")}
    expected |= {word.removesuffix("s") for word in expected} | _HARMLESS
    return all(word in expected or _misspells(word, expected) for word in name.split("_") if word)


def _misspells(word: str, expected: Iterable[str]) -> bool:
    """Return whether a letter or two differ from one of ``expected``; never with letters in front, such as ``un``."""
    same_length = [other for other in expected if other[:1] == word[:1] and abs(len(other) - len(word)) <= 1]
    return len(word) > _SHORT and bool(difflib.get_close_matches(word, same_length, n=1, cutoff=_NEAR_WORD))


def nearest_rule(name: str, rules: Sequence[str]) -> str | None:
    """Return the rule that ``name`` probably means: each word must be a word of the rule, or a misspelling of it.

    The number of words must be the same: ``no-origin-any`` is not ``origin-any``.
    """
    if name in rules:
        return name
    words = name.split("-")
    for rule in rules:
        expected = rule.split("-")
        if len(words) == len(expected) and all(map(_same_word, words, expected)):
            return rule
    return None


def _same_word(word: str, expected: str) -> bool:
    return word.removesuffix("s") == expected.removesuffix("s") or _misspells(word, [expected])

"""Which option or rule a name in another spelling probably means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

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
"""Words that do not turn round what an option means. Any other word might: no list of denials is ever complete."""
_VERSION = re.compile(r"api|v?[0-9]+")
_LETS_NOBODY_IN = frozenset({"deny_origins", "max_age", "paths"})
_KNOWN_ELSEWHERE = {
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
"""What people know from the headers and from other frameworks, by what it is called here."""
_MOST_WORDS = 4


def nearest(name: str, options: Iterable[str]) -> str | None:
    """The one of ``options`` that was probably meant, or None.

    What lets in is never proposed for a name with a word that might keep out.
    """
    known = _known(options)
    word = _folded(name)
    denies = _denies(word)
    candidates = [
        spelling
        for spelling, option in known.items()
        if (option == "deny_origins") is denies and (denies or _says_no_more(word, spelling))
    ]
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=_NEAR)
    return known[near[0]] if near else None


def resource_and_option(name: str, options: Iterable[str]) -> tuple[str, str] | None:
    """``API`` and ``paths`` for ``RESOURCES_API_PATHS``, however many ``_`` stand between; no name may be there.

    With ``_`` alone nobody can tell a resource's name from a word that keeps out: ``RESOURCES_API_BANNED_ORIGINS``.
    """
    group, *words = [word for word in name.split("_") if word] or [""]
    if group not in ("RESOURCE", "RESOURCES"):
        return None
    known = _known(options)
    for start in range(max(0, len(words) - _MOST_WORDS), len(words)):
        option = known.get("_".join(words[start:]).lower())
        if option is not None:
            plain = all(_VERSION.fullmatch(word.lower()) for word in words[:start])
            return ("_".join(words[:start]), option) if plain or option in _LETS_NOBODY_IN else None
    return None


def _known(options: Iterable[str]) -> dict[str, str]:
    """What each option may be called."""
    options = tuple(options)
    elsewhere = {spelling: option for option in options for spelling in _KNOWN_ELSEWHERE.get(option, ())}
    return elsewhere | {option: option for option in options}


def _folded(name: str) -> str:
    return re.sub(r"[_.-]+", "_", name).lower()


def _denies(word: str) -> bool:
    if _DENIES.search(word):
        return True
    return bool(difflib.get_close_matches("deny", word.split("_"), n=1, cutoff=0.75))


def _says_no_more(name: str, spelling: str) -> bool:
    """Whether each word of ``name`` is one of ``spelling``, a misspelling of one, or a harmless word."""
    expected = {*spelling.split("_"), spelling.replace("_", "")}
    expected |= {word.removesuffix("s") for word in expected} | _HARMLESS
    return all(word in expected or _misspells(word, expected) for word in name.split("_") if word)


def _misspells(word: str, expected: Iterable[str]) -> bool:
    """Whether this is one of ``expected`` but for a letter or two; never with letters in front, such as ``un``."""
    same_length = [other for other in expected if other[:1] == word[:1] and abs(len(other) - len(word)) <= 1]
    return len(word) > _SHORT and bool(difflib.get_close_matches(word, same_length, n=1, cutoff=_NEAR_WORD))


def nearest_rule(name: str, rules: Sequence[str]) -> str | None:
    """The rule that was probably meant; each word must be that of the rule, or a misspelling of it.

    A word more or less is never overlooked: ``no-origin-any`` is not ``origin-any``.
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

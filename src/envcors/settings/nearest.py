"""Which option a name of another spelling probably means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_NEAR = 0.65
_DENIES = re.compile(r"den[yi]|block|black|exclu|forbid|reject|disallow")
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
    """The one of ``options`` that was probably meant, or None. What keeps out is never taken for what lets in."""
    known = _known(options)
    word = _folded(name)
    denies = _denies(word)
    candidates = [spelling for spelling, option in known.items() if (option == "deny_origins") is denies]
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=_NEAR)
    return known[near[0]] if near else None


def resource_and_option(name: str, options: Iterable[str]) -> tuple[str, str] | None:
    """``API`` and ``paths`` for ``RESOURCES_API_PATHS``, however many ``_`` stand between; no name may be there."""
    group, *words = [word for word in name.split("_") if word] or [""]
    if group not in ("RESOURCE", "RESOURCES"):
        return None
    known = _known(options)
    for start in range(max(0, len(words) - _MOST_WORDS), len(words)):
        option = known.get("_".join(words[start:]).lower())
        if option is not None:
            return "_".join(words[:start]), option
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

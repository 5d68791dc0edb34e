"""A policy: what other origins may do, checked and prepared once so that a request is a look-up."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain, combinations, islice
from typing import TYPE_CHECKING

from envcors.protocol.names import (
    NORMALISED_METHODS,
    REGISTERED_METHODS,
    SAFELISTED_METHODS,
    is_forbidden_method,
    is_forbidden_request_header,
    is_forbidden_response_header_name,
    is_token,
)
from envcors.protocol.origins import Origin, OriginError, OriginPattern, OriginSet

if TYPE_CHECKING:
    from envcors.protocol.decision import Decision

ANY = "*"
MAX_MAX_AGE = 86_400
"""Seconds. No browser keeps a preflight's answer for longer."""

_MOST_PREPARED = 64

Header = tuple[str, str]
Headers = tuple[Header, ...]
Admit = Callable[[Origin, Mapping[str, object]], bool]

_ALLOW_CREDENTIALS: Header = ("Access-Control-Allow-Credentials", "true")
VARY_BY_ORIGIN: Header = ("Vary", "Origin")
VARY_BY_PREFLIGHT: Header = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


class PolicyError(ValueError):
    """The options of a policy contradict each other, or one of them can never be right.

    `option` is the name of the argument at fault; `str()` is a sentence for a person that begins with it.
    """

    def __init__(self, option: str, sentence: str) -> None:
        super().__init__(f"{option}: {sentence}")
        self.option = option


class Policy:
    """What other origins may do. It cannot be changed; two policies with the same options are equal.

    Arguments, all by keyword; order and doubles in them mean nothing:

    - `origins`: patterns (`https://app.example.com`, `https://*.example.com`, `http://localhost:*`), or `"*"`
      for every origin. Never `"*"` with credentials (Fetch §3.3.5), never `null`.
    - `deny_origins`: patterns that win over everything that lets an origin in.
    - `methods`: methods, or `"*"` for every one. `GET`, `HEAD` and `POST` always pass, listed or not.
    - `allow_headers`: names of request headers, or `"*"` for every one but `Authorization`.
    - `expose_headers`: names of response headers that a script may read, or `"*"`, not with credentials.
    - `supports_credentials`: whether a script may read what was answered to a request with cookies.
    - `max_age`: for how many seconds, 0 to 86,400, a browser need not ask again.
    - `development`: whether the answer to a refused preflight says why.
    - `origin_regexes`: expressions, each of which matches whole origins.
    - `admit`: asked last, with an origin that nothing else matched and the request's WSGI environment.

    Each is an attribute too: lists as tuples without doubles, methods as a browser sends them. Raises
    `PolicyError` for what can never be right.
    """

    __slots__ = (
        "actual_headers",
        "admit",
        "allow_headers",
        "allowed",
        "allowed_as_it_stands",
        "allowed_header_names",
        "allows_any_header",
        "allows_any_method",
        "allows_any_origin",
        "allows_only_as_it_stands",
        "credentials_headers",
        "decided",
        "denied",
        "deny_origins",
        "development",
        "expose_headers",
        "exposes_any_header",
        "is_same_for_every_origin",
        "max_age",
        "method_headers",
        "methods",
        "origin_regexes",
        "origins",
        "preflight_endings",
        "supports_credentials",
    )

    def __init__(
        self,
        *,
        origins: Iterable[str | OriginPattern] = (),
        deny_origins: Iterable[str | OriginPattern] = (),
        methods: Iterable[str] = ("GET", "HEAD", "POST"),
        allow_headers: Iterable[str] = ("Content-Type",),
        expose_headers: Iterable[str] = (),
        supports_credentials: bool = False,
        max_age: int = 600,
        development: bool = False,
        origin_regexes: Iterable[re.Pattern[str]] = (),
        admit: Admit | None = None,
    ) -> None:
        self.origins = _distinct("origins", origins)
        self.deny_origins = _distinct("deny_origins", deny_origins)
        self.methods = tuple(dict.fromkeys(map(_method, _distinct("methods", methods))))
        self.allow_headers = _header_names("allow_headers", allow_headers, is_forbidden_request_header)
        self.expose_headers = _header_names("expose_headers", expose_headers, is_forbidden_response_header_name)
        self.supports_credentials = supports_credentials
        self.max_age = max_age
        self.development = development
        self.origin_regexes = tuple(origin_regexes)
        self.admit = admit

        self.allows_any_origin = ANY in self.origins
        self.allows_any_method = ANY in self.methods
        self.allows_any_header = ANY in self.allow_headers
        self.exposes_any_header = ANY in self.expose_headers
        self._refuse_contradictions()

        # What follows is prepared for `decide()`.
        self.allowed = _origin_set("origins", (text for text in self.origins if text != ANY))
        self.denied = _origin_set("deny_origins", self.deny_origins)
        self.is_same_for_every_origin = self.allows_any_origin and not self.deny_origins
        self.allowed_as_it_stands = self._origins_allowed_as_they_stand()
        self.allows_only_as_it_stands = not (
            self.deny_origins
            or self.allows_any_origin
            or self.allowed.has_wildcards
            or self.origin_regexes
            or self.admit is not None
        )
        self.credentials_headers: Headers = (_ALLOW_CREDENTIALS,) if supports_credentials else ()
        self.actual_headers = (
            *self.credentials_headers,
            *self._expose_header(),
            *(() if self.is_same_for_every_origin else (VARY_BY_ORIGIN,)),
        )
        self.method_headers = {
            name: self.allow_method(name) for name in (*SAFELISTED_METHODS, *self.methods) if name != ANY
        }
        self.allowed_header_names = frozenset(name.lower() for name in self.allow_headers if name != ANY)
        self.decided: dict[str | None, Decision] = {}
        self.preflight_endings = _preflight_endings(self.allowed_header_names, max_age)

    def allow_method(self, name: str) -> Headers:
        """What allows one method: it stands between the origin and the header names."""
        return (*self.credentials_headers, ("Access-Control-Allow-Methods", name))

    def canonical(self) -> dict[str, object]:
        """The options as JSON holds them, the same for equal policies. A function is named, not described."""
        return {
            "origins": sorted(self.origins),
            "deny_origins": sorted(self.deny_origins),
            "methods": sorted(self.methods),
            "allow_headers": sorted(map(str.lower, self.allow_headers)),
            "expose_headers": sorted(map(str.lower, self.expose_headers)),
            "supports_credentials": self.supports_credentials,
            "max_age": self.max_age,
            "development": self.development,
            "origin_regexes": sorted([regex.pattern, regex.flags] for regex in self.origin_regexes),
            "admit": None if self.admit is None else _name_of(self.admit),
        }

    def _origins_allowed_as_they_stand(self) -> frozenset[str]:
        if self.is_same_for_every_origin:
            return frozenset()
        if not self.deny_origins:
            return self.allowed.exact
        return frozenset(text for text in self.allowed.exact if not self.denied.matches(text))

    def _expose_header(self) -> Headers:
        names = ANY if self.exposes_any_header else ", ".join(self.expose_headers)
        return (("Access-Control-Expose-Headers", names),) if names else ()

    def _refuse_contradictions(self) -> None:
        if self.supports_credentials and self.allows_any_origin:
            raise PolicyError("origins", "`*` cannot go with credentials: list the origins that may send them.")
        if self.supports_credentials and self.exposes_any_header:
            raise PolicyError("expose_headers", "`*` means nothing with credentials: list the headers.")
        for option in ("supports_credentials", "development"):
            if not isinstance(getattr(self, option), bool):
                raise PolicyError(option, "it is True or False.")
        patterns: list[object] = [getattr(regex, "pattern", None) for regex in self.origin_regexes]
        if not all(isinstance(pattern, str) for pattern in patterns):
            raise PolicyError("origin_regexes", "each is a compiled expression over strings.")
        if type(self.max_age) is not int or not 0 <= self.max_age <= MAX_MAX_AGE:
            raise PolicyError("max_age", f"it is a number of whole seconds from 0 to {MAX_MAX_AGE}.")

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, name):
            raise AttributeError("a policy cannot be changed: make another one")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a policy cannot be changed: make another one")

    def __eq__(self, other: object) -> bool:
        return self._options() == other._options() if isinstance(other, Policy) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._options())

    def _options(self) -> tuple[object, ...]:
        return (
            frozenset(self.origins),
            frozenset(self.deny_origins),
            frozenset(self.methods),
            frozenset(map(str.lower, self.allow_headers)),
            frozenset(map(str.lower, self.expose_headers)),
            self.supports_credentials,
            self.max_age,
            self.development,
            frozenset(self.origin_regexes),
            self.admit,
        )

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.origins[:3])) + (", …" if len(self.origins) > 3 else "")
        return f"<Policy of {len(self.origins)} origins ({shown})>"


def allow_header_names(names: str) -> Headers:
    """What allows request headers of these names, which are separated by `, `; nothing for none."""
    return (("Access-Control-Allow-Headers", names),) if names else ()


@lru_cache(maxsize=64)
def _preflight_endings(names: frozenset[str], max_age: int) -> Mapping[str, Headers]:
    """What ends the answer to a preflight, by the names that it asks for as browsers write them (Fetch §4.8).

    Many names have too many combinations: the smaller ones are prepared.
    """
    ending: Headers = (("Access-Control-Max-Age", str(max_age)), VARY_BY_PREFLIGHT)
    asked = chain.from_iterable(combinations(sorted(names), number) for number in range(len(names) + 1))
    return {",".join(few): allow_header_names(", ".join(few)) + ending for few in islice(asked, _MOST_PREPARED)}


def _distinct(option: str, values: Iterable[str | OriginPattern]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise PolicyError(option, "it is a list, not one text.")
    return tuple(dict.fromkeys(map(str, values)))


def _origin_set(option: str, texts: Iterable[str]) -> OriginSet:
    try:
        return OriginSet(map(OriginPattern.parse, texts))
    except OriginError as error:
        raise PolicyError(option, str(error)) from error


def _method(name: str) -> str:
    """The method as a browser sends it."""
    if not is_token(name):
        raise PolicyError("methods", f"{name!r} is not a method.")
    upper = name.upper()
    if upper in NORMALISED_METHODS:
        return upper
    if is_forbidden_method(name):
        raise PolicyError("methods", f"no script may use {upper}.")
    if upper in REGISTERED_METHODS and name != upper:
        raise PolicyError("methods", f"methods are case-sensitive: write {upper}.")
    return name


def _header_names(option: str, names: Iterable[str], is_forbidden: Callable[[str], bool]) -> tuple[str, ...]:
    first_spellings: dict[str, str] = {}
    for name in _distinct(option, names):
        if not is_token(name):
            raise PolicyError(option, f"{name!r} is not the name of a header.")
        if is_forbidden(name):
            raise PolicyError(option, f"{name} is out of reach of scripts, so that listing it means nothing.")
        first_spellings.setdefault(name.lower(), name)
    return tuple(first_spellings.values())


def _name_of(function: Admit) -> str:
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"

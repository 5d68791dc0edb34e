"""A policy: the options that describe what other origins may do."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from envcors.protocol.foreign_write import CSRFProtection
from envcors.protocol.headers import ANY, Header, Headers
from envcors.protocol.members import Members
from envcors.protocol.names import (
    NORMALISED_METHODS,
    REGISTERED_METHODS,
    is_forbidden_method,
    is_forbidden_request_header,
    is_forbidden_response_header_name,
    is_token,
)
from envcors.protocol.origins import Origin, OriginError, OriginPattern, OriginSet
from envcors.protocol.prepared import Prepared

__all__ = ["ANY", "MAX_MAX_AGE", "Admit", "Header", "Headers", "Policy", "PolicyError"]

MAX_MAX_AGE = 86_400
"""Seconds. No browser keeps a preflight's answer for longer."""

Admit = Callable[[Origin, Mapping[str, object]], bool]


class PolicyError(ValueError):
    """The options of a policy contradict each other, or one of them can never be valid.

    ``option`` is the name of the argument that is invalid; ``str()`` is a sentence for a person that begins with it.
    """

    def __init__(self, option: str, sentence: str) -> None:
        super().__init__(f"{option}: {sentence}")
        self.option = option


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Policy:
    """What other origins may do. Two policies with the same options are equal; order and doubles mean nothing.

    Args:
        origins: Patterns (``https://app.example.com``, ``https://*.example.com``, ``http://localhost:*``), or ``"*"``
            for every origin. Never ``"*"`` with credentials (Fetch §3.3.5), never ``null``.
        deny_origins: Patterns that take precedence over everything that allows an origin.
        methods: Methods, or ``"*"`` for every one. ``GET``, ``HEAD`` and ``POST`` are always allowed.
        allow_headers: Names of request headers, or ``"*"`` for every one but ``Authorization``.
        expose_headers: Names of response headers that a script may read, or ``"*"``, not with credentials.
        supports_credentials: Whether a script may read the answer to a request with cookies.
        max_age: For how many seconds, 0 to 86,400, a browser may keep a preflight's answer.
        csrf_protection: What happens to a foreign write: ``"off"``, ``"report"`` or ``"enforce"``.
        development: Whether the answer to a refused preflight says why.
        origin_regexes: Expressions, each of which matches whole origins.
        admit: Asked last, with an origin that nothing else matched and the request's WSGI environment.
        vary: Names of request headers other than ``Origin`` that ``admit`` reads.
        members: Origins of a store, which come and go while the process runs.
        store: The name of that store, without its password; equal policies have the same store.

    Each is an attribute too: lists as tuples without doubles, methods as a browser sends them. ``prepared`` holds
    what requests need.

    Raises:
        PolicyError: An option can never be valid.
    """

    origins: tuple[str, ...]
    deny_origins: tuple[str, ...]
    methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    supports_credentials: bool
    max_age: int
    csrf_protection: CSRFProtection
    development: bool
    origin_regexes: tuple[re.Pattern[str], ...]
    admit: Admit | None
    vary: tuple[str, ...]
    members: Members | None
    store: str
    prepared: Prepared = field(init=False)

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
        csrf_protection: CSRFProtection = "off",
        development: bool = False,
        origin_regexes: Iterable[re.Pattern[str]] = (),
        admit: Admit | None = None,
        vary: Iterable[str] = (),
        members: Members | None = None,
        store: str = "",
    ) -> None:
        options: dict[str, object] = {
            "origins": _distinct("origins", origins),
            "deny_origins": _distinct("deny_origins", deny_origins),
            "methods": tuple(dict.fromkeys(map(_method, _distinct("methods", methods)))),
            "allow_headers": _header_names("allow_headers", allow_headers, is_forbidden_request_header),
            "expose_headers": _header_names("expose_headers", expose_headers, is_forbidden_response_header_name),
            "supports_credentials": supports_credentials,
            "max_age": max_age,
            "csrf_protection": csrf_protection,
            "development": development,
            "origin_regexes": tuple(origin_regexes),
            "admit": admit,
            "vary": _distinct("vary", vary),
            "members": members,
            "store": store,
        }
        for name, value in options.items():
            object.__setattr__(self, name, value)
        self._refuse_contradictions()
        prepared = Prepared(
            _origin_set("origins", (text for text in self.origins if text != ANY)),
            _origin_set("deny_origins", self.deny_origins) if self.deny_origins else None,
            any_origin=self.allows_any_origin,
            asks_more=bool(self.origin_regexes) or admit is not None or members is not None,
            methods=self.methods,
            allow_headers=self.allow_headers,
            expose_headers=self.expose_headers,
            supports_credentials=supports_credentials,
            max_age=max_age,
            vary=self.vary,
        )
        object.__setattr__(self, "prepared", prepared)

    @property
    def allows_any_origin(self) -> bool:
        """Whether ``origins`` holds ``*``."""
        return ANY in self.origins

    @property
    def allows_any_method(self) -> bool:
        """Whether ``methods`` holds ``*``."""
        return ANY in self.methods

    @property
    def allows_any_header(self) -> bool:
        """Whether ``allow_headers`` holds ``*``."""
        return ANY in self.allow_headers

    @property
    def exposes_any_header(self) -> bool:
        """Whether ``expose_headers`` holds ``*``."""
        return ANY in self.expose_headers

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
            **({} if self.csrf_protection == "off" else {"csrf_protection": self.csrf_protection}),
            **({"vary": sorted(self.vary)} if self.vary else {}),
            **({"store": self.store} if self.members is not None else {}),
        }

    def _refuse_contradictions(self) -> None:
        if self.supports_credentials and self.allows_any_origin:
            raise PolicyError("origins", "`*` cannot go with credentials: list the origins that may send them.")
        if self.supports_credentials and self.exposes_any_header:
            raise PolicyError("expose_headers", "`*` means nothing with credentials: list the headers.")
        for option in ("supports_credentials", "development"):
            if not isinstance(getattr(self, option), bool):
                raise PolicyError(option, "it is True or False.")
        if self.csrf_protection not in get_args(CSRFProtection):
            raise PolicyError("csrf_protection", "it is off, report or enforce.")
        patterns: list[object] = [getattr(regex, "pattern", None) for regex in self.origin_regexes]
        if not all(isinstance(pattern, str) for pattern in patterns):
            raise PolicyError("origin_regexes", "each is a compiled expression over strings.")
        if type(self.max_age) is not int or not 0 <= self.max_age <= MAX_MAX_AGE:
            raise PolicyError("max_age", f"it is a number of whole seconds from 0 to {MAX_MAX_AGE}.")

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
            self.csrf_protection,
            self.development,
            frozenset(self.origin_regexes),
            self.admit,
            frozenset(self.vary),
            self.members,
        )

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.origins[:3])) + (", …" if len(self.origins) > 3 else "")
        return f"<Policy of {len(self.origins)} origins ({shown})>"


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
            raise PolicyError(option, f"{name} cannot be used by scripts, so listing it has no effect.")
        first_spellings.setdefault(name.lower(), name)
    return tuple(first_spellings.values())


def _name_of(function: Admit) -> str:
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"

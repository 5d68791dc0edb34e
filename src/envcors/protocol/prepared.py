"""What a policy's options mean for requests, prepared once so that a request is a look-up."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain, combinations, islice

from envcors.protocol.headers import (
    ALLOW_CREDENTIALS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    ANY,
    Headers,
    allow_header_names,
    expose_header_names,
    vary_by_origin,
    vary_by_preflight,
)
from envcors.protocol.names import SAFELISTED_METHODS
from envcors.protocol.origins import OriginSet

_MOST_PREPARED = 64


class Prepared:
    """The look-up tables of one policy.

    - ``allowed`` and ``denied`` are the sets of patterns; ``exact`` are the origins that are allowed without a look at
      any pattern.
    - ``is_same_for_every_origin``: the answer never depends on ``Origin`` (the literal ``*``).
    - ``allows_exact_only``: an origin that is not in ``exact`` is not allowed.
    - ``credentials`` and ``actual`` are the headers that follow ``Access-Control-Allow-Origin``.
    - ``known`` holds all headers of an actual request by its ``Origin``: of None from the beginning, of an origin in
      ``exact`` when a request has it. Origins that strangers invent are never added.
    - ``foreign`` are the headers for an origin that is not in ``exact``; None where the patterns must be asked.
    - ``methods`` holds the headers that allow a method, by its name.
    - ``header_names`` are the names of allowed request headers, in lower case.
    - ``vary_actual`` and ``vary_preflight`` are the ``Vary`` of the two kinds of responses.
    - ``preflight_endings`` are the last headers of a preflight's answer, by the header names that it asks for.
    """

    __slots__ = (
        "actual",
        "allowed",
        "allows_exact_only",
        "credentials",
        "denied",
        "exact",
        "foreign",
        "header_names",
        "is_same_for_every_origin",
        "known",
        "methods",
        "preflight_endings",
        "vary_actual",
        "vary_preflight",
    )

    def __init__(
        self,
        allowed: OriginSet,
        denied: OriginSet | None,
        *,
        any_origin: bool,
        asks_more: bool,
        methods: Iterable[str],
        allow_headers: Iterable[str],
        expose_headers: Iterable[str],
        supports_credentials: bool,
        max_age: int,
        vary: tuple[str, ...] = (),
    ) -> None:
        self.vary_actual: Headers = (vary_by_origin(vary),)
        self.vary_preflight: Headers = (vary_by_preflight(vary),)
        self.allowed = allowed
        self.denied = denied
        self.is_same_for_every_origin = any_origin and denied is None
        self.exact = frozenset[str]() if self.is_same_for_every_origin else _exact(allowed, denied)
        self.allows_exact_only = not (any_origin or asks_more or denied or allowed.has_wildcards)
        self.credentials: Headers = (ALLOW_CREDENTIALS,) if supports_credentials else ()
        exposed = tuple(expose_headers)
        self.actual: Headers = (
            *self.credentials,
            *expose_header_names(ANY if ANY in exposed else ", ".join(exposed)),
            *(() if self.is_same_for_every_origin else self.vary_actual),
        )
        for_any: Headers = ((ALLOW_ORIGIN, ANY), *self.actual)
        without_origin: Headers = for_any if self.is_same_for_every_origin else self.vary_actual
        self.known: dict[str | None, Headers] = {None: without_origin}
        self.foreign: Headers | None = None
        if self.is_same_for_every_origin:
            self.foreign = for_any
        elif self.allows_exact_only:
            self.foreign = self.vary_actual
        self.methods = {name: self.allow_method(name) for name in (*SAFELISTED_METHODS, *methods) if name != ANY}
        self.header_names = frozenset(name.lower() for name in allow_headers if name != ANY)
        self.preflight_endings = _preflight_endings(self.header_names, max_age, self.vary_preflight)

    def allow_method(self, name: str) -> Headers:
        """The headers that allow one method; they stand between the origin and the header names."""
        return (*self.credentials, (ALLOW_METHODS, name))


def _exact(allowed: OriginSet, denied: OriginSet | None) -> frozenset[str]:
    if denied is None:
        return allowed.exact
    return frozenset(text for text in allowed.exact if not denied.matches(text))


@lru_cache(maxsize=64)
def _preflight_endings(names: frozenset[str], max_age: int, vary: Headers) -> Mapping[str, Headers]:
    """The end of a preflight's answer, by the names that it asks for as browsers write them (Fetch §4.8).

    Many names have too many combinations: the smaller ones are prepared.
    """
    ending: Headers = (("Access-Control-Max-Age", str(max_age)), *vary)
    asked = chain.from_iterable(combinations(sorted(names), number) for number in range(len(names) + 1))
    return {",".join(few): allow_header_names(", ".join(few)) + ending for few in islice(asked, _MOST_PREPARED)}

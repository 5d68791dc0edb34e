"""Origins that functions allow at run time: each is checked against the production rules too.

At boot a function is asked about random origins, and cannot be asked about all. So when it allows an origin, it is also
asked about names that strangers can register beside it: below the same public suffix, with the same beginning or end,
below another one. If it allows one of them, it does not decide by a list.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from string import ascii_lowercase
from time import monotonic

from envcors.protocol.origins import Origin
from envcors.rules.check import waived_rules
from envcors.rules.hosts import is_shared_suffix, registrable_domain
from envcors.rules.origins import production_rules
from envcors.rules.scope import Scope

Admit = Callable[[Origin, Mapping[str, object]], bool]

_logger = logging.getLogger("envcors")


def admission(scope: Scope, *, production: bool, waivers: Iterable[str]) -> Admit | None:
    """Return the scope's functions as one that also checks the rules; None if it has none.

    An exception in a function is logged and means "not allowed", like every result except True.
    """
    functions = [item for item in scope.options.origins if not isinstance(item, (str, re.Pattern))]
    if not functions:
        return None
    waived = waived_rules(waivers, credentials=scope.options.supports_credentials)

    log = _BoundedLog()
    siblings = _Siblings(functions, waived) if production else None

    def admit(origin: Origin, environ: Mapping[str, object]) -> bool:
        if not any(_answer(function, origin, environ, log) for function in functions):
            return False
        if siblings is None:
            return True
        violated = [rule for rule in production_rules(origin) if rule not in waived]
        violated += siblings.violated(origin, environ)
        if violated and log.may_log():
            _logger.error("%s: a function allowed %s, which a production policy refuses", ", ".join(violated), origin)
        return not violated

    # A digest names the functions; two with one name look alike.
    admit.__qualname__ = ",".join(
        getattr(function, "__qualname__", type(function).__qualname__) for function in functions
    )
    return admit


class _Siblings:
    """Asks functions about origins that strangers could register beside the one that was allowed."""

    _MOST_REMEMBERED = 1_000

    def __init__(self, functions: Sequence[Callable[..., object]], waived: set[str]) -> None:
        self._functions = functions
        self._waived = waived
        self._known: dict[int, tuple[str, ...]] = {}
        registrable_domain("example.com")  # reads the Public Suffix List now, not in a request

    def violated(self, origin: Origin, environ: Mapping[str, object]) -> tuple[str, ...]:
        """Return the rules that the functions violate for requests like this one."""
        if self._waived.issuperset(("origin-any", "origin-public-suffix")):
            return ()
        domain = registrable_domain(origin.host) if origin.scheme in ("http", "https") else None
        if domain is None:
            return ()
        # A hash, because a header can be long: what is remembered is bounded.
        key = hash((domain, origin.scheme, origin.port, *(environ.get(name) for name in _LOOKED_AT)))
        found = self._known.get(key)
        if found is None:
            found = self._asked(origin, domain, environ)
            if len(self._known) >= self._MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found

    def _asked(self, origin: Origin, domain: str, environ: Mapping[str, object]) -> tuple[str, ...]:
        name, _, suffix = domain.partition(".")
        for host in _hosts_beside(origin.host, name, suffix):
            sibling = Origin(origin.scheme, host, origin.port)
            asked = {**environ, "HTTP_ORIGIN": str(sibling)}
            if any(_says_yes(function, sibling, asked) for function in self._functions):
                rule = "origin-public-suffix" if is_shared_suffix(suffix) else "origin-any"
                return () if rule in self._waived else (rule,)
        return ()


# What a function may look at besides the origin.
_LOOKED_AT = ("REQUEST_METHOD", "PATH_INFO", "HTTP_HOST", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_API_KEY")


def _hosts_beside(host: str, name: str, suffix: str) -> Iterator[str]:
    """Yield hosts that strangers can register and that look like a host: ``name`` and ``suffix`` are its domain's."""
    letters = "".join(secrets.choice(ascii_lowercase) for _ in range(12))
    yield f"{secrets.token_hex(8)}a1.{suffix}"
    yield f"{letters}.{suffix}"
    yield f"{name}{letters}.{suffix}"
    yield f"{letters}{name}.{suffix}"
    yield f"{host.removesuffix('.')}.{letters}.com"
    yield f"{host.removesuffix('.').removesuffix(suffix)}{'com' if suffix != 'com' else 'net'}"


def _says_yes(function: Callable[..., object], origin: Origin, environ: Mapping[str, object]) -> bool:
    try:
        return function(origin, environ) is True
    except Exception:  # noqa: BLE001 - about an origin that nobody sent; an exception means no
        return False


class _BoundedLog:
    """Limits the log to a few entries a minute, because anyone can send any number of requests."""

    _MOST = 5
    _SECONDS = 60.0

    def __init__(self) -> None:
        self._since = monotonic()
        self._logged = 0

    def may_log(self) -> bool:
        """Return whether another entry may be logged in this minute."""
        now = monotonic()
        if now - self._since >= self._SECONDS:
            self._since, self._logged = now, 0
        self._logged += 1
        return self._logged <= self._MOST


def _answer(function: Callable[..., object], origin: Origin, environ: Mapping[str, object], log: _BoundedLog) -> bool:
    try:
        return function(origin, environ) is True
    except Exception:
        if log.may_log():
            _logger.exception("the function that decides about %s failed; the origin is not allowed", origin)
        return False

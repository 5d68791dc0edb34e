"""What a preflight's response permits, and for how long it is cached (Fetch standard, §4.8 and §4.10)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import headers as header_lists
from . import safelist
from .checks import Failure
from .errors import CORSError

if TYPE_CHECKING:
    from .exchange import ServerResponse
    from .request import Request

DEFAULT_MAX_AGE = 5
"""Seconds for which a response without a valid ``Access-Control-Max-Age`` is cached."""

LONGEST_MAX_AGE = 7200
"""Seconds for which Chromium caches a response at most. Limits of others: WebKit 600, Firefox 86400."""

_SECONDS = re.compile(r"-?[0-9]{1,18}")  # a 64-bit number for Chromium; a negative one is 0 in all browsers
_NON_WILDCARD_NAME = "authorization"


@dataclass(frozen=True, slots=True)
class Permission:
    """What the response to one preflight permits. Names of headers are in lower case."""

    methods: frozenset[str]
    headers: frozenset[str]
    with_credentials: bool
    max_age: int

    @classmethod
    def of(cls, response: ServerResponse, request: Request) -> Permission | Failure:
        """Read the response to the preflight for ``request``; a ``Failure`` if a list in it is malformed."""
        given = response.header("Access-Control-Allow-Methods")
        methods = header_lists.tokens(given)
        if methods is None:
            return Failure(CORSError.INVALID_ALLOW_METHODS_PREFLIGHT_RESPONSE, given or "")
        given = response.header("Access-Control-Allow-Headers")
        names = header_lists.tokens(given)
        if names is None:
            return Failure(CORSError.INVALID_ALLOW_HEADERS_PREFLIGHT_RESPONSE, given or "")
        return cls(
            methods=frozenset(methods),
            headers=frozenset(name.lower() for name in names),
            with_credentials=request.credentials == "include",
            max_age=_max_age(response.header("Access-Control-Max-Age")),
        )

    def refusal(self, request: Request) -> Failure | None:
        """What of ``request`` is not permitted: the method, else the first such header in the order of the preflight.

        That order is alphabetical. Of several refused headers Chromium may name another one than the first.
        """
        wildcard = not self.with_credentials
        if request.method not in self.methods | safelist.METHODS and not (wildcard and "*" in self.methods):
            return Failure(CORSError.METHOD_DISALLOWED_BY_PREFLIGHT_RESPONSE, request.method)
        for name in request.unsafe_names:
            covered = wildcard and "*" in self.headers and name != _NON_WILDCARD_NAME
            if name not in self.headers and not covered:
                return Failure(CORSError.HEADER_DISALLOWED_BY_PREFLIGHT_RESPONSE, name)
        return None


class PreflightCache:
    """Permissions by origin and URL. As in Chromium, one that does not permit a request is removed.

    Args:
        clock: Returns the time in seconds; only differences count.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, str], tuple[float, Permission]] = {}

    def permits(self, origin: str, request: Request) -> bool:
        """Whether a cached response permits ``request``, so that it needs no preflight."""
        entry = self._entries.get((origin, request.url))
        if entry is None:
            return False
        expires, permission = entry
        if (
            self._clock() < expires
            and (permission.with_credentials or request.credentials != "include")
            and permission.refusal(request) is None
        ):
            return True
        del self._entries[origin, request.url]
        return False

    def store(self, origin: str, url: str, permission: Permission) -> None:
        """Keep a permission for its ``max_age``."""
        self._entries[origin, url] = (self._clock() + permission.max_age, permission)

    def clear(self) -> None:
        """Remove everything."""
        self._entries.clear()


def _max_age(value: str | None) -> int:
    if value is None or not _SECONDS.fullmatch(value):
        return DEFAULT_MAX_AGE
    return max(0, min(int(value), LONGEST_MAX_AGE))

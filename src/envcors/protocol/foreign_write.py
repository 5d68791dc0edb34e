"""Foreign writes: requests that change something, sent by a page whose origin nobody allowed to.

CORS keeps a foreign page from reading an answer. It does not keep the page from sending what a form can send: by the
time that the browser hides the answer, the application has acted. Browsers name the origin of a request: in
``Sec-Fetch-Site`` (Fetch Metadata §2.3), older ones in ``Origin`` alone (Fetch §3.2).
"""

from collections.abc import Mapping
from typing import Literal

CSRFProtection = Literal["off", "report", "enforce"]
"""What happens to a foreign write: nothing, it is logged, it is answered with 403 before the application sees it."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 §9.2.1). In another case a method is another one, and may change anything."""

_DEFAULT_PORTS = {"http": "80", "https": "443"}


def may_be_foreign(method: str, environ: Mapping[str, object]) -> bool:
    """Return whether a request changes something and does not say that it comes from the application's own pages.

    It is a foreign write unless the policy that governs it lists its origin. A request with neither header is not one
    of a browser.
    """
    if method in SAFE_METHODS:
        return False
    site = environ.get("HTTP_SEC_FETCH_SITE")
    origin = environ.get("HTTP_ORIGIN")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and not _is_own(str(origin), environ.get("HTTP_HOST"))


def _is_own(origin: str, host: object) -> bool:
    """Return whether an origin has the host and the port that the request was sent to."""
    scheme, separator, authority = origin.partition("://")
    if not separator or not authority or not isinstance(host, str) or not host:
        return False
    port = _DEFAULT_PORTS.get(scheme)
    if port is None:
        return False
    return _with_port(authority, port) == _with_port(host.lower(), port)


def _with_port(authority: str, default: str) -> str:
    _, separator, port = authority.rpartition(":")
    return authority if separator and port.isdecimal() else f"{authority}:{default}"

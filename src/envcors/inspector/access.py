"""Who may see the inspector, and who may write: the page shows the whole policy, and changes a file."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

COOKIE = "envcors_inspector"
_OF_PROXIES = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA", "HTTP_X_FORWARDED_HOST")


class Access:
    """The rules of access to one inspector.

    Attributes:
        token: What a client that is not on this machine needs, and every request that writes. It is made anew for each
            process.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)

    def refusal(self, environ: Mapping[str, object]) -> str:
        """Return why a request may not see the page; empty if it may.

        The check of ``Host`` stops DNS rebinding: a foreign name that resolves to this machine.
        """
        if not is_local_host(str(environ.get("HTTP_HOST", ""))):
            return "The inspector answers only to localhost, *.localhost and loopback addresses as Host."
        if environ.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site") and not _is_navigation(environ):
            return "Pages of other origins may not read the inspector."
        is_direct = not any(name in environ for name in _OF_PROXIES)  # behind a proxy every client looks local
        if (is_direct and is_loopback(str(environ.get("REMOTE_ADDR", "")))) or self._has_token(environ):
            return ""
        return (
            "You are not on the server's machine. Open the address with the token that the server logged at its start."
        )

    def may_write(self, environ: Mapping[str, object], token: str) -> bool:
        """Return whether a request may change something: it comes from the page itself, and has its token."""
        origin, host = environ.get("HTTP_ORIGIN"), str(environ.get("HTTP_HOST", ""))
        scheme = str(environ.get("wsgi.url_scheme", "http"))
        is_own = origin == f"{scheme}://{host}" and environ.get("HTTP_SEC_FETCH_SITE", "same-origin") == "same-origin"
        return is_own and self._is_token(token)

    def takes(self, token: str) -> bool:
        """Return whether a token in an address is the right one."""
        return self._is_token(token)

    def cookie(self) -> str:
        """Return the cookie of a client that came with the token."""
        return f"{COOKIE}={self.token}; Path=/_cors; HttpOnly; SameSite=Strict"

    def _has_token(self, environ: Mapping[str, object]) -> bool:
        try:
            cookies = SimpleCookie(str(environ.get("HTTP_COOKIE", "")))
        except CookieError:
            return False
        return COOKIE in cookies and self._is_token(cookies[COOKIE].value)

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "replace"), self.token.encode())


def is_loopback(address: str) -> bool:
    """Return whether this is an address of the machine itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback or (mapped is not None and mapped.is_loopback)


def is_local_host(host: str) -> bool:
    """Return whether a ``Host`` header names this machine, for a browser on it."""
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    name = name.lower().removesuffix(".")
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)


def _is_navigation(environ: Mapping[str, object]) -> bool:
    return environ.get("HTTP_SEC_FETCH_MODE") == "navigate" and environ.get("REQUEST_METHOD") == "GET"

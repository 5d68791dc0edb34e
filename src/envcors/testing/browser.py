"""A page's ``fetch()`` over WSGI applications: the browser's side of the Fetch standard (§4.1 to §4.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NoReturn
from urllib.parse import urldefrag, urljoin, urlsplit

from . import headers as header_lists
from .checks import Failure, cors_check
from .errors import CORSBlocked, CORSError, NetworkError
from .exchange import Exchange, SentRequest
from .origins import OPAQUE, includes_credentials, is_same_origin, origin_of, page_origin, without_empty_userinfo
from .preflight import Permission, PreflightCache
from .request import WEB_SCHEMES, Credentials, Headers, Mode, Redirect, Request, new_request
from .response import Response, Tainting, filtered, opaque
from .transport import Transport

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 20


class Browser:
    """A page at ``origin`` whose scripts call an API.

    It keeps cookies, and caches preflights from one fetch to the next, as a browser does. It has no HTTP cache, and
    does not check ``SameSite``, ``Secure`` or mixed content.

    Args:
        app: The WSGI application (a Flask application is one) that answers at ``api``.
        origin: The origin of the page; ``null`` for a sandboxed frame. If it is equal to ``api``, requests are
            same-origin.
        api: The origin of the API; a path given to ``fetch`` is a path there.
        elsewhere: Applications at further origins, for redirects and absolute URLs.
        clock: Returns the time in seconds, for the cache of preflights.

    Attributes:
        exchanges: Every request as it was sent, preflights included, with its response as it came, in order.

    Raises:
        ValueError: One of the origins is not valid.
    """

    def __init__(
        self,
        app: WSGIApplication,
        origin: str = "https://app.example.com",
        *,
        api: str = "https://api.example.com",
        elsewhere: Mapping[str, WSGIApplication] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.origin = page_origin(origin)
        self.api = page_origin(api)
        self.exchanges: list[Exchange] = []
        self._transport = Transport(
            {page_origin(other): server for other, server in (elsewhere or {}).items()} | {self.api: app}
        )
        self._preflights = PreflightCache(clock)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Headers | None = None,
        body: str | bytes | None = None,
        credentials: Credentials = "same-origin",
        mode: Mode = "cors",
        redirect: Redirect = "follow",
    ) -> Response:
        """Do what ``fetch(url, {…})`` does in a page.

        Args:
            url: A path of the API, or an absolute URL.
            method: Converted to upper case where browsers do so: ``put`` becomes ``PUT``, ``patch`` stays.
            headers: Names and values that the script sets. A name may occur several times in a list of pairs.
            body: Text gets ``Content-Type: text/plain;charset=UTF-8`` if ``headers`` has none, as in a page.
            credentials: Whether cookies are sent: ``omit``, ``same-origin``, ``include``.
            mode: ``cors``, ``same-origin`` or ``no-cors``.
            redirect: ``follow``, ``error`` or ``manual``.

        Returns:
            What the script can read. An HTTP error such as 404 is a response, not an exception.

        Raises:
            CORSBlocked: CORS blocks the response or, after its preflight, the request.
            NetworkError: The fetch fails for another reason: too many redirects, no application at that origin.
            ValueError: ``fetch()`` would throw a ``TypeError``, or drop a forbidden header silently.
            Exception: Whatever the application does not handle itself.
        """
        request = new_request(
            self._absolute(url),
            method=method,
            headers=headers,
            body=body,
            credentials=credentials,
            mode=mode,
            redirect=redirect,
        )
        return _Fetch(self.origin, self._transport, self._preflights, self.exchanges).run(request)

    def _absolute(self, url: str) -> str:
        if urlsplit(url).scheme:
            return urldefrag(url).url
        if url.startswith("//"):  # a path that begins with two slashes, not a host
            return urldefrag(self.api + url).url
        return urldefrag(urljoin(self.api + "/", url)).url

    def clear_preflight_cache(self) -> None:
        """Empty the cache of preflights, as a reload without cache does."""
        self._preflights.clear()

    def clear_cookies(self) -> None:
        """Delete all cookies."""
        self._transport.forget_cookies()


class _Fetch:
    """One fetch on its way through redirects."""

    def __init__(self, page: str, transport: Transport, preflights: PreflightCache, exchanges: list[Exchange]) -> None:
        self._page = page
        self._origin = page  # what `Origin` holds: `null` after a redirect from one foreign origin to another
        self._transport = transport
        self._preflights = preflights
        self._exchanges = exchanges
        self._tainting: Tainting = "basic"
        self._preflighted = False

    def run(self, request: Request) -> Response:
        for redirects in range(_MOST_REDIRECTS + 1):
            self._taint(request)
            if self._tainting == "cors" and request.needs_preflight:
                self._preflight(request)
            exchange = self._exchange("actual", self._as_sent(request), credentials=self._uses_credentials(request))
            if self._tainting == "cors":
                failure = cors_check(exchange.response, self._origin, request.credentials)
                if failure is not None:
                    self._block(failure, request, exchange)
            location = _location(exchange)
            if location is None:
                return filtered(
                    exchange.response,
                    request,
                    self._tainting,
                    redirected=redirects > 0,
                    preflighted=self._preflighted,
                )
            if request.redirect == "error":
                raise NetworkError(f'{request.url} redirects to {location}, and the script set redirect="error"')
            if request.redirect == "manual":
                return opaque("opaqueredirect", url=request.url, preflighted=self._preflighted)
            request = self._follow(request, location, exchange)
        raise NetworkError(f"more than {_MOST_REDIRECTS} redirects, the last one to {request.url}")

    def _taint(self, request: Request) -> None:
        """Main fetch, step 12: what kind of fetch this URL makes it. A fetch that was once cross-origin stays so."""
        if self._tainting == "basic" and is_same_origin(origin_of(request.url), self._page):
            return
        if request.mode == "same-origin":
            self._block(Failure(CORSError.DISALLOWED_BY_MODE), request, None)
        self._tainting = "opaque" if request.mode == "no-cors" else "cors"

    def _preflight(self, request: Request) -> None:
        if self._preflights.permits(self._origin, request):
            return
        headers = [("Accept", "*/*"), ("Access-Control-Request-Method", request.method)]
        if request.unsafe_names:
            headers.append(("Access-Control-Request-Headers", ",".join(request.unsafe_names)))
        headers.append(("Origin", self._origin))
        exchange = self._exchange("preflight", SentRequest("OPTIONS", request.url, tuple(headers)), credentials=False)
        self._preflighted = True
        permission = self._check_preflight(request, exchange)
        if isinstance(permission, Failure):
            self._block(permission, request, exchange)
        self._preflights.store(self._origin, request.url, permission)

    def _check_preflight(self, request: Request, exchange: Exchange) -> Permission | Failure:
        response = exchange.response
        if response.status in _REDIRECT_STATUSES and response.header("Location"):
            return Failure(CORSError.PREFLIGHT_DISALLOWED_REDIRECT)
        failure = cors_check(response, self._origin, request.credentials)
        if failure is not None:
            return Failure(CORSError("Preflight" + failure.reason), failure.detail)
        if not 200 <= response.status <= 299:
            return Failure(CORSError.PREFLIGHT_INVALID_STATUS, str(response.status))
        permission = Permission.of(response, request)
        if isinstance(permission, Failure):
            return permission
        return permission.refusal(request) or permission

    def _follow(self, request: Request, location: str, exchange: Exchange) -> Request:
        """HTTP-redirect fetch (§4.4, from step 6)."""
        if urlsplit(location).scheme not in WEB_SCHEMES:
            self._block(Failure(CORSError.CORS_DISABLED_SCHEME, location), request, exchange)
        here, there = origin_of(request.url), origin_of(location)
        crosses = self._tainting == "cors" or not is_same_origin(there, self._page)
        if includes_credentials(location) and request.mode == "cors" and crosses:
            self._block(Failure(CORSError.REDIRECT_CONTAINS_CREDENTIALS, location), request, exchange)
        if _becomes_get(exchange.response.status, request.method):
            request = request.without_body()
        if here != there:
            request = replace(request, headers=header_lists.without(request.headers, ("Authorization",)))
            if not is_same_origin(here, self._page):
                self._origin = OPAQUE
        return replace(request, url=without_empty_userinfo(location))

    def _uses_credentials(self, request: Request) -> bool:
        return request.credentials == "include" or (request.credentials == "same-origin" and self._tainting == "basic")

    def _as_sent(self, request: Request) -> SentRequest:
        headers = request.headers
        if header_lists.get(headers, "Accept") is None:
            headers = (("Accept", "*/*"), *headers)
        if self._tainting == "cors" or request.method not in {"GET", "HEAD"}:
            headers = (*headers, ("Origin", self._origin))
        return SentRequest(request.method, request.url, headers, request.body or b"")

    def _exchange(self, kind: Literal["preflight", "actual"], request: SentRequest, *, credentials: bool) -> Exchange:
        sent, response = self._transport.send(request, credentials=credentials)
        exchange = Exchange(kind, sent, response)
        self._exchanges.append(exchange)
        return exchange

    def _block(self, failure: Failure, request: Request, exchange: Exchange | None) -> NoReturn:
        raise CORSBlocked(failure.reason, failure.detail, url=request.url, origin=self._origin, exchange=exchange)


def _becomes_get(status: int, method: str) -> bool:
    return (status in {301, 302} and method == "POST") or (status == 303 and method not in {"GET", "HEAD"})


def _location(exchange: Exchange) -> str | None:
    """Where the response redirects to, as an absolute URL; ``None`` if it does not redirect.

    An empty ``Location`` is a relative reference to the URL itself.

    Raises:
        NetworkError: The ``Location`` is not a URL.
    """
    value = exchange.response.header("Location")
    if exchange.response.status not in _REDIRECT_STATUSES or value is None:
        return None
    try:
        location = urldefrag(urljoin(exchange.request.url, value)).url
        if urlsplit(location).scheme in WEB_SCHEMES:
            origin_of(location)
    except ValueError:
        raise NetworkError(f"{exchange.request.url} redirects to {value!r}, which is not a URL") from None
    return location

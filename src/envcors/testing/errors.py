"""Why a fetch fails: the reasons of CORS as Chromium names them, and the exceptions that hold them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .exchange import Exchange


class CORSError(StrEnum):
    """Chromium's name of a reason (``network::mojom::CorsError``, and ``corsError`` in the DevTools protocol).

    A member is equal to its name as a string. ``Preflight…``: the check failed for the response to the preflight.
    """

    DISALLOWED_BY_MODE = "DisallowedByMode"
    CORS_DISABLED_SCHEME = "CorsDisabledScheme"
    MISSING_ALLOW_ORIGIN_HEADER = "MissingAllowOriginHeader"
    MULTIPLE_ALLOW_ORIGIN_VALUES = "MultipleAllowOriginValues"
    INVALID_ALLOW_ORIGIN_VALUE = "InvalidAllowOriginValue"
    ALLOW_ORIGIN_MISMATCH = "AllowOriginMismatch"
    WILDCARD_ORIGIN_NOT_ALLOWED = "WildcardOriginNotAllowed"
    INVALID_ALLOW_CREDENTIALS = "InvalidAllowCredentials"
    PREFLIGHT_MISSING_ALLOW_ORIGIN_HEADER = "PreflightMissingAllowOriginHeader"
    PREFLIGHT_MULTIPLE_ALLOW_ORIGIN_VALUES = "PreflightMultipleAllowOriginValues"
    PREFLIGHT_INVALID_ALLOW_ORIGIN_VALUE = "PreflightInvalidAllowOriginValue"
    PREFLIGHT_ALLOW_ORIGIN_MISMATCH = "PreflightAllowOriginMismatch"
    PREFLIGHT_WILDCARD_ORIGIN_NOT_ALLOWED = "PreflightWildcardOriginNotAllowed"
    PREFLIGHT_INVALID_ALLOW_CREDENTIALS = "PreflightInvalidAllowCredentials"
    PREFLIGHT_INVALID_STATUS = "PreflightInvalidStatus"
    PREFLIGHT_DISALLOWED_REDIRECT = "PreflightDisallowedRedirect"
    INVALID_ALLOW_METHODS_PREFLIGHT_RESPONSE = "InvalidAllowMethodsPreflightResponse"
    INVALID_ALLOW_HEADERS_PREFLIGHT_RESPONSE = "InvalidAllowHeadersPreflightResponse"
    METHOD_DISALLOWED_BY_PREFLIGHT_RESPONSE = "MethodDisallowedByPreflightResponse"
    HEADER_DISALLOWED_BY_PREFLIGHT_RESPONSE = "HeaderDisallowedByPreflightResponse"
    REDIRECT_CONTAINS_CREDENTIALS = "RedirectContainsCredentials"


# Each reason as a sentence; `{detail}` is `CORSBlocked.detail`. The reasons of the CORS check are used twice: with
# `Preflight` before them they are about the response to the preflight.
_SENTENCES = {
    "DisallowedByMode": "the mode is same-origin, and this URL has another origin",
    "CorsDisabledScheme": "CORS requests work with http and https URLs only, not with {detail}",
    "MissingAllowOriginHeader": "the answer has no Access-Control-Allow-Origin",
    "MultipleAllowOriginValues": "Access-Control-Allow-Origin has more than one value: {detail}",
    "InvalidAllowOriginValue": "Access-Control-Allow-Origin is not an origin: {detail!r}",
    "AllowOriginMismatch": "Access-Control-Allow-Origin names another origin: {detail}",
    "WildcardOriginNotAllowed": "Access-Control-Allow-Origin is *, which is not valid with credentials",
    "InvalidAllowCredentials": "Access-Control-Allow-Credentials must be true with credentials, not {detail!r}",
    "PreflightInvalidStatus": "the preflight was answered with {detail}, not with a status from 200 to 299",
    "PreflightDisallowedRedirect": "the preflight was answered with a redirect",
    "InvalidAllowMethodsPreflightResponse": "Access-Control-Allow-Methods cannot be parsed: {detail!r}",
    "InvalidAllowHeadersPreflightResponse": "Access-Control-Allow-Headers cannot be parsed: {detail!r}",
    "MethodDisallowedByPreflightResponse": "the preflight does not allow the method {detail}",
    "HeaderDisallowedByPreflightResponse": "the preflight does not allow the request header {detail}",
    "RedirectContainsCredentials": "a redirect goes to a URL with a user name or a password: {detail}",
}


class NetworkError(Exception):
    """A fetch that fails: in a page the promise is rejected, and the script gets no reason.

    See https://fetch.spec.whatwg.org/#concept-network-error.
    """


class CORSBlocked(NetworkError):  # noqa: N818 - browsers write "blocked by CORS" into their consoles
    """A fetch that CORS blocks.

    Attributes:
        reason: Chromium's name of the reason; it is equal to that name as a string.
        detail: The method, header name (lower case), header value, status or URL that decides; else empty. Of several
            refused headers it is the first in alphabetical order; a browser may name another one.
        exchange: The request and the response that decide; ``None`` if no request was sent.
        url: The URL that was requested last, after redirects.
        origin: The origin of the page.
    """

    def __init__(self, reason: CORSError, detail: str, *, url: str, origin: str, exchange: Exchange | None) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.exchange = exchange
        self.url = url
        self.origin = origin

    def __str__(self) -> str:
        on_preflight = self.reason.value not in _SENTENCES
        sentence = _SENTENCES[self.reason.removeprefix("Preflight") if on_preflight else self.reason.value]
        lines = [
            f"fetch of {self.url} from the origin {self.origin} is blocked by CORS: {self.reason}",
            ("  on the preflight, " if on_preflight else "  ") + sentence.format(detail=self.detail),
        ]
        if self.exchange is not None:
            lines += ["", *("  " + line for line in self.exchange.transcript())]
        return "\n".join(lines)

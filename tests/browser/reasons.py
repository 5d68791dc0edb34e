"""What the consoles of Firefox and WebKitGTK say, for each of Chromium's reasons.

They are patterns of the whole text. Neither browser tells a preflight's response from any other in the CORS check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from envcors.testing import CORSError
from tests.browser.case import Blocked

_ACAO = "CORS header 'Access-Control-Allow-Origin'"
_FORBIDDEN = r"Origin \S+ is not allowed by Access-Control-Allow-Origin\. Status code: \d+"
_REDIRECTION = "Cross-origin redirection to \\S+ denied by Cross-Origin Resource Sharing policy: "

FIREFOX: Mapping[CORSError, str] = {
    CORSError.CORS_DISABLED_SCHEME: "CORS request not http",
    CORSError.MISSING_ALLOW_ORIGIN_HEADER: f"{_ACAO} missing",
    CORSError.MULTIPLE_ALLOW_ORIGIN_VALUES: f"Multiple {_ACAO} not allowed|{_ACAO} does not match '.*'",
    CORSError.INVALID_ALLOW_ORIGIN_VALUE: f"{_ACAO} does not match '.*'",
    CORSError.ALLOW_ORIGIN_MISMATCH: f"{_ACAO} does not match '.*'",
    CORSError.WILDCARD_ORIGIN_NOT_ALLOWED: rf"Credential is not supported if the {_ACAO} is '\*'",
    CORSError.INVALID_ALLOW_CREDENTIALS: "expected 'true' in CORS header 'Access-Control-Allow-Credentials'",
    CORSError.PREFLIGHT_INVALID_STATUS: "CORS preflight response did not succeed",
    CORSError.PREFLIGHT_DISALLOWED_REDIRECT: "CORS request external redirect not allowed",
    CORSError.INVALID_ALLOW_METHODS_PREFLIGHT_RESPONSE: (
        "invalid token '{detail}' in CORS header 'Access-Control-Allow-Methods'"
    ),
    CORSError.INVALID_ALLOW_HEADERS_PREFLIGHT_RESPONSE: (
        "invalid token '{detail}' in CORS header 'Access-Control-Allow-Headers'"
    ),
    CORSError.METHOD_DISALLOWED_BY_PREFLIGHT_RESPONSE: (
        "Did not find method in CORS header 'Access-Control-Allow-Methods'"
    ),
    CORSError.HEADER_DISALLOWED_BY_PREFLIGHT_RESPONSE: (
        "header '{detail}' is not allowed according to header 'Access-Control-Allow-Headers' "
        "from CORS preflight response"
    ),
}
"""Of other reasons Firefox says only that the request did not succeed."""

WEBKIT: Mapping[CORSError, str] = {
    CORSError.CORS_DISABLED_SCHEME: "FTP URLs are disabled",
    CORSError.MISSING_ALLOW_ORIGIN_HEADER: f"(?:{_REDIRECTION})?{_FORBIDDEN}",
    CORSError.MULTIPLE_ALLOW_ORIGIN_VALUES: (
        rf"Access-Control-Allow-Origin cannot contain more than one origin\.|{_FORBIDDEN}"
    ),
    CORSError.INVALID_ALLOW_ORIGIN_VALUE: _FORBIDDEN,
    CORSError.ALLOW_ORIGIN_MISMATCH: _FORBIDDEN,
    CORSError.WILDCARD_ORIGIN_NOT_ALLOWED: (
        r"Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true\."
    ),
    CORSError.INVALID_ALLOW_CREDENTIALS: (
        r'Credentials flag is true, but Access-Control-Allow-Credentials is not "true"\.'
    ),
    # It looks at the status first, so that a refused preflight is told by it.
    CORSError.PREFLIGHT_MISSING_ALLOW_ORIGIN_HEADER: r"Preflight response is not successful\. Status code: \d+",
    CORSError.PREFLIGHT_INVALID_STATUS: r"Preflight response is not successful\. Status code: {detail}",
    CORSError.PREFLIGHT_DISALLOWED_REDIRECT: r"Preflight response is not successful\. Status code: 30\d",
    CORSError.INVALID_ALLOW_METHODS_PREFLIGHT_RESPONSE: (
        "Header Access-Control-Allow-Methods has an invalid value: {detail}"
    ),
    CORSError.INVALID_ALLOW_HEADERS_PREFLIGHT_RESPONSE: (
        "Header Access-Control-Allow-Headers has an invalid value: {detail}"
    ),
    CORSError.METHOD_DISALLOWED_BY_PREFLIGHT_RESPONSE: (
        r"Method {detail} is not allowed by Access-Control-Allow-Methods\."
    ),
    CORSError.HEADER_DISALLOWED_BY_PREFLIGHT_RESPONSE: (
        r"Request header field {detail} is not allowed by Access-Control-Allow-Headers\."
    ),
    CORSError.REDIRECT_CONTAINS_CREDENTIALS: f"{_REDIRECTION}redirection URL {{detail}} has credentials",
}
"""Of other reasons WebKit says nothing."""


def pattern(reasons: Mapping[CORSError, str], outcome: Blocked) -> re.Pattern[str] | None:
    """What one of the consoles says of a blocked fetch, in any case; ``None`` if it says nothing of its own."""
    text = reasons.get(outcome.reason)
    if text is None and outcome.reason.startswith("Preflight"):
        text = reasons.get(CORSError(outcome.reason.removeprefix("Preflight")))
    if text is None:
        return None
    details = "|".join(map(re.escape, (outcome.detail, *outcome.others)))
    return re.compile(text.replace("{detail}", f"(?:{details})"), re.IGNORECASE)

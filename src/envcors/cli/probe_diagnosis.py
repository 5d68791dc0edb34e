"""The one cause that explains how the responses of a server differ from the policy, and what changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from envcors.cli.probe_requests import ProbeRequest
from envcors.cli.probe_responses import Mismatch, ProbeResponse
from envcors.problems import printable

_ORIGIN = "Access-Control-Allow-Origin"
_SHOWN_CHARACTERS = 160
_GATEWAY = (413, 429, 502, 503, 504)
_LOGIN_WORDS = ("login", "signin", "sign-in", "auth", "sso", "oauth", "account")


class Exchange(NamedTuple):
    """A request, its response, and how this differs from the policy."""

    request: ProbeRequest
    response: ProbeResponse
    mismatches: list[Mismatch]

    @property
    def status(self) -> int:
        """The status of the response."""
        return self.response.status


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The cause.

    Attributes:
        cause: A name for programs.
        sentence: What happens.
        evidence: The request and the part of the response that show it.
        directives: What to change, by the name of the server that probably stands in front of the application.
    """

    cause: str
    sentence: str
    evidence: str
    directives: dict[str, str]


def diagnose(exchanges: Sequence[Exchange], url: str) -> Diagnosis | None:
    """Return the cause of all differences; None if there are no differences.

    Args:
        exchanges: All requests with their responses.
        url: The URL that was asked.
    """
    if not any(exchange.mismatches for exchange in exchanges):
        return None
    servers = _servers(exchanges)
    for name, sentence, find in _CAUSES:
        evidence = find(exchanges, url)
        if evidence:
            known = _DIRECTIVES[name]
            chosen = {server: known[server] for server in servers if server in known} or known
            return Diagnosis(name, sentence, evidence, chosen)
    return None


def _servers(exchanges: Iterable[Exchange]) -> list[str]:
    """Return the proxies that name themselves in a response."""
    text = " ".join(
        value.lower()
        for exchange in exchanges
        for name in ("Server", "Via", "X-Varnish", "X-Cache")
        for value in (*exchange.response.values(name), name if exchange.response.values(name) else "")
    )
    return [server for server in _NAMES if _NAMES[server] in text]


_NAMES = {"nginx": "nginx", "Apache": "apache", "HAProxy": "haproxy", "Varnish": "varnish", "Caddy": "caddy"}


def _shown(exchange: Exchange, what: str) -> str:
    return printable(f"{exchange.request}: {what}", _SHOWN_CHARACTERS)


def _header(exchange: Exchange, name: str) -> str:
    return f"{name}: {', '.join(exchange.response.values(name)) or '(missing)'}"


def _allowed(exchanges: Iterable[Exchange], kind: str) -> list[Exchange]:
    return [found for found in exchanges if found.request.kind == kind and found.request.expected.allowed]


def _redirect(kind: str) -> Callable[[Sequence[Exchange], str], str]:
    def find(exchanges: Sequence[Exchange], url: str) -> str:
        for exchange in exchanges:
            location = "".join(exchange.response.values("Location")[:1])
            if 300 <= exchange.status < 400 and location and _kind_of_redirect(url, location) == kind:
                return _shown(exchange, f"{exchange.status}, Location: {location.partition('?')[0]}")
        return ""

    return find


def _kind_of_redirect(url: str, location: str) -> str:
    asked, target = urlsplit(url), urlsplit(location)
    if asked.scheme == "http" and target.scheme == "https" and target.hostname in (None, asked.hostname):
        return "https"
    if asked.path.rstrip("/") == target.path.rstrip("/") and asked.path != target.path:
        return "slash"
    return "login" if any(word in location.lower() for word in _LOGIN_WORDS) else "other"


def _login(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in exchanges:
        if exchange.request.kind == "preflight" and (
            exchange.status in (401, 407) or exchange.response.values("WWW-Authenticate")
        ):
            return _shown(exchange, f"{exchange.status}, {_header(exchange, 'WWW-Authenticate')}")
    return ""


def _gateway(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in exchanges:
        if exchange.status in _GATEWAY and not exchange.response.values(_ORIGIN):
            return _shown(exchange, f"{exchange.status} without {_ORIGIN}")
    return ""


def _not_allowed(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in exchanges:
        if exchange.request.kind == "preflight" and exchange.status in (400, 404, 405, 501):
            return _shown(exchange, str(exchange.status))
    return ""


def _doubled(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in exchanges:
        if any(found.code == "header-doubled" for found in exchange.mismatches):
            return _shown(exchange, _header(exchange, _ORIGIN))
    return ""


def _cached(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in exchanges:
        values = exchange.response.values(_ORIGIN)
        others = {other.request.origin for other in exchanges} - {exchange.request.origin, None}
        if len(values) == 1 and values[0] in others:
            age = "".join(exchange.response.values("Age")[:1])
            return _shown(exchange, f"{_ORIGIN}: {values[0]}" + (f", Age: {age}" if age else ""))
        hit = "hit" in " ".join(exchange.response.values("X-Cache")).lower() or exchange.response.values("Age") not in (
            [],
            ["0"],
        )
        if hit and exchange.request.expected.allowed and not values:
            return _shown(exchange, f"{_header(exchange, _ORIGIN)}, {_header(exchange, 'Age')}")
    return ""


def _origin_removed(exchanges: Sequence[Exchange], _url: str) -> str:
    actual = _allowed(exchanges, "actual")
    for preflight in _allowed(exchanges, "preflight"):
        if (
            preflight.mismatches
            and "access-control-request-method" in ", ".join(preflight.response.values("Vary")).lower()
        ):
            return ""  # it was seen as a preflight, so it had an Origin
    lacking = [found for found in actual if not _has_cors_header(found) and found.status < 400]
    varies = [found for found in lacking if "origin" in ", ".join(found.response.values("Vary")).lower()]
    if actual and len(varies) == len(actual):
        return _shown(varies[0], f"{_header(varies[0], _ORIGIN)}, {_header(varies[0], 'Vary')}")
    return ""


def _has_cors_header(exchange: Exchange) -> bool:
    return any(name.lower().startswith("access-control-") for name, _ in exchange.response.headers)


def _options_answered(exchanges: Sequence[Exchange], _url: str) -> str:
    actual, preflights = _allowed(exchanges, "actual"), _allowed(exchanges, "preflight")
    wrong = [found for found in preflights if any(one.code != "header-different" for one in found.mismatches)]
    if wrong and not any(found.mismatches for found in actual):
        names = ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
        listed = "; ".join(_header(wrong[0], name) for name in names)
        return _shown(wrong[0], f"{wrong[0].status}, {listed}")
    return ""


def _error_replaced(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in _allowed(exchanges, "actual"):
        if exchange.status >= 400 and not exchange.response.values(_ORIGIN):
            return _shown(exchange, f"{exchange.status}, {_header(exchange, _ORIGIN)}")
    return ""


def _headers_removed(exchanges: Sequence[Exchange], _url: str) -> str:
    actual = _allowed(exchanges, "actual")
    lacking = [found for found in actual if any(one.code == "header-missing" for one in found.mismatches)]
    others = [
        one
        for found in exchanges
        for one in found.mismatches
        if one.code not in ("header-missing", "vary-missing", "preflight-refused")
    ]
    is_policy = any(map(_is_refusal, _allowed(exchanges, "preflight")))
    if actual and len(lacking) == len(actual) and not others and not is_policy:
        missing = next(one.message for one in lacking[0].mismatches if one.code == "header-missing")
        return _shown(lacking[0], missing.partition(" is missing")[0] + " is missing")
    return ""


def _is_refusal(preflight: Exchange) -> bool:
    """Return whether a response looks like that of a policy of envcors which refuses the preflight."""
    explains = preflight.status == 200 and preflight.response.values("Content-Type") == ["text/plain; charset=utf-8"]
    return preflight.status == 403 or explains


def _vary_removed(exchanges: Sequence[Exchange], _url: str) -> str:
    different = [found for found in exchanges if found.mismatches]
    if all(one.code == "vary-missing" for found in different for one in found.mismatches):
        return _shown(different[0], _header(different[0], "Vary"))
    return ""


def _added(exchanges: Sequence[Exchange], _url: str) -> str:
    for exchange in exchanges:
        if (
            any(found.code == "header-unexpected" for found in exchange.mismatches)
            and not exchange.request.expected.allowed
        ):
            return _shown(exchange, f"{_header(exchange, _ORIGIN)}")
    return ""


def _another_policy(exchanges: Sequence[Exchange], _url: str) -> str:
    different = next(found for found in exchanges if found.mismatches)
    return _shown(different, f"{different.status}; {different.mismatches[0].message}")


_CAUSES: tuple[tuple[str, str, Callable[[Sequence[Exchange], str], str]], ...] = (
    (
        "redirect-to-https",
        "The server redirects to https, and browsers follow no redirect of a preflight.",
        _redirect("https"),
    ),
    ("redirect-of-slash", "The server redirects to the path with or without a slash at its end.", _redirect("slash")),
    (
        "redirect-to-login",
        "A login redirects the request: a preflight has no cookies, and must pass it.",
        _redirect("login"),
    ),
    (
        "redirect",
        "The server redirects the request, and browsers follow no redirect of a preflight.",
        _redirect("other"),
    ),
    (
        "login-before-options",
        "A login answers the preflight, which has no credentials: it must let OPTIONS pass.",
        _login,
    ),
    ("gateway-error", "A proxy answers with an error of its own, which has no CORS headers.", _gateway),
    ("header-added-twice", "A proxy adds a CORS header that the application sends too.", _doubled),
    ("cached-without-vary", "A cache sends a response that was made for another origin.", _cached),
    ("options-not-allowed", "The server does not take OPTIONS at this path.", _not_allowed),
    ("options-answered", "A proxy answers OPTIONS itself, and the application never sees it.", _options_answered),
    ("origin-removed", "A proxy removes Origin from requests: the application sees none.", _origin_removed),
    ("errors-replaced", "A proxy replaces the application's error page, and its headers with it.", _error_replaced),
    ("vary-removed", "A proxy removes Vary, so that caches mix up origins.", _vary_removed),
    ("headers-removed", "A proxy removes CORS headers from responses.", _headers_removed),
    ("header-added", "Something adds CORS headers to responses that the policy does not allow.", _added),
    (
        "another-policy",
        "Another policy is in force: an older one (restart the servers), or that of another environment.",
        _another_policy,
    ),
)
"""The causes, in the order in which they are looked for: a later one would also explain what an earlier one does."""

_DIRECTIVES: dict[str, dict[str, str]] = {
    "redirect-to-https": {"all": "call the API by https:// in the front end"},
    "redirect-of-slash": {
        "all": "use the path as the route has it; nginx: no `rewrite` or `location /x/` that adds a slash"
    },
    "redirect-to-login": {
        "nginx": "`if ($request_method = OPTIONS)` in front of `auth_request`, or `satisfy any`",
        "Apache": "`<LimitExcept OPTIONS>` around `Require`",
        "HAProxy": "`http-request redirect … unless METH_OPTIONS`",
        "Varnish": 'no redirect in vcl_recv for req.method == "OPTIONS"',
        "Caddy": "`@write not method OPTIONS` as the matcher of the login",
    },
    "redirect": {"all": "request the address that it redirects to, or let OPTIONS pass"},
    "login-before-options": {
        "nginx": "`limit_except OPTIONS { auth_basic …; }` in place of `auth_basic` for all",
        "Apache": "`<LimitExcept OPTIONS>` around `Require valid-user`",
        "HAProxy": "`http-request auth unless METH_OPTIONS`",
        "Varnish": '`if (req.method != "OPTIONS")` around the 401',
        "Caddy": "`@write not method OPTIONS` before `basic_auth @write`",
    },
    "gateway-error": {
        "nginx": "start the application; raise `client_max_body_size` (413) or `proxy_read_timeout` (504)",
        "Apache": "start the application; raise `LimitRequestBody` or `ProxyTimeout`",
        "HAProxy": "start the application; raise `timeout server`",
        "Varnish": "start the application; raise `.first_byte_timeout` of the backend",
        "Caddy": "start the application; check `reverse_proxy`",
    },
    "header-added-twice": {
        "nginx": "delete `add_header Access-Control-…`",
        "Apache": "delete `Header set|add Access-Control-…`",
        "HAProxy": "delete `http-response add-header|set-header Access-Control-…`",
        "Varnish": "delete `set resp.http.Access-Control-…`",
        "Caddy": "delete `header Access-Control-…`",
    },
    "cached-without-vary": {
        "nginx": "delete `proxy_ignore_headers Vary`, or add `$http_origin` to `proxy_cache_key`; empty the cache",
        "Apache": "delete `Header unset Vary`; empty the cache of mod_cache",
        "HAProxy": "`process-vary on` in the cache section",
        "Varnish": "delete `unset beresp.http.Vary`, or `hash_data(req.http.Origin)`; ban what is cached",
        "Caddy": "the cache must follow Vary; empty it",
    },
    "options-not-allowed": {
        "nginx": "`limit_except` and `if ($request_method …)` must let OPTIONS pass",
        "Apache": "`<LimitExcept>`, `AllowMethods` and `RewriteCond %{REQUEST_METHOD}` must let OPTIONS pass",
        "HAProxy": "`http-request deny` must let METH_OPTIONS pass",
        "Varnish": "`return (synth(405))` must let OPTIONS pass",
        "Caddy": "the `method` matcher must let OPTIONS pass",
    },
    "options-answered": {
        "nginx": "delete `if ($request_method = OPTIONS) { return …; }`",
        "Apache": "delete `RewriteRule … [R=204]` for OPTIONS",
        "HAProxy": "delete `http-request return … if METH_OPTIONS`",
        "Varnish": "delete `return (synth(…))` for OPTIONS",
        "Caddy": "delete `respond @options …`",
    },
    "origin-removed": {
        "nginx": 'delete `proxy_set_header Origin ""`',
        "Apache": "delete `RequestHeader unset Origin`",
        "HAProxy": "delete `http-request del-header Origin`",
        "Varnish": "delete `unset req.http.Origin`",
        "Caddy": "delete `header_up -Origin`",
    },
    "errors-replaced": {
        "nginx": "delete `proxy_intercept_errors on`, or `add_header … always` for its error page",
        "Apache": "delete `ProxyErrorOverride On`",
        "HAProxy": "delete `http-response return status …` for errors",
        "Varnish": "delete `return (synth(…))` in vcl_backend_response",
        "Caddy": "delete `handle_errors` for the API",
    },
    "vary-removed": {
        "nginx": "delete `proxy_hide_header Vary`; keep `gzip_vary`",
        "Apache": "delete `Header unset|set Vary`: use `Header merge Vary`",
        "HAProxy": "delete `http-response del-header|set-header Vary`",
        "Varnish": "delete `unset resp.http.Vary`",
        "Caddy": "delete `header -Vary`",
    },
    "headers-removed": {
        "nginx": "delete `proxy_hide_header Access-Control-…`",
        "Apache": "delete `Header unset Access-Control-…`",
        "HAProxy": "delete `http-response del-header Access-Control-…`",
        "Varnish": "delete `unset resp.http.Access-Control-…`",
        "Caddy": "delete `header -Access-Control-…`",
    },
    "header-added": {
        "nginx": "delete `add_header Access-Control-…`",
        "Apache": "delete `Header set|add Access-Control-…`",
        "HAProxy": "delete `http-response set-header Access-Control-…`",
        "Varnish": "delete `set resp.http.Access-Control-…`",
        "Caddy": "delete `header Access-Control-…`",
    },
    "another-policy": {
        "all": "compare the digest in the log of the server with `envcors check`, and restart the servers"
    },
}

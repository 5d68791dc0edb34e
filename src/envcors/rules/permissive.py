"""Functions and regular expressions that allow unknown origins: at boot, each is tried with random origins."""

from __future__ import annotations

import io
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import chain
from string import ascii_lowercase

from envcors.protocol.origins import Origin, OriginError
from envcors.rules.hosts import registrable_domain
from envcors.rules.samples import samples
from envcors.settings.parsers import OriginEntry

_TOP_LEVEL_DOMAINS = (
    *("com", "org", "net", "io", "dev", "app", "de", "co.uk", "fr", "xyz", "shop", "store", "online", "site", "info"),
    *("biz", "eu", "us", "ca", "ch", "nl", "it", "es", "pl", "se", "no", "ru", "cn", "co.jp", "in", "com.br", "com.au"),
    *("me", "tv", "cc", "ai", "co", "tech", "cloud", "page", "blog", "top", "club"),
)
_SHARED_SUFFIXES = (
    *("vercel.app", "github.io", "netlify.app", "pages.dev", "web.app", "herokuapp.com", "azurewebsites.net"),
    *("cloudfront.net", "s3.amazonaws.com", "onrender.com", "workers.dev", "fly.dev", "ngrok.io", "surge.sh"),
)
"""Hosts below which anyone can get a name."""
_MANY_DOMAINS = 3
"""So many domains that an expression does not write out show that a stranger can register one that it allows."""
_NAMES = ("{a}", "{long}", "{n}", "{hex}", "{a}{n}", "{a}-{b}", "www.{a}", "{a}.{b}", "{hex}.{n}{b}")
"""Shapes of names: an expression may allow names of letters alone, of digits, with a hyphen, of two labels."""


def allows_strangers(entry: OriginEntry) -> bool:
    """Return whether a function or a regular expression allows a random origin.

    The random origins have several top-level domains, so that "every host below .com" is found too. A function gets a
    complete WSGI environment; an exception in it means that the origin is not allowed.
    """
    if isinstance(entry, str):
        return False
    if isinstance(entry, re.Pattern):
        return any(map(entry.fullmatch, _texts_of_strangers())) or _leaves_domain_open(entry)
    requests = ((origin, environ_of(str(origin))) for origin in _some_strangers())
    return any(_answer(entry, origin, environ) for origin, environ in chain(requests, _other_requests()))


@cache
def _texts_of_strangers() -> tuple[str, ...]:
    """Return the random origins of this process: several expressions are asked about the same ones."""
    return tuple(text for origin in _strangers() for text in _texts_of(origin))


def _texts_of(origin: Origin) -> Iterator[str]:
    yield str(origin)
    if origin.scheme == "https" and origin.port is None:
        yield f"{origin}:443"  # no browser sends it, but a person who writes it means every port


def _leaves_domain_open(expression: re.Pattern[str]) -> bool:
    """Return whether an expression allows domains that it does not write out: one that a stranger can register.

    ``https://app.example.com`` with unescaped dots is such an expression, and so is ``https://.*example\\.com``.
    """
    written = set(re.split(r"[^a-z0-9-]+", expression.pattern.lower()))
    domains = {registrable_domain(host) for host in set(map(_host_of, samples(expression))) if host is not None}
    return sum(domain is not None and not written.issuperset(domain.split(".")) for domain in domains) >= _MANY_DOMAINS


def _host_of(text: str) -> str | None:
    try:
        return Origin.parse(text).host
    except OriginError:
        return None


def headers_read_by(functions: Iterable[Callable[..., object]]) -> tuple[str, ...]:
    """Return the names of the request headers that functions read, except ``Origin``: the response varies by them.

    Each function is asked once about an origin that nobody listed. A header that it reads for other origins only is not
    found.
    """
    origin = next(_strangers())
    environ = _Watched(environ_of(str(origin)))
    for function in functions:
        with suppress(Exception):  # it is reported where the function decides about a request
            function(origin, environ)
    names = (key.removeprefix("HTTP_").replace("_", "-").title() for key in environ.read if key.startswith("HTTP_"))
    return tuple(sorted(set(names) - {"Origin", "Host"}))  # caches keep responses by host already


class _Watched(dict[str, object]):
    """An environment that notes which keys are asked for."""

    def __init__(self, environ: dict[str, object]) -> None:
        super().__init__(environ)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> object:
        self.read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.read.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: object = None) -> object:
        """Return a value as ``dict`` does."""
        self.read.add(key)
        return super().get(key, default)


def _answer(function: Callable[..., object], origin: Origin, environ: dict[str, object]) -> bool:
    try:
        return function(origin, environ) is True
    except Exception:  # noqa: BLE001 - any exception means no, as for a request
        return False


def _other_requests() -> Iterator[tuple[Origin, dict[str, object]]]:
    """Yield requests of a random page: a function may look at the path, the method, the host or a login."""
    logged_in = {"HTTP_AUTHORIZATION": "Bearer x", "HTTP_COOKIE": "session=x", "HTTP_X_API_KEY": "x"}
    at_host = {"HTTP_HOST": "api.example.com", "SERVER_NAME": "api.example.com"}
    for more in (logged_in, at_host, {"PATH_INFO": "/api/public/items"}, {"REQUEST_METHOD": "POST"}):
        origin = _stranger("{hex}", "com")
        yield origin, environ_of(str(origin)) | more


def _strangers() -> Iterator[Origin]:
    """Yield every combination of a scheme, a shape of a name, a domain below which anyone gets a name, and a port."""
    for scheme, port in (("https", None), ("https", 8443), ("http", None)):
        for name in _NAMES:
            for domain in (*_TOP_LEVEL_DOMAINS, *_SHARED_SUFFIXES):
                yield _stranger(name, domain, scheme, port)


def _some_strangers() -> Iterator[Origin]:
    """Yield each shape and each domain once: a function may ask a database."""
    for name in _NAMES:
        yield _stranger(name, "com")
    for domain in (*_TOP_LEVEL_DOMAINS[1:], *_SHARED_SUFFIXES):
        yield _stranger("{hex}", domain)
    yield _stranger("{hex}.{n}{b}", "com", port=8443)
    yield _stranger("{hex}", "com", scheme="http")


def _stranger(name: str, domain: str, scheme: str = "https", port: int | None = None) -> Origin:
    made = name.format(a=_letters(6), b=_letters(6), long=_letters(16), n=secrets.randbelow(10**6), hex=_hexadecimal())
    return Origin(scheme, f"{made}.{domain}", port)


def _letters(number: int) -> str:
    return "".join(secrets.choice(ascii_lowercase) for _ in range(number))


def _hexadecimal() -> str:
    """Return a name with letters and digits in it."""
    return f"{secrets.token_hex(8)}a1"


def environ_of(origin: str) -> dict[str, object]:
    """Return the environment of a request that a page of this origin sends (PEP 3333)."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_ORIGIN": origin,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

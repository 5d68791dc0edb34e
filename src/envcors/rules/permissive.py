"""Functions and regular expressions that allow unknown origins: at boot, each is tried with random origins."""

from __future__ import annotations

import io
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from string import ascii_lowercase

from envcors.protocol.origins import Origin
from envcors.settings.parsers import OriginEntry

_TOP_LEVEL_DOMAINS = ("com", "org", "net", "io", "dev", "app", "de", "co.uk")
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
        return any(entry.fullmatch(str(origin)) for origin in _strangers())
    return any(_answer(entry, origin) for origin in _some_strangers())


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


def _answer(function: Callable[..., object], origin: Origin) -> bool:
    try:
        return function(origin, environ_of(str(origin))) is True
    except Exception:  # noqa: BLE001 - any exception means no, as for a request
        return False


def _strangers() -> Iterator[Origin]:
    """Yield every combination of a scheme, a shape of a name, a top-level domain and a port."""
    for scheme, port in (("https", None), ("https", 8443), ("http", None)):
        for name in _NAMES:
            for domain in _TOP_LEVEL_DOMAINS:
                yield _stranger(name, domain, scheme, port)


def _some_strangers() -> Iterator[Origin]:
    """Yield each shape and each domain once: a function may ask a database."""
    for name in _NAMES:
        yield _stranger(name, "com")
    for domain in _TOP_LEVEL_DOMAINS[1:]:
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

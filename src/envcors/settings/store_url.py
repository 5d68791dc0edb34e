"""The URL of a store of origins, and how a message shows it: without its password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from envcors.problems import masked, printable
from envcors.settings.parsers import ParseError

DEFAULT_PREFIX = "envcors"
DEFAULT_PORT = 6379

_HIDDEN = "(not shown: it can contain a password)"
_OTHER_KINDS = {"sentinel": "Redis Sentinel", "cluster": "Redis Cluster", "unix": "A Unix socket"}
_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_NO_PASSWORD = SecretStr("")
_PARAMETERS = ("prefix", "ca")


@dataclass(frozen=True, slots=True)
class StoreURL:
    """Where a store is: ``redis[s]://[user]:password@host:port/database?prefix=envcors&ca=/path/ca.pem``.

    Attributes:
        host: A name or an address, an IPv6 address without brackets.
        port: The TCP port.
        database: The number of the database.
        prefix: What the store's keys begin with; each set of origins has its own.
        username: The user of Redis' access control lists; empty for the default user.
        password: The password; empty for none.
        tls: Whether the connection is encrypted, and the certificate of the server checked.
        ca: The file of the certificate authority; empty for those that the machine trusts.
    """

    host: str
    port: int = DEFAULT_PORT
    database: int = 0
    prefix: str = DEFAULT_PREFIX
    username: str = ""
    password: SecretStr = _NO_PASSWORD
    tls: bool = False
    ca: str = ""

    @classmethod
    def parse(cls, value: object) -> StoreURL | None:
        """Parse a URL; an empty text and None mean that there is no store. Raises ParseError, without the password."""
        if value is None or isinstance(value, StoreURL):
            return value
        if not isinstance(value, str):
            raise ParseError("This is not a URL, such as redis://cache.internal:6379/0.")
        text = value.strip()
        return _parsed(text) if text else None

    def __str__(self) -> str:
        secret = f"{self.username}:***@" if self.password else f"{self.username}@" if self.username else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = f"?prefix={self.prefix}" if self.prefix != DEFAULT_PREFIX else ""
        return f"{'rediss' if self.tls else 'redis'}://{secret}{host}:{self.port}/{self.database}{query}"


def shown_url(value: object) -> str:
    """Return a value of the option as a message may show it: nothing of a text that is not a valid URL."""
    try:
        url = StoreURL.parse(value)
    except ParseError:
        return _HIDDEN
    return "" if url is None else str(url)


def _parsed(text: str) -> StoreURL:
    if text[0] in "\"'":
        raise ParseError("The quotes are part of the value: write it without them.")
    scheme, separator, rest = text.partition("://")
    words = re.split(r"[+-]", scheme.lower())
    for word, name in _OTHER_KINDS.items():
        if word in words:
            raise ParseError(f"{name} is not supported: name the one server that takes writes, redis://host:6379/0.")
    if not separator or scheme not in ("redis", "rediss"):
        raise ParseError("A store's URL begins with redis:// or, with TLS, rediss://.")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ParseError("A URL has no white space and ASCII characters only: write others as %XX, also in a password.")
    if "," in rest.rpartition("@")[2].partition("/")[0]:
        raise ParseError("It names several servers. Redis Cluster and Redis Sentinel are not supported: name one.")
    try:
        split = urlsplit(text)
        host, port = split.hostname, split.port
    except ValueError:
        host, port = None, None
        raise ParseError(_UNREADABLE) from None
    if not host or "@" in f"{split.path}{split.query}{split.fragment}" or split.fragment:
        raise ParseError(_UNREADABLE)
    if port == 0:
        raise ParseError("A port is a number from 1 to 65535.")
    return StoreURL(
        host,
        port or DEFAULT_PORT,
        _database(split.path),
        username=unquote(split.username or ""),
        password=SecretStr(unquote(split.password or "")),
        tls=scheme == "rediss",
        **_parameters(split.query, tls=scheme == "rediss"),
    )


_UNREADABLE = (
    "After :// belong a host and a port: redis://:password@host:6379/0. "
    "In a password, write / as %2F, @ as %40, # as %23, ? as %3F and % as %25."
)


def _database(path: str) -> int:
    number = path.removeprefix("/")
    if number and not re.fullmatch(r"[0-9]{1,5}", number):
        raise ParseError("After the port belongs the number of a database, such as /0.")
    return int(number or 0)


def _parameters(query: str, *, tls: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _PARAMETERS:
            raise ParseError("It has an unknown parameter after the ?: the known ones are prefix and ca.")
        if name in found:
            raise ParseError(f"It has the parameter {name} twice.")
        found[name] = value
    prefix = found.get("prefix")
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        raise ParseError(f"A prefix is 1 to 100 letters, digits and _ . : -, not {printable(masked(prefix))}.")
    if "ca" in found and not tls:
        raise ParseError("The parameter ca belongs to rediss://, which uses TLS.")
    if found.get("ca") == "":
        raise ParseError("The parameter ca is the path of a file with certificates.")
    return found

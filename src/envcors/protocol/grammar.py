"""The syntax of origins: an expression that matches them, and the problem of a text that it does not match.

An origin is written as a browser serialises it (HTML §7.1.1, URL standard §3.5): scheme, host and port in their
canonical spelling. So two texts are the same origin exactly if they are equal.
"""

import re
from collections.abc import Sequence
from typing import Literal

MAX_SCHEME_LENGTH = 63
MAX_HOST_LENGTH = 253
MAX_LABEL_LENGTH = 63
MAX_LENGTH = MAX_SCHEME_LENGTH + len("://") + MAX_HOST_LENGTH + len(":65535")
"""The length of the longest origin, in characters; a longer text is not parsed."""

MAX_PORT = 65535
DEFAULT_PORTS = {"http": 80, "https": 443}
"""A browser leaves these ports out (URL standard, "special scheme")."""

PAGELESS_SCHEMES = frozenset(
    {
        *("about", "blob", "data", "file", "filesystem", "ftp", "ftps", "javascript", "mailto", "sftp", "tel"),
        *("view-source", "ws", "wss"),
        # Protocols of other programs.
        *("amqp", "amqps", "dns", "git", "grpc", "grpcs", "gs", "h2", "h2c", "imap", "irc", "jdbc", "kafka", "ldap"),
        *("ldaps", "memcached", "mongodb", "mqtt", "mqtts", "mysql", "nats", "nfs", "postgres", "postgresql", "redis"),
        *(
            "rediss",
            "rsync",
            "rtmp",
            "rtsp",
            "s3",
            "sip",
            "smb",
            "sms",
            "smtp",
            "socks5",
            "sqlite",
            "ssh",
            "stun",
            "svn",
        ),
        *("tcp", "telnet", "turn", "udp", "unix"),
    }
)
"""Schemes that no page has as its origin: it has none, or a browser sends ``null`` or another origin for it."""

Port = int | Literal["*"] | None
"""``None`` is the scheme's default port, ``"*"`` every port."""

_LABEL = rf"[a-z0-9_-]{{1,{MAX_LABEL_LENGTH}}}+"
_NUMBER = r"(?:[0-9]+|0x[0-9a-f]*)(?![a-z0-9_-])"
_NAME = rf"(?=[^:]{{1,{MAX_HOST_LENGTH}}}+(?::|\Z))(?:{_LABEL}\.(?=[a-z0-9_-]))*+(?!{_NUMBER}){_LABEL}\.?"
"""One dot at the end is part of a host: browsers send it, and it makes another origin."""
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_IPV6 = r"\[[0-9a-f:]{2,39}\]"
_SCHEME = rf"[a-z][a-z0-9+.-]{{0,{MAX_SCHEME_LENGTH - 1}}}+"
_PORT = r"[1-9][0-9]{0,4}"

_scheme = re.compile(_SCHEME)
_host_characters = re.compile(r"[a-z0-9._-]*")
_ends_in_a_number = re.compile(rf"(?:.*\.)?{_NUMBER}")
_regular_expression = re.compile(r"\\[.dws]|\.\+|\^|\$$|\(\?")
"""Matches what no origin contains, but regular expressions for origins often do."""
_ipv6_group = re.compile(r"[0-9a-f]{1,4}")
_OPAQUE = rf"[A-Za-z0-9._~-]{{1,{MAX_HOST_LENGTH}}}+"
"""A host of a scheme that is not special: it keeps its case (URL standard §3.5, "opaque host")."""
_pattern = re.compile(
    rf"(?:(?P<special>https?)://(?:\*\.(?P<parent>{_NAME})|(?P<host>{_NAME}|{_IPV4}|{_IPV6}))"
    rf"|(?!(?:https?|{'|'.join(sorted(PAGELESS_SCHEMES))}):)(?P<scheme>{_SCHEME})"
    rf"://(?:\*\.(?P<opaque_parent>{_OPAQUE})|(?P<opaque>{_OPAQUE}|{_IPV6})))"
    rf"(?::(?P<port>{_PORT}|\*))?"
)

is_ordinary_origin = re.compile(r"https?://(?:[a-z0-9-]{1,40}+\.){1,5}+[a-z]{2,20}+").fullmatch
"""Whether a text is an origin of the most common form, a domain name without a port; others may be origins too.

It is much faster than parsing, for callers that need only the answer.
"""


class OriginError(ValueError):
    """A text is not an origin, or not an origin pattern.

    ``str()`` is a sentence that names the problem and shows nothing of the text; ``reason`` is a short code.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def read_pattern(text: str) -> tuple[str, str, Port, bool] | None:
    """Return scheme, host, port, and whether the pattern means subdomains; ``None`` if ``text`` is invalid.

    A pattern without ``*`` is an origin.
    """
    match = _pattern.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        return None
    special, parent, host, scheme, opaque_parent, opaque, digits = match.groups()
    scheme, parent, host = special or scheme, parent or opaque_parent, host or opaque
    port: Port = None
    if digits == "*":
        port = "*"
    elif digits:
        port = int(digits)
        if port > MAX_PORT or DEFAULT_PORTS.get(scheme) == port:
            return None
    if parent:
        return (scheme, parent, port, True) if len(parent) <= MAX_HOST_LENGTH - len("a.") else None
    if host[0] == "[" and host != f"[{compressed_ipv6(host[1:-1])}]":
        return None
    return scheme, host, port, False


def compressed_ipv6(text: str) -> str | None:
    """Return an IPv6 address as a browser writes it (URL standard §3.5, "IPv6 serializer").

    ``text`` has eight groups of one to four lower-case hexadecimal digits; ``::`` replaces some that are zero.
    For any other text the result is ``None``.
    """
    head, gap, tail = text.partition("::")
    before, after = (part.split(":") if part else [] for part in (head, tail))
    missing = 8 - len(before) - len(after)
    if (missing < 1 if gap else missing != 0) or not all(map(_ipv6_group.fullmatch, before + after)):
        return None
    groups = [group.lstrip("0") or "0" for group in before + ["0"] * missing + after]
    start, length = _longest_run_of_zeros(groups)
    if length < 2:
        return ":".join(groups)
    return f"{':'.join(groups[:start])}::{':'.join(groups[start + length :])}"


def _longest_run_of_zeros(groups: Sequence[str]) -> tuple[int, int]:
    """Return where the first of the longest runs of zeros starts, and how many groups it has."""
    best = (0, 0)
    start = 0
    for index, group in enumerate(groups):
        if group != "0":
            start = index + 1
        elif index + 1 - start > best[1]:
            best = (start, index + 1 - start)
    return best


def error_of(text: str, *, pattern: bool) -> OriginError:
    """Return why ``text`` is not an origin or, if ``pattern`` is true, not an origin pattern."""
    if not text:
        return OriginError("empty", "There is no origin in an empty text.")
    if len(text) > MAX_LENGTH:
        return OriginError("too-long", f"No origin is longer than {MAX_LENGTH} characters.")
    if text == "null":
        return OriginError("null", "`null` is no origin: sandboxed documents and local files all share it.")
    if pattern and _regular_expression.search(text):
        return OriginError("expression", "A text is an origin, not a regular expression: code can set a compiled one.")
    scheme, separator, rest = text.partition("://")
    if text == "*" or "*" in scheme:
        return _wildcard(pattern=pattern)
    if not separator:
        return OriginError("scheme-missing", "An origin starts with its scheme and `://`.")
    if scheme.lower() in PAGELESS_SCHEMES:
        return OriginError("scheme-pageless", f"No page has an origin with the scheme {scheme.lower()}.")
    if _scheme.fullmatch(scheme.lower()) is None:
        return OriginError(
            "scheme-malformed",
            f"A scheme is a letter, then letters, digits, `+`, `-`, `.`; {MAX_SCHEME_LENGTH} at most.",
        )
    if scheme != scheme.lower():
        return _upper_case()
    return _error_after_scheme(scheme, rest, pattern=pattern)


def _error_after_scheme(scheme: str, rest: str, *, pattern: bool) -> OriginError:
    if any(delimiter in rest for delimiter in "/?#\\"):
        return OriginError("path", "An origin ends after host and port: no path, no slash, no query.")
    if "@" in rest:
        return OriginError("userinfo", "An origin contains no user name and no password.")
    bracket = rest.rfind("]") + 1
    host, colon, port = rest[bracket:].partition(":")
    host = rest[:bracket] + host
    name = host.removeprefix("*.") if pattern else host
    if "*" in name or ("*" in port and (port != "*" or not pattern)):
        return _wildcard(pattern=pattern)
    if not name:
        return OriginError("host-missing", "After `://` there is no host.")
    if name.startswith("["):
        error = _error_of_ipv6(name, subdomains=name != host)
    elif scheme not in DEFAULT_PORTS:
        error = _error_of_opaque_host(name)
    else:
        error = _error_of_name(name, MAX_HOST_LENGTH - len(host) + len(name), subdomains=name != host)
    return error or _error_of_port(scheme, port if colon else None)


def _error_of_opaque_host(name: str) -> OriginError | None:
    if re.fullmatch(_OPAQUE, name) is None:
        return OriginError("host-malformed", "A host is letters, digits, `-`, `_`, `.` and `~`.")
    return None


def _error_of_name(name: str, limit: int, *, subdomains: bool) -> OriginError | None:
    if not name.isascii():
        return OriginError("host-non-ascii", "A browser sends the ASCII form of a host (punycode, `xn--…`).")
    if name != name.lower():
        return _upper_case()
    if _host_characters.fullmatch(name) is None:
        return OriginError("host-malformed", "A host is letters, digits, `-`, `_`, in labels joined by dots.")
    labels = name.removesuffix(".").split(".")
    if "" in labels:
        return OriginError("host-empty-label", "A host has at least one character on either side of a dot.")
    if max(map(len, labels)) > MAX_LABEL_LENGTH:
        return OriginError("host-label-too-long", f"No label is longer than {MAX_LABEL_LENGTH} characters.")
    if len(name) > limit:
        return OriginError("host-too-long", f"No host is longer than {MAX_HOST_LENGTH} characters.")
    if _ends_in_a_number.fullmatch(name.removesuffix(".")) and (subdomains or re.fullmatch(_IPV4, name) is None):
        return OriginError(
            "host-ipv4-malformed",
            "A host that ends in a number is an IPv4 address, which has no subdomains."
            if subdomains
            else "A host that ends in a number is an IPv4 address: four numbers, 0 to 255.",
        )
    return None


def _error_of_ipv6(host: str, *, subdomains: bool) -> OriginError | None:
    address = compressed_ipv6(host[1:-1].lower())
    if address is None or not host.endswith("]") or subdomains:
        return OriginError(
            "host-ipv6-malformed",
            "Only an IPv6 address is written in `[` and `]`.",
        )
    if host != host.lower():
        return _upper_case()
    if host != f"[{address}]":
        return OriginError("host-ipv6-not-compressed", "A browser sends the shortest form of the address.")
    return None


def _error_of_port(scheme: str, port: str | None) -> OriginError:
    if port is not None and port.isascii() and port.isdigit():
        number = int(port)
        if not 1 <= number <= MAX_PORT:
            return OriginError("port-out-of-range", "A port is a number from 1 to 65535.")
        if DEFAULT_PORTS.get(scheme) == number:
            return OriginError("port-default", f"A browser leaves out the default port of {scheme}.")
        return OriginError("port-malformed", "A port has no leading zeros.")
    return OriginError("port-malformed", "After `:` there is a port, a number from 1 to 65535.")


def _upper_case() -> OriginError:
    return OriginError("upper-case", "A browser sends scheme and host in lower case.")


def _wildcard(*, pattern: bool) -> OriginError:
    if not pattern:
        return OriginError("wildcard", "An origin contains no `*`.")
    return OriginError("wildcard", "`*` is possible only before the first dot of a host, or as the port.")

"""Origins: the form in which a browser sends the origin that an invalid text probably means."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from envcors.protocol.grammar import DEFAULT_PORTS
from envcors.protocol.origins import OriginError, OriginPattern
from envcors.repair.expressions import UNREADABLE, UnreadableError, texts_of

_ALMOST_A_SCHEME = re.compile(r"\A(https?)(?::[/\\]*|[/\\]{2})(?=[A-Za-z0-9\[*])", re.IGNORECASE)
_EXPRESSION_OF_HOST = re.compile(r"https?://\\[dwDWS]", re.IGNORECASE)
_OWN_MACHINE = re.compile(r"(?:localhost(?=[:/]|\Z)|127\.|\[::1\])", re.IGNORECASE)
_EXPRESSION = re.compile(r"\\[.dwsAZ/:-]|\.[*+]|[\^$()]|\[[^\]:]*\]|https\?:|:\[0-9\]|\?\Z")
_WEB = frozenset({"http", "https"})

_NO_EXPRESSION = "A text is an origin, not a regular expression."


def origins(text: str) -> tuple[tuple[str, ...], str]:
    """Return the patterns that an item means, and its problem; no pattern if it is unclear what was meant."""
    try:
        _parsed(text)
    except OriginError as error:
        why = str(error)
    else:
        return (text,), ""
    bare = text if _EXPRESSION_OF_HOST.match(text) else _ALMOST_A_SCHEME.sub(r"\1://", text)
    if not _EXPRESSION.search(bare):
        one = _canonical(bare)
        return ((one,) if one else ()), why
    try:
        return expression_origins(bare), _NO_EXPRESSION
    except UnreadableError as error:
        return (), str(error)


def expression_origins(expression: str, flags: int = 0) -> tuple[str, ...]:
    """Return the patterns that a regular expression means. Raises UnreadableError if no patterns mean the same."""
    patterns = [_canonical(text) for text in texts_of(expression, flags)]
    if not patterns or not all(patterns) or any(str(pattern).endswith(".") for pattern in patterns):
        raise UnreadableError(UNREADABLE)
    return tuple(dict.fromkeys(filter(None, patterns)))


def punycode_problem(host: str) -> str | None:
    """Why a host's ``xn--`` labels are not what a browser makes of any name (UTS 46), or None where they are."""
    for label in host.split("."):
        if label.startswith("xn--") and _browser_label(label) != label:
            return f"A browser never writes the label {label}: it is not valid punycode (UTS 46)."
    return None


def _browser_label(label: str) -> str | None:
    import idna

    try:
        name = label[4:].encode("ascii").decode("punycode")
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        if mapped.isascii():
            return mapped
        return "xn--" + mapped.encode("punycode").decode("ascii")
    except (UnicodeError, idna.IDNAError):
        return None


def _parsed(text: str) -> OriginPattern:
    pattern = OriginPattern.parse(text)
    problem = punycode_problem(pattern.host)
    if problem is not None:
        raise OriginError("punycode", problem)
    return pattern


def _canonical(text: str) -> str | None:
    if text.count("://") > 1 or re.search(r"[\\^$()|{}\s]", text):
        return None
    bare = text if "://" in text else _with_scheme(text)
    try:
        parts = urlsplit(bare or "")
        scheme, (user, _, authority) = parts.scheme.lower(), parts.netloc.rpartition("@")
    except ValueError:
        return None
    if "." in user.partition(":")[0]:
        return None  # https://one.example@other.example: which of the two was meant?
    written, port = _split_port(authority)
    host = _host(written) if scheme in _WEB else written
    if not scheme or not host or (scheme not in _WEB and scheme.endswith(tuple(_WEB))):
        return None  # GEThttps://… is two words
    if port.isascii() and port.isdigit():
        number = int(port[:6])
        port = "" if DEFAULT_PORTS.get(scheme) == number else str(number)
    one = f"{scheme}://{host}" + (f":{port}" if port else "")
    try:
        _parsed(one)
    except OriginError:
        return None
    return one


def _with_scheme(text: str) -> str | None:
    """Return a host with its probable scheme; None for a word such as ``undefined``, which is not a host."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/*[^/0-9*]", text) or not re.match(r"[^\W_]|\*\.|\[", text):
        return None
    if _OWN_MACHINE.match(text):
        return f"http://{text}"
    authority = re.split(r"[/?#]", text, maxsplit=1)[0]
    if not re.search(r"\.|\]|:[0-9*]", authority):
        return None
    return f"{'http' if authority.endswith(':80') else 'https'}://{text}"


def _split_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, rest = authority.partition("]")
        return host + "]", rest.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def _host(host: str) -> str | None:
    if host.startswith("["):
        try:
            return f"[{_compressed(ipaddress.IPv6Address(host[1:-1]))}]"
        except ValueError:
            return None
    head = "*." if host.startswith("*.") else ""
    name = host.removeprefix("*.")
    if name.isascii():
        return head + name.lower()
    import idna

    try:
        return head + idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except (UnicodeError, idna.IDNAError):
        return None


def _compressed(address: ipaddress.IPv6Address) -> str:
    """Return the address as in RFC 5952, but without dotted quads: browsers write only hexadecimal digits."""
    if address.ipv4_mapped is None:
        return address.compressed
    high, low = divmod(int(address.ipv4_mapped), 1 << 16)
    return f"::ffff:{high:x}:{low:x}"

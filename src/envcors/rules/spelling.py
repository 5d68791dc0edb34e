"""How an origin should have been spelled: the browsers' way to write what a person probably meant."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from envcors.protocol.grammar import DEFAULT_PORTS
from envcors.protocol.origins import OriginError, OriginPattern

QUOTES = "\"'`\u201c\u201d\u2018\u2019"
NAME_IN_FRONT = re.compile(r"\A(?:export\s+)?[A-Z][A-Z0-9_]*=[\"']?")
"""The name of a variable, which a value should not begin with."""
_SEPARATORS = re.compile(r"[;|,\s]+")
_ALMOST_A_SCHEME = re.compile(r"\A(https?)(?::/?|//)(?=[A-Za-z0-9\[*])", re.IGNORECASE)
_OWN_MACHINE = re.compile(r"localhost(?=[:/]|$)|127\.|\[::1\]")


def suggestion(text: str) -> str | None:
    """The correct spelling of a malformed pattern, or None where none is plain to see."""
    if len(text) > 400:
        return None
    bare = NAME_IN_FRONT.sub("", text.strip().strip(QUOTES))
    for candidate in (_rewritten(_from_regex(bare)), _rewritten(bare)):
        if candidate is not None and candidate != text and _is_pattern(candidate):
            return candidate
    return None


def suggestions(text: str) -> tuple[str, ...]:
    """The correct spellings of several patterns in one item, or none where they are not plain to see."""
    parts = [part for part in _SEPARATORS.split(text.strip(QUOTES)) if part]
    if len(text) > 400 or len(parts) < 2 or not all("://" in part for part in parts):
        return ()
    spelled = tuple(part if _is_pattern(part) else suggestion(part) for part in parts)
    return tuple(filter(None, spelled)) if all(spelled) else ()


def punycode_fault(host: str) -> str | None:
    """Why a host's ``xn--`` labels are not what a browser makes of any name (UTS 46), or None where they are."""
    for label in host.split("."):
        if label.startswith("xn--") and _browser_label(label) != label:
            return f"The label {label} is no punycode that a browser would write (UTS 46)."
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


def _is_pattern(text: str) -> bool:
    try:
        pattern = OriginPattern.parse(text)
    except OriginError:
        return False
    return punycode_fault(pattern.host) is None


def _from_regex(text: str) -> str:
    """``https://.*\\.example\\.com$`` as a pattern."""
    if "\\." not in text and ".*" not in text:
        return text
    bare = text.removeprefix("^").removesuffix("$").replace("\\.", ".").replace("\\/", "/")
    return re.sub(r"\(?(\.\*|\[[^\]]*\]\+|\.\+)\)?\.", "*.", bare, count=1)


def _rewritten(text: str) -> str | None:
    bare = text.strip().strip(QUOTES).strip(",;").replace("\\", "/")
    bare = _ALMOST_A_SCHEME.sub(r"\1://", bare)
    if "://" not in bare:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/*[^/0-9]", bare):
            return None
        bare = bare.lstrip("/")
        if not _OWN_MACHINE.match(bare) and not re.search(r"\.|\]|:[0-9*]", bare.partition("/")[0]):
            return None  # a word such as undefined is no host
        bare = f"{'http' if _OWN_MACHINE.match(bare) else 'https'}://{bare}"
    try:
        parts = urlsplit(bare)
        scheme, authority = parts.scheme.lower(), parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    written, port = _split_port(authority)
    host = _host(written)
    if not scheme or not host:
        return None
    if port.isascii() and port.isdigit():
        number = int(port[:6])
        port = "" if DEFAULT_PORTS.get(scheme) == number else str(number)
    return f"{scheme}://{host}" + (f":{port}" if port else "")


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
    name = host.removeprefix("*.").rstrip(".")
    if name.isascii():
        return head + name.lower()
    import idna

    try:
        return head + idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except (UnicodeError, idna.IDNAError):
        return None


def _compressed(address: ipaddress.IPv6Address) -> str:
    """RFC 5952 without its dotted quads: browsers write hexadecimal only (URL standard, host serialising)."""
    if address.ipv4_mapped is None:
        return address.compressed
    high, low = divmod(int(address.ipv4_mapped), 1 << 16)
    return f"::ffff:{high:x}:{low:x}"

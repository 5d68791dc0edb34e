"""Rules about origins: how they are spelled, and which of them a production policy may let in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from envcors.problems import printable
from envcors.protocol.origins import Origin, OriginError, OriginPattern
from envcors.rules.finding import Finding, shown
from envcors.rules.scope import Scope
from envcors.rules.spelling import NAME_IN_FRONT, QUOTES, punycode_fault, suggestion, suggestions
from envcors.settings.provenance import LONGEST_LINE

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

APP = "https://app.example.com"
_BOTH_WAYS = "or CORS_ENV=development: on your own machine in .env, for CI in the environment"
_LOCAL_BLOCKS = (
    *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16"),  # unspecified ("this network"), loopback, link-local
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # private
    *("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15"),  # shared behind a carrier's NAT, protocols, benchmarks
    *("fc00::/7", "fe80::/10", "fec0::/10"),  # unique local, link-local, site-local
)
"""What the registries of special-purpose addresses (RFC 6890) keep for one machine or network.

Python's ``is_private`` also means addresses of documentation, and differs from version to version.
"""
_HOLDS_IPV4 = (0, 0xFFFF)
"""The first 96 bits of an IPv4-compatible and of an IPv4-mapped address; ``::`` and ``::1`` are of the former."""
_LOCAL_NAMES = ("localhost", "localhost.localdomain")
_LOCAL_ENDINGS = (".localhost", ".local", ".localdomain")


def judge_origins(scope: Scope, *, production: bool) -> Iterator[Finding]:
    """All findings about the lists of origins of one scope."""
    for item in scope.options.origins:
        match item:
            case str():
                yield from _judge_text(scope, item, production)
            case re.Pattern():
                if production:
                    yield Finding(
                        "origin-regex",
                        "origins",
                        item,
                        f"A regular expression ({shown(scope, 'origins', item)}) is easily wider than it looks, and "
                        "cannot be reviewed like a list.",
                        ("https://*.example.com",),
                    )
            case _:
                pass  # what a function lets in is judged when it lets it in
    for item in scope.options.deny_origins:
        yield from _judge_spelling(scope, "deny_origins", item)


def broken_by(origin: Origin) -> tuple[str, ...]:
    """The production rules that one origin breaks, for origins that a function lets in."""
    return tuple(_rules_of(OriginPattern(origin.scheme, origin.host, origin.port, False)))


def _judge_text(scope: Scope, text: str, production: bool) -> Iterator[Finding]:
    credentials = scope.options.supports_credentials
    if text == "*":
        if credentials:
            yield Finding(
                "origin-any-with-credentials",
                "origins",
                text,
                "Any site on the Internet could act with the cookies of whoever visits it.",
                (APP,),
                with_option="supports_credentials",
            )
        if production:
            yield Finding("origin-any", "origins", text, _WHY["origin-any"], (APP,))
        return
    pattern: OriginPattern | None = None
    for finding in _judge_spelling(scope, "origins", text):
        yield finding
        if len(finding.instead) == 1:
            pattern = _parsed(str(finding.instead[0]))
            break
    else:
        pattern = _parsed(text)
    if pattern is None or not production:
        return
    for rule in _rules_of(pattern):
        message = f"{shown(scope, 'origins', text)}: {_WHY[rule]}"
        note = _BOTH_WAYS.replace("CORS_", scope.prefix) if _is_local(pattern) else ""
        yield Finding(rule, "origins", text, message, (_better(pattern),), note)


def judge_advice(scope: Scope) -> Iterator[Finding]:
    """Advice about the origins of one scope."""
    if not scope.options.supports_credentials:
        return
    for item in scope.options.origins:
        if isinstance(item, str) and "://*." in item:
            name = shown(scope, "origins", item)
            yield Finding(
                "origin-any-subdomain-with-credentials",
                "origins",
                item,
                f"{name}: every host below that domain can act with the visitor's cookies, a forgotten one too.",
                (item.replace("*.", "app.", 1),),
                with_option="supports_credentials",
            )


def _judge_spelling(scope: Scope, option: str, text: str) -> Iterator[Finding]:
    if text.lower() == "null":
        yield Finding(
            "origin-null",
            option,
            text,
            "Any site can send the origin null from a sandboxed frame, so null would let in everybody.",
        )
        return
    if text == "*":
        yield Finding("origin-malformed", option, text, "* stands for every origin and cannot be denied.", ())
        return
    try:
        pattern = OriginPattern.parse(text)
        fault = punycode_fault(pattern.host)
    except OriginError as error:
        fault = _fault(text, error)
    if fault is None:
        return
    secret = scope.given(option).secret
    better = () if secret else suggestions(text) or tuple(filter(None, [suggestion(text)]))
    reason = "it is no origin that a browser sends." if secret else fault
    hint = f" Write {printable(','.join(better), LONGEST_LINE)}." if better else ""
    message = f"{shown(scope, option, text)}: {reason}{hint}"
    yield Finding("origin-malformed", option, text, message, better)


def _fault(text: str, error: OriginError) -> str:
    bare = text.strip(QUOTES)
    if NAME_IN_FRONT.match(bare):
        return "The name of the variable is part of the value."
    if suggestions(text):
        return "These are several origins; commas separate them."
    return "The quotes are part of the value." if bare != text else str(error)


def _parsed(text: str) -> OriginPattern | None:
    try:
        return OriginPattern.parse(text)
    except OriginError:
        return None


_WHY = {
    "origin-any": "Any site on the Internet could read this API's answers.",
    "origin-plain-http": "whoever sits on the network between can change a page that came over plain HTTP, and read "
    "this API with it.",
    "origin-local": "a page on the visitor's own machine or network is not yours: any program there can serve it.",
    "origin-public-suffix": "anybody can register a name below this public suffix and be let in.",
    "origin-any-port": "every program that listens on that host would be let in, whatever its port.",
}


def _rules_of(pattern: OriginPattern) -> Iterator[str]:
    """The production rules that a well-formed pattern breaks, one function each."""
    for rule, broken in _PRODUCTION:
        if broken(pattern):
            yield rule


def _is_plain_http(pattern: OriginPattern) -> bool:
    return pattern.scheme == "http"


def _is_local(pattern: OriginPattern) -> bool:
    if pattern.scheme not in ("http", "https"):
        return False
    host = pattern.host
    if host in _LOCAL_NAMES or host.endswith(_LOCAL_ENDINGS) or (pattern.subdomains and f".{host}" in _LOCAL_ENDINGS):
        return True
    if host[-1:] != "]" and not host[-1:].isdigit():
        return False
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    if address.version == 6 and int(address) >> 32 in _HOLDS_IPV4:
        address = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return any(address in block for block in _local_blocks())


@cache
def _local_blocks() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(map(ipaddress.ip_network, _LOCAL_BLOCKS))


def _is_public_suffix(pattern: OriginPattern) -> bool:
    """Whether names below the host can be registered by anybody: it is a public suffix, or stands above one."""
    if not pattern.subdomains:
        return False
    suffix: str | None = _suffix_list().publicsuffix(pattern.host)
    return suffix == pattern.host or pattern.host in _above_suffixes()


@cache
def _suffix_list() -> PublicSuffixList:
    """The Public Suffix List, read once and only for a pattern with ``*.``."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _above_suffixes() -> frozenset[str]:
    """Hosts that have a public suffix below them, as ``amazonaws.com`` has ``s3.amazonaws.com``."""
    from importlib.resources import files

    above: set[str] = set()
    for line in files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8").splitlines():
        suffix = line.removeprefix("*.")
        while not suffix.startswith(("//", "!")) and "." in suffix:
            suffix = suffix.partition(".")[2]
            above.add(suffix)
    return frozenset(above)


def _is_any_port(pattern: OriginPattern) -> bool:
    return pattern.port == "*"


_PRODUCTION: tuple[tuple[str, Callable[[OriginPattern], bool]], ...] = (
    ("origin-plain-http", _is_plain_http),
    ("origin-local", _is_local),
    ("origin-public-suffix", _is_public_suffix),
    ("origin-any-port", _is_any_port),
)


def _better(pattern: OriginPattern) -> str:
    """What a production policy would say instead."""
    if _is_local(pattern):
        return APP
    if _is_public_suffix(pattern):
        icann = pattern.host.partition(".")[2] == ""
        return "https://*.example." + pattern.host if icann else f"https://yourname.{pattern.host}"
    scheme = "https" if pattern.scheme == "http" else pattern.scheme
    port = None if pattern.port in ("*", 443) and scheme == "https" else pattern.port
    return str(OriginPattern(scheme, pattern.host, None if port == "*" else port, pattern.subdomains))

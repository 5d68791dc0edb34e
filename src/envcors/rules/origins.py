"""Rules about origins: how they are spelled, and which of them a production policy may allow."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from envcors.problems import decapitalised, printable
from envcors.protocol.origins import Origin, OriginError, OriginPattern
from envcors.repair import Kind, Repair, repair
from envcors.repair.origins import punycode_problem
from envcors.rules.catalogue import RULES
from envcors.rules.item_problem import ItemProblem, shown
from envcors.rules.scope import Scope
from envcors.settings.located import LONGEST_LINE

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
"""What the registries of special-purpose addresses (RFC 6890) reserve for one machine or network.

Python's ``is_private`` also includes addresses for documentation, and differs between versions.
"""
_HOLDS_IPV4 = (0, 0xFFFF)
"""The first 96 bits of an IPv4-compatible and of an IPv4-mapped address; ``::`` and ``::1`` are of the former."""
_LOCAL_NAMES = ("localhost", "localhost.localdomain")
_LOCAL_ENDINGS = (".localhost", ".local", ".localdomain")


def check_origins(scope: Scope, *, production: bool) -> Iterator[ItemProblem]:
    """Yield the problems of the lists of origins of one scope."""
    for item in scope.options.origins:
        match item:
            case str():
                yield from _check_text(scope, item, production)
            case re.Pattern():
                if production:
                    message = f"{shown(scope, 'origins', item)}: {_in_sentence('origin-regex')}"
                    yield ItemProblem("origin-regex", "origins", item, message, ("https://*.example.com",))
            case _:
                pass  # what a function allows is checked when it allows it
    for item in scope.options.deny_origins:
        yield from _check_spelling(scope, "deny_origins", item)


def production_rules(origin: Origin) -> tuple[str, ...]:
    """Return the production rules that one origin violates, for origins that a function allows."""
    return tuple(_rules_of(OriginPattern(origin.scheme, origin.host, origin.port, False)))


def advise_about_origins(scope: Scope) -> Iterator[ItemProblem]:
    """Yield advice about the origins of one scope."""
    rule = "origin-any-subdomain-with-credentials"
    if not scope.options.supports_credentials:
        return
    for item in scope.options.origins:
        if isinstance(item, str) and "://*." in item:
            message = f"{shown(scope, 'origins', item)}: {_in_sentence(rule)}"
            instead = (item.replace("*.", "app.", 1),)
            yield ItemProblem(rule, "origins", item, message, instead, with_option="supports_credentials")


def _check_text(scope: Scope, text: str, production: bool) -> Iterator[ItemProblem]:
    if text == "*":
        if scope.options.supports_credentials:
            rule = "origin-any-with-credentials"
            yield ItemProblem(rule, "origins", text, instead=(APP,), with_option="supports_credentials")
        if production:
            yield ItemProblem("origin-any", "origins", text, instead=(APP,))
        return
    pattern: OriginPattern | None = None
    for found in _check_spelling(scope, "origins", text):
        yield found
        if len(found.instead) == 1:
            pattern = _parsed(str(found.instead[0]))
            break
    else:
        pattern = _parsed(text)
    if pattern is None or not production:
        return
    for rule in _rules_of(pattern):
        message = f"{shown(scope, 'origins', text)}: {_in_sentence(rule)}"
        note = _BOTH_WAYS.replace("CORS_", scope.prefix) if _is_local(pattern) else ""
        yield ItemProblem(rule, "origins", text, message, (_better(pattern),), note)


def _in_sentence(rule: str) -> str:
    """Return the reason of a rule as it goes on after the name of an item."""
    return decapitalised(RULES[rule].why)


def _check_spelling(scope: Scope, option: str, text: str) -> Iterator[ItemProblem]:
    if text.lower() == "null":
        yield ItemProblem("origin-null", option, text)
        return
    if text == "*":
        yield ItemProblem("origin-malformed", option, text, "* means every origin and cannot be denied.")
        return
    try:
        why = punycode_problem(OriginPattern.parse(text).host)
    except OriginError as error:
        why = str(error)
    if why is None:
        return
    if scope.located(option).secret:
        message = f"{shown(scope, option, text)}: no browser sends such an origin."
        yield ItemProblem("origin-malformed", option, text, message)
        return
    repaired = repair(text, Kind.ORIGINS if option == "origins" else Kind.DENY_ORIGINS)
    better = repaired.value if isinstance(repaired.value, tuple) and _is_clear(text, repaired) else ()
    reason = (repaired.why if better else "") or next((item.why for item in repaired.items if item.why), why)
    hint = f" Write {printable(','.join(better), LONGEST_LINE)}." if better else ""
    yield ItemProblem("origin-malformed", option, text, f"{shown(scope, option, text)}: {reason}{hint}", better)


def _is_clear(text: str, repaired: Repair) -> bool:
    """Return whether nothing is dropped, and each of several origins in one item has its scheme."""
    parts = text.replace(";", " ").replace("|", " ").split()
    return not repaired.dropped and (len(parts) < 2 or all("://" in part for part in parts))


def _parsed(text: str) -> OriginPattern | None:
    try:
        return OriginPattern.parse(text)
    except OriginError:
        return None


def _rules_of(pattern: OriginPattern) -> Iterator[str]:
    """Yield the production rules that a well-formed pattern violates, one function each."""
    for rule, violates in _PRODUCTION:
        if violates(pattern):
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
    """Return whether anybody can register names below the host: it is a public suffix, or a parent of one."""
    if not pattern.subdomains:
        return False
    suffix: str | None = _suffix_list().publicsuffix(pattern.host)
    return suffix == pattern.host or pattern.host in _above_suffixes()


@cache
def _suffix_list() -> PublicSuffixList:
    """Return the Public Suffix List, read once and only for a pattern with ``*.``."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _above_suffixes() -> frozenset[str]:
    """Return the hosts that have a public suffix below them, as ``amazonaws.com`` has ``s3.amazonaws.com``."""
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
    """Return the pattern that a production policy could have instead."""
    if _is_local(pattern):
        return APP
    if _is_public_suffix(pattern):
        icann = pattern.host.partition(".")[2] == ""
        return "https://*.example." + pattern.host if icann else f"https://yourname.{pattern.host}"
    scheme = "https" if pattern.scheme == "http" else pattern.scheme
    port = None if pattern.port in ("*", 443) and scheme == "https" else pattern.port
    return str(OriginPattern(scheme, pattern.host, None if port == "*" else port, pattern.subdomains))

"""Which hosts are on the visitor's own machine or network, and below which hosts anyone can register a name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from envcors.protocol.origins import OriginPattern
from envcors.rules.shared_hosts import SHARED_HOSTS

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOCAL_BLOCKS = (
    *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16"),  # unspecified ("this network"), loopback, link-local
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # private
    *("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15"),  # shared behind a carrier's NAT, protocols, benchmarks
    *("fc00::/7", "fe80::/10", "fec0::/10"),  # unique local, link-local, site-local
)
"""Addresses that the registries of special-purpose addresses (RFC 6890) reserve for one machine or network.

Python's ``is_private`` also includes addresses for documentation, and differs between versions.
"""
_HOLDS_IPV4 = (0, 0xFFFF)
"""The first 96 bits of an IPv4-compatible and of an IPv4-mapped address; ``::`` and ``::1`` are of the former."""
_NAT64 = 0x64_FF9B << 64
"""The first 96 bits of ``64:ff9b::/96`` (RFC 6052)."""
_6TO4 = 0x2002
"""The first 16 bits of ``2002::/16`` (RFC 3056), which the IPv4 address follows."""
_LOCAL_SUFFIXES = frozenset(
    {
        *("localhost", "localdomain"),  # RFC 6761
        "local",  # RFC 6762, multicast DNS
        *("internal", "home.arpa"),  # ICANN resolution 2024.07.29.06, RFC 8375; host.docker.internal
        *("intranet", "private", "corp", "home", "lan"),  # RFC 6762, appendix G: names of private networks
        "svc",  # a Service in a Kubernetes cluster: web.default.svc
        "test",  # RFC 6761; no page of the Internet has it
        "fritz.box",  # the router of many homes
    }
)
_LOOPBACK_NAMES = frozenset(
    {
        *("lvh.me", "localtest.me", "vcap.me", "lacolhost.com", "localho.st", "local.gd", "fuf.me"),
        *("lndo.site", "ddev.site", "localhost.direct", "yoogle.com"),
    }
)
"""Public names whose owners point them, and every name below them, to 127.0.0.1."""
_ADDRESS_NAMES = ("nip.io", "sslip.io", "xip.io", "traefik.me")
"""Public names whose subdomains contain the address that they point to: ``127.0.0.1.nip.io``, ``10-0-0-1.sslip.io``."""
_DOTTED = re.compile(r"(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})$")
_HEXADECIMAL = re.compile(r"(?:^|[.-])([0-9a-f]{8})$")


def is_local(pattern: OriginPattern) -> bool:
    """Return whether an ``http`` or ``https`` pattern means a host on the visitor's own machine or network."""
    if pattern.scheme not in ("http", "https"):
        return False
    host = pattern.host.removesuffix(".")
    address = _address(host)
    if address is not None:
        return _is_local_address(address)
    if "." not in host and not pattern.subdomains:
        return True  # a name that only the visitor's own network resolves
    return any(parent in _LOCAL_SUFFIXES or parent in _LOOPBACK_NAMES for parent in _with_parents(host)) or any(
        _is_local_address(embedded) for embedded in _embedded_addresses(host)
    )


def is_shared(pattern: OriginPattern) -> bool:
    """Return whether anyone can register names below the host of a ``*.`` pattern.

    It is a public suffix or a parent of one, or one of ``SHARED_HOSTS`` or below it.
    """
    if not pattern.subdomains:
        return False
    host = pattern.host.removesuffix(".")
    suffix: str | None = _suffix_list().publicsuffix(host)
    return suffix == host or host in _above_suffixes() or _is_below_shared_host(host)


def open_suffix(host: str) -> str | None:
    """Return the suffix below which anyone can get the name that this host has; None for an address or a bare suffix.

    ``github.io`` for ``a.github.io`` and for ``x.a.github.io``, ``co.uk`` for ``shop.co.uk``.
    """
    host = host.removesuffix(".")
    if _address(host) is not None:
        return None
    shared = [parent for parent in _with_parents(host) if parent in SHARED_HOSTS and parent != host]
    suffix: str | None = _suffix_list().publicsuffix(host)
    if suffix is None or suffix == host:
        return shared[0] if shared else None
    return max([suffix, *shared], key=len)


def is_shared_suffix(suffix: str) -> bool:
    """Return whether a suffix belongs to a service, such as ``github.io``, and not to a registry, such as ``co.uk``."""
    return suffix in SHARED_HOSTS or _registry_list().publicsuffix(suffix) != suffix


def registrable_domain(host: str) -> str | None:
    """Return the domain that somebody registered to have this host; None for an address or a suffix."""
    suffix = open_suffix(host)
    if suffix is None:
        return None
    name = host.removesuffix(".").removesuffix(f".{suffix}").rpartition(".")[2]
    return f"{name}.{suffix}"


def _is_below_shared_host(host: str) -> bool:
    """Return whether a host is shared, or below a shared host, such as ``westeurope.azurecontainerapps.io``."""
    return any(parent in SHARED_HOSTS for parent in _with_parents(host))


def _with_parents(host: str) -> Iterator[str]:
    """Yield the host, and every host above it: ``a.b.c``, ``b.c``, ``c``."""
    while host:
        yield host
        host = host.partition(".")[2]


def _address(host: str) -> Address | None:
    if host[-1:] != "]" and not host[-1:].isdigit():
        return None
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _embedded_addresses(host: str) -> Iterator[Address]:
    if host.endswith(".plex.direct"):
        host = host.removesuffix(".plex.direct").rpartition(".")[0] + ".nip.io"  # behind the address is a hash
    for parent in _ADDRESS_NAMES:
        inner = host.removesuffix(f".{parent}")
        if inner == host:
            continue
        dotted, hexadecimal = _DOTTED.search(inner), _HEXADECIMAL.search(inner)
        if dotted is not None and all(int(octet) < 256 for octet in dotted.groups()):
            yield ipaddress.IPv4Address(".".join(str(int(octet)) for octet in dotted.groups()))
        if hexadecimal is not None:
            yield ipaddress.IPv4Address(int(hexadecimal[1], 16))


def _is_local_address(address: Address) -> bool:
    if address.version == 6:
        address = _inner(address)
    return any(address in block for block in _local_blocks())


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address contains; itself if it contains none."""
    number = int(address)
    if number >> 32 in _HOLDS_IPV4 or number >> 32 == _NAT64:
        return ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    if number >> 112 == _6TO4:
        return ipaddress.IPv4Address(number >> 80 & 0xFFFF_FFFF)
    return address


@cache
def _local_blocks() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(map(ipaddress.ip_network, _LOCAL_BLOCKS))


@cache
def _suffix_list() -> PublicSuffixList:
    """Return the Public Suffix List, read once and only for a pattern with ``*.``."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _registry_list() -> PublicSuffixList:
    """Return the part of the Public Suffix List that registries manage."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


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

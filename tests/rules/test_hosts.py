"""Hosts on a visitor's own machine or network, and hosts below which anybody gets a name."""

from __future__ import annotations

import pytest

from envcors.protocol.origins import OriginPattern
from envcors.rules.hosts import is_local, is_shared

LOCAL = [
    # each end of each block that RFC 6890's registries reserve
    *("http://0.0.0.0", "http://0.255.255.255", "http://127.0.0.0", "http://127.255.255.255"),
    *("http://10.0.0.0", "http://10.255.255.255", "http://172.16.0.0", "http://172.31.255.255"),
    *("http://192.168.0.0", "http://192.168.255.255", "http://169.254.0.0", "http://169.254.255.255"),
    *("http://100.64.0.0", "http://100.127.255.255", "http://192.0.0.0", "http://192.0.0.255"),
    *("http://198.18.0.0", "http://198.19.255.255"),
    *("http://[::]", "http://[::1]", "http://[::7f00:1]", "http://[::ffff:a00:1]", "http://[::ffff:c0a8:101]"),
    *("http://[fc00::]", "http://[fdff:ffff::1]", "http://[fe80::1]", "http://[febf::1]", "http://[fec0::1]"),
    *("https://localhost", "https://localhost.", "https://a.localhost", "https://wiki", "https://wiki."),
    *("https://*.localhost", "https://*.local", "https://printer.local", "https://a.localdomain", "https://*.lan"),
    *("https://a.internal", "https://a.home.arpa", "https://a.intranet", "https://a.private", "https://a.corp"),
    *("https://a.home", "https://web.default.svc", "https://lvh.me", "https://a.b.lvh.me", "https://*.lvh.me"),
    *("https://localtest.me", "https://vcap.me", "https://lacolhost.com", "https://localho.st", "https://local.gd"),
    *("https://fuf.me", "https://127.0.0.1.nip.io", "https://10-0-0-1.sslip.io", "https://a.10.0.0.1.xip.io"),
    *("https://a-192-168-000-001.nip.io", "https://7f000001.nip.io", "https://a-0a000001.sslip.io"),
    *("https://127.0.0.1.nip.io.", "https://x.7f000001.nip.io", "https://localhost:3000", "https://localhost:*"),
]
NOT_LOCAL = [
    # the neighbours of those blocks
    *("http://1.0.0.0", "http://126.255.255.255", "http://128.0.0.0", "http://9.255.255.255", "http://11.0.0.0"),
    *("http://172.15.255.255", "http://172.32.0.0", "http://192.167.255.255", "http://192.169.0.0"),
    *("http://169.253.255.255", "http://169.255.0.0", "http://100.63.255.255", "http://100.128.0.0"),
    *("http://192.0.1.0", "http://191.255.255.255", "http://198.17.255.255", "http://198.20.0.0", "http://8.8.8.8"),
    *("http://[fbff::1]", "http://[fe00::1]", "http://[fe7f::1]", "http://[ff00::1]", "http://[2001:db8::1]"),
    *("http://[::808:808]", "http://[::ffff:808:808]", "http://[1::ffff:a00:1]", "http://[::1:0:a00:1]"),
    *("https://example.com", "https://localhost.example.com", "https://local.example", "https://*.example.com"),
    *("https://lvh.me.example.com", "https://xlvh.me", "https://*.com", "https://*.io"),
    *("https://8.8.8.8.nip.io", "https://08080808.nip.io", "https://256.0.0.1.nip.io", "https://10.0.0.nip.io"),
    *("https://x10.0.0.1.nip.io", "https://10.0.0.1.a.nip.io", "https://x7f000001.nip.io", "https://7f00000.nip.io"),
    *("https://10.0.0.1.nip.io.example.com", "https://10.0.0.1.xnip.io", "https://nip.io", "https://*.nip.io"),
    *("capacitor://localhost", "app://10.0.0.1", "chrome-extension://localhost", "tauri://wiki"),
]
SHARED = [
    *("https://*.com", "https://*.co.uk", "https://*.github.io", "https://*.amazonaws.com", "https://*.uk"),
    *("https://*.com.", "https://*.nip.io", "https://*.eu.nip.io", "https://*.wordpress.com", "https://*.jp:*"),
    *("https://*.s3.amazonaws.com", "https://*.kawasaki.jp", "https://*.unknown-top-level-domain", "app://*.com"),
]
NOT_SHARED = [
    *("https://com", "https://github.io", "https://nip.io", "https://example.com", "https://a.github.io"),
    *("https://*.example.com", "https://*.me.github.io", "https://*.example.co.uk", "https://*.city.kawasaki.jp"),
    *("https://*.wordpress.org", "https://*.xnip.io"),
]


@pytest.mark.parametrize("origin", LOCAL)
def test_a_host_on_the_visitors_machine_or_network_is_local(origin: str) -> None:
    assert is_local(OriginPattern.parse(origin))


@pytest.mark.parametrize("origin", NOT_LOCAL)
def test_every_other_host_is_not_local(origin: str) -> None:
    assert not is_local(OriginPattern.parse(origin))


@pytest.mark.parametrize("pattern", SHARED)
def test_a_pattern_for_names_that_anybody_registers_is_shared(pattern: str) -> None:
    assert is_shared(OriginPattern.parse(pattern))


@pytest.mark.parametrize("pattern", NOT_SHARED)
def test_a_single_host_and_a_pattern_below_a_registered_name_are_not_shared(pattern: str) -> None:
    assert not is_shared(OriginPattern.parse(pattern))

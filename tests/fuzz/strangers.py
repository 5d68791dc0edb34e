"""Origins that nobody lists, and entries of `origins` that allow some of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from envcors.protocol.origins import Origin

Decide = Callable[[Origin, Mapping[str, object]], bool]

_LETTERS, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
_NAMES = (
    st.text(_LETTERS, min_size=6, max_size=20),
    st.text(_DIGITS, min_size=6, max_size=12),
    st.text(_LETTERS + _DIGITS, min_size=8, max_size=16),
    st.from_regex(r"[a-z]{3,8}-[a-z]{3,8}", fullmatch=True),
    st.from_regex(r"[a-z]{3,8}[0-9]{2,5}", fullmatch=True),
    st.from_regex(r"www\.[a-z]{5,10}", fullmatch=True),
    st.from_regex(r"[a-z0-9]{4,10}\.[a-z0-9]{4,10}", fullmatch=True),
)
_DOMAINS = st.sampled_from(["com", "com", "com", "org", "net", "io", "dev", "app", "de", "co.uk"])
_SCHEMES = st.sampled_from(["https", "https", "http"])
_PORTS = st.sampled_from(["", "", ":8443"])
STRANGERS = st.tuples(*(st.builds("{}://{}.{}{}".format, _SCHEMES, names, _DOMAINS, _PORTS) for names in _NAMES))
"""What attackers register, any name under any top-level domain: one for each shape of names."""


def everybody(origin: Origin, environ: Mapping[str, object]) -> bool:
    return True


def below_com_or_org(origin: Origin, environ: Mapping[str, object]) -> bool:
    return origin.host.endswith((".com", ".org"))


def every_secure_origin(origin: Origin, environ: Mapping[str, object]) -> bool:
    return origin.scheme == "https" and environ["HTTP_ORIGIN"] == str(origin)


def one_tenant(origin: Origin, environ: Mapping[str, object]) -> bool:
    return origin.host == "tenant.example.com"


def fails(origin: Origin, environ: Mapping[str, object]) -> bool:
    raise LookupError(origin)


FUNCTIONS = st.sampled_from([everybody, below_com_or_org, every_secure_origin, one_tenant, fails])
EXPRESSIONS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://", "https?://", "(https|http)://", "https://(?:www[.])?"]),
    st.sampled_from(
        [
            *("[a-z]+", "[a-z-]+", "[a-z0-9-]+", r"\w+", "[^./]+", ".+", r"\d+", "[a-z0-9]{1,20}", "[a-z]{1,12}"),
            *("[a-z]+-[a-z]+", "[a-z]+[0-9]+", r"[a-z]+\.[a-z]+", "shop"),
        ]
    ),
    st.sampled_from(
        [
            r"\.com",
            r"\.com:[0-9]+",
            r"\.(com|org|io)",
            r"\.[a-z]+",
            "",
            r"\.co\.uk",
            r"\.example\.com",
            r"\.de(:[0-9]+)?",
        ]
    ),
).map(re.compile)
"""Expressions that allow the names of one shape under one top-level domain or several."""

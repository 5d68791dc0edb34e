"""Prints the Debian packages that tests need and that are missing here: ``python -m tests.browser.packages [engines]``.

Chromium's alone; with ``engines`` also those of Firefox, WebKitGTK, Redis and proxies.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial

from playwright.sync_api import sync_playwright

from tests.browser import chromium, console, firefox, webkit
from tests.browser.finding import NoBrowserError
from tests.proxies.proxy import program
from tests.store import redis_server


def missing(*, engines: bool) -> Iterator[str]:
    with sync_playwright() as playwright:
        if chromium.find(playwright) is None:
            yield "chromium"
    if not engines:
        return
    if not found(firefox.find):
        yield "firefox-esr"
    if not found(webkit.find):
        yield from ("webkit2gtk-driver", "xvfb", "xauth")
    if not found(redis_server.find):
        yield "redis-server"
    for name, package in (("nginx", "nginx"), ("haproxy", "haproxy"), ("apache2", "apache2"), ("varnishd", "varnish")):
        if not found(partial(program, name)):
            yield package
    if not found(console.find):
        yield from ("xvfb", "gir1.2-webkit2-4.1", "python3-gi", "python3-gi-cairo")


def found(find: Callable[[], object]) -> bool:
    try:
        find()
    except NoBrowserError:
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write(" ".join(dict.fromkeys(missing(engines="engines" in sys.argv[1:]))))

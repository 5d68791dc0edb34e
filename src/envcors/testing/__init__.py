"""A browser's side of CORS, for tests of any WSGI application.

    from envcors.testing import Browser, CORSBlocked

    browser = Browser(app, origin="https://app.example.com")
    browser.fetch("/api/items", method="PUT", credentials="include")

It follows the Fetch standard (https://fetch.spec.whatwg.org) and shares no code with the rest of envcors, which it
checks. A name is imported when it is used: every run of pytest imports the plugin in this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .browser import Browser
    from .errors import CORSBlocked, CORSError, NetworkError
    from .exchange import Exchange, SentRequest, ServerResponse
    from .response import Response

__all__ = [
    "Browser",
    "CORSBlocked",
    "CORSError",
    "Exchange",
    "NetworkError",
    "Response",
    "SentRequest",
    "ServerResponse",
]

_MODULES = {
    "Browser": "browser",
    "CORSBlocked": "errors",
    "CORSError": "errors",
    "Exchange": "exchange",
    "NetworkError": "errors",
    "Response": "response",
    "SentRequest": "exchange",
    "ServerResponse": "exchange",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)

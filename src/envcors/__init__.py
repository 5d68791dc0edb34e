"""CORS for Flask from the environment, refused at boot when a production policy is permissive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envcors.flask import CORS, cross_origin
    from envcors.protocol.policy import Policy
    from envcors.refusal import BootRefused
    from envcors.settings.model import CORSSettings

__all__ = ["CORS", "BootRefused", "CORSSettings", "Policy", "cross_origin"]

_PLACES = {
    "CORS": "envcors.flask",
    "BootRefused": "envcors.refusal",
    "CORSSettings": "envcors.settings.model",
    "Policy": "envcors.protocol.policy",
    "cross_origin": "envcors.flask",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: `envcors --help` waits for neither Flask nor pydantic."""
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(place), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

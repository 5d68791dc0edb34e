"""``CORS``: puts the policies of the environment in front of an application."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from types import EllipsisType
from typing import cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from envcors.flask.declarations import DECLARED, Declaration, declaration_of, declare
from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.refusal import BootRefused
from envcors.rules.catalogue import usage
from envcors.settings.inputs import EnvFile
from envcors.settings.model import CORSSettings

_PLACES = frozenset({"env_prefix", "env_file", "settings"})


class CORS:
    """CORS for a Flask application, or for one of its blueprints, from the environment.

    Options given here stand above the environment: ``origins``, ``deny_origins``, ``methods``, ``allow_headers``,
    ``expose_headers``, ``supports_credentials``, ``max_age`` (seconds), and for an application ``resources`` (paths
    with options of their own) and every other option of ``CORSSettings``. ``env_prefix`` names other variables than
    ``CORS_…``; ``env_file`` another file than ``.env``, or None for no file; ``settings`` a subclass of
    ``CORSSettings`` with other defaults.

    Raises BootRefused, with all problems at once, where the configuration breaks a rule.
    """

    def __init__(self, app: Flask | Blueprint | None = None, **options: object) -> None:
        self._options = options
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask | Blueprint, **options: object) -> None:
        """Install the policies; options given here win over those that ``CORS`` was made with."""
        given = {**self._options, **options}
        match app:
            case Flask():
                _install(app, given)
            case Blueprint():
                _declare_blueprint(app, given)
            case _:
                raise BootRefused(
                    [
                        usage(
                            f"CORS() takes an application or a blueprint, not {type(app).__name__}.",
                            "CORS(app)",
                        )
                    ]
                )


def _install(app: Flask, options: Mapping[str, object]) -> None:
    installed = app.extensions.get(EXTENSION)
    if isinstance(installed, Enforcement) and installed.governs_application:
        raise installed.configuration.refuse(
            "This application has a CORS() already: exactly one policy governs a request.", "CORS(app), once"
        )
    keywords = {name: value for name, value in options.items() if name not in _PLACES}
    enforcement = Enforcement(app, keywords, _settings_class(options), _prefix(options), _env_file(options))
    enforcement.install(blueprints=installed.blueprints if isinstance(installed, Enforcement) else {})


def _settings_class(options: Mapping[str, object]) -> type[CORSSettings]:
    chosen = options.get("settings")
    if chosen is None:
        return CORSSettings
    if isinstance(chosen, type) and issubclass(chosen, CORSSettings):
        return chosen
    raise BootRefused([usage("settings= takes a subclass of CORSSettings.", "settings=ShopSettings")])


def _prefix(options: Mapping[str, object]) -> str | None:
    prefix = options.get("env_prefix")
    if prefix is None or isinstance(prefix, str):
        return prefix
    raise BootRefused([usage("env_prefix= takes a string.", 'env_prefix="SHOP_CORS_"')])


def _env_file(options: Mapping[str, object]) -> EnvFile | EllipsisType:
    if "env_file" not in options:
        return ...
    chosen = options["env_file"]
    paths = chosen if isinstance(chosen, (list, tuple)) else () if chosen is None else (chosen,)
    if all(isinstance(path, (str, os.PathLike)) for path in paths):
        return cast(EnvFile, chosen)
    raise BootRefused([usage("env_file= takes a path, a list of paths, or None.", 'env_file="dev.env"')])


def _declare_blueprint(blueprint: Blueprint, options: Mapping[str, object]) -> None:
    if declaration_of(blueprint) is not None:
        raise BootRefused(
            [usage(f"The blueprint {blueprint.name} has a CORS() already.", "CORS(blueprint), once")]
        )
    places = {name: value for name, value in options.items() if name in _PLACES}
    own = {name: value for name, value in options.items() if name not in _PLACES}
    declaration = declare(f"blueprint {blueprint.name}", own)
    setattr(blueprint, DECLARED, declaration)
    try:
        blueprint.record(partial(_register_blueprint, declaration=declaration, places=places))
    except AssertionError:
        raise BootRefused(
            [
                usage(
                    f"CORS(blueprint) comes after the blueprint {blueprint.name} was registered.",
                    "CORS(blueprint) before app.register_blueprint(blueprint)",
                )
            ]
        ) from None


def _register_blueprint(state: BlueprintSetupState, declaration: Declaration, places: Mapping[str, object]) -> None:
    app = cast(Flask, state.app)
    where = _settings_class(places), _prefix(places), _env_file(places)
    if EXTENSION not in app.extensions:
        Enforcement(app, {}, *where, governs_application=False).install()
    enforcement: Enforcement = app.extensions[EXTENSION]
    if places and where != enforcement.places:
        raise BootRefused(
            [
                usage(
                    "The application reads its policies elsewhere already.", f"no {' or '.join(places)} on a blueprint"
                )
            ]
        )
    name = f"{state.name_prefix}.{state.name}".lstrip(".")
    enforcement.register_blueprint(name, declaration)

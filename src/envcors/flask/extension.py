"""``CORS``: puts the policies of the environment in front of an application."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from types import EllipsisType
from typing import Unpack, cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from envcors.flask.declarations import DECLARED, Declaration, declaration_of, declare
from envcors.flask.enforcement import EXTENSION, Enforcement
from envcors.flask.options import PLACES, CORSOptions
from envcors.flask.recorded import booting, record_or_raise
from envcors.observe.termination_log import recorded_refusal
from envcors.refusal import BootRefused
from envcors.rules.catalogue import usage
from envcors.settings.inputs import EnvFile
from envcors.settings.model import CORSSettings


class CORS:
    """CORS for a Flask application, or for one of its blueprints, from the environment.

    Options given here take precedence over the environment.

    Args:
        app: The application or the blueprint; None where ``init_app`` gets it later.
        origins: Origins that may read answers. Also ``deny_origins``, ``methods``, ``allow_headers``,
            ``expose_headers``, ``supports_credentials``, ``max_age`` (seconds) and ``csrf_protection``.
        resources: Paths with options of their own. Of a blueprint: paths as the application sees them, which govern
            the routes of this blueprint alone.
        env_prefix: What the names of the variables begin with, in place of ``CORS_``.
        env_file: A file, or several, in place of ``.env``; None for no file.
        settings: A subclass of ``CORSSettings`` with other defaults.

    Every other option of ``CORSSettings`` can be given too, but the mode and the waived rules.

    Raises:
        BootRefused: The configuration breaks rules; it holds all problems.
    """

    def __init__(self, app: Flask | Blueprint | None = None, **options: Unpack[CORSOptions]) -> None:
        self._options = options
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask | Blueprint, **options: Unpack[CORSOptions]) -> None:
        """Install the policies; options given here override those that ``CORS`` was made with."""
        with booting():
            self._init_app(app, {**self._options, **options})

    def _init_app(self, app: object, given: Mapping[str, object]) -> None:
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
        with recorded_refusal(installed.settings), booting():
            message = "This application has a CORS() already: exactly one policy governs a request."
            record_or_raise(installed.configuration.refuse(message, "CORS(app), once"))
        return
    keywords = {name: value for name, value in options.items() if name not in PLACES}
    where = _settings_class(options), _prefix(options), _env_file(options)
    if isinstance(installed, Enforcement) and installed.names_places and installed.places != where:
        with recorded_refusal(installed.settings), booting():
            message = (
                "CORS(blueprint) named another prefix, file or class of settings than CORS(app): an application reads "
                "its settings from one place."
            )
            record_or_raise(
                installed.configuration.refuse(message, "the same env_prefix=, env_file= and settings= in both")
            )
    enforcement = Enforcement(app, keywords, *where)
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
        raise BootRefused([usage(f"The blueprint {blueprint.name} has a CORS() already.", "CORS(blueprint), once")])
    places = {name: value for name, value in options.items() if name in PLACES}
    own = {name: value for name, value in options.items() if name not in PLACES}
    resources = own.pop("resources", None)
    declaration = declare(f"blueprint {blueprint.name}", own, resources=resources)
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
    with booting():
        _take_over(cast(Flask, state.app), state, declaration, places)


def _take_over(app: Flask, state: BlueprintSetupState, declaration: Declaration, places: Mapping[str, object]) -> None:
    where = _settings_class(places), _prefix(places), _env_file(places)
    if EXTENSION not in app.extensions:
        first = Enforcement(app, {}, *where, governs_application=False)
        first.names_places = bool(places)
        first.install()
    enforcement: Enforcement = app.extensions[EXTENSION]
    if places and where != enforcement.places:
        raise BootRefused(
            [usage("The application reads its policies elsewhere already.", f"no {' or '.join(places)} on a blueprint")]
        )
    name = f"{state.name_prefix}.{state.name}".lstrip(".")
    enforcement.register_blueprint(name, declaration)

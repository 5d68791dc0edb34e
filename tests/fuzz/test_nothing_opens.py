"""Random configurations of every source: nothing that allows a random origin with credentials boots.

Nor does a production policy that allows one without them, unless the rule is waived by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, product
from typing import cast

from flask import Blueprint, Flask
from hypothesis import event, given
from hypothesis import strategies as st

from envcors import CORS, BootRefused, cross_origin
from envcors.flask.options import CORSOptions, PolicyOptions
from tests.booting import Setup, boot, surroundings
from tests.flask.asking import send
from tests.fuzz.depth import few
from tests.fuzz.strangers import EXPRESSIONS, FUNCTIONS, STRANGERS

Options = Mapping[str, object]
PATHS = ("/", "/api/x", "/named/x", "/code/1", "/n/1", "/view", "/shop/item", "/shop/own")
HARMLESS = st.sampled_from(["https://app.example.com", "https://admin.example.com", "https://*.example.com"])
OPEN = st.sampled_from(
    ["*", "* ", "https://*", "*://*", "https://*:*", "null", "http*://*", "*.com", ".*", "all", "**"]
)
# Of these a production policy allows none. In development nothing depends on who registers a name below `.com`.
SUFFIXES = st.sampled_from(["https://*.com", "http://*.io:*", "https://*.co.uk", "https://*.de", "https://*.dev:8443"])
WAIVERS = ["origin-any", "origin-regex", "origin-public-suffix", "origin-any-port", "origin-plain-http", "origin-local"]


def options(entries: st.SearchStrategy[object]) -> st.SearchStrategy[Options]:
    return st.fixed_dictionaries(
        {},
        optional={
            "origins": st.lists(entries, min_size=1, max_size=3),
            "supports_credentials": st.sampled_from([True, True, "yes", False]),
            "deny_origins": st.just(["https://evil.example.com"]),
        },
    )


@dataclass(frozen=True)
class Configured:
    """What each source sets; empty where it sets nothing."""

    mode: str
    mode_in: str
    waivers: frozenset[str]
    environment: Options
    dotenv: Options
    directory: Options
    config: Options
    code: Options
    json: Options
    named: Options
    code_resource: Options
    blueprint: Options
    view: Options
    own: Options
    application_last: bool

    def setup(self) -> Setup:
        environment, dotenv, files = _variables(self.environment), _variables(self.dotenv), _variables(self.directory)
        if self.json:
            environment["CORS_RESOURCES"] = json.dumps({"/api/*": self.json, "/*": {}})
        if self.named:
            dotenv |= {"CORS_RESOURCES__N__PATHS": "/named/*", **_variables(self.named, "CORS_RESOURCES__N__")}
        if self.waivers:
            environment["CORS_DANGEROUSLY_ALLOW"] = ",".join(self.waivers)
        {"environment": environment, "dotenv": dotenv, "directory": files}[self.mode_in]["CORS_ENV"] = self.mode
        if files:
            environment["CORS_CONFIG_DIR"] = "mounted"
        return Setup(
            environment,
            dotenv="".join(f"{name}='{value}'\n" for name, value in dotenv.items()),
            config={f"CORS_{name.upper()}": value for name, value in self.config.items()},
            files={f"mounted/{name}": value for name, value in files.items()},
        )

    def application(self) -> Flask:
        """Build the application. Raises BootRefused."""
        app = Flask("application")
        app.config.update(self.setup().config)
        keywords = dict(self.code)
        if self.code_resource:
            keywords["resources"] = {re.compile(r"/code/\d+"): self.code_resource, "/n/*": self.code_resource, "/*": {}}
        if not self.application_last:
            CORS(app, **cast(CORSOptions, keywords))
        blueprint = Blueprint("shop", __name__)
        blueprint.add_url_rule("/item", "item", lambda: "item")
        blueprint.add_url_rule("/own", "own", cross_origin(**cast(PolicyOptions, self.own))(lambda: "own"))
        if self.blueprint:
            CORS(blueprint, **cast(CORSOptions, self.blueprint))
        app.register_blueprint(blueprint, url_prefix="/shop")
        app.add_url_rule("/view", "view", cross_origin(**cast(PolicyOptions, self.view))(lambda: "view"))
        for number, path in enumerate(("/", "/api/x", "/named/x", "/code/1", "/n/1")):
            app.add_url_rule(path, f"plain{number}", lambda: "plain")
        if self.application_last:
            CORS(app, **cast(CORSOptions, keywords))
        return app


def _variables(chosen: Options, prefix: str = "CORS_") -> dict[str, str]:
    return {
        f"{prefix}{name.upper()}": ",".join(value) if isinstance(value, list) else str(value).lower()
        for name, value in chosen.items()
    }


@st.composite
def configurations(draw: st.DrawFn) -> Configured:
    """Most of the sources are harmless or silent, so that much boots."""
    mode = draw(st.sampled_from(["production", "development"]))
    texts: st.SearchStrategy[object] = st.one_of(HARMLESS, HARMLESS, OPEN, SUFFIXES if mode == "production" else OPEN)
    code: st.SearchStrategy[object] = st.one_of(HARMLESS, texts, EXPRESSIONS, FUNCTIONS)
    sources = ["environment", "dotenv", "directory", "config", "code", "json", "named", "code_resource"]
    sources += ["blueprint", "view", "own"]
    open_sources = draw(st.sets(st.sampled_from(sources), min_size=1, max_size=2))
    harmless_sources = draw(st.sets(st.sampled_from(sources), max_size=4))
    in_code = {"config", "code", "code_resource", "blueprint", "view", "own"}
    chosen: dict[str, Options] = {}
    for source in sources:
        entries: st.SearchStrategy[object] = HARMLESS
        if source in open_sources:
            entries = code if source in in_code else texts
        is_set = source in open_sources or source in harmless_sources
        chosen[source] = draw(options(entries)) if is_set else {}
    return Configured(
        mode,
        draw(st.sampled_from(["environment", "dotenv", "directory"])),
        draw(st.frozensets(st.sampled_from(WAIVERS), max_size=3)),
        application_last=draw(st.booleans()),
        **chosen,
    )


@few(25)
@given(configurations(), STRANGERS)
def test_nothing_that_allows_a_random_origin_with_credentials_boots(made: Configured, strangers: tuple[str]) -> None:
    with surroundings(made.setup()):
        try:
            app = made.application()
        except BootRefused as refusal:
            event(f"refused: {refusal.problems[0].rule}")
            return
        event(f"boots in {made.mode}")
        for path, stranger in product(PATHS, strangers):
            headers = send(app, path, headers={"Origin": stranger}).headers
            allowed = headers.get("Access-Control-Allow-Origin")
            assert allowed is None or "Access-Control-Allow-Credentials" not in headers
            if made.mode == "production" and not made.waivers:
                assert allowed is None


@few(20)
@given(EXPRESSIONS, st.lists(STRANGERS, min_size=3, max_size=3))
def test_an_expression_that_allows_a_random_origin_never_has_credentials(
    expression: re.Pattern[str], strangers: list[tuple[str]]
) -> None:
    code = {"origins": expression, "supports_credentials": True}
    outcome = boot(Setup({"CORS_ENV": "development"}, code=code))
    if outcome.app is not None:
        assert [stranger for stranger in chain(*strangers) if expression.fullmatch(stranger)] == []

"""URL converters that need a context, a session or a database, or that raise: preflights are answered all the same."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

import pytest
from flask import Flask, current_app, g, has_app_context, has_request_context, request, session
from werkzeug.exceptions import Gone
from werkzeug.routing import BaseConverter, ValidationError

from envcors import CORS, cross_origin
from tests.booting import Setup, enforcement_of, surroundings
from tests.flask.asking import ORIGIN, Governs, both, governs, numbered, preflight, resource, send


def of_current_app(value: str) -> str:
    return f"{current_app.name} {value}"


def of_globals(value: str) -> str:
    g.value = value
    return str(g.value)


def of_request(value: str) -> str:
    return f"{request.host} {value}"


def of_session(value: str) -> str:
    return f"{session.get('name')} {value}"


def of_database(value: str) -> object:
    if "database" not in g:
        g.database = sqlite3.connect(":memory:")
        g.database.execute("create table items (name text)")
        g.database.execute("insert into items values ('one')")
    found = g.database.execute("select name from items where name = ?", [value]).fetchone()
    if found is None:
        raise ValidationError
    return found[0]


def that_is_gone(value: str) -> str:
    raise Gone


def that_raises(value: str) -> str:
    raise LookupError(value)


def that_raises_a_runtime_error(value: str) -> str:
    raise RuntimeError(value)


def that_raises_at_random(value: str) -> str:
    if value == "one":
        raise KeyError(value)
    return value


def application(convert: Callable[[str], object]) -> Flask:
    class Converter(BaseConverter):
        def to_python(self, value: str) -> object:
            return convert(value)

        def to_url(self, value: object) -> str:
            return str(value).rpartition(" ")[2]

    app = Flask("application")
    app.secret_key = "secret"
    app.url_map.converters["custom"] = Converter
    with surroundings(Setup()):
        CORS(app, origins=ORIGIN, resources={"/*": {}, "/own/two": resource(2)}, **numbered(9))

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        database = g.pop("database", None)
        if database is not None:
            database.close()

    own = cross_origin(expose_headers=["X-Policy-1"], max_age=1)(lambda **_: "own")
    app.add_url_rule("/own/<custom:item>", "own", own)
    app.add_url_rule("/plain/<custom:item>", "plain", lambda **_: "plain")
    return app


CASES: list[tuple[Callable[[str], object], Governs]] = [
    (of_current_app, both(1)),
    (of_globals, both(1)),
    (of_request, both(1)),
    (of_session, both(1)),
    (of_database, both(1)),
    (that_is_gone, both(9)),
    (that_raises, both(9)),
    (that_raises_a_runtime_error, both(9)),
    (that_raises_at_random, both(9)),
]


@pytest.mark.parametrize(("convert", "expected"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_a_preflight_has_the_policy_that_the_request_will_have(
    convert: Callable[[str], object], expected: Governs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    app = application(convert)
    for _ in range(2):
        assert governs(app, "/own/one") == expected
        assert governs(app, "/plain/one") == both(9)
        assert preflight(app, "/own/one", "GET").status == 204
        assert enforcement_of(app).allows(ORIGIN, "/own/one")
        assert len(set(governs(app, "/own/two"))) == 1
    # No context is left behind, whatever was raised.
    assert not has_app_context()
    assert not has_request_context()


def test_what_a_converter_opened_is_closed() -> None:
    opened: list[sqlite3.Connection] = []

    def opening(value: str) -> str:
        g.database = sqlite3.connect(":memory:")
        opened.append(g.database)
        return value

    app = application(opening)
    assert preflight(app, "/own/one", "GET").headers["Access-Control-Max-Age"] == "1"
    assert opened
    for database in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            database.execute("select 1")


def test_the_applications_own_converters_alone_need_a_context() -> None:
    app = application(str)
    app.url_map.converters = dict(Flask("other").url_map.converters)
    torn: list[str] = []
    app.teardown_appcontext(lambda _: torn.append("down"))
    assert preflight(app, "/nothing", "GET").status == 204
    assert torn == []
    assert send(app, "/nothing").status == 404
    assert torn == ["down"]

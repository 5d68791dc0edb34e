"""The plan for any options of Flask-CORS: its variables are valid when they are pasted."""

from __future__ import annotations

import re
from datetime import timedelta

import flask_cors
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from envcors.cli.migration.plan import plan_for
from envcors.cli.migration.text import text_of_plan
from envcors.flask.flask_cors import uses_of_flask_cors
from tests.booting import Setup, boot

ORIGINS = st.sampled_from(
    [
        *("https://a.io", r"https?://b\.io", "*", "", " https://c.io", r"http://localhost:\d+", "null", "nonsense"),
        *("https://*.github.io", r"https://.*\.d\.io", "https://E.io/", r"https://[a-z]+\.f\.io", "https://a.io:443"),
        *("capacitor://localhost", "http://10.0.0.1", "https://xn--a.io", "ftp://a.io", r"https://.*\.com"),
        re.compile(r"https://(x|y)\.io"),
    ]
)
REQUEST_HEADERS = st.sampled_from(
    ["Content-Type", "authorization", "*", "X-A", "Cookie", re.compile("X-.*"), "X Y", "Origin", ""]
)
PATHS = st.sampled_from(
    ["/*", "*", "/api/*", "/api/.*", r"/v\d/.*", "/a", re.compile("/b/(c|d)"), "/test*", "api", "/x y", "/é"]
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "origins": st.lists(ORIGINS, min_size=1, max_size=4),
        "allow_headers": st.lists(REQUEST_HEADERS, min_size=1, max_size=3),
        "expose_headers": st.lists(st.sampled_from(["X-A", "*", "Set-Cookie", "X-B, X-C", ""]), max_size=2),
        "supports_credentials": st.booleans(),
        "max_age": st.sampled_from([5, "600", timedelta(days=3), -1, None, "x"]),
        "methods": st.sampled_from(["GET", ["PUT", "get"], "PATCH,DELETE"]),
    },
)


@given(OPTIONS, st.one_of(st.none(), st.dictionaries(PATHS, OPTIONS, min_size=1, max_size=3)))
def test_the_variables_of_a_plan_are_valid(options: dict[str, object], resources: object) -> None:
    app = Flask("shop")
    app.add_url_rule("/a", "a", lambda: "", methods=["GET", "PUT"])
    app.add_url_rule("/api/x", "x", lambda: "", methods=["DELETE"])
    given_options = options if resources is None else {**options, "resources": resources}
    flask_cors.CORS(app, **given_options)  # type: ignore[arg-type]  # any options, also those of a wrong type
    plan = plan_for(app, uses_of_flask_cors(app))
    for lines in (plan.production, plan.development):
        outcome = boot(Setup(dotenv="".join(f"{line}\n" for line in lines)))
        assert outcome.problems == (), lines
    assert plan.application in text_of_plan(plan)

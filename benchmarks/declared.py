"""The cost of views and blueprints with their own policies, for themselves and for other views."""

from __future__ import annotations

from flask import Blueprint, Flask

import envcors
from benchmarks.measure import Effort, Trial, seconds_each
from benchmarks.report import Section, microseconds
from benchmarks.serving import PAGE, PATH, actual, nothing, preflight, serving

OWN_PATH = "/api/reports"
BELOW_PATH = "/admin/users"
PARAMETER_PATH = "/api/reports/17"


def run(effort: Effort) -> Section:
    """Measure an application with such policies and bare Flask, in one run.

    A process without such policies does not look up the view of a request: the section on requests measures that.
    """
    paths = {
        "a plain view next to declared policies": (_app(declared=True), PATH),
        "a view with @cross_origin": (_app(declared=True), OWN_PATH),
        "the same with a variable in its path": (_app(declared=True), PARAMETER_PATH),
        "a view of a blueprint with CORS": (_app(declared=True), BELOW_PATH),
    }
    trials: dict[tuple[str, str], Trial] = {("nothing", "preflight"): serving(nothing, [preflight(PAGE)])}
    bare = _flask()
    for name, (app, path) in paths.items():
        trials["bare", name] = serving(bare, [actual(PAGE, path)])
        trials["actual", name] = serving(app, [actual(PAGE, path)])
        trials["preflight", name] = serving(app, [preflight(PAGE, path)])
    costs = seconds_each(trials, effort)
    rows = [
        [
            name,
            microseconds(costs["bare", name]),
            microseconds(costs["actual", name]),
            microseconds(costs["preflight", name] - costs["nothing", "preflight"]),
        ]
        for name in paths
    ]
    return Section("Policies of views and blueprints", ("request to", "bare Flask", "with envcors", "preflight"), rows)


def _app(*, declared: bool) -> Flask:
    app = _flask(declared=declared)
    envcors.CORS(app, env_file=None, origins=[PAGE], allow_headers=["Content-Type", "Authorization"])
    return app


def _flask(*, declared: bool = False) -> Flask:
    app = Flask("shop")
    admin = Blueprint("admin", "shop", url_prefix="/admin")

    @app.get(PATH)
    def items() -> str:
        return "ok"

    def reports(number: int = 0) -> str:
        return "ok"

    @admin.get("/users")
    def users() -> str:
        return "ok"

    view = envcors.cross_origin(max_age=60)(reports) if declared else reports
    app.add_url_rule(OWN_PATH, view_func=view)
    app.add_url_rule(f"{OWN_PATH}/<int:number>", view_func=view)
    if declared:
        envcors.CORS(admin, max_age=60)
    app.register_blueprint(admin)
    return app

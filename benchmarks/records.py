"""What records of decisions cost: none, the default, all logged, metrics."""

from __future__ import annotations

from flask import Flask
from prometheus_client import CollectorRegistry, Counter

import envcors
from benchmarks.measure import Effort, Trial, repeated, seconds_each
from benchmarks.report import Result, Section, microseconds
from benchmarks.serving import PAGE, STRANGER, actual, serving, trivial
from envcors.flask.options import CORSOptions
from envcors.wsgi import CORSMiddleware

_MOST_OF_METRICS = 1e-6
"""Seconds that a request with metrics may cost more than prometheus-client's own prepared ``inc()``."""


def run(effort: Effort) -> Section:
    """Measure the same request under each setting, in one run."""
    settings: dict[str, CORSOptions] = {
        "nothing is recorded": {"log_decisions": "off"},
        "blocked decisions are logged (default)": {},
        "all decisions are logged": {"log_decisions": "all"},
        "metrics": {"log_decisions": "off", "metrics": True},
    }
    counter = Counter("benchmark", "A counter.", ["kind"], registry=CollectorRegistry()).labels("x")
    trials: dict[tuple[str, str], Trial] = {("", "inc"): repeated(counter.inc)}
    for name, options in settings.items():
        app = _middleware(options)
        trials[name, "allowed"] = serving(app, [actual(PAGE)])
        trials[name, "blocked"] = serving(app, [actual(STRANGER)])
    trials["", "nothing"] = serving(trivial, [actual(PAGE)])
    costs = seconds_each(trials, effort)
    cost = costs["", "inc"]
    base = costs["nothing is recorded", "allowed"]
    rows = [
        [name, *(microseconds(costs[name, kind] - costs["", "nothing"]) for kind in ("allowed", "blocked"))]
        for name in settings
    ]
    results = [
        Result(
            "metrics, beyond prometheus-client's inc()",
            costs["metrics", "allowed"] - base - cost,
            _MOST_OF_METRICS,
            microseconds,
        ),
    ]
    return Section("Records of decisions", ("setting", "allowed origin", "blocked origin"), rows, results)


def _middleware(options: CORSOptions) -> CORSMiddleware:
    app = Flask("shop")
    complete: CORSOptions = {**options, "env_file": None, "origins": [PAGE]}
    envcors.CORS(app, **complete)
    found: CORSMiddleware = app.extensions["envcors"].middleware
    found.app = trivial
    return found

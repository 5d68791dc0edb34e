"""Whether a request costs more under a larger policy: more origins, more resources.

The same request is repeated, so that only the policy differs. The table also shows a hundred different requests in
turn, where a large policy no longer fits into the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from benchmarks.measure import Effort, Trial, seconds_each
from benchmarks.report import Result, Section, growth, microseconds
from benchmarks.serving import PATH, STRANGER, actual, nothing, preflight, serving, trivial
from envcors.protocol.policy import Policy
from envcors.protocol.table import PolicyTable
from envcors.wsgi import CORSMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

MOST_GROWTH = 1.2
_REQUESTS = ("allowed origin", "foreign origin", "preflight")
_TURNS = 100


def run(effort: Effort) -> Section:
    """Measure every size of policy in one run."""
    apps = {
        **{("origins", number): _with_origins(number) for number in effort.origins},
        **{("resources", number): _with_resources(number) for number in (0, *effort.resources)},
    }
    trials: dict[tuple[str, int, str], Trial] = {}
    for (kind, number), app in apps.items():
        for name, requests in _requests(kind, number).items():
            trials[kind, number, name] = serving(app, requests[-1:])
            trials[kind, number, f"{name}s in turn"] = serving(app, requests)
    for name, requests in _requests("origins", 1).items():
        trials["bare", 0, name] = serving(nothing if name == "preflight" else trivial, requests)
    costs = seconds_each(trials, effort)
    added = {key: max(cost - costs["bare", 0, key[2].removesuffix("s in turn")], 0) for key, cost in costs.items()}
    columns = [*_REQUESTS, "allowed origins in turn", "preflights in turn"]
    rows = [
        [f"{number:,} {kind}", *(microseconds(added[kind, number, name]) for name in columns)] for kind, number in apps
    ]
    return Section(
        "Whether it grows",
        ("what envcors adds under", *columns),
        rows,
        list(_results(added, effort)),
        "Around a trivial WSGI application. A preflight counts in full.",
    )


def _results(added: dict[tuple[str, int, str], float], effort: Effort) -> Iterator[Result]:
    for kind, sizes in ("origins", effort.origins), ("resources", effort.resources):
        for name in _REQUESTS:
            few, many = (added[kind, number, name] for number in (sizes[0], sizes[-1]))
            what = f"{name}: {sizes[-1]:,} {kind} instead of 1"
            yield Result(what, many / few, MOST_GROWTH, growth, in_summary=name != "foreign origin")


def origin(number: int) -> str:
    """Return one of many origins."""
    return f"https://app{number}.customers.example.com"


def _with_origins(number: int) -> CORSMiddleware:
    return CORSMiddleware(trivial, _policy([origin(index) for index in range(number)]))


def _with_resources(number: int) -> CORSMiddleware:
    paths = {f"/api/v{index}/*": _policy([origin(0)]) for index in range(number)}
    return CORSMiddleware(trivial, PolicyTable(_policy([origin(0)]), paths))


def _policy(origins: Sequence[str]) -> Policy:
    return Policy(origins=origins, allow_headers=["Content-Type", "Authorization"], supports_credentials=True)


def _requests(kind: str, number: int) -> dict[str, list[WSGIEnvironment]]:
    """Return requests for up to a hundred of the origins or resources, evenly chosen, the last one included."""
    chosen = [
        index * max(number - 1, 0) // max(min(number, _TURNS) - 1, 1) for index in range(min(max(number, 1), _TURNS))
    ]
    targets = [(origin(index), PATH) for index in chosen]
    if kind == "resources":
        targets = [(origin(0), f"/api/v{index}/items") for index in chosen]
    return {
        "allowed origin": [actual(page, path) for page, path in targets],
        "foreign origin": [actual(STRANGER, path) for _, path in targets],
        "preflight": [preflight(page, path) for page, path in targets],
    }

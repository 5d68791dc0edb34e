"""What a large policy costs before the first request: time to build it, and memory while it is used."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable

from benchmarks.growth import origin
from benchmarks.measure import Effort
from benchmarks.report import Result, Section, milliseconds, whole_bytes
from envcors.configuration import Configuration, configure
from envcors.protocol.decision import decide
from envcors.protocol.policy import Policy
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings

MOST_SECONDS = 1.0
MOST_BYTES = 600


def run(effort: Effort) -> Section:
    """Build policies of every size, directly and from a variable through settings and rules."""
    builders: dict[str, Callable[[int], Callable[[], object]]] = {
        "Policy": _policy,
        "Policy, used for each origin": _used_policy,
        "CORS_ORIGINS": _configuration,
    }
    rows = []
    results = []
    for name, prepare in builders.items():
        for number in effort.origins:
            seconds = _seconds(prepare, number, min(effort.rounds, 5))
            each = _bytes(prepare, number) / number
            rows.append([f"{name}, {number:,} origins", milliseconds(seconds), whole_bytes(each)])
            if number == effort.origins[-1]:
                what = f"{name}, {number:,} origins"
                was_built = prepare is not _used_policy
                if was_built:
                    results.append(Result(f"{what}: time to build", seconds, MOST_SECONDS, milliseconds))
                results.append(Result(f"{what}: memory for each", each, MOST_BYTES, whole_bytes, in_summary=was_built))
    note = "CORS_ORIGINS includes every step: read, parsed, checked against all rules, built. Its text is not counted."
    return Section("Building a policy", ("what", "time", "memory for each origin"), rows, results, note)


def _policy(number: int) -> Callable[[], Policy]:
    return lambda: Policy(origins=[origin(index) for index in range(number)])


def _used_policy(number: int) -> Callable[[], Policy]:
    """Return a policy that has cached its decision for each listed origin, as it does after a request."""

    def build() -> Policy:
        policy = _policy(number)()
        for index in range(number):
            decide(policy, "GET", origin(index))
        return policy

    return build


def _configuration(number: int) -> Callable[[], Configuration]:
    text = ",".join(origin(index) for index in range(number))

    def build() -> Configuration:
        inputs = Inputs(environ={"CORS_ORIGINS": text}, env_files=())
        configuration = configure(CORSSettings.read(inputs))
        configuration.policies()
        return configuration

    return build


def _seconds(prepare: Callable[[int], Callable[[], object]], number: int, rounds: int) -> float:
    build = prepare(number)
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        build()
        best = min(best, time.perf_counter() - start)
    return best


def _bytes(prepare: Callable[[int], Callable[[], object]], number: int) -> int:
    """Return the bytes that are still in use after the build."""
    build = prepare(number)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = build()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return after - before

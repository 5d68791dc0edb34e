"""Measures: everything that is compared takes turns in the same rounds, and the best round counts.

The best round is the one that the rest of the machine disturbed least. The garbage collector is off.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: rounds, requests in each of them, fresh processes, and how large the large policies are."""

    rounds: int
    requests: int
    processes: int
    origins: tuple[int, ...]
    resources: tuple[int, ...]


THOROUGH = Effort(rounds=120, requests=100, processes=11, origins=(1, 100, 10_000, 100_000), resources=(1, 10, 1_000))
QUICK = Effort(rounds=2, requests=2, processes=1, origins=(1, 100), resources=(1, 10))
"""Enough to check that every benchmark runs; its figures have no meaning."""


Trial = Callable[[int], Callable[[], None]]
"""Prepares a number of calls, anew for each round, and returns the function that makes them."""


def seconds_each(trials: Mapping[Key, Trial], effort: Effort) -> dict[Key, float]:
    """Return the seconds for one call of each trial, in its best round."""
    best = dict.fromkeys(trials, math.inf)
    with _undisturbed():
        for _ in range(effort.rounds):
            for key, trial in trials.items():
                run = trial(effort.requests)
                start = time.perf_counter()
                run()
                best[key] = min(best[key], (time.perf_counter() - start) / effort.requests)
    return best


def repeated(work: Callable[[], object]) -> Trial:
    """Return a trial that repeats the same call."""

    def prepare(number: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(number):
                work()

        return run

    return prepare


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

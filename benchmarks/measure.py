"""Measuring: everything that is compared takes turns in the same rounds, and its best round counts.

The best round is the one that nothing else on the machine disturbed. The garbage collector is off meanwhile.
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
"""Enough to see that every benchmark runs; its figures mean nothing."""


Trial = Callable[[int], Callable[[], None]]
"""Prepares so many pieces of work, anew for each round, and returns what does them."""


def seconds_each(trials: Mapping[Key, Trial], effort: Effort) -> dict[Key, float]:
    """Seconds for one piece of work of each trial, in its best round."""
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
    """A trial that does the same thing each time."""

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

"""How long a fuzz target runs: few examples among the other tests, very many with `make fuzz`.

With the profile `deep` each target ends after its examples or after `--fuzz-seconds`, whatever comes first, and the
last lines tell how many examples were tried.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from time import monotonic
from typing import cast

import pytest
from hypothesis import settings

from tests.fuzz.depth import DEEP

EXAMPLES = 20_000
SECONDS = 300.0
_COUNTED = "fuzz"

settings.register_profile(
    DEEP,
    settings.get_profile("local"),
    max_examples=EXAMPLES,
    print_blob=True,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-seconds", type=float, default=SECONDS, help="end each fuzz target after so many seconds (make fuzz)"
    )


class TimeIsUpError(BaseException):
    """No `Exception`, so that hypothesis ends the target instead of searching for a shorter example."""


@dataclass
class Watch:
    """Counts the examples of one target, and ends it when its time is up and nothing was found."""

    seconds: float
    examples: int = 0
    failed: bool = False

    def __post_init__(self) -> None:
        self._start = monotonic()

    @property
    def elapsed(self) -> float:
        return monotonic() - self._start

    def around(self, test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def watched(*arguments: object, **keywords: object) -> None:
            if self.elapsed > self.seconds and not self.failed:
                raise TimeIsUpError
            self.examples += 1
            try:
                test(*arguments, **keywords)
            except Exception:
                self.failed = True  # what comes now makes the example shorter
                raise

        return watched


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    handle = getattr(pyfuncitem.obj, "hypothesis", None)
    if handle is None or settings.get_current_profile_name() != DEEP:
        return (yield)
    watch = Watch(pyfuncitem.config.getoption("fuzz_seconds", SECONDS))
    test = cast(Callable[..., None], handle.inner_test)
    handle.inner_test = watch.around(test)
    try:
        return (yield)
    except TimeIsUpError:
        return True
    finally:
        handle.inner_test = test
        pyfuncitem.user_properties.append((_COUNTED, f"{watch.examples:7,} examples in {watch.elapsed:5.0f} s"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, counted in report.user_properties:
                if name == _COUNTED:
                    terminalreporter.write_line(f"{counted}  {outcome}  {report.nodeid.rpartition('::')[2]}")

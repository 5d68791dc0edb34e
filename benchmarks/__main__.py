"""Runs all benchmarks, or the named ones, and prints their results."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from benchmarks import boot, building, declared, growth, peers, records, request_cost
from benchmarks.measure import QUICK, THOROUGH
from benchmarks.report import HEADER, Result, aligned, markdown

BENCHMARKS = {
    "request": request_cost.run,
    "peers": peers.run,
    "growth": growth.run,
    "declared": declared.run,
    "records": records.run,
    "building": building.run,
    "boot": boot.run,
}

ENVIRONMENT = {"CORS_ENV": "development", "DEVCONTAINER": "1"}
PREFIXES = ("CORS_", "FLASK_", "DEVCONTAINER")


def main() -> None:
    """Run the command."""
    logging.getLogger("envcors").setLevel(logging.ERROR)  # what a terminal costs is not measured
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the cost of envcors.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all if none is named"
    )
    parser.add_argument("--markdown", action="store_true", help="print the summary as Markdown")
    parser.add_argument("--quick", action="store_true", help="only check that all benchmarks run; ignore the figures")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark is called {' or '.join(sorted(unknown))}")
    _start_with(ENVIRONMENT)
    summary: list[Result] = []
    for name in arguments.names or BENCHMARKS:
        section = BENCHMARKS[name](QUICK if arguments.quick else THOROUGH)
        summary += [result for result in section.results if result.in_summary]
        print(f"{section}\n", flush=True)
    print("Summary\n=======\n")
    rows = [result.cells for result in summary]
    print(markdown(HEADER, rows) if arguments.markdown else aligned(HEADER, rows))


def _start_with(variables: dict[str, str]) -> None:
    """Start this program again unless it was started with these variables: in a container, code cannot set them."""
    ours = {name: value for name, value in os.environ.items() if name.startswith(PREFIXES)}
    if ours != variables:
        others = {name: value for name, value in os.environ.items() if name not in ours}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]], {**others, **variables})


if __name__ == "__main__":
    main()

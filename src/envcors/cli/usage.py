"""When each pattern of a configuration allowed an origin last, read from a metrics endpoint."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from envcors.cli import output
from envcors.cli.target import Target
from envcors.problems import counted, printable

METRIC = "cors_pattern_last_used_timestamp_seconds"
_LARGEST = 20_000_000
_SECONDS = 10.0
_SAMPLE = re.compile(METRIC + r"\{(?P<labels>[^}]*)\} (?P<value>[0-9.eE+]+)")
_PATTERN = re.compile(r'(?:^|,)pattern="(?P<pattern>(?:[^"\\]|\\.)*)"')
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def read(place: str) -> dict[str, float]:
    """Return when each pattern was used last, in Unix seconds, 0 for never.

    Args:
        place: The URL of a metrics endpoint, or the path of a file with its text.

    Raises:
        click.BadParameter: It cannot be read, or has no such metric.
    """
    text = _fetched(place) if place.startswith(("http://", "https://")) else _file(place)
    found: dict[str, float] = {}
    for sample in _SAMPLE.finditer(text):
        label = _PATTERN.search(sample["labels"])
        if label is not None:
            pattern = label["pattern"].replace('\\"', '"').replace("\\\\", "\\")
            found[pattern] = max(found.get(pattern, 0.0), float(sample["value"]))
    if METRIC not in text:
        raise _error(f"{printable(place)} has no metric {METRIC}: is CORS_METRICS=true set, and is this /metrics?")
    return found


def show(target: Target, place: str, style: str) -> int:
    """Print the patterns of a configuration with their last use, and return the exit status."""
    if target.problems or target.configuration is None:
        return output.refused(target, style)
    used = read(place)
    patterns = list(dict.fromkeys(_patterns(target)))
    if style == "json":
        rows = [{"pattern": pattern, "last_used": used.get(pattern) or None} for pattern in patterns]
        output.print_json({"patterns": rows, "not_configured": sorted(used.keys() - set(patterns))})
        return 0
    never = [pattern for pattern in patterns if not used.get(pattern)]
    now = time.time()
    cells = [(printable(pattern), _ago(now, used.get(pattern, 0.0))) for pattern in patterns]
    output.print_line(output.columns(cells) if cells else "The configuration has no origin pattern.")
    output.print_line(f"\n{counted(len(never), 'pattern')} never used since the servers started")
    other = sorted(used.keys() - set(patterns))
    if other:
        output.print_line(f"The servers have other patterns too: {', '.join(map(printable, other[:5]))}")
    return 0


def _patterns(target: Target) -> Iterator[str]:
    configuration = target.configuration
    table = target.enforcement.policies if target.enforcement else configuration.table if configuration else None
    for policy in table.policies() if table else ():
        yield from policy.origins


def _ago(now: float, moment: float) -> str:
    if not moment:
        return "never"
    seconds = max(0, int(now - moment))
    size, unit = next((entry for entry in _UNITS if seconds >= entry[0]), _UNITS[-1])
    at = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return f"{at}   {counted(seconds // size, unit)} ago"


def _fetched(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "text/plain"})  # noqa: S310 - http and https alone
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - as above
            return _text(response.read(_LARGEST + 1), url)
    except urllib.error.HTTPError as error:
        raise _error(f"{printable(url)} answered {error.code}.") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise _error(f"{printable(url)} cannot be read: {printable(str(reason))}.") from None


def _file(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return _text(file.read(_LARGEST + 1), path)
    except OSError as error:
        raise _error(f"{printable(path)} cannot be read: {error.strerror}.") from None


def _text(content: bytes, place: str) -> str:
    if len(content) > _LARGEST:
        raise _error(f"{printable(place)} is larger than any metrics.")
    return content.decode("utf-8", "replace")


def _error(sentence: str) -> click.BadParameter:
    return click.BadParameter(sentence, param_hint="--usage")

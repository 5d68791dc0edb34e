"""Records as JSON, one on each line, which ``envcors replay`` reads."""

from __future__ import annotations

import json
import logging
from dataclasses import fields

from envcors.observe.record import Record

VERSION = 1
"""The version of the format, in the field ``envcors`` of a line."""

FIELDS = tuple(field.name for field in fields(Record) if field.name != "time")


class JSONFormatter(logging.Formatter):
    """Formats each record as a line of JSON.

    Every line has ``time`` (Unix seconds), ``level``, ``logger`` and ``message``. The record of a decision also has
    ``envcors`` (the version of the format) and the fields of ``Record``; a summary has ``event`` and ``counts``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        values = vars(record)
        if record.name == "envcors.decisions" and values.get("envcors") == VERSION:
            line["envcors"] = VERSION
            line |= {name: values[name] for name in (*FIELDS, "event", "counts") if name in values}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)

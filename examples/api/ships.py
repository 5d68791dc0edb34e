"""The ships in the log, in SQLite, so that all worker processes of a server see the same ones."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

SCHEMA = """
    CREATE TABLE IF NOT EXISTS ships (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, bearing INTEGER NOT NULL, note TEXT NOT NULL,
        passed TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS logins (token TEXT PRIMARY KEY, expires REAL NOT NULL);
    INSERT INTO ships SELECT * FROM (VALUES
        (1, 'Fleur de Sel', 284, 'Salt for Bergen, low in the water.', '2026-11-20T17:42:00+00:00'),
        (2, 'Otter', 121, 'Tug, no tow. Dipped her lights.', '2026-11-21T04:15:00+00:00'),
        (3, 'Marguerite', 7, 'Three masts, no engine, no hurry.', '2026-11-21T21:03:00+00:00')
    ) WHERE NOT EXISTS (SELECT 1 FROM ships);
"""


# Opens a transaction that is committed at the end of the block, or rolled back when the block raises.
Database = Callable[[], AbstractContextManager[sqlite3.Connection]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a keeper writes. ``bearing`` is where the ship was seen from the tower, in degrees from north."""

    name: str
    bearing: int
    note: str


@dataclass(frozen=True, slots=True)
class Ship:
    """An entry as the log stores it; ``passed`` is the time, in UTC, in ISO 8601."""

    id: int
    name: str
    bearing: int
    note: str
    passed: str


def open_database(path: str) -> Database:
    """Create the file and its tables if they do not exist, with three ships."""

    @contextmanager
    def transaction() -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
            yield connection

    with transaction() as connection:
        connection.executescript(SCHEMA)
    return transaction


class Ships:
    """The log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Ship]:
        """All ships, the newest first."""
        with self._database() as connection:
            return [Ship(*row) for row in connection.execute("SELECT * FROM ships ORDER BY id DESC")]

    def add(self, entry: Entry) -> Ship:
        """Add an entry."""
        passed = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database() as connection:
            cursor = connection.execute(
                "INSERT INTO ships (name, bearing, note, passed) VALUES (?, ?, ?, ?)",
                (entry.name, entry.bearing, entry.note, passed),
            )
        return Ship(cursor.lastrowid or 0, entry.name, entry.bearing, entry.note, passed)

    def replace(self, number: int, entry: Entry) -> Ship | None:
        """Replace an entry; ``None`` if it does not exist."""
        with self._database() as connection:
            row = connection.execute(
                "UPDATE ships SET name = ?, bearing = ?, note = ? WHERE id = ? RETURNING *",
                (entry.name, entry.bearing, entry.note, number),
            ).fetchone()
        return Ship(*row) if row else None

    def remove(self, number: int) -> bool:
        """Delete an entry; whether it existed."""
        with self._database() as connection:
            return connection.execute("DELETE FROM ships WHERE id = ?", (number,)).rowcount == 1

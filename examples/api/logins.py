"""Who is logged in: a random token in a cookie, and when it ends."""

import enum
import secrets
import time

from examples.api.ships import Database

DAY = 86_400  # seconds; how long an expired login is kept, so that it differs from an unknown one


class LoginState(enum.Enum):
    """Whether a token is valid."""

    VALID = enum.auto()
    EXPIRED = enum.auto()
    UNKNOWN = enum.auto()


class Logins:
    """The logins, in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, seconds: int) -> str:
        """Make a token that is valid for so many seconds."""
        token = secrets.token_urlsafe(32)
        now = time.time()
        with self._database() as connection:
            connection.execute("DELETE FROM logins WHERE expires < ?", (now - DAY,))
            connection.execute("INSERT INTO logins VALUES (?, ?)", (token, now + seconds))
        return token

    def state(self, token: str) -> LoginState:
        """Whether ``token`` is valid now."""
        expires = self._expires(token)
        if expires is None:
            return LoginState.UNKNOWN
        return LoginState.VALID if time.time() < expires else LoginState.EXPIRED

    def seconds_left(self, token: str) -> int:
        """How many seconds ``token`` is still valid; 0 if it is not."""
        return max(0, round((self._expires(token) or 0) - time.time()))

    def end(self, token: str) -> None:
        """Delete ``token``."""
        with self._database() as connection:
            connection.execute("DELETE FROM logins WHERE token = ?", (token,))

    def _expires(self, token: str) -> float | None:
        with self._database() as connection:
            row = connection.execute("SELECT expires FROM logins WHERE token = ?", (token,)).fetchone()
        return row[0] if row else None

"""The store's keys in Redis: a sorted set of origins, a revision, and a stream of changes.

The score of a member is its expiry in Unix seconds, ``+inf`` for none. Every write is one transaction: it changes the
set, advances the revision and appends to the stream, or does nothing. The revision comes from the clock, so that it
grows although Redis starts again without its data.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError, WatchError
from redis.retry import Retry

from envcors.problems import counted, printable
from envcors.settings.store_url import StoreURL

if TYPE_CHECKING:
    from redis.client import Pipeline
    from redis.typing import EncodableT, FieldT

Operation = Literal["add", "remove"]

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""A server that answers nothing for so long counts as unreachable."""

_BATCH = 10_000
"""Members in one answer of Redis: it serves nobody else while it writes one."""
_MOST_LISTED = 500
"""A change of more members is not listed in the stream: workers read the whole set instead."""
_KEPT_CHANGES = 1_000
_ATTEMPTS = 20
_OPERATIONS: dict[str, Operation] = {"add": "add", "remove": "remove"}
_KEPT_SECONDS = 86_400
"""An expired member stays in the set for a day, for `origins list`; then a write removes it."""
_TYPES = {"origins": "zset", "revision": "string", "changes": "stream"}


class StoreError(Exception):
    """The store cannot be used. ``str()`` is a sentence without the password.

    ``is_away`` says that no server answered, or not in time; otherwise the server refused or holds something else.
    """

    def __init__(self, sentence: str, *, is_away: bool = False) -> None:
        super().__init__(sentence)
        self.is_away = is_away


@dataclass(frozen=True, slots=True)
class Content:
    """The whole store at one moment.

    Attributes:
        revision: What it was advanced to by the last write; 0 if nobody has written yet.
        expiries: The members, as texts, with their expiries in Unix seconds.
        undecodable: How many members are not UTF-8.
        last: The identifier of the last change in the stream.
    """

    revision: int
    expiries: Mapping[str, float]
    undecodable: int
    last: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the stream of changes.

    Attributes:
        identifier: The entry's identifier, which begins with the server's time in milliseconds.
        operation: ``add`` or ``remove``.
        number: How many members.
        members: The members; None where they are too many to list.
        until: The expiry that ``add`` gave them, in Unix seconds.
        by: Who changed them.
        revision: What this write advanced the revision to.
        before: The revision before it.
    """

    identifier: str
    operation: Operation
    number: int
    members: tuple[str, ...] | None
    until: float
    by: str
    revision: int
    before: int

    @property
    def time(self) -> float:
        """When it was written, in Unix seconds, by the clock of the server."""
        return int(self.identifier.partition("-")[0]) / 1000


@dataclass(slots=True)
class Database:
    """A connection to the store. All methods raise StoreError.

    Args:
        url: Where it is.
        wait: For how many seconds ``changes`` waits for a change.
    """

    url: StoreURL
    wait: float = 1.0
    _client: redis.Redis = field(init=False, repr=False)

    def __post_init__(self) -> None:
        url = self.url
        self._client = redis.Redis(
            host=url.host,
            port=url.port,
            db=url.database,
            username=url.username or None,
            password=url.password.get_secret_value() or None,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # a command tells its user at once, and the listener has pauses of its own
            client_name="envcors",
            protocol=2,
            ssl=url.tls,
            ssl_check_hostname=url.tls,
            ssl_ca_certs=url.ca or None,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def state(self) -> tuple[int, bool]:
        """Return the revision, 0 if it is missing, and whether there are members."""
        with told(self.url), self._client.pipeline(transaction=True) as pipe:
            pipe.get(self._key("revision"))
            pipe.exists(self._key("origins"))
            revision, exists = pipe.execute()
            return _revision(revision), bool(exists)

    def content(self) -> Content:
        """Read the whole set, in batches, as it was at one moment."""
        with told(self.url):
            for _ in range(_ATTEMPTS):
                revision = _revision(self._client.get(self._key("revision")))
                last = self._last()
                expiries, undecodable = self._members()
                if revision == _revision(self._client.get(self._key("revision"))):
                    return Content(revision, expiries, undecodable, last)
        raise StoreError(f"{self.url} changes faster than it can be read.")

    def changes(self, after: str) -> Iterator[Change]:
        """Yield the changes after the one with this identifier; wait for one if there is none yet."""
        with told(self.url):
            found = self._client.xread({self._key("changes"): after}, block=max(1, int(self.wait * 1000)))
            entries = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", found or [])
            changes = [_change(identifier, content) for _, listed in entries for identifier, content in listed]
        yield from changes

    def history(self, number: int) -> list[Change]:
        """Return the last changes, the latest first."""
        with told(self.url):
            found = self._client.xrevrange(self._key("changes"), count=number)
            entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", found)
            return [_change(identifier, content) for identifier, content in entries]

    def held(self, members: Sequence[str]) -> list[float | None]:
        """Return the expiry of each member; None for one that is not in the set."""
        with told(self.url):
            return self._client.zmscore(self._key("origins"), list(members)) if members else []

    def write(self, operation: Operation, members: Sequence[str], *, by: str, until: float) -> int:
        """Add or remove members in one transaction, and return the revision.

        Args:
            operation: ``add`` or ``remove``.
            members: Valid patterns; the caller has checked them.
            by: Who does it.
            until: The expiry of added members, in Unix seconds; infinity for none.
        """
        keys = [self._key(name) for name in _TYPES]

        def queue(pipe: Pipeline) -> int:
            self._check_types(pipe)
            before = _revision(pipe.get(self._key("revision")))
            revision = max(time.time_ns() // 1000, before + 1)
            entry: dict[FieldT, EncodableT] = {"op": operation, "number": len(members), "by": by}
            entry |= {"revision": revision, "before": before, "until": str(until)}
            if len(members) <= _MOST_LISTED:
                entry["members"] = json.dumps(members)
            pipe.multi()
            pipe.zremrangebyscore(self._key("origins"), "-inf", time.time() - _KEPT_SECONDS)
            if operation == "add":
                pipe.zadd(self._key("origins"), dict.fromkeys(members, until))
            else:
                pipe.zrem(self._key("origins"), *members)
            pipe.set(self._key("revision"), revision)
            pipe.xadd(self._key("changes"), entry, maxlen=_KEPT_CHANGES, approximate=False)
            return revision

        with told(self.url):
            return self._transaction(queue, keys)

    def _transaction(self, queue: Callable[[Pipeline], int], keys: Sequence[str]) -> int:
        with self._client.pipeline() as pipe:
            for _ in range(_ATTEMPTS):
                try:
                    pipe.watch(*keys)  # type: ignore[no-untyped-call]  # redis-py declares no type for its arguments
                    revision = queue(pipe)
                    pipe.execute()
                except WatchError:
                    continue  # somebody else has written meanwhile
                return revision
        raise StoreError(f"Others write to {self.url} all the time: nothing was written. Try again.")

    def _check_types(self, pipe: Pipeline) -> None:
        """Raise StoreError where a key holds something else: a transaction would do a part of its work there."""
        for name, expected in _TYPES.items():
            found = cast("bytes", pipe.type(self._key(name))).decode()
            if found not in (expected, "none"):
                raise StoreError(_other_type(self._key(name), found, expected))

    def _members(self) -> tuple[dict[str, float], int]:
        expiries: dict[str, float] = {}
        undecodable = start = 0
        while True:
            batch = self._client.zrange(self._key("origins"), start, start + _BATCH - 1, withscores=True)
            for member, score in cast("list[tuple[bytes, float]]", batch):
                try:
                    expiries[member.decode()] = float(score)
                except UnicodeDecodeError:
                    undecodable += 1
            if len(batch) < _BATCH:
                return expiries, undecodable
            start += _BATCH

    def _last(self) -> str:
        found = cast("list[tuple[bytes, object]]", self._client.xrevrange(self._key("changes"), count=1))
        return found[0][0].decode() if found else "0-0"

    def _key(self, name: str) -> str:
        """Return a key; the braces keep the three in one slot where a proxy spreads keys over servers."""
        return f"{{{self.url.prefix}}}:{name}"


@contextmanager
def told(url: StoreURL) -> Iterator[None]:
    """Turn errors of redis-py into sentences that name no password."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise _error(url, error) from None
    except (ValueError, KeyError):
        raise StoreError(f"{url} holds something that envcors did not write.") from None


def _error(url: StoreURL, error: Exception) -> StoreError:
    text = str(error)
    upper = text.upper()
    if isinstance(error, redis.exceptions.AuthenticationError) or "WRONGPASS" in upper or "NOAUTH" in upper:
        return StoreError(f"{url} refused the user or the password.")
    if "NOPERM" in upper or isinstance(error, redis.exceptions.NoPermissionError):
        return StoreError(f"{url}: this user may not use the keys {{{url.prefix}}}:*, or a command: {_shown(text)}")
    if "CERTIFICATE" in upper or "HOSTNAME" in upper:
        return StoreError(f"{url} has a certificate that cannot be trusted: {_shown(text)}", is_away=True)
    if "READONLY" in upper or isinstance(error, redis.exceptions.ReadOnlyError):
        return StoreError(f"{url} is a replica that takes no writes: name the server that it copies.")
    if "OOM" in upper or "MAXMEMORY" in upper:
        return StoreError(f"{url} is full (maxmemory): nothing was written.")
    if isinstance(error, ResponseError) and "WRONGTYPE" in upper:
        return StoreError(
            f"A key of {url} that begins with {{{url.prefix}}}: holds something else than envcors writes."
        )
    if isinstance(error, (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)):
        return StoreError(f"{url} cannot be reached: {_shown(text)}", is_away=True)
    return StoreError(f"{url} answered: {_shown(text)}")


def _shown(text: str) -> str:
    return printable(text.rstrip("."), 200) + "."


def _other_type(key: str, found: str, expected: str) -> str:
    return f"The key {key} holds a {found}, not a {expected}: another program uses it. Name another prefix in the URL."


def _revision(value: object) -> int:
    return 0 if value is None else int(cast("bytes", value))


def _change(identifier: bytes, content: Mapping[bytes, bytes]) -> Change:
    fields = {key.decode(): value.decode() for key, value in content.items()}
    members = fields.get("members")
    return Change(
        identifier.decode(),
        _OPERATIONS[fields["op"]],
        int(fields["number"]),
        None if members is None else tuple(map(str, json.loads(members))),
        float(fields.get("until", "inf")),
        fields["by"],
        int(fields["revision"]),
        int(fields["before"]),
    )


def described(change: Change) -> str:
    """Return what a change did in a few words."""
    verb = "added" if change.operation == "add" else "removed"
    listed = "" if change.members is None else ": " + ", ".join(printable(member) for member in change.members[:5])
    more = "" if change.members is None or len(change.members) <= 5 else ", …"
    return f"{verb} {counted(change.number, 'origin')}{listed}{more}"

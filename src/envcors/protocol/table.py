"""Which policy governs a path."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from envcors.protocol.foreign_write import CSRFProtection
from envcors.protocol.policy import Policy

_slashes = re.compile("//+")
_dot_segment = re.compile(r"/\.{1,2}(?:/|\Z)")
_percent_encoded = re.compile("%[0-9A-Fa-f]{2}")
_regular_expression = re.compile(r"[\\^|\[\]]|\.\+|\$$")
"""What a path hardly ever contains, and a regular expression that was meant to be one often does."""


class PathError(ValueError):
    """A text is not a path pattern. `str()` is a sentence that names the problem; `reason` is a short code."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One path (`/health`), or with `below` a path and all that is below it (`/api/*`, `/*`).

    `/api/*` holds `/api`, `/api/` and `/api/items`, not `/apiary`. `/api/` is that path alone, not `/api`.
    `path` is as `PATH_INFO` holds it (UTF-8 bytes as Latin-1), without the `/*`.
    """

    path: str
    below: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a pattern, in which nothing is percent-encoded; raises `PathError`."""
        if not text.startswith("/"):
            raise PathError("no-slash", "A path starts with `/`.")
        below = text.endswith("/*")
        path = text.removesuffix("/*") if below else text
        if "*" in path:
            raise PathError("wildcard", "`*` is possible only at the end, after `/`: `/api/*`.")
        if _regular_expression.search(path):
            raise PathError("expression", "A text is a path, not a regular expression: code can set a compiled one.")
        if "?" in path or "#" in path:
            raise PathError("query", "A path ends before `?` and `#`.")
        if "//" in text:
            raise PathError("double-slash", "A path has no empty segment: doubled slashes count as one.")
        if {".", ".."} & set(path.split("/")):
            raise PathError("dot-segment", "A browser never asks for `.` or `..` in a path.")
        if _percent_encoded.search(path):
            raise PathError("percent-encoded", "A path is written decoded: `/café`, not `/caf%C3%A9`.")
        if not path.isprintable():
            raise PathError("unprintable", "A path contains no control characters.")
        try:
            return cls(path.encode().decode("latin-1"), below)
        except UnicodeEncodeError as error:
            raise PathError("unprintable", "A path contains no lone surrogates.") from error

    def __str__(self) -> str:
        return self.path.encode("latin-1").decode() + ("/*" if self.below else "")


def merged_slashes(path_info: str) -> str:
    """Return a path with one slash in front, and one for each run of slashes, as Werkzeug reads it."""
    return _slashes.sub("/", f"/{path_info}") if "//" in path_info or path_info[:1] != "/" else path_info


def without_dots(path_info: str) -> str | None:
    """Return a path with its ``.`` and ``..`` segments resolved (URL standard, "path state"); None if it has none."""
    if "/." not in path_info or not _dot_segment.search(path_info):
        return None
    segments: list[str] = []
    for segment in path_info.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in (".", ""):
            segments.append(segment)
    return "/" + "/".join(segments)


CLOSED = Policy(csrf_protection="enforce")
"""Allows no origin, where it is not certain which policy governs."""

T = TypeVar("T")


class PathTable(Generic[T]):
    """Values by path.

    The most specific of ``paths`` wins: ``/api/items`` over ``/api/items/*`` over ``/api/*``. ``regexes`` match whole
    paths, decoded, in the order given, where none of ``paths`` does. Without both, ``otherwise`` is for every path.

    Raises:
        PathError: ``PathPattern`` does not read a key of ``paths``.
    """

    __slots__ = ("_by_first_segment", "_exact", "_expressions", "_parents", "_root", "paths", "regexes")

    def __init__(
        self,
        paths: Mapping[str, T] | None = None,
        regexes: Sequence[tuple[re.Pattern[str], T]] = (),
        otherwise: T | None = None,
    ) -> None:
        self.paths = dict(paths or {})
        self.regexes = tuple(regexes)
        patterns = {PathPattern.parse(text): value for text, value in self.paths.items()}
        self._exact = {pattern.path: value for pattern, value in patterns.items() if not pattern.below}
        below = {pattern.path: value for pattern, value in patterns.items() if pattern.below}
        above = {path[:end] for path in below for end, character in enumerate(path) if character == "/"}
        # The value of all that is below a path, be it that of a path above it, and whether deeper paths have their own.
        self._root = (below.get("", otherwise), bool(above))
        self._parents: dict[str, tuple[T | None, bool]] = {}
        for path in sorted(below.keys() | above - {""}):
            upper, _ = self._parents.get(path.rpartition("/")[0], self._root)
            self._parents[path] = (below.get(path, upper), path in above)
        # In a path `.` stands for any character: a line break must not lead a request past its policy.
        self._expressions = tuple(
            (re.compile(regex.pattern, regex.flags | re.DOTALL), value) for regex, value in self.regexes
        )
        self._by_first_segment = self._first_segments()

    def _first_segments(self) -> dict[str, T | None] | None:
        """The values by a path's first segment, which is enough where no pattern names more; else None."""
        if self._exact or self._expressions or any(deeper for _, deeper in self._parents.values()):
            return None
        return {path.removeprefix("/"): value for path, (value, _) in self._parents.items()}

    def for_path(self, path_info: str) -> T | None:
        """The value of a path, given as WSGI's ``PATH_INFO``.

        Runs of slashes count as one, and one is added in front where there is none, as for Werkzeug, which
        answers ``//api`` and ``api`` with the view of ``/api``. Nothing else is changed: a view sees ``.``, ``..`` and
        case as they stand here.
        """
        path = path_info
        if "/." in path:
            plain = without_dots(path)
            if plain is not None:
                return self._at_dots(path, plain)
        return self._find(path)

    def _at_dots(self, path: str, plain: str) -> T | None:  # noqa: ARG002 - a table of policies looks at it
        """The value of a path with dot segments, and ``plain`` without them."""
        return self._find(path)

    def _find(self, path: str) -> T | None:
        if self._by_first_segment is not None:
            segments = path.split("/", 2)
            if len(segments) > 1 and segments[1] and not segments[0]:
                return self._by_first_segment.get(segments[1], self._root[0])
        path = merged_slashes(path)
        if path in self._exact:
            return self._exact[path]
        # Down from the root, no further than there are patterns, however long the path is.
        value, has_deeper = self._root
        end = 0
        while has_deeper:
            end = path.find("/", end + 1)
            if end < 0:
                value, _ = self._parents.get(path, (value, False))
                break
            value, has_deeper = self._parents.get(path[:end], (value, False))
        if value is None and self._expressions:
            value = self._for_expression(path)
        return value

    def is_exact(self, path_info: str) -> bool:
        """Whether one of ``paths`` is exactly this path, not one of those below another."""
        return path_info in self._exact

    def _for_expression(self, path: str) -> T | None:
        decoded = path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")
        return next((value for expression, value in self._expressions if expression.fullmatch(decoded)), None)


class PolicyTable(PathTable[Policy]):
    """Policies by path.

    Where ``paths`` or ``regexes`` are given, they alone govern; otherwise ``default`` governs every path. ``elsewhere``
    is the protection against foreign writes where none governs, and ``protects`` says whether there is any.
    """

    __slots__ = ("default", "elsewhere", "governs_all", "protects")

    def __init__(
        self,
        default: Policy | None,
        paths: Mapping[str, Policy] | None = None,
        regexes: Sequence[tuple[re.Pattern[str], Policy]] = (),
    ) -> None:
        self.default = default
        self.governs_all = not paths and not regexes
        super().__init__(paths, regexes, default if self.governs_all else None)
        self.elsewhere: CSRFProtection = "off" if default is None else default.csrf_protection
        self.protects = self.elsewhere != "off" or any(
            found.csrf_protection != "off" for found in PolicyTable.policies(self)
        )

    def _at_dots(self, path: str, plain: str) -> Policy | None:
        """Where the two have different policies no origin is allowed: what answers may read the path either way.

        Browsers resolve such segments before they ask, except behind an encoded slash.
        """
        found = self._find(path)
        return found if self._find(plain) is found else CLOSED

    def policies(self) -> Iterator[Policy]:
        """Every policy that can govern a path; the default one where it does."""
        if self.governs_all:
            if self.default is not None:
                yield self.default
            return
        yield from self.paths.values()
        yield from (policy for _, policy in self.regexes)

"""Which policy governs a path."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from envcors.protocol.policy import Policy

_slashes = re.compile("//+")
_percent_encoded = re.compile("%[0-9A-Fa-f]{2}")
_regular_expression = re.compile(r"[\\^|\[\]]|\.\+|\$$")
"""What a path hardly ever holds, and a regular expression that was meant to be one often does."""


class PathError(ValueError):
    """A text is not a path pattern. `str()` is a sentence that names the fault; `reason` is a short code."""

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
            raise PathError("wildcard", "`*` stands only at the end, after `/`: `/api/*`.")
        if _regular_expression.search(path):
            raise PathError("expression", "A text is a path, not a regular expression: code may give a compiled one.")
        if "?" in path or "#" in path:
            raise PathError("query", "A path ends before `?` and `#`.")
        if "//" in text:
            raise PathError("double-slash", "A path has no empty segment: doubled slashes count as one.")
        if {".", ".."} & set(path.split("/")):
            raise PathError("dot-segment", "A browser never asks for `.` or `..` in a path.")
        if _percent_encoded.search(path):
            raise PathError("percent-encoded", "A path is written decoded: `/café`, not `/caf%C3%A9`.")
        if not path.isprintable():
            raise PathError("unprintable", "A path holds no control characters.")
        try:
            return cls(path.encode().decode("latin-1"), below)
        except UnicodeEncodeError as error:
            raise PathError("unprintable", "A path holds no lone surrogates.") from error

    def __str__(self) -> str:
        return self.path.encode("latin-1").decode() + ("/*" if self.below else "")


class PolicyTable:
    """Policies by path.

    Where `paths` or `regexes` are given, they alone govern; otherwise `default` governs every path. The most
    specific of `paths` wins: `/api/items` over `/api/items/*` over `/api/*`. `regexes` match whole paths,
    decoded, in the order given, where none of `paths` does. Raises `PathError` for a key of `paths` that
    `PathPattern` does not read.
    """

    __slots__ = ("_exact", "_parents", "_root", "default", "governs_all", "paths", "regexes")

    def __init__(
        self,
        default: Policy | None,
        paths: Mapping[str, Policy] | None = None,
        regexes: Sequence[tuple[re.Pattern[str], Policy]] = (),
    ) -> None:
        self.default = default
        self.paths = dict(paths or {})
        self.regexes = tuple(regexes)
        self.governs_all = not self.paths and not self.regexes
        patterns = {PathPattern.parse(text): policy for text, policy in self.paths.items()}
        self._exact = {pattern.path: policy for pattern, policy in patterns.items() if not pattern.below}
        below = {pattern.path: policy for pattern, policy in patterns.items() if pattern.below}
        above = {path[:end] for path in below for end, character in enumerate(path) if character == "/"}
        # The policy of all that is below a path, and whether deeper paths have their own.
        self._parents = {path: (below.get(path), path in above) for path in below.keys() | above}
        self._root = (default, False) if self.governs_all else (below.get(""), bool(above))

    def for_path(self, path_info: str) -> Policy | None:
        """The one policy that governs a path, given as WSGI's `PATH_INFO`.

        Runs of slashes count as one, and one is added in front where there is none, as for Werkzeug, which
        answers `//api` and `api` with the view of `/api`. Nothing else is changed: a view sees `.`, `..` and case
        as they stand here.
        """
        path = path_info
        if not path or path[0] != "/" or "//" in path:
            path = _slashes.sub("/", f"/{path}")
        policy = self._exact.get(path)
        if policy is not None:
            return policy
        # Down from the root, no further than there are patterns, however long the path is.
        policy, has_deeper = self._root
        end = 0
        while has_deeper and end >= 0:
            end = path.find("/", end + 1)
            parent = self._parents.get(path if end < 0 else path[:end])
            if parent is None:
                break
            deeper, has_deeper = parent
            policy = deeper or policy
        if policy is None and self.regexes:
            policy = self._for_regex(path)
        return policy

    def policies(self) -> Iterator[Policy]:
        """Every policy that can govern a path; the default one where it does."""
        if self.governs_all:
            if self.default is not None:
                yield self.default
            return
        yield from self.paths.values()
        yield from (policy for _, policy in self.regexes)

    def _for_regex(self, path: str) -> Policy | None:
        decoded = path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")
        return next((policy for regex, policy in self.regexes if regex.fullmatch(decoded)), None)

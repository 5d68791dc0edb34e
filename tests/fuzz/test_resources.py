"""Resources, as JSON, as variables and in code: exactly one policy governs a path, the most specific."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from envcors.protocol.table import CLOSED, without_dots
from envcors.settings.inputs import Inputs
from tests.fuzz.depth import few
from tests.fuzz.readable import configuration

SEGMENTS = ["a", "b", "api", "a.b", "é", "A", "a b", "%", "~"]
PATHS = st.lists(st.sampled_from(SEGMENTS), max_size=4).map(lambda segments: "/" + "/".join(segments))
PATTERNS = st.one_of(
    PATHS, PATHS.map(lambda path: path.rstrip("/") + "/*"), PATHS.map(lambda path: path.rstrip("/") + "/")
)
SUFFIXES = st.sampled_from(["", "", "/", "x", "/a", "/a/b/c", "/*", "?", "//", "/."])
PROBES = st.one_of(
    st.builds("{}{}".format, PATHS, SUFFIXES),
    PATHS.map(lambda path: path.replace("/", "//")),
    PATHS.map(lambda path: path.removeprefix("/")),
    st.text("/ab.*é\n", max_size=8),
)
EXPRESSIONS = st.sampled_from([r"/a/\d+", r"/api/[^/]+", r"/.", r"/a|/b", r"/A/.*", r"/é.*"])


@dataclass(frozen=True)
class Written:
    """Paths by where they are written; each gets a number, which is the maximum age of its policy."""

    json: tuple[str, ...]
    variables: tuple[tuple[str, ...], ...]
    expressions: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, int]:
        numbers = {path: number for number, path in enumerate(self.json, 1)}
        for number, paths in enumerate(self.variables, 101):
            numbers.update(dict.fromkeys(paths, number))
        return numbers

    def environ(self) -> dict[str, str]:
        resources = {path: {"max_age": number} for number, path in enumerate(self.json, 1)}
        found = {"CORS_RESOURCES": json.dumps(resources)} if self.json else {}
        for number, paths in enumerate(self.variables, 101):
            found[f"CORS_RESOURCES__R{number}__PATHS"] = json.dumps(paths)
            found[f"CORS_RESOURCES__R{number}__MAX_AGE"] = str(number)
        return found

    def keywords(self) -> dict[str, object]:
        if not self.expressions:
            return {}
        resources: dict[object, object] = {path: {"max_age": number} for path, number in self.numbers.items()}
        for number, text in enumerate(self.expressions, 201):
            resources[re.compile(text)] = {"max_age": number}
        return {"resources": resources}


@st.composite
def all_written(draw: st.DrawFn) -> Written:
    paths = draw(st.lists(PATTERNS, unique=True, max_size=8))
    cuts = sorted(draw(st.lists(st.integers(0, len(paths)), min_size=3, max_size=3)))
    groups = [tuple(paths[start:end]) for start, end in zip(cuts, [*cuts[1:], len(paths)], strict=True)]
    expressions = tuple(draw(st.lists(EXPRESSIONS, unique=True, max_size=2)))
    return Written(tuple(paths[: cuts[0]]), tuple(filter(None, groups)), expressions)


def governing(written: Written, path: str) -> int | None:
    """The number of the policy that governs a path, by asking every pattern; None where none does."""
    segments = re.sub("/+", "/", f"/{path}").split("/")
    plain = {pattern: number for pattern, number in written.numbers.items() if _holds(pattern, segments)}
    if plain:
        return plain[max(plain, key=_depth)]
    for number, expression in enumerate(written.expressions, 201):
        if re.fullmatch(expression, "/".join(segments), re.DOTALL):
            return number
    return None


def _holds(pattern: str, segments: list[str]) -> bool:
    parts = pattern.split("/")
    if parts[-1] == "*":
        return segments[: len(parts) - 1] == parts[:-1]
    return segments == parts


def _depth(pattern: str) -> tuple[bool, int]:
    return not pattern.endswith("/*"), pattern.count("/")


@few(40)
@given(all_written(), st.lists(PROBES, min_size=1, max_size=12))
@example(Written(("/a/*", "/a"), (("/a/b/*",),), ()), ["/a", "/a/", "/a/b", "/ab", "/a/b/c/d", "//a//b"])
@example(Written((), (), (r"/a/.*",)), ["/a/x\n"])
def test_exactly_one_policy_governs_a_path_and_it_is_the_most_specific(written: Written, paths: list[str]) -> None:
    found = configuration(Inputs(environ=written.environ(), env_files=(), keywords=written.keywords()))
    table = found.table
    assert table is not None, found.refusal()
    for path in (*paths, *_near(written)):
        policy = table.for_path(path.encode().decode("latin-1"))
        if written.numbers or written.expressions:
            if policy is CLOSED:
                assert governing(written, path) != governing(written, str(without_dots(path)))
                continue
            assert (None if policy is None else policy.max_age) == governing(written, path)
        else:
            assert policy is table.default


def _near(written: Written) -> Iterable[str]:
    """The paths themselves, and what is just below and beside each."""
    for pattern in written.numbers:
        path = pattern.removesuffix("/*")
        yield from (path, f"{path}/", f"{path}/deep/er", f"{path}x")


NAMES = st.sampled_from(["A", "a", "B1", "_", "A_B", "", "A__B", "é", "A-B"])
OPTIONS = st.sampled_from(["PATHS", "ORIGINS", "MAX_AGE", "METHODS", "PATH", "paths", "", "SUPPORTS_CREDENTIALS"])
VALUES = st.sampled_from(
    ["/a", "/a,/b", "*", "600", "true", "", '["/a"]', "a", "/a/*/b", "{}", "https://a.example.com"]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["*", "/a", "600", "GET", ""])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(PATTERNS, st.sampled_from(["origins", "max_age", "Origins", "x"])), inner, max_size=3
        ),
    ),
    max_leaves=10,
)


@few(40)
@given(
    st.dictionaries(st.builds("CORS_RESOURCES__{}__{}".format, NAMES, OPTIONS), VALUES, max_size=5),
    st.one_of(st.none(), JSON.map(json.dumps), JSON.map(lambda value: json.dumps(value)[:-1])),
)
def test_resources_of_any_form_are_read_or_refused_readably(variables: dict[str, str], whole: str | None) -> None:
    environ = variables if whole is None else {**variables, "CORS_RESOURCES": whole}
    found = configuration(Inputs(environ=environ, env_files=()))
    if found.table is not None:
        listed = [path for resource in found.settings.resources for path in resource.paths]
        assert sorted(map(str, listed)) == sorted(found.table.paths)

"""Kubernetes manifests of any bytes: read as Kubernetes reads them, or refused readably."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from envcors.settings.inputs import Inputs
from tests.fuzz.depth import few
from tests.fuzz.readable import configuration
from tests.fuzz.texts import changed

KEYS = st.sampled_from(
    ["CORS_ORIGINS", "CORS_METHODS", "CORS_MAX_AGE", "cors.origins", "CORS_ORIGIN", "OTHER", "<<", "1"]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            *("https://a.io", '"600"', "600", "1e3", "true", "y", "null", "~", "", "*", "*a", "&a GET", "'GET'"),
            *("|\n    GET\n    PUT", ">-\n    GET\n    PUT", "[GET, PUT]", "\n    - GET", "{a: b}", "{{ .Values.x }}"),
            *("!!str 600", "!!binary R0VU", "!x GET", "0o17", "2026-11-22", "# GET", '"\\u0000"', '"\\ud800"', "- GET"),
        ]
    ),
    st.text("aGET:#&*!|>'\"[]{},-?%@` \t", max_size=8),
)  # fmt: skip
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=4)
KINDS = st.sampled_from(["ConfigMap", "ConfigMap", "ConfigMap", "Secret", "Deployment", "List", "", "[ConfigMap]"])
SECTIONS = st.sampled_from(["data", "data", "data", "binaryData", "stringData", "data: &d", "configMapGenerator"])


def _manifest(kind: str, section: str, pairs: list[tuple[str, str]]) -> str:
    lines = "".join(f"  {key}: {value}\n" for key, value in pairs)
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: cors\n{section.removesuffix(':')}:\n{lines}"


MANIFESTS = st.builds(_manifest, KINDS, SECTIONS, PAIRS)
GENERATORS = st.lists(st.sampled_from(["CORS_METHODS=GET,PUT", "CORS_ORIGINS='*'", "A", "=", "[a]", "CORS_ENV="])).map(
    lambda literals: "configMapGenerator:\n- name: cors\n  literals:\n" + "".join(f"  - {text}\n" for text in literals)
)
DOCUMENTS = st.lists(st.one_of(MANIFESTS, MANIFESTS, GENERATORS), min_size=1, max_size=3).map("---\n".join)
FILES = changed(DOCUMENTS, ":-&*<>{}[]'\"|#\n\t !?%@\ufeff\x85\u2028\0").map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


class Loader(yaml.SafeLoader):
    """Reads texts, lists and mappings, merge keys included; everything else is None, as it is no text."""


def _nothing(loader: Loader, node: yaml.Node) -> None:
    return None


for _kind in ("int", "float", "bool", "timestamp", "binary", "null", "set", "omap", "pairs"):
    Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _nothing)
Loader.add_constructor(None, _nothing)


def values_of(content: bytes) -> Iterator[tuple[object, object]]:
    """The variables of every ConfigMap, as PyYAML reads them."""
    for document in yaml.load_all(content.decode("utf-8-sig"), Loader):
        for entry in (document, *_list(document, "items")):
            if isinstance(entry, dict) and entry.get("kind") == "ConfigMap":
                yield from _mapping(entry, "data").items()
                for key, value in _mapping(entry, "binaryData").items():
                    yield key, base64.b64decode(str(value)).decode("utf-8-sig")
            for literal in chain(*(_list(generator, "literals") for generator in _list(entry, "configMapGenerator"))):
                name, _, value = str(literal).partition("=")
                quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
                yield name, value[1:-1] if quoted else value


def _list(node: object, name: str) -> list[object]:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, list) else []


def _mapping(node: dict[object, object], name: str) -> dict[object, object]:
    value = node.get(name)
    return value if isinstance(value, dict) else {}


@few(25)
@given(st.one_of(FILES, FILES, FILES, st.binary(max_size=100)))
@example(b"kind: ConfigMap\ndata:\n  CORS_METHODS: |\n    GET\n    PUT\n")
@example(b"kind: ConfigMap\ndata: &d\n  <<: *d\n")
@example(b"kind: ConfigMap\ndata: {}\nconfigMapGenerator:\n  CORS_METHODS: GET\n")
@example(b"a: " + b"[" * 900)
def test_a_manifest_is_read_as_kubernetes_reads_it_or_refused_readably(content: bytes) -> None:
    path = Path.cwd() / "fuzz.yaml"
    path.write_bytes(content)
    found = configuration(Inputs(environ={}, env_files=(), manifests=(str(path),)))
    if found.table is None:
        return
    try:
        values = list(values_of(content))
    except yaml.YAMLError:
        return  # keys of mappings that Kubernetes refuses, and none of them is a variable
    expected = [(name, value.rstrip("\r\n")) for name, value in values if isinstance(value, str)]
    in_force = [(name, located.value) for name, located in found.settings.reading.located.items()]
    assert {*in_force} <= {*expected}

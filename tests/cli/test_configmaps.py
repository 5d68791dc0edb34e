"""`--configmap`: manifests as sources, each value with its line."""

from __future__ import annotations

import base64
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cli.command import Shell

OTHER_OBJECT = "apiVersion: v1\nkind: Service\nmetadata: {name: cors}\n"


def values(shell: Shell, *names: str) -> dict[str, tuple[str, str]]:
    """The values that come from manifests, with their sources."""
    arguments = [argument for name in names for argument in ("--configmap", name)]
    content = shell.envcors("show", "--format", "json", "--no-environ", *arguments).json
    return {
        value["variable"]: (value["value"], value["source"])
        for value in content["values"]
        if value["source"] != "default"
    }


def problems(shell: Shell, *names: str) -> list[dict[str, Any]]:
    arguments = [argument for name in names for argument in ("--configmap", name)]
    ended = shell.envcors("check", "--format", "json", "--no-environ", *arguments)
    found = [problem for problem in ended.json["problems"] if problem["severity"] == "refuse"]
    assert ended.status == (1 if found else 0)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "kind: ConfigMap\ndata:\n  A: b\n  CORS_METHODS: PUT\n",
            {"CORS_METHODS": ("PUT", "m.yaml line 4")},
            id="data",
        ),
        pytest.param(
            f"{OTHER_OBJECT}---\nkind: ConfigMap\ndata: {{CORS_METHODS: PUT}}\n---\n# nothing\n",
            {"CORS_METHODS": ("PUT", "m.yaml line 6")},
            id="several-documents",
        ),
        pytest.param(
            "kind: ConfigMap\ndata:\n  CORS_METHODS: |\n    PUT\n    PATCH\n",
            {"CORS_METHODS": ("PUT\nPATCH", "m.yaml line 3")},
            id="block-text-without-its-last-new-line",
        ),
        pytest.param(
            f"kind: ConfigMap\nbinaryData:\n  CORS_METHODS: {base64.b64encode(b'PUT').decode()}\n",
            {"CORS_METHODS": ("PUT", "m.yaml line 3")},
            id="binaryData",
        ),
        pytest.param(
            "kind: List\nitems:\n- kind: ConfigMap\n  data:\n    CORS_METHODS: PUT\n- kind: Secret\n",
            {"CORS_METHODS": ("PUT", "m.yaml line 5")},
            id="list",
        ),
        pytest.param(
            "configMapGenerator:\n- name: cors\n  literals:\n  - CORS_METHODS=PUT\n  - CORS_MAX_AGE='60'\n  - A=b\n",
            {"CORS_METHODS": ("PUT", "m.yaml line 4"), "CORS_MAX_AGE": ("60", "m.yaml line 5")},
            id="kustomize-literals",
        ),
        pytest.param(
            '{"kind": "ConfigMap", "data": {"CORS_METHODS": "PUT"}}',
            {"CORS_METHODS": ("PUT", "m.yaml line 1")},
            id="json",
        ),
        pytest.param("kind: ConfigMap\ndata: {A: b}\n", {}, id="without-our-variables"),
        pytest.param("kind: ConfigMap\n", {}, id="without-data"),
    ],
)
def test_each_value_of_a_manifest_has_its_line(
    shell: Shell, text: str, expected: Mapping[str, tuple[str, str]]
) -> None:
    shell.write("m.yaml", text)
    assert values(shell, "m.yaml") == expected


@pytest.mark.parametrize(
    ("text", "rule", "source"),
    [
        ("kind: ConfigMap\ndata:\n  CORS_MAX_AGE: 600\n", "value-invalid", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  CORS_SUPPORTS_CREDENTIALS: true\n", "value-invalid", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  CORS_METHODS: [PUT]\n", "value-invalid", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  CORS_METHODS:\n", "value-invalid", "m.yaml line 3"),
        ("kind: ConfigMap\nbinaryData:\n  CORS_METHODS: '%%%'\n", "value-invalid", "m.yaml line 3"),
        ("kind: ConfigMap\nbinaryData:\n  CORS_METHODS: /////w==\n", "value-invalid", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  CORS_METHOD: PUT\n", "unknown-variable", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  cors.methods: PUT\n", "unknown-variable", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  CORS_METHODS: PUT\n  CORS_METHODS: PUT\n", "variable-duplicate", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  CORS_METHODS: PUT\n  cors-methods: PUT\n", "variable-duplicate", "m.yaml line 3"),
        (
            "kind: ConfigMap\ndata: {CORS_METHODS: PUT}\n---\nkind: ConfigMap\ndata: {CORS_METHODS: PUT}\n",
            "variable-duplicate",
            "m.yaml line 2",
        ),
        (
            "kind: ConfigMap\ndata: {CORS_METHODS: PUT}\ndata: {CORS_ORIGINS: 'https://a.io'}\n",
            "source-unreadable",
            "m.yaml line 3",
        ),
        ("kind: ConfigMap\ndata: {A: b}\ndata:\n", "source-unreadable", "m.yaml line 3"),
        ("kind: ConfigMap\ndata:\n  A: b\n  A: c\n", "source-unreadable", "m.yaml line 4"),
        ("kind: ConfigMap\nmetadata: {name: a, name: b}\n", "source-unreadable", "m.yaml line 2"),
        ("configMapGenerator:\n- literals: []\n  literals: [CORS_METHODS=PUT]\n", "source-unreadable", "m.yaml line 3"),
        ("configMapGenerator:\n- envs: [cors.env]\n", "source-unreadable", "m.yaml line 2"),
        ("configMapGenerator:\n  literals: [CORS_METHODS=PUT]\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator: cors\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator:\n- cors\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator:\n- literals: CORS_METHODS=PUT\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator:\n- literals: {CORS_METHODS: PUT}\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator:\n- literals:\n  - CORS_METHODS: PUT\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator:\n- literals:\n  - [CORS_METHODS=PUT]\n", "source-unreadable", "m.yaml"),
        ("configMapGenerator:\n- env: cors.env\n", "source-unreadable", "m.yaml line 2"),
        ("configMapGenerator:\n- files: [etc/CORS_METHODS]\n", "source-unreadable", "m.yaml line 2"),
        ("", "source-unreadable", "m.yaml"),
        (OTHER_OBJECT, "source-unreadable", "m.yaml"),
        ("just text", "source-unreadable", "m.yaml"),
        ("- kind: ConfigMap\n", "source-unreadable", "m.yaml"),
        ("kind: ConfigMap\ndata:\n\tCORS_METHODS: PUT\n", "source-unreadable", "m.yaml line 3"),
        ("kind: ConfigMap\ndata: *nowhere\n", "source-unreadable", "m.yaml"),
        ("[" * 5000, "source-unreadable", "m.yaml"),
        ("kind: ConfigMap\ndata:\n  {{ toYaml .Values.cors }}\n", "source-unreadable", "m.yaml"),
        ("kind: ConfigMap\ndata: [CORS_METHODS]\n", "source-unreadable", "m.yaml"),
        ("kind: ConfigMap\0", "source-unreadable", "m.yaml"),
    ],
)
def test_what_cannot_be_read_from_a_manifest_is_refused_at_its_line(
    shell: Shell, text: str, rule: str, source: str
) -> None:
    shell.write("m.yaml", text)
    (problem,) = problems(shell, "m.yaml")
    assert (problem["rule"], problem["source"]) == (rule, source)
    assert problem["message"]
    assert problem["fix"]


@pytest.mark.parametrize(
    "value", ["{{ .Values.origins }}", "{{ .Values.origins | quote }}", "{{- .Values.origins }}", "{{ x }},{{ y }}"]
)
def test_a_template_that_is_not_rendered_is_refused(shell: Shell, value: str) -> None:
    shell.write("m.yaml", f"kind: ConfigMap\ndata:\n  CORS_ORIGINS: {value}\n")
    (problem,) = problems(shell, "m.yaml")
    assert problem["fix"].startswith("render the template first: helm template")


def test_other_files_of_a_generator_are_ignored(shell: Shell) -> None:
    shell.write(
        "m.yaml", "configMapGenerator:\n- files: [nginx.conf, my-name=CORS_METHODS]\n  literals: [CORS_METHODS=PUT]\n"
    )
    assert problems(shell, "m.yaml") == []
    assert values(shell, "m.yaml") == {"CORS_METHODS": ("PUT", "m.yaml line 3")}


def test_one_key_in_two_manifests_is_refused(shell: Shell) -> None:
    for name in ("a.yaml", "b.yaml"):
        shell.write(name, "kind: ConfigMap\ndata: {CORS_METHODS: PUT}\n")
    (problem,) = problems(shell, "a.yaml", "b.yaml")
    assert problem["rule"] == "variable-duplicate"
    assert "b.yaml line 2" in problem["message"]


NAMED = "kind: ConfigMap\nmetadata: {name: %s}\ndata:\n  %s: PUT\n"


@pytest.mark.parametrize("spelling", ["CORS_METHODS", "cors.methods"])
def test_with_several_configmaps_each_source_names_its_own(shell: Shell, spelling: str) -> None:
    shell.write("m.yaml", NAMED % ("shop", "CORS_METHODS") + "---\n" + NAMED % ("old, namespace: web", spelling))
    (problem,) = problems(shell, "m.yaml")
    assert (problem["rule"], problem["source"]) == ("variable-duplicate", "m.yaml line 4, ConfigMap shop")
    again = "" if spelling == "CORS_METHODS" else f" as {spelling}"
    assert f"again{again} (m.yaml line 9, ConfigMap web/old)" in problem["message"]
    github = shell.envcors("check", "--configmap", "m.yaml", "--format", "github").stdout
    assert github.startswith("::error file=m.yaml,line=4,")


def test_configmaps_on_one_line_keep_their_own_values(shell: Shell) -> None:
    items = ", ".join(
        f'{{"kind": "ConfigMap", "metadata": {{"name": "{name}"}}, "data": {{"{variable}": "PUT"}}}}'
        for name, variable in (("shop", "CORS_METHODS"), ("old", "CORS_ALLOW_HEADERS"))
    )
    shell.write("m.json", f'{{"kind": "List", "items": [{items}]}}')
    assert values(shell, "m.json") == {
        "CORS_METHODS": ("PUT", "m.json line 1, ConfigMap shop"),
        "CORS_ALLOW_HEADERS": ("PUT", "m.json line 1, ConfigMap old"),
    }


def test_a_generator_among_configmaps_is_named_too(shell: Shell) -> None:
    generator = "configMapGenerator:\n- name: cors\n  literals: [CORS_MAX_AGE=60]\n"
    shell.write("m.yaml", "kind: ConfigMap\ndata: {CORS_METHODS: PUT}\n---\n" + generator)
    assert values(shell, "m.yaml") == {
        "CORS_METHODS": ("PUT", "m.yaml line 2, ConfigMap without a name"),
        "CORS_MAX_AGE": ("60", "m.yaml line 6, configMapGenerator cors"),
    }


def test_the_line_to_paste_is_yaml_with_quotes(shell: Shell) -> None:
    shell.write("m.yaml", 'kind: ConfigMap\ndata:\n  CORS_MAX_AGE: "1h"\n')
    (problem,) = problems(shell, "m.yaml")
    assert problem["fix"] == 'CORS_MAX_AGE: "3600"'


def test_the_environment_overrides_a_manifest_which_overrides_a_named_file(shell: Shell) -> None:
    shell.write("m.yaml", "kind: ConfigMap\ndata: {CORS_METHODS: PUT}\n")
    shell.write("x.env", "CORS_METHODS=PATCH\n")
    arguments = ("--configmap", "m.yaml", "--env-file", "x.env", "--format", "json")
    shown = shell.envcors("show", *arguments, CORS_METHODS="DELETE").json["values"]
    (methods,) = (value for value in shown if value["variable"] == "CORS_METHODS")
    assert methods["source"] == "environment"
    assert [below["source"] for below in methods["overrides"]] == ["m.yaml line 2", "x.env line 1"]


@pytest.mark.parametrize("text", ["kind: ConfigMap\ndata: {CORS_METHOD: hunter2, PASSWORD: hunter2}", "a: hunter2: b"])
def test_no_message_shows_another_value_of_the_manifest(shell: Shell, text: str) -> None:
    shell.write("m.yaml", text)
    ended = shell.envcors("check", "--configmap", "m.yaml")
    assert ended.status == 1
    assert "hunter2" not in ended.output


def test_without_its_extra_the_option_names_what_to_install(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("m.yaml", "kind: ConfigMap")
    monkeypatch.setitem(sys.modules, "yaml", None)
    ended = shell.envcors("check", "--configmap", "m.yaml")
    assert ended.status == 2
    assert "pip install 'envcors[kubernetes]'" in ended.stderr


def test_without_the_option_nothing_needs_the_extra(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert shell.envcors("check").status == 0

"""Shapes of Kubernetes manifests: which values are text for kubectl, and what else in a file sets our variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from envcors.configuration import Configuration, configure
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings

A, B = "https://a.acme.io", "https://b.acme.io"
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cors\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(text: str) -> Configuration:
    Path("cors.yaml").write_text(text)
    return configure(CORSSettings.read(Inputs(environ={}, env_files=(), manifests=("cors.yaml",))))


# (what stands after the colon, whether kubectl takes it for text)
# kubectl reads YAML with sigs.k8s.io/yaml, and refuses a ConfigMap whose values are not text.
SCALARS: list[tuple[str, bool]] = [
    *((word, False) for word in ("y", "Y", "n", "N", "yes", "No", "on", "OFF", "true", "False")),
    *((word, False) for word in ("null", "~", "Null", "", "NULL")),
    *((number, False) for number in ("0", "09", "1e3", "1E+3", "0o14", "0x1F", "0b1", "1_000", "+5", "-5", ".5", "5.")),
    *((number, False) for number in (".inf", "-.Inf", ".NaN", "!!int '5'", "&a 5", "1.5e3", "00")),
    *((text, True) for text in ("2024-01-01", "2024-01-01T10:00:00Z", "1:30", "1,000", "yES", "oN", "tRue", "nil")),
    *((text, True) for text in ("'y'", '"5"', "!!str 5", "5s", "0x", "1e", "1e3x", "0b2", "0o8", "-", "_5", "=")),
    *((text, True) for text in ("|\n    5", ">-\n    true", "GET", "https://a.acme.io", "!!binary NQ==", "<<")),
]


@pytest.mark.parametrize(("written", "is_text"), SCALARS)
def test_a_value_is_text_where_kubectl_takes_it_for_text(written: str, is_text: bool) -> None:
    problems = checked(f"{HEAD}data:\n  CORS_METHODS: {written}\n").problems
    refused = any("accepts text only" in problem.message for problem in problems)
    assert refused is not is_text


# (what stands after the colon, the line to paste)
VALUES: list[tuple[str, str, str]] = [
    ("CORS_SUPPORTS_CREDENTIALS", "true", '"true"'),
    ("CORS_SUPPORTS_CREDENTIALS", "on", '"true"'),
    ("CORS_SUPPORTS_CREDENTIALS", "n", '"false"'),
    ("CORS_INSPECTOR", "yes", '"false"'),
    ("CORS_MAX_AGE", "600", '"600"'),
    ("CORS_MAX_AGE", "1e3", '"1000"'),
    ("CORS_MAX_AGE", "09", '"9"'),
    ("CORS_MAX_AGE", "99999999", '"86400"'),
    ("CORS_RELOAD_SECONDS", "1e1", '"10"'),
    ("CORS_RELOAD_SECONDS", "0o14", '"5"'),
    ("CORS_DENY_ORIGINS", "null", '""'),
    ("CORS_ORIGINS", "~", '""'),
    ("CORS_MAX_AGE", "", '""'),
    ("CORS_ORIGINS", f"[{A}, {B}]", f'"{A},{B}"'),
    ("CORS_ORIGINS", f"\n    - {A}\n    - http://b.acme.io\n", f'"{A},{B}"'),
    ("CORS_ORIGINS", f"\n    - {A}\n    - 7\n", f'"{A}"'),
    ("CORS_METHODS", "[GET, PUT]", '"GET,PUT"'),
    ("CORS_METHODS", "{GET: true, PUT: true}", '"GET,HEAD,POST"'),
    ("CORS_METHODS", "[]", '"GET,HEAD,POST"'),
    ("CORS_RESOURCES", "{/a: {max_age: 60}}", '"{\\"/a\\": {\\"max_age\\": 60}}"'),
    (
        "CORS_RESOURCES",
        "\n    /a:\n      origins: ['*']\n",
        '"{\\"/a\\": {\\"origins\\": [\\"https://app.example.com\\"]}}"',
    ),
]


@pytest.mark.parametrize(("name", "written", "line"), VALUES)
def test_the_line_to_paste_has_the_text_that_was_meant(name: str, written: str, line: str) -> None:
    (problem,) = (found for found in checked(f"{HEAD}data:\n  {name}: {written}\n").problems)
    assert (problem.rule, problem.source) == ("value-invalid", "cors.yaml line 6")
    assert problem.fix.partition("\n")[0] == f"{name}: {line}"
    assert checked(f"{HEAD}data:\n  {name}: {line}\n").problems == ()


def test_the_value_of_an_unknown_key_is_not_shown() -> None:
    problems = checked(f"{HEAD}data:\n  CORS_PROXY_TOKEN: 1234567\n").problems
    assert "1234567" not in repr(problems)


# (the line, the value of the line to paste)
NOT_YAML: list[tuple[str, str, str]] = [
    ("CORS_ORIGINS: *", "CORS_ORIGINS", "https://app.example.com"),
    ("CORS_ORIGINS: * # any", "CORS_ORIGINS", "https://app.example.com"),
    ("CORS_ORIGINS: *.acme.io", "CORS_ORIGINS", "https://*.acme.io"),
    (f"CORS_ORIGINS: *,{A}", "CORS_ORIGINS", f"https://app.example.com,{A}"),
    ("CORS_METHODS: *", "CORS_METHODS", "GET,HEAD,POST,PUT,PATCH,DELETE"),
    ("CORS_METHODS: @PUT", "CORS_METHODS", "GET,HEAD,POST"),
    ("CORS_ALLOW_HEADERS: `X-A`", "CORS_ALLOW_HEADERS", "X-A"),
    (f'CORS_ORIGINS: "{A}', "CORS_ORIGINS", A),
    (f"\tCORS_ORIGINS: '{A}'", "CORS_ORIGINS", A),
]


@pytest.mark.parametrize(("line", "name", "value"), NOT_YAML)
def test_a_line_of_ours_that_is_not_yaml_is_named_with_the_right_line(line: str, name: str, value: str) -> None:
    (problem,) = (
        checked(f"{HEAD}data:\n  {line}\n").problems if line[0] != "\t" else checked(f"{HEAD}data:\n{line}\n").problems
    )
    assert (problem.rule, problem.variable, problem.source) == ("source-unreadable", name, "cors.yaml line 6")
    assert problem.fix.partition("\n")[0] == f'{name}: "{value}"'
    assert checked(f'{HEAD}data:\n  {name}: "{value}"\n').problems == ()


MERGED: list[tuple[str, tuple[str, ...], int]] = [
    (f"base: &b\n  CORS_ORIGINS: {A}\ndata:\n  <<: *b\n", (A,), 600),
    (f"base: &b\n  CORS_ORIGINS: {A}\n  CORS_MAX_AGE: '5'\ndata:\n  <<: *b\n  CORS_MAX_AGE: '6'\n", (A,), 6),
    (f"base: &b\n  CORS_ORIGINS: {A}\ndata:\n  CORS_ORIGINS: {B}\n  <<: *b\n", (B,), 600),
    (f"a: &a\n  CORS_ORIGINS: {A}\nb: &b\n  CORS_ORIGINS: {B}\n  CORS_MAX_AGE: '5'\ndata:\n  <<: [*a, *b]\n", (A,), 5),
    (f"a: &a\n  CORS_ORIGINS: {A}\nb: &b\n  <<: *a\n  CORS_MAX_AGE: '5'\ndata:\n  <<: *b\n", (A,), 5),
    (f"data: &a\n  <<: *a\n  CORS_ORIGINS: {A}\n", (A,), 600),
    (f"data:\n  <<: {{CORS_ORIGINS: '{A}'}}\n", (A,), 600),
    (f"x: &x {{data: {{CORS_ORIGINS: '{A}'}}}}\n<<: *x\n", (A,), 600),
]


@pytest.mark.parametrize(("text", "origins", "max_age"), MERGED)
def test_merged_keys_count(text: str, origins: tuple[str, ...], max_age: int) -> None:
    configuration = checked(HEAD + text)
    assert configuration.problems == ()
    assert (configuration.settings.origins, configuration.settings.max_age) == (origins, max_age)


def test_a_merged_value_has_the_line_where_it_is_written() -> None:
    (problem,) = checked(f"{HEAD}base: &b\n  CORS_ORIGINS: '*'\ndata:\n  <<: *b\n").problems
    assert (problem.rule, problem.source) == ("origin-any", "cors.yaml line 6")


@pytest.mark.parametrize("merged", ["5", "[5]", "text", "[[]]"])
def test_what_cannot_be_merged_is_refused(merged: str) -> None:
    (problem,) = checked(f"{HEAD}data:\n  <<: {merged}\n").problems
    assert (problem.rule, "line 6" in problem.message) == ("source-unreadable", True)


POD = "spec:\n  containers:\n    - name: shop\n      env:\n        - {entry}\n"
TEMPLATE = (
    "spec:\n  template:\n    spec:\n      {containers}:\n        - name: shop\n          env:\n            - {entry}\n"
)
ENTRY = "{name: CORS_ORIGINS, value: hunter2}"
WORKLOADS = [
    ("Pod", POD.replace("{entry}", ENTRY)),
    *(
        (kind, TEMPLATE.replace("{containers}", "containers").replace("{entry}", ENTRY))
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Rollout")
    ),
    ("Deployment", TEMPLATE.replace("{containers}", "initContainers").replace("{entry}", ENTRY)),
    (
        "CronJob",
        (
            "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n"
            f"            - env: [{ENTRY}]\n"
        ),
    ),
    (
        "Deployment",
        POD.replace("{entry}", "{name: CORS_ORIGINS, valueFrom: {secretKeyRef: {name: cors, key: CORS_ORIGINS}}}"),
    ),
    (
        "Deployment",
        POD.replace("{entry}", "{name: CORS_ORIGINS, valueFrom: {configMapKeyRef: {name: cors, key: origins}}}"),
    ),
    ("Secret", "stringData:\n  CORS_ORIGINS: hunter2\n"),
    ("Secret", "data:\n  CORS_ORIGINS: aHVudGVyMg==\n"),
    ("Secret", "data:\n  cors.origins: aHVudGVyMg==\n"),
]


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize(("kind", "text"), WORKLOADS)
def test_what_is_not_read_and_sets_a_variable_of_ours_is_refused(kind: str, text: str, *, beside: bool) -> None:
    map_ = f"{HEAD}data:\n  CORS_ORIGINS: {A}\n---\n" if beside else ""
    problems = checked(f"{map_}kind: {kind}\nmetadata:\n  name: shop\n{text}").problems
    problem = next(found for found in problems if found.variable != "cors.yaml")
    assert (problem.rule, problem.value) == ("source-unreadable", None)
    assert f"{kind} shop is not read: only ConfigMaps are." in problem.message
    assert problem.variable in problem.fix
    assert "hunter2" not in repr(problems)
    assert len(problems) == (1 if beside else 2)


@pytest.mark.parametrize(
    "text",
    [
        "kind: Deployment\n" + POD.replace("{entry}", "{name: CORS_CONFIG_DIR, value: /etc/cors}"),
        "kind: Deployment\n" + POD.replace("{entry}", "{name: DATABASE_URL, value: hunter2}"),
        "kind: Deployment\n"
        + POD.replace("{entry}", "{name: CORS_METHODS, valueFrom: {configMapKeyRef: {name: c, key: CORS_METHODS}}}"),
        "kind: Secret\nstringData: {CORS_PROXY_TOKEN: hunter2}\n",
        "kind: Service\nmetadata: {name: cors}\n",
        "kind: Deployment\nspec: {template: {spec: {containers: null}}}\n",
    ],
)
def test_what_sets_nothing_of_ours_may_be_in_the_same_file(text: str) -> None:
    assert checked(f"{HEAD}data:\n  CORS_ORIGINS: {A}\n---\n{text}").problems == ()

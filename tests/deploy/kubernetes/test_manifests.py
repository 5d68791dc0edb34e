"""`deploy/kubernetes/`: valid for Kubernetes, and its containers' very commands and variables run as processes.

What a pod would have of its own is mapped: the port to a free one, `/etc/cors` and `/tmp` to directories of the test.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import kubernetes_validate  # type: ignore[import-untyped]  # the package comes without types
import pytest
import yaml

from tests.mounted import Mounted
from tests.processes import PATIENCE, REPOSITORY, Finished, Running, free_port, run, running

MANIFESTS = REPOSITORY / "deploy" / "kubernetes"
FILES = sorted(MANIFESTS.glob("*.yaml"))
DOCUMENTS = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
POLICY: dict[str, str] = DOCUMENTS["configmap"]["data"]
SERVICE = DOCUMENTS["service"]["spec"]
DEPLOYMENTS = ("deployment-env", "deployment-volume")
PODS = {name: DOCUMENTS[name]["spec"]["template"]["spec"] for name in DEPLOYMENTS}
CHECKS = {name: pod["initContainers"][0] for name, pod in PODS.items()}
APIS = {name: pod["containers"][0] for name, pod in PODS.items()}
VERSIONS = ("1.25", kubernetes_validate.latest_version())
HOST = "127.0.0.1"
ORIGIN = "https://lighthouse.example.com"
BAD = {"CORS_ORIGINS": "*"}


def image_command() -> list[str]:
    """What the image runs where a container names no command."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = [line for line in text.splitlines() if line.startswith("CMD ")]
    command: list[str] = json.loads(line.removeprefix("CMD "))
    return command


@dataclass(frozen=True)
class Pod:
    """The pod of a Deployment on this machine. `policy` is the data of its ConfigMap."""

    deployment: str
    directory: Path
    policy: Mapping[str, str]
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        (self.directory / "tmp").mkdir()
        self.mounted.write(self.policy)

    @cached_property
    def mounted(self) -> Mounted:
        return Mounted(self.directory / "cors", {})

    @property
    def termination_log(self) -> Path:
        return self.directory / "termination-log"

    def mapped(self, text: str) -> str:
        outside = re.sub("^/tmp/", f"{self.directory}/tmp/", text)
        return re.sub("^/etc/cors", f"{self.directory}/cors", outside).replace("0.0.0.0:8000", f"{HOST}:{self.port}")

    def variables(self, containers: Mapping[str, Mapping[str, list[dict[str, str]]]]) -> dict[str, str]:
        """The environment of one of the pod's containers, and what Kubernetes itself puts into each."""
        container = containers[self.deployment]
        return {
            "KUBERNETES_SERVICE_HOST": "10.96.0.1",
            "CORS_TERMINATION_LOG": str(self.termination_log),
            **(self.policy if "envFrom" in container else {}),
            **{entry["name"]: self.mapped(entry["value"]) for entry in container.get("env", []) if "value" in entry},
        }

    def check(self) -> Finished:
        """Run the init container."""
        return run(CHECKS[self.deployment]["command"], self.variables(CHECKS), cwd=self.directory)

    @contextmanager
    def serving(self, **variables: str) -> Iterator[Running]:
        """Run the container, from the working directory of its image."""
        command = [self.mapped(word) for word in image_command()]
        with running(command, {**self.variables(APIS), **variables}, cwd=REPOSITORY, port=self.port) as server:
            yield server


def asked(port: int, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str | None]:
    """The status, and who may read the answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Access-Control-Allow-Origin"]
    finally:
        connection.close()


# As Kubernetes sees them


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_manifest_is_valid_for_kubernetes(name: str, version: str) -> None:
    kubernetes_validate.validate(DOCUMENTS[name], version, strict=True)


def test_the_schemas_refuse_what_kubernetes_does_not_know() -> None:
    document = {**DOCUMENTS["service"], "spec": {**SERVICE, "selectors": {}}}
    with pytest.raises(kubernetes_validate.ValidationError, match="selectors"):
        kubernetes_validate.validate(document, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_the_service_finds_the_pods_and_their_port(deployment: str) -> None:
    spec = DOCUMENTS[deployment]["spec"]
    assert spec["selector"] == {"matchLabels": SERVICE["selector"]}
    assert spec["template"]["metadata"]["labels"] == SERVICE["selector"]
    assert SERVICE["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]
    assert APIS[deployment]["ports"] == [{"name": "http", "containerPort": 8000}]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_nothing_runs_as_root_or_writes_into_its_image(deployment: str) -> None:
    assert PODS[deployment]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65534,
        "runAsGroup": 65534,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for container in (CHECKS[deployment], APIS[deployment]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("containers", [CHECKS, APIS], ids=["check", "api"])
def test_the_variables_come_from_the_config_map(containers: Mapping[str, Mapping[str, list[object]]]) -> None:
    policy = {"name": DOCUMENTS["configmap"]["metadata"]["name"]}
    assert containers["deployment-env"]["envFrom"] == [{"configMapRef": policy}]


@pytest.mark.parametrize("containers", [CHECKS, APIS], ids=["check", "api"])
def test_the_directory_is_mounted_whole(containers: Mapping[str, Mapping[str, list[object]]]) -> None:
    mount = {"name": "cors", "mountPath": "/etc/cors", "readOnly": True}
    assert mount in containers["deployment-volume"]["volumeMounts"]
    volume = {"name": "cors", "configMap": {"name": DOCUMENTS["configmap"]["metadata"]["name"]}}
    assert volume in PODS["deployment-volume"]["volumes"]


# As envcors sees them


def test_the_command_finds_nothing_wrong_with_the_config_map(tmp_path: Path) -> None:
    words = ["envcors", "check", "--strict", "--no-environ", "--configmap", str(MANIFESTS / "configmap.yaml")]
    ended = run(words, cwd=tmp_path)
    assert (ended.status, ended.stderr) == (0, "")


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_the_pod_checks_its_policy_and_serves_it(deployment: str, tmp_path: Path) -> None:
    pod = Pod(deployment, tmp_path, POLICY)
    assert pod.check().status == 0
    with pod.serving():
        preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
        assert asked(pod.port, "OPTIONS", "/api/ships/1", preflight) == (204, ORIGIN)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = APIS[deployment][probe]["httpGet"]["path"]
            assert asked(pod.port, "GET", path, {}) == (200, None)


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_a_refused_policy_stops_in_the_init_container_and_says_why(deployment: str, tmp_path: Path) -> None:
    pod = Pod(deployment, tmp_path, BAD)
    ended = pod.check()
    assert ended.status == 1
    assert pod.termination_log.read_text(encoding="utf-8").startswith("envcors refused to boot: 1 problem")
    assert "origin-any    CORS_ORIGINS=*" in ended.output


def test_the_mounted_policy_changes_while_the_pod_serves(tmp_path: Path) -> None:
    pod = Pod("deployment-volume", tmp_path, POLICY)
    new = "https://new.example.com"
    with pod.serving(CORS_RELOAD_SECONDS="0.001") as server:
        pod.mounted.write({"CORS_ORIGINS": new})
        assert asked(pod.port, "GET", "/health", {"Origin": new}) == (200, new)
        pod.mounted.write(BAD)
        assert asked(pod.port, "GET", "/health", {"Origin": new}) == (200, new)
        assert asked(pod.port, "GET", "/health", {"Origin": ORIGIN}) == (200, None)
        assert "refused a change" in server.output

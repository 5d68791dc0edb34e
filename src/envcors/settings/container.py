"""Whether this process runs in a container that serves others."""

from __future__ import annotations

import os
from collections.abc import Mapping

_MARKS = ("/.dockerenv", "/run/.containerenv")
_CLUSTER = "KUBERNETES_SERVICE_HOST"
_DEVELOPMENT = ("CI", "CODESPACES", "REMOTE_CONTAINERS", "DEVCONTAINER")
NAMES = (_CLUSTER, *_DEVELOPMENT)
"""The variables that tell where a process runs."""


def in_cluster(environ: Mapping[str, str]) -> bool:
    """Whether Kubernetes started this process."""
    return bool(environ.get(_CLUSTER))


def in_serving_container(environ: Mapping[str, str]) -> bool:
    """Whether this is a container (Docker, Podman, Kubernetes) that does not call itself a development one."""
    if any(environ.get(name) for name in _DEVELOPMENT):
        return False
    return in_cluster(environ) or any(os.path.exists(mark) for mark in _MARKS)

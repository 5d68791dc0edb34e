"""Whether this process runs in a container that serves requests."""

from __future__ import annotations

import os
from collections.abc import Mapping

_MARKS = ("/.dockerenv", "/run/.containerenv")
_CLUSTER = "KUBERNETES_SERVICE_HOST"
_PLATFORMS = (
    "ECS_CONTAINER_METADATA_URI_V4",  # Amazon ECS and Fargate
    "K_SERVICE",  # Cloud Run, Knative
    "DYNO",  # Heroku
    "FLY_APP_NAME",  # Fly.io
    "WEBSITE_SITE_NAME",  # Azure App Service and Functions
)
_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"
_LAMBDA_ON_A_LAPTOP = "AWS_SAM_LOCAL"
DEVELOPMENT = ("CI", "CODESPACES", "REMOTE_CONTAINERS", "DEVCONTAINER")
"""Variables by which a container calls itself a development one."""

_FALSE = frozenset({"", "0", "false", "no", "off", "n", "f"})

NAMES = (_CLUSTER, *_PLATFORMS, _LAMBDA, _LAMBDA_ON_A_LAPTOP, *DEVELOPMENT)
"""The variables that show where a process runs."""


def in_cluster(environ: Mapping[str, str]) -> bool:
    """Return whether Kubernetes started this process."""
    return bool(environ.get(_CLUSTER))


def on_platform(environ: Mapping[str, str]) -> bool:
    """Return whether a cluster or a platform started this process."""
    if environ.get(_LAMBDA) and not environ.get(_LAMBDA_ON_A_LAPTOP):
        return True
    return in_cluster(environ) or any(environ.get(name) for name in _PLATFORMS)


def in_serving_container(environ: Mapping[str, str]) -> bool:
    """Return whether this is a container or a platform's instance that does not call itself a development one."""
    if any(environ.get(name, "").strip().lower() not in _FALSE for name in DEVELOPMENT):
        return False
    return on_platform(environ) or any(os.path.exists(mark) for mark in _MARKS)

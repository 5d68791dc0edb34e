"""Settings for all tests: what is set on a developer's machine must not change a test's result."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from envcors.settings.marker import MARKER

ROOT = Path(__file__).resolve().parent.parent

# No deadline, and no health check of the speed: no test measures time, and a busy machine is slow. In CI the examples
# are the same in every run, so that a failure can be repeated; elsewhere they are new in every run, so that something
# new can be found.
settings.register_profile("common", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "local", settings.get_profile("common"), database=DirectoryBasedExampleDatabase(ROOT / ".hypothesis/examples")
)
settings.register_profile("ci", settings.get_profile("common"), derandomize=True, print_blob=True)
# `make mutants` only asks whether a test fails: the same few examples each time, and no search for a shorter one.
settings.register_profile(
    "mutants",
    settings.get_profile("common"),
    derandomize=True,
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session", autouse=True)
def neutral_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run from an empty directory, without a developer's ``.env`` and without variables of CORS or Flask.

    The variables of Kubernetes go too: in a pod, a refusal would be written to the pod's termination log.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.upper().startswith(("CORS_", "FLASK_", "KUBERNETES_")):
                patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("surroundings"))
        yield


@pytest.fixture(autouse=True)
def no_marker() -> Iterator[None]:
    """Remove what an application in development leaves in the environment for the child of a reloader."""
    yield
    os.environ.pop(MARKER, None)

"""Checks the environment before a server forks, loads an application, or opens a port."""

from __future__ import annotations

import sys
from types import EllipsisType

from envcors.configuration import configure
from envcors.observe.termination_log import write_termination_log
from envcors.settings.inputs import EnvFile, Inputs
from envcors.settings.model import CORSSettings


def check(
    *,
    prefix: str | None = None,
    env_file: EnvFile | EllipsisType = ...,
    settings: type[CORSSettings] = CORSSettings,
) -> None:
    """Exit with status 78 (``EX_CONFIG``) and print the report to standard error if there are problems.

    Values that code sets are not known here. In a pod the report is also written to the termination log.

    Args:
        prefix: The ``env_prefix`` of ``CORS(app)``.
        env_file: The ``env_file`` of ``CORS(app)``.
        settings: The ``settings`` of ``CORS(app)``.
    """
    configuration = configure(settings.read(Inputs(), prefix=prefix, env_file=env_file))
    if configuration.problems:
        refusal = configuration.refusal()
        write_termination_log(configuration.settings, str(refusal))
        refusal.show()
        sys.exit(refusal.exit_code)

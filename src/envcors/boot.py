"""A check of the environment before a server forks, loads an application, or opens a port."""

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
    """End this process with the status 78 (``EX_CONFIG``) and the report on standard error, if there are problems.

    ``prefix``, ``env_file`` and ``settings`` are what ``CORS(app)`` has as ``env_prefix``, ``env_file`` and
    ``settings``. Values given in code are not known here. In a pod the report also goes to the termination log.
    """
    configuration = configure(settings.read(Inputs(), prefix=prefix, env_file=env_file))
    if configuration.problems:
        refusal = configuration.refusal()
        write_termination_log(configuration.settings, str(refusal))
        refusal.show()
        sys.exit(refusal.exit_code)

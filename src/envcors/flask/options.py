"""The keyword options of ``CORS`` and ``cross_origin``, typed: editors complete them, type checkers find a typo."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, TypedDict

from envcors.protocol.foreign_write import CSRFProtection
from envcors.settings.parsers import LogDecisions

if TYPE_CHECKING:
    from envcors.settings.model import CORSSettings

Names = str | Sequence[str] | AbstractSet[str]
"""One name, names with commas between them, or several names."""

Origin = str | re.Pattern[str] | Callable[..., bool]
"""A pattern, a compiled expression, or a function of an ``Origin`` and the request's WSGI environment."""

Origins = Origin | Sequence[Origin] | AbstractSet[Origin]
Path = str | re.Pattern[str]
EnvFile = str | PathLike[str] | Sequence[str | PathLike[str]] | None


class PolicyOptions(TypedDict, total=False):
    """The options of one policy: of a view, a blueprint, a resource or the application.

    None stands for an option that is left out.
    """

    origins: Origins | None
    deny_origins: Names | None
    methods: Names | None
    allow_headers: Names | None
    expose_headers: Names | None
    supports_credentials: bool | str | None
    max_age: int | str | timedelta | None
    csrf_protection: CSRFProtection | None
    origins_store: str | None


# A mapping is invariant in its keys, which may be strings, compiled expressions or both: so they are Any.
Resources = Mapping[Any, PolicyOptions] | Sequence[Path] | AbstractSet[Path] | Path


class CORSOptions(PolicyOptions, total=False):
    """The options of ``CORS``: those of a policy, those of an application, and where its settings come from."""

    resources: Resources | None
    config_dir: str | PathLike[str] | None
    reload_seconds: float | str | None
    ignore: Names | None
    termination_log: str | PathLike[str] | None
    inspector: bool | str | None
    log_decisions: LogDecisions | None
    metrics: bool | str | None
    origins_store_required: bool | str | None
    env_prefix: str | None
    env_file: EnvFile
    settings: type[CORSSettings] | None


PLACES = frozenset({"env_prefix", "env_file", "settings"})
"""The options that name the sources of settings; all others are settings."""

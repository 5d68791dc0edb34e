"""The typed settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import EllipsisType
from typing import Annotated, Literal, Self, TypeAlias, cast

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from envcors.problems import BootRefused, Problem, Source
from envcors.settings import forms
from envcors.settings.names import Names, PrefixError
from envcors.settings.options import POLICY_OPTIONS, PolicyOptions
from envcors.settings.provenance import Given
from envcors.settings.reading import DEFAULT_ENV_FILE, Inputs, Reading, read
from envcors.settings.resources import Resource
from envcors.settings.sources.code import CODE, ENVIRONMENT_ONLY, environment_only

EnvFile: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
PREFIX = "CORS_"
DEFAULT = Source("default")
BOOT_ONLY = ("env", "dangerously_allow", "inspector")
"""Options that change when the application starts, never while it serves."""


class CORSSettings(BaseSettings, PolicyOptions):
    """A CORS configuration, read from the environment when it is made.

    Every option has one variable: the prefix and the option's name in upper case. Keywords given here stand above
    all variables, except ``env`` and ``dangerously_allow``, which come from the environment alone. A subclass may
    have other defaults (they stand below all sources), another ``env_prefix`` and another ``env_file``.

    Only the form of the values is judged here: raises BootRefused, with all problems of form of all variables.
    What a production policy may hold is judged by ``envcors.configuration``.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=DEFAULT_ENV_FILE, frozen=True, extra="forbid")

    env: Annotated[Literal["production", "development"], BeforeValidator(forms.mode)] = Field(
        default="production",
        description="`production` or `development`. Production refuses what is permissive.",
        examples=["production"],
    )
    dangerously_allow: Annotated[tuple[str, ...], BeforeValidator(forms.name_list)] = Field(
        default=(),
        description="Names of rules that are lifted on purpose; each is logged at every boot.",
        examples=["origin-plain-http"],
    )
    ignore: Annotated[tuple[str, ...], BeforeValidator(forms.name_list)] = Field(
        default=(),
        description="Exact names of other software's variables that begin with the same prefix.",
        examples=["CORS_PROXY_URL"],
    )
    config_dir: Annotated[str | None, BeforeValidator(forms.optional_path)] = Field(
        default=None,
        description="A directory whose files are named after variables: a mounted ConfigMap, Docker configs.",
        examples=["/etc/cors"],
    )
    reload_seconds: Annotated[float, BeforeValidator(forms.decimal_seconds)] = Field(
        default=5.0,
        description="How often that directory is looked at, in seconds, decimals allowed; 0 is never.",
        examples=["5"],
    )
    inspector: Annotated[bool, BeforeValidator(forms.boolean)] = Field(
        default=False,
        description="Whether the development page at `/_cors` is served; not in this version.",
        examples=["false"],
    )
    termination_log: Annotated[str, BeforeValidator(forms.path_text)] = Field(
        default="/dev/termination-log",
        description="Where a refusal is also written in a pod.",
        examples=["/dev/termination-log"],
    )

    _reading: Reading = PrivateAttr(default_factory=Reading)
    _prefix: str = PrivateAttr(default=PREFIX)

    def __init__(
        self,
        *,
        _env_prefix: str | None = None,
        _env_file: EnvFile | EllipsisType = ...,
        _reading: Reading | None = None,
        **keywords: object,
    ) -> None:
        prefix = _env_prefix if _env_prefix is not None else str(type(self).model_config["env_prefix"])
        reading = _reading or type(self)._read(Inputs(keywords=keywords), prefix, _env_file)
        try:
            super().__init__(_env_file=None, __reading__=reading)
        except ValidationError as error:
            reading.problems.extend(_problems_of(error, reading))
            try:
                super().__init__(_env_file=None, __reading__=reading)
            except ValidationError:  # a field of a subclass has no default that could stand in
                raise BootRefused(reading.problems) from None
        self._reading = reading
        self._prefix = prefix
        self._refuse_validators()
        if reading.problems and _reading is None:
            raise BootRefused(reading.problems, production=self.env == "production")

    def _refuse_validators(self) -> None:
        """A validator of a subclass is code, and code gives neither the mode nor a waiver."""
        for option in sorted(ENVIRONMENT_ONLY):
            read = self._reading.values.get(option, CORSSettings.model_fields[option].default)
            if getattr(self, option) != read:
                given = Given(self.variable(option), option, getattr(self, option), Source(type(self).__name__))
                self._reading.problems.append(environment_only(given))
                object.__setattr__(self, option, read)

    @classmethod
    def read(cls, inputs: Inputs, *, prefix: str | None = None, env_file: EnvFile | EllipsisType = ...) -> Self:
        """Read ``inputs`` without raising: problems of form are in ``problems``, such values are left out.

        ``env_file`` replaces the files of ``inputs``: a path or several that must exist, or None for no file.
        """
        prefix = prefix if prefix is not None else str(cls.model_config["env_prefix"])
        return cls(_env_prefix=prefix, _reading=cls._read(inputs, prefix, env_file))

    @classmethod
    def _read(cls, inputs: Inputs, prefix: str, env_file: EnvFile | EllipsisType) -> Reading:
        try:
            names = cls.names(prefix)
        except PrefixError as error:
            problem = Problem("usage", "refuse", "env_prefix", prefix, CODE, str(error), f'env_prefix="{PREFIX}"')
            return Reading(problems=[problem], environ=inputs.environ)
        reading = read(_with_files(inputs, env_file, cls.model_config.get("env_file")), names)
        for option in ENVIRONMENT_ONLY:
            given = Given(names.variable(option), option, cls.model_fields[option].default, Source(cls.__name__))
            if given.value != CORSSettings.model_fields[option].default:
                reading.problems.append(environment_only(given))
                reading.values.setdefault(option, CORSSettings.model_fields[option].default)
        return reading

    @classmethod
    def names(cls, prefix: str) -> Names:
        """The names of all variables of this class under ``prefix``. Raises PrefixError."""
        return Names(prefix, (*cls.model_fields, "resources"), (*POLICY_OPTIONS, "paths"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours takes its place
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours takes its place
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours takes its place
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """One source of our own in place of pydantic's: lists are no JSON, and one bad value hides no other."""
        reading = init_settings()["__reading__"]
        return (ReadingSource(settings_cls, cast(Reading, reading)),)

    @property
    def prefix(self) -> str:
        """What the names of the variables begin with."""
        return self._prefix

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What has not the form it must have; empty for settings that were not made by ``read``."""
        return tuple(self._reading.problems)

    @property
    def lifted(self) -> tuple[Problem, ...]:
        """What reading would have refused, had the process environment not accepted it on purpose."""
        return tuple(self._reading.lifted)

    @property
    def givens(self) -> Mapping[str, Given]:
        """What was given, by option in lower case: the value as it was written, its source, what it overrides."""
        return self._reading.givens

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Paths with options of their own, in their written order."""
        return tuple(self._reading.resources)

    @property
    def overridden(self) -> tuple[tuple[str, Given], ...]:
        """The values of policies that are not in force, each with the label of its resource, empty for the default."""
        return tuple(self._reading.overridden)

    @property
    def environ(self) -> Mapping[str, str]:
        """The process environment that was read."""
        return self._reading.environ

    @property
    def mark(self) -> str:
        """What stands for the moment at which the mounted directory was read; empty where there is none."""
        return self._reading.mark

    @property
    def useless_files(self) -> int | None:
        """How many files the mounted directory has, where none of them is one of our variables; else None."""
        return self._reading.useless_files

    def keeping(self, boot: CORSSettings) -> Self:
        """These settings, but with the options of ``BOOT_ONLY`` as ``boot`` has them."""
        kept = self.model_copy(update={option: getattr(boot, option) for option in BOOT_ONLY})
        givens = {option: given for option, given in self.givens.items() if option not in BOOT_ONLY}
        givens.update((option, given) for option, given in boot.givens.items() if option in BOOT_ONLY)
        kept._reading = replace(self._reading, givens=givens)
        return kept

    def variable(self, option: str) -> str:
        """The variable of an option."""
        return self._prefix + option.upper()

    def source(self, option: str) -> Source:
        """Where the value of ``option`` came from: ``environment``, ``.env line 3``, ``code``, ``default``, …"""
        given = self._reading.givens.get(option)
        if given is not None:
            return given.source
        field = type(self).model_fields.get(option)
        base = CORSSettings.model_fields.get(option)
        own = field is not None and (base is None or field.default != base.default)
        return Source(f"default of {type(self).__name__}") if own else DEFAULT

    def options(self) -> PolicyOptions:
        """The seven options of the application's policy."""
        return PolicyOptions.model_construct(**{name: getattr(self, name) for name in POLICY_OPTIONS})


class ReadingSource(PydanticBaseSettingsSource):
    """Hands the values of a reading to pydantic."""

    def __init__(self, settings_cls: type[BaseSettings], reading: Reading) -> None:
        super().__init__(settings_cls)
        self._values = reading.values

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the base class's signature
        field_name: str,
    ) -> tuple[object, str, bool]:
        """The value of one field; True would mean that it is still to be decoded, and none is."""
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, object]:
        """All values that have their form."""
        return {name: value for name, value in self._values.items() if name != "resources"}


def _with_files(inputs: Inputs, env_file: EnvFile | EllipsisType, default: object) -> Inputs:
    if env_file is ... and default == DEFAULT_ENV_FILE:
        return inputs
    chosen = cast(EnvFile, default if env_file is ... else env_file)
    if chosen is None:
        return replace(inputs, env_files=(), optional=frozenset())
    paths = (chosen,) if isinstance(chosen, (str, os.PathLike)) else tuple(chosen)
    return replace(inputs, env_files=tuple(os.fspath(path) for path in paths), optional=frozenset())


def _problems_of(error: ValidationError, reading: Reading) -> Iterator[Problem]:
    """What pydantic says of a subclass's own fields and defaults; such values are left out."""
    for fault in error.errors(include_url=False, include_input=False):
        option = str(fault["loc"][0]) if fault["loc"] else ""
        was_given = reading.values.pop(option, None) is not None
        if not was_given and option in CORSSettings.model_fields:  # the default itself is wrong
            reading.values[option] = CORSSettings.model_fields[option].default
        given = reading.givens.get(option) or Given(option, option, None, CODE)
        yield given.problem("value-invalid", f"{fault['msg']}.", f"a value of the declared type for {given.variable}")

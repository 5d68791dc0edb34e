"""The typed settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import EllipsisType, MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, InstanceOf, PrivateAttr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from envcors.problems import Problem, Source
from envcors.refusal import BootRefused
from envcors.rules.catalogue import problem
from envcors.settings import kinds
from envcors.settings.inputs import DEFAULT_ENV_FILE, EnvFile, Inputs
from envcors.settings.located import Located
from envcors.settings.names import Names, PrefixError
from envcors.settings.option import Option, option_of
from envcors.settings.options import PolicyOptions
from envcors.settings.parsers import LogDecisions, ParseError
from envcors.settings.reading import Reading
from envcors.settings.resources import RESOURCES, Resource, ResourcesOption
from envcors.settings.sources.code import CODE, environment_only
from envcors.settings.validation import invalid_fields

PREFIX = "CORS_"


class CORSSettings(BaseSettings, PolicyOptions):
    """A CORS configuration, read from its sources when it is made.

    Every field is an option with one variable: the prefix and the field's name in upper case. Keywords take precedence
    over all variables; ``env`` and ``dangerously_allow`` come from the environment only. A subclass may have other
    defaults (every source takes precedence over them), fields of its own, another ``env_prefix`` and ``env_file``.

    Only the types of values are checked here; what a production policy may contain is checked by
    ``envcors.configuration.configure``.

    Raises:
        BootRefused: Values, names or sources are invalid; it has all problems.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=DEFAULT_ENV_FILE, frozen=True, extra="forbid")

    env: Annotated[
        Literal["production", "development"],
        Option(
            kinds.MODE,
            permits=("production", "development"),
            refuses={"dev": "value-invalid", "Production": "value-invalid"},
            boot_only=True,
            environment_only=True,
        ),
    ] = Field(
        default="production",
        description="`production` or `development`. Production refuses permissive policies.",
        examples=["production"],
    )
    resources: Annotated[
        tuple[InstanceOf[Resource], ...],
        ResourcesOption(
            RESOURCES,
            permits=('{"/api/*": {}}', '{"/admin/*": {"origins": ["https://admin.example.com"]}}'),
            refuses={'{"api": {}}': "resource-malformed", '{"/api/*": {"origin": []}}': "unknown-variable"},
        ),
    ] = Field(
        default=(),
        description="Paths with options of their own, which inherit what they leave out. If set, only these paths have "
        "a policy.",
        examples=['{"/api/*": {}, "/admin/*": {"origins": ["https://admin.example.com"]}}'],
    )
    dangerously_allow: Annotated[
        tuple[str, ...],
        Option(
            kinds.RULES,
            permits=("origin-plain-http", "origin-local,origin-any-port"),
            refuses={"origin-null": "waiver-unknown", "all": "waiver-unknown"},
            boot_only=True,
            environment_only=True,
        ),
    ] = Field(
        default=(),
        description="Names of rules that are waived on purpose; each is logged at every boot.",
        examples=["origin-plain-http"],
    )
    ignore: Annotated[
        tuple[str, ...],
        Option(kinds.VARIABLES, permits=("CORS_PROXY_URL",), refuses={"CORS_ORIGINS": "value-invalid"}),
    ] = Field(
        default=(),
        description="Exact names of other programs' variables that begin with the same prefix.",
        examples=["CORS_PROXY_URL"],
    )
    config_dir: Annotated[
        str | None,
        Option(kinds.OPTIONAL_PATH, permits=("/etc/cors",), refuses={"a missing directory": "source-unreadable"}),
    ] = Field(
        default=None,
        description="A directory whose files are named after variables: a mounted ConfigMap, Docker configs.",
        examples=["/etc/cors"],
    )
    reload_seconds: Annotated[
        float, Option(kinds.SECONDS, permits=("5", "0.5", "0"), refuses={"-1": "value-invalid"})
    ] = Field(
        default=5.0,
        description="How often that directory is checked for changes, in seconds, decimals allowed; 0 is never.",
        examples=["5"],
    )
    inspector: Annotated[
        bool,
        Option(
            kinds.BOOLEAN,
            permits=("false", "true (in development)"),
            refuses={"true": "inspector-in-production"},
            boot_only=True,
        ),
    ] = Field(
        default=False,
        description="Whether the development page at `/_cors` is served in development.",
        examples=["false"],
    )
    log_decisions: Annotated[
        LogDecisions,
        Option(kinds.LOG_DECISIONS, permits=("off", "refused", "all"), refuses={"true": "value-invalid"}),
    ] = Field(
        default="refused",
        description="Which decisions are logged: none, those that block an origin or a preflight, or all.",
        examples=["all"],
    )
    metrics: Annotated[
        bool, Option(kinds.BOOLEAN, permits=("true", "false"), refuses={"counter": "value-invalid"}, boot_only=True)
    ] = Field(
        default=False,
        description="Whether decisions are counted with prometheus-client.",
        examples=["true"],
    )
    origins_store_required: Annotated[
        bool, Option(kinds.BOOLEAN, permits=("true", "false"), refuses={"maybe": "value-invalid"}, boot_only=True)
    ] = Field(
        default=True,
        description="Whether an application is refused to start while the store of origins cannot be read.",
        examples=["false"],
    )
    termination_log: Annotated[str, Option(kinds.PATH, permits=("/dev/termination-log",))] = Field(
        default="/dev/termination-log",
        description="Where a refusal is also written in a pod.",
        examples=["/dev/termination-log"],
    )

    _reading: Reading = PrivateAttr()
    _invalid: tuple[Problem, ...] = PrivateAttr(default=())

    def __init__(
        self,
        *,
        _env_prefix: str | None = None,
        _env_file: EnvFile | EllipsisType = ...,
        _reading: Reading | None = None,
        **keywords: object,
    ) -> None:
        reading = _reading or self._open(Inputs(keywords=keywords), _env_prefix, _env_file)
        try:
            super().__init__(_env_file=None, reading=reading)
        except ValidationError as error:
            if _reading is not None:
                raise
            invalid = [entry.problem for entry in invalid_fields(error, reading, self.declared())]
            raise BootRefused([*reading.problems(), *invalid]) from None
        self._reading = reading
        self._invalid = tuple(self._changed_by_validators())
        if _reading is None and self.problems:
            raise BootRefused(self.problems, production=self.production)

    @classmethod
    def read(cls, inputs: Inputs, *, prefix: str | None = None, env_file: EnvFile | EllipsisType = ...) -> Self:
        """Read settings without raising for what is in the sources: that is in ``problems``, and left out.

        Args:
            inputs: What is read.
            prefix: What the names of variables begin with; the class's ``env_prefix`` if None.
            env_file: Files that replace those of ``inputs`` and must exist; None for no file.

        Raises:
            BootRefused: A field of a subclass has no valid default.
        """
        reading = cls._open(inputs, prefix, env_file)
        try:
            return cls(_reading=reading)
        except ValidationError as error:
            invalid = list(invalid_fields(error, reading, cls.declared()))
        for entry in invalid:
            reading.leave_out(entry.option, CORSSettings.model_fields.get(entry.option))
        problems = tuple(entry.problem for entry in invalid)
        try:
            settings = cls(_reading=reading)
        except ValidationError:  # a field of a subclass has no default that could replace the value
            raise BootRefused([*reading.problems(), *problems]) from None
        settings._invalid += problems
        return settings

    @classmethod
    @cache
    def declared(cls) -> Mapping[str, Option | None]:
        """Return the options by name; None for a field that a subclass adds without declaring an option."""
        base = CORSSettings.model_fields
        return MappingProxyType(
            {
                name: option_of(field) or (option_of(base[name]) if name in base else None)
                for name, field in cls.model_fields.items()
            }
        )

    @field_validator("*", mode="before")
    @classmethod
    def _parse(cls, value: object, info: ValidationInfo) -> object:
        """Parse every field with the parser of its option: sources hand on located values, a class has defaults."""
        option = cls.declared().get(info.field_name or "")
        if isinstance(value, Located):
            return value.value if option is None else option.parse(value)
        return value if option is None else option.kind.parse(value)

    @classmethod
    def names(cls, prefix: str) -> Names:
        """Return the names of all variables of this class under ``prefix``. Raises PrefixError."""
        return Names(prefix, cls.declared())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours replaces it
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours replaces it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours replaces it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return our own sources: in pydantic's, lists are JSON and one undecodable value hides all other problems."""
        reading = getattr(init_settings, "init_kwargs", {}).get("reading")
        if not isinstance(reading, Reading):
            raise TypeError("CORSSettings reads its own sources")
        return (*reading.sources, reading.fallback)

    @property
    def reading(self) -> Reading:
        """The sources that were read."""
        return self._reading

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems with sources, names and types; always empty unless the settings were made by ``read``."""
        return tuple(dict.fromkeys((*self._reading.problems(), *self._invalid)))

    @property
    def prefix(self) -> str:
        """What the names of the variables begin with."""
        return self._reading.names.prefix

    @property
    def production(self) -> bool:
        """Whether the rules of production apply: always, unless the environment sets ``development``."""
        return self._from_environment("env") != "development"

    @property
    def waivers(self) -> tuple[str, ...]:
        """The names of the rules that the environment waives."""
        found = self._from_environment("dangerously_allow")
        return found if isinstance(found, tuple) else ()

    def variable(self, option: str) -> str:
        """Return the variable of an option."""
        return self._reading.names.variable(option)

    def located(self, option: str) -> Located | None:
        """Return an option's value as it was written, its source and what it overrides; None if it is a default."""
        return self._reading.option(option)

    def source(self, option: str) -> Source:
        """Return where an option's value came from: ``environment``, ``.env line 3``, ``code``, ``default``, …"""
        located = self.located(option)
        if located is not None:
            return located.source
        field, base = type(self).model_fields.get(option), CORSSettings.model_fields.get(option)
        own = field is not None and (base is None or field.default != base.default)
        return Source(f"default of {type(self).__name__}") if own else Source("default")

    def keeping(self, boot: CORSSettings) -> Self:
        """Return these settings with the options that change at boot only as ``boot`` has them."""
        kept = self.model_copy(update={option: getattr(boot, option) for option in BOOT_ONLY})
        kept._reading = self._reading.keeping(boot.reading, [self.variable(option) for option in BOOT_ONLY])
        return kept

    @classmethod
    def _open(cls, inputs: Inputs, prefix: str | None, env_file: EnvFile | EllipsisType) -> Reading:
        prefix = prefix if prefix is not None else str(cls.model_config["env_prefix"])
        try:
            names = cls.names(prefix)
        except PrefixError as error:
            found = problem("usage", "env_prefix", prefix, CODE, message=str(error), fix=f'env_prefix="{PREFIX}"')
            return Reading(cls, cls.names(PREFIX), Inputs(environ=inputs.environ, env_files=()), (found,))
        reading = Reading(cls, names, inputs.with_env_file(env_file, cls.model_config.get("env_file")))
        for option in ENVIRONMENT_ONLY:
            default, base = cls.model_fields[option].default, CORSSettings.model_fields[option]
            if default != base.default:
                located = Located(names.variable(option), option, default, Source(cls.__name__))
                reading.add_problem(environment_only(located))
                reading.fall_back(option, base)
        return reading

    def _from_environment(self, option: str) -> object:
        """Return the value of an option that only the environment sets, whatever code of a subclass makes of it."""
        located, declared = self.located(option), option_of(CORSSettings.model_fields[option])
        if located is None or declared is None:
            return CORSSettings.model_fields[option].default
        try:
            return declared.parse(located)
        except ParseError:
            return CORSSettings.model_fields[option].default

    def _changed_by_validators(self) -> list[Problem]:
        """Return the problems of validators of a subclass that change what only the environment may set."""
        return [
            environment_only(Located(self.variable(option), option, value, Source(type(self).__name__)))
            for option in ENVIRONMENT_ONLY
            if (value := getattr(self, option)) != self._from_environment(option)
        ]


_DECLARED = CORSSettings.declared()
BOOT_ONLY = tuple(name for name, option in _DECLARED.items() if option is not None and option.boot_only)
"""Options that change when the application starts, never while it serves."""
ENVIRONMENT_ONLY = tuple(name for name, option in _DECLARED.items() if option is not None and option.environment_only)
"""Options that code may not set."""

"""The options of a policy: what can be set, and what each setting permits.

An application sets them once; a resource, a blueprint or a view can set some and inherits the rest. Everything that is
known of an option is declared here: variables, tables, ``.env.example`` and JSON Schema are derived from it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from envcors.protocol.foreign_write import CSRFProtection
from envcors.settings import kinds
from envcors.settings.option import Option, option_of
from envcors.settings.parsers import OriginEntry
from envcors.settings.store_url import StoreURL


class PolicyOptions(BaseModel):
    """The options of one policy, typed; the rules check what the lists contain."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, validate_default=True)

    origins: Annotated[
        tuple[OriginEntry, ...],
        Option(
            kinds.ORIGINS,
            permits=("https://app.example.com", "https://*.example.com", "capacitor://localhost", "*"),
            refuses={
                "https://app.example.com/": "origin-malformed",
                "null": "origin-null",
                "*": "origin-any",
                "* with credentials": "origin-any-with-credentials",
                "http://app.example.com": "origin-plain-http",
                "https://*.github.io": "origin-public-suffix",
            },
            standard="Fetch §3.3.2, HTML §7.1.1",
        ),
    ] = Field(
        default=(),
        description="Origins that may read responses: scheme://host[:port], `https://*.example.com` for every host "
        "below a domain, or `*` for any origin.",
        examples=["https://app.example.com,https://*.example.com"],
    )
    deny_origins: Annotated[
        tuple[str, ...],
        Option(
            kinds.DENY_ORIGINS,
            permits=("https://old.example.com", "https://*.old.example.com"),
            refuses={"*": "origin-malformed", "null": "origin-null"},
            standard="Fetch §3.3.2",
        ),
    ] = Field(
        default=(),
        description="Origins that are blocked although the list of origins allows them.",
        examples=["https://old.example.com"],
    )
    methods: Annotated[
        tuple[str, ...],
        Option(
            kinds.METHODS,
            permits=("GET,HEAD,POST,PUT,DELETE", "get (browsers send GET)", "*"),
            refuses={"patch": "method-malformed", "TRACE": "method-forbidden", "*": "methods-any"},
            standard="Fetch §2.2.1, §4.8",
        ),
    ] = Field(
        default=("GET", "HEAD", "POST"),
        description="Methods that other origins may use; GET, HEAD and POST are always allowed. `*` for any method.",
        examples=["GET,HEAD,POST,PUT,DELETE"],
    )
    allow_headers: Annotated[
        tuple[str, ...],
        Option(
            kinds.REQUEST_HEADERS,
            permits=("Content-Type,Authorization", "*"),
            refuses={"Cookie": "header-forbidden", "X-Token:": "header-malformed", "*": "headers-any"},
            standard="Fetch §2.2.2, §3.3.5",
        ),
    ] = Field(
        default=("Content-Type",),
        description="Request headers that scripts may set. `*` for any except Authorization.",
        examples=["Content-Type,Authorization"],
    )
    expose_headers: Annotated[
        tuple[str, ...],
        Option(
            kinds.RESPONSE_HEADERS,
            permits=("X-Request-Id", "*"),
            refuses={"Set-Cookie": "expose-forbidden", "* with credentials": "expose-any-with-credentials"},
            standard="Fetch §2.2.2",
        ),
    ] = Field(
        default=(),
        description="Response headers that scripts may read in addition to the safelisted ones. `*` for any.",
        examples=["X-Request-Id"],
    )
    supports_credentials: Annotated[
        bool,
        Option(
            kinds.BOOLEAN,
            permits=("true", "false"),
            refuses={"enabled": "value-invalid", "true with origins *": "origin-any-with-credentials"},
            standard="Fetch §3.3.2",
        ),
    ] = Field(
        default=False,
        description="Whether scripts of allowed origins may send cookies and HTTP authentication.",
        examples=["true"],
    )
    max_age: Annotated[
        int,
        Option(
            kinds.MAX_AGE,
            permits=("600", "0", "86400"),
            refuses={"1h": "value-invalid", "86401": "max-age-out-of-range"},
            standard="Fetch §4.9",
        ),
    ] = Field(
        default=600,
        description="How long a browser may keep a preflight response, in whole seconds, 0 to 86400.",
        examples=["600"],
    )
    csrf_protection: Annotated[
        CSRFProtection,
        Option(
            kinds.CSRF_PROTECTION,
            permits=("off", "report", "enforce"),
            refuses={"true": "value-invalid"},
            standard="Fetch §3.2, Fetch Metadata §2.3",
        ),
    ] = Field(
        default="off",
        description="What happens to a request that changes something and comes from a page of a foreign origin: "
        "`off` lets it pass, `report` logs it, `enforce` answers 403.",
        examples=["enforce"],
    )
    origins_store: Annotated[
        StoreURL | None,
        Option(
            kinds.STORE_URL,
            permits=("redis://cache.internal:6379/0", "rediss://:password@cache.internal:6380/0?prefix=shop"),
            refuses={"redis+sentinel://cache.internal": "value-invalid", "localhost:6379": "value-invalid"},
            boot_only=True,
        ),
    ] = Field(
        default=None,
        description="A set of origins in Redis that are allowed in addition to the list of origins.",
        examples=["redis://cache.internal:6379/0"],
    )


POLICY_OPTIONS: dict[str, Option] = {
    name: option for name, field in PolicyOptions.model_fields.items() if (option := option_of(field)) is not None
}
"""The options of a policy by name, in their order."""

PATHS = Option(
    kinds.PATHS,
    permits=("/health", "/api/*", "/*"),
    refuses={"/api/*/items": "resource-malformed", "api": "resource-malformed"},
)
"""The paths of one resource."""

RESOURCE_OPTIONS: dict[str, Option] = {**POLICY_OPTIONS, "paths": PATHS}
"""The options that a variable of one resource may name."""

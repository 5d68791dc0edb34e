"""The seven options that make a policy, typed: what a person may set, and what each setting means.

An application has them once; a resource, a blueprint or a view may set some and inherits the rest.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from envcors.settings import forms


class PolicyOptions(BaseModel):
    """One policy's options as they were written; the rules judge what the lists hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, validate_default=True)

    origins: Annotated[tuple[forms.OriginEntry, ...], BeforeValidator(forms.origin_list)] = Field(
        default=(),
        description="Origins that may read answers: scheme://host[:port], `https://*.example.com` for all below a "
        "domain, or `*` for any.",
        examples=["https://app.example.com,https://*.example.com"],
    )
    deny_origins: Annotated[tuple[str, ...], BeforeValidator(forms.pattern_list)] = Field(
        default=(),
        description="Origins that are kept out although the list of origins lets them in.",
        examples=["https://old.example.com"],
    )
    methods: Annotated[tuple[str, ...], BeforeValidator(forms.method_list)] = Field(
        default=("GET", "HEAD", "POST"),
        description="Methods that other origins may use; GET, HEAD and POST always pass. `*` for any.",
        examples=["GET,HEAD,POST,PUT,DELETE"],
    )
    allow_headers: Annotated[tuple[str, ...], BeforeValidator(forms.header_list)] = Field(
        default=("Content-Type",),
        description="Request headers that scripts may set. `*` for any but Authorization.",
        examples=["Content-Type,Authorization"],
    )
    expose_headers: Annotated[tuple[str, ...], BeforeValidator(forms.header_list)] = Field(
        default=(),
        description="Response headers that scripts may read besides the safelisted ones. `*` for any.",
        examples=["X-Request-Id"],
    )
    supports_credentials: Annotated[bool, BeforeValidator(forms.boolean)] = Field(
        default=False,
        description="Whether scripts of allowed origins may send and use cookies and HTTP authentication.",
        examples=["true"],
    )
    max_age: Annotated[int, BeforeValidator(forms.whole_seconds)] = Field(
        default=600,
        description="How long a browser may keep a preflight's answer, in whole seconds, 0 to 86400.",
        examples=["600"],
    )


POLICY_OPTIONS = tuple(PolicyOptions.model_fields)
"""The names of the seven options, in their order."""

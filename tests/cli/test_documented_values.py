"""What each option's declaration, and so `docs/variables.md`, calls valid or refused is so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envcors.cli.generate.docs import split_example
from envcors.settings.model import CORSSettings
from envcors.settings.option import Option
from envcors.settings.options import PATHS
from tests.booting import Setup, boot

OPTIONS: dict[str, Option] = {
    f"CORS_{name.upper()}": option for name, option in CORSSettings.declared().items() if option is not None
} | {"CORS_RESOURCES__NAME__PATHS": PATHS}
REMARKS = {
    " with credentials": {"CORS_SUPPORTS_CREDENTIALS": "true"},
    " with origins *": {"CORS_ORIGINS": "*"},
}


def valid() -> Iterator[tuple[str, str]]:
    for name, option in OPTIONS.items():
        yield from ((name, text) for text in option.permits if name != "CORS_CONFIG_DIR")


def refused() -> Iterator[tuple[str, str, str]]:
    for name, option in OPTIONS.items():
        yield from ((name, text, rule) for text, rule in (option.refuses or {}).items())


@pytest.mark.parametrize(("name", "text"), list(valid()))
def test_what_is_called_valid_boots_at_least_in_development(name: str, text: str) -> None:
    value, _ = split_example(text)
    without_store = {"CORS_ORIGINS_STORE_REQUIRED": "false"}  # no Redis runs for this test
    assert boot(Setup({**without_store, "CORS_ENV": "development", name: value})).rules() == []


@pytest.mark.parametrize(("name", "text", "rule"), list(refused()))
def test_what_is_called_refused_is_refused_by_that_rule(name: str, text: str, rule: str) -> None:
    value, remark = split_example(text)
    assert rule in boot(Setup({name: value, **REMARKS.get(remark, {})})).rules()

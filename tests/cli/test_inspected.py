"""What ``envcors inspect`` shows of a configuration."""

from __future__ import annotations

import pytest

from envcors.cli.inspect import subject_of
from envcors.configuration import configure
from envcors.inspector.env_writer import WriteError
from envcors.inspector.subject import Inspected
from envcors.settings.inputs import Inputs
from envcors.settings.model import CORSSettings

PAGE = "https://app.acme.io"


def inspected(**variables: str) -> Inspected:
    return subject_of(configure(CORSSettings.read(Inputs(environ={"CI": "true", **variables}, env_files=()))))


def test_a_configuration_without_resources_is_one_row() -> None:
    page = inspected(CORS_ORIGINS=PAGE).page(path="", origin="")
    assert [(row.path, row.origins, row.policy, row.source) for row in page.rows] == [
        ("/*", PAGE, "application", "environment")
    ]
    assert (page.mode, page.is_live, page.decisions) == ("production", False, [])
    assert ("CORS_ORIGINS", PAGE, "environment") in [(one.variable, one.value, one.source) for one in page.values]


def test_each_path_of_a_resource_is_a_row_and_filters_apply() -> None:
    subject = inspected(CORS_ORIGINS=PAGE, CORS_RESOURCES='{"/a/*": {}, "/b/*": {"origins": ["https://b.acme.io"]}}')
    assert [row.path for row in subject.page(path="", origin="").rows] == ["/a/*", "/b/*"]
    assert [row.path for row in subject.page(path="b", origin="").rows] == ["/b/*"]
    assert [row.path for row in subject.page(path="", origin=PAGE).rows] == ["/a/*"]


def test_a_request_is_explained_by_the_policy_of_its_path() -> None:
    subject = inspected(CORS_ORIGINS=PAGE, CORS_RESOURCES='{"/a/*": {}}')
    assert subject.explain(PAGE, "GET", "/a/x", "").allowed
    answer = subject.explain("https://evil.example", "GET", "/a/x", "")
    assert (answer.reason, answer.line, answer.fixes) == (
        "origin-not-allowed",
        "",
        (f"CORS_ORIGINS={PAGE},https://evil.example",),
    )
    assert subject.explain(PAGE, "GET", "/other", "").reason == "no-policy"


def test_nothing_is_written_without_a_server() -> None:
    with pytest.raises(WriteError, match=r"no \.env file"):
        inspected(CORS_ORIGINS=PAGE).write("CORS_METHODS=PUT")


def test_another_configuration_is_compared() -> None:
    assert inspected(CORS_ORIGINS=PAGE).compare("CORS_ORIGINS=https://b.acme.io") == [
        "allows: origin https://b.acme.io at /*",
        f"blocks: origin {PAGE} at /*",
    ]

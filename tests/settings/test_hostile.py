"""For any bytes in any source, the application boots or refuses with one readable report."""

from __future__ import annotations

import json
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envcors.report import REPORT_BYTES
from envcors.settings.model import CORSSettings
from tests.booting import Outcome, Setup, boot

OPTIONS = [name.upper() for name in CORSSettings.model_fields if name != "termination_log"]
NAMES = st.one_of(
    st.sampled_from(OPTIONS),
    st.sampled_from([f"RESOURCES__A__{name}" for name in ("PATHS", "ORIGINS", "MAX_AGE")]),
    st.from_regex(r"[ -<>-~]{1,12}", fullmatch=True),
)

FRAGMENTS = st.sampled_from(
    [
        *("\x1b[31m", "\x1b]0;title\x07", "\r\n", "\u202e", "\udcff", "0" * 50, "\u0661", "é", "🦊", "xn--"),
        *("*", "null", "https://", "http://localhost", "://*.", "a.example.com", "GET", "/", ":", " "),
        *("[", "{", '"', "'", "\\", ",", "${", "}"),
    ]
)
BYTES = st.binary(max_size=30).map(os.fsdecode)
VALUES = st.one_of(
    st.lists(st.one_of(FRAGMENTS, BYTES), max_size=8).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
).map(lambda text: text.replace("\0", ""))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=8,
)
PYTHON = st.one_of(
    JSON,
    st.binary(max_size=5),
    st.just(object()),
    st.just(re.compile("a")),
    st.just(len),
    st.dictionaries(st.one_of(st.integers(), st.text(max_size=5)), JSON, max_size=2),
)


def assert_readable(outcome: Outcome) -> None:
    if outcome.refusal is None:
        return
    report = str(outcome.refusal)
    assert outcome.problems
    assert len(report.encode()) <= REPORT_BYTES
    assert all(line.isprintable() for line in report.split("\n"))
    for problem in outcome.problems:
        assert problem.message.isprintable()
        assert all(line.isprintable() for line in problem.fix.split("\n"))


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from(["production", "development"]))
def test_any_environment_boots_or_gives_a_readable_report(values: dict[str, str], mode: str) -> None:
    assert_readable(boot(Setup({"CORS_ENV": mode, **{f"CORS_{name}": value for name, value in values.items()}})))


@given(st.one_of(st.binary(max_size=200), st.lists(st.one_of(FRAGMENTS, st.just("CORS_"), st.just("\n"))).map("".join)))
def test_any_dotenv_boots_or_gives_a_readable_report(content: bytes | str) -> None:
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    assert_readable(boot(Setup(files={".env": content})))


@given(st.dictionaries(st.one_of(st.sampled_from(["origins", "resources", "max_age"]), st.text(max_size=9)), PYTHON))
def test_any_keywords_boot_or_give_a_readable_report(keywords: dict[str, object]) -> None:
    keywords = {name: value for name, value in keywords.items() if name not in {"app", "self"}}
    assert_readable(boot(Setup(code=keywords)))


@given(st.dictionaries(st.sampled_from(OPTIONS), PYTHON, max_size=3))
def test_any_app_config_boots_or_gives_a_readable_report(values: dict[str, object]) -> None:
    assert_readable(boot(Setup(config={f"CORS_{name}": value for name, value in values.items()})))


@given(JSON)
def test_any_json_of_resources_boots_or_gives_a_readable_report(value: object) -> None:
    assert_readable(boot(Setup({"CORS_RESOURCES": json.dumps(value)})))
    assert_readable(boot(Setup({"CORS_RESOURCES": json.dumps({"/a": value})})))
    assert_readable(boot(Setup({"CORS_RESOURCES": json.dumps({"/a": {"origins": value, "max_age": value}})})))


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(
    "value",
    ["[" * 50_000, '{"a":' * 50_000, "x" * 100_000, "\x1b[31m" * 1_000, "https://" + "a." * 40_000, ",x" * 2_000],
    ids=["deep list", "deep object", "long", "escapes", "many labels", "many items"],
)
def test_values_of_any_size_boot_or_give_a_readable_report(option: str, value: str) -> None:
    assert_readable(boot(Setup({f"CORS_{option}": value})))


@pytest.mark.parametrize("length", [1_000_000])
def test_a_dotenv_of_a_megabyte_boots_or_gives_a_readable_report(length: int) -> None:
    for line in ("CORS_ORIGINS=" + "x" * length, "CORS_RESOURCES=" + "[" * length, "CORS_" + "X" * length + "=1"):
        assert_readable(boot(Setup(dotenv=line)))


@settings(max_examples=30)
@given(st.lists(st.from_regex(r"[a-zA-Z0-9./:]{1,60}", fullmatch=True), min_size=1, max_size=300))
def test_a_report_of_any_number_of_problems_fits_and_counts_those_that_it_does_not_show(items: list[str]) -> None:
    outcome = boot(Setup({"CORS_METHODS": ",".join(f"({item}" for item in items)}))
    assert_readable(outcome)
    report = str(outcome.refusal)
    shown = report.count("\n  method-malformed ")
    left = len(outcome.problems) - shown
    last = report.rstrip("\n").rpartition("\n")[2]
    assert (f"{left} more problem" in last) is (left > 0)
    assert shown > 0

"""Names of variables: which are ours, which are misspelled, which belong to another program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envcors.settings.model import CORSSettings
from tests.booting import Setup, boot

SERVICE_LINKS = [
    "CORS_SERVICE_HOST",
    "CORS_SERVICE_PORT",
    "CORS_SERVICE_PORT_HTTP",
    "CORS_PORT",
    "CORS_PORT_80_TCP",
    "CORS_PORT_80_TCP_ADDR",
    "CORS_PORT_53_UDP_PROTO",
    "CORS_PORT_9000_SCTP_PORT",
    "CORS_PROXY_SERVICE_HOST",
    "CORS_PROXY_PORT",
    "CORS_PROXY_PORT_8080_TCP_PORT",
]


@pytest.mark.parametrize("name", SERVICE_LINKS)
def test_a_service_link_of_kubernetes_is_not_read(name: str) -> None:
    assert boot(Setup({name: "tcp://10.0.0.1:80"})).rules() == []


@pytest.mark.parametrize(
    "name", ["CORS_PORTS", "CORS_SERVICE", "CORS_PORT_80", "CORS_PORT_80_HTTP", "CORS_HOST", "cors_port"]
)
def test_a_name_that_only_looks_like_a_service_link_is_unknown(name: str) -> None:
    expected = [] if name == "cors_port" else ["unknown-variable"]
    assert boot(Setup({name: "x"})).rules() == expected


@pytest.mark.parametrize(
    "name", ["CORS_", "CORS_X", "CORS_ORIGINS_", "CORS__ORIGINS", "CORS_RESOURCES__API", "CORS_PATHS"]
)
def test_any_other_name_with_the_prefix_is_refused_without_its_value(name: str) -> None:
    (problem,) = boot(Setup({name: "hunter2"})).problems
    assert (problem.rule, problem.variable, problem.value) == ("unknown-variable", name, None)
    assert "hunter2" not in repr(problem)


@pytest.mark.parametrize("name", ["API", "api", "V2", "2", "A__B", "_", "A_"])
def test_a_resource_can_have_any_name(name: str) -> None:
    (resource,) = boot(Setup({f"CORS_RESOURCES__{name}__PATHS": "/a"})).configuration.settings.resources
    assert resource.label == f"resource {name}"


@pytest.mark.parametrize("name", ["ÄPI", "a b", "", "api/v1"])
def test_an_invalid_resource_name_is_refused_with_what_a_name_can_contain(name: str) -> None:
    (problem,) = boot(Setup({f"CORS_RESOURCES__{name}__PATHS": "/a"})).problems
    assert "the name of a resource is letters A to Z, digits and _" in problem.message
    assert problem.fix.startswith("rename it to CORS_RESOURCES__NAME__PATHS")


@pytest.mark.parametrize("name", ["cors_origins", "Cors_Origins", "cors.origins", "CORS-ORIGINS", "CORS.ORIGINS"])
def test_another_spelling_of_a_known_name_is_refused_as_unknown(name: str) -> None:
    (problem,) = boot(Setup({name: "https://a.example.com"})).problems
    assert (problem.rule, problem.variable) == ("unknown-variable", name)
    assert "CORS_ORIGINS" in problem.fix


@pytest.mark.parametrize(("name", "shown"), [("CORS_ORIGINS ", '"CORS_ORIGINS "'), ("CORS_A\tB", '"CORS_A\\t…"')])
def test_white_space_in_a_name_is_made_visible(name: str, shown: str) -> None:
    (problem,) = boot(Setup({name: "x"})).problems
    assert f"envcors does not know {shown};" in problem.message
    assert "IGNORE" not in problem.fix


def test_two_spellings_of_a_name_in_one_source_are_a_duplicate() -> None:
    (problem,) = boot(Setup({"CORS_MAX_AGE": "5", "cors.max-age": "6"})).problems
    assert (problem.rule, problem.variable, problem.value) == ("variable-duplicate", "CORS_MAX_AGE", "5")


def test_the_problem_of_a_duplicate_names_the_other_lines_and_spellings() -> None:
    dotenv = "CORS_MAX_AGE=1\nCORS_MAX_AGE=2\ncors.max.age=3\n"
    (problem,) = boot(Setup(dotenv=dotenv)).problems
    assert " is set again (.env line 2) and as cors.max.age (.env line 3): " in problem.message


def test_the_same_name_in_two_sources_is_not_a_duplicate() -> None:
    assert boot(Setup({"CORS_MAX_AGE": "5"}, dotenv="CORS_MAX_AGE=6\n", config={"CORS_MAX_AGE": 7})).rules() == []


@pytest.mark.parametrize(
    "name",
    [
        *("cors_home", "corsair", "MY_CORS_ORIGINS", "CORSORIGINS", "cors.example.com"),
        *("cors.environment", "cors.headers.json", "cors_whitelist", "cors.allowed-hosts"),
    ],
)
def test_a_name_without_the_prefix_belongs_to_another_program(name: str) -> None:
    assert boot(Setup({name: "x"})).rules() == []


def test_only_the_exact_names_in_the_list_are_ignored() -> None:
    variables = {"CORS_IGNORE": "CORS_PROXY_URL,CORS_X", "CORS_PROXY_URL": "a", "CORS_X": "b"}
    assert boot(Setup(variables)).rules() == []
    assert boot(Setup({**variables, "CORS_Y": "c"})).rules() == ["unknown-variable"]


def test_names_are_ignored_in_every_source_except_code() -> None:
    setup = Setup({"CORS_IGNORE": "CORS_X"}, dotenv="CORS_X=1\n", config={"CORS_X": 1})
    assert boot(setup).rules() == []
    assert boot(Setup({"CORS_IGNORE": "CORS_X"}, code={"x": 1})).rules() == ["unknown-variable"]


def test_the_line_that_ignores_a_variable_keeps_the_ignored_names_and_adds_all_unknown_ones() -> None:
    variables = {"CORS_IGNORE": "CORS_PROXY_URL", "CORS_PROXY_URL": "x", "CORS_FOO": "1"}
    problems = boot(Setup(variables, dotenv="CORS_BAR=2\nCORS_FOO=3\nCORS_ORGINS=\n")).problems
    lines = {problem.variable: problem.fix.rpartition(": ")[2] for problem in problems}
    together = "CORS_IGNORE=CORS_PROXY_URL,CORS_FOO,CORS_BAR"
    assert lines == {"CORS_FOO": together, "CORS_BAR": together, "CORS_ORGINS": f"{together},CORS_ORGINS"}
    assert boot(Setup({**variables, "CORS_IGNORE": together.partition("=")[2]}, dotenv="CORS_BAR=2\n")).rules() == []


@pytest.mark.parametrize(
    "variables",
    [{f"CORS_X{number}": "" for number in range(100)}, {"SECRET": "CORS_S3CRET"}],
)
def test_if_no_line_can_show_all_ignored_names_the_fix_has_only_the_new_one(variables: dict[str, str]) -> None:
    problems = boot(Setup({**variables, "CORS_FOO": ""}, dotenv="CORS_IGNORE=CORS_PROXY_URL,${SECRET:-A}\n")).problems
    (problem,) = (problem for problem in problems if problem.variable == "CORS_FOO")
    assert problem.fix.endswith(": CORS_FOO added to CORS_IGNORE")
    assert "S3CRET" not in repr(problem)


def test_a_variable_of_ours_cannot_be_ignored() -> None:
    variables = {"CORS_IGNORE": "CORS_ORIGINS", "CORS_ORIGINS": "*"}
    assert boot(Setup(variables)).rules() == ["value-invalid", "origin-any"]


@pytest.mark.parametrize(
    ("keyword", "meant"),
    [
        ("orgins", "origins"),
        ("Origins", "origins"),
        ("ORIGINS", "origins"),
        ("allowed_headers", "allow_headers"),
        ("credentials", "supports_credentials"),
        ("port", None),
        ("PORT", None),
        ("service_host", None),
        ("resources__api__paths", None),
        ("paths", None),
    ],
)
def test_the_problem_of_an_unknown_keyword_names_the_nearest_one(keyword: str, meant: str | None) -> None:
    (problem,) = boot(Setup(code={keyword: "/x"})).problems
    assert (problem.rule, problem.variable, problem.value, problem.source) == (
        "unknown-variable",
        keyword,
        None,
        "code",
    )
    assert (f"did you mean {meant}?" in problem.message) is (meant is not None)


def test_an_unknown_entry_of_app_config_is_refused() -> None:
    (problem,) = boot(Setup(config={"CORS_ORIGNS": "*", "CORS": "x", "OTHER": "y"})).problems
    assert (problem.rule, problem.variable, problem.source) == ("unknown-variable", "CORS_ORIGNS", "app.config")


def test_with_another_prefix_only_variables_with_that_prefix_are_read() -> None:
    variables = {"SHOP_CORS_MAX_AGE": "5", "CORS_METHODS": "nonsense:", "CORS_NOTHING": "x"}
    outcome = boot(Setup(variables, dotenv="SHOP_CORS_METHODS=PUT\n", code={"env_prefix": "SHOP_CORS_"}))
    settings = outcome.configuration.settings
    assert (settings.max_age, settings.methods, settings.prefix) == (5, ("PUT",), "SHOP_CORS_")


def test_problems_and_fixes_name_the_variables_of_another_prefix() -> None:
    variables = {"SHOP_CORS_ORIGINS": "http://localhost:3000", "SHOP_CORS_ORIGIN": "x", "SHOP_CORS_ENV": "dev"}
    refusal = boot(Setup(variables, code={"env_prefix": "SHOP_CORS_"})).refusal
    assert refusal is not None
    assert "SHOP_CORS_ENV=development" in str(refusal)
    assert str(refusal).count("CORS_") == str(refusal).count("SHOP_CORS_")


@pytest.mark.parametrize("prefix", ["", "cors_", "CORS", "Cors_", "CORS-", "_", "1_", "CORS_\n", " CORS_", 7])
def test_an_invalid_prefix_is_refused(prefix: object) -> None:
    assert boot(Setup(code={"env_prefix": prefix})).rules() == ["usage"]


def test_a_subclass_can_have_its_own_prefix() -> None:
    class ShopSettings(CORSSettings, env_prefix="SHOP_CORS_"):
        pass

    outcome = boot(Setup({"SHOP_CORS_MAX_AGE": "5"}, code={"settings": ShopSettings}))
    assert outcome.configuration.settings.max_age == 5


@given(st.from_regex(r"CORS_(RESOURCES__)?[A-ZÄß_.-]{0,20}(__PATHS)?", fullmatch=True))
def test_every_name_with_the_prefix_is_known_a_service_link_or_refused(name: str) -> None:
    names = CORSSettings.names("CORS_")
    known = names.is_ours(name) or names.is_service_link(name)
    meant = names.meant(name)
    assert meant is None or names.is_ours(meant)
    assert ("unknown-variable" in boot(Setup({name: ""})).rules()) is not known

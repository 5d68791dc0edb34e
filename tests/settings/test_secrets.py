"""No message shows the value of another program's variable, even if one of our values refers to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envcors.settings.model import CORSSettings
from tests.booting import Outcome, Setup, boot

MARK = "hunter2x"
SECRETS = [
    MARK,
    f"https://{MARK}.example.com",
    f"http://{MARK}.localhost:3000",
    f"https://{MARK.upper()}.example.com/",
    f"https://*.{MARK}",
    f"https://{MARK}.example.com:*",
    f"/{MARK}",
    f"{MARK}/*",
    f"*,{MARK}:",
    f"{MARK},patch,Cookie,*",
    f'["{MARK}"',
    f'{{"{MARK}": 1}}',
    f"origin-any,{MARK}",
    f"CORS_ORIGINS,{MARK}",
]
TEMPLATES = [
    "${SECRET}",
    "https://${SECRET}",
    "GET,${SECRET},*",
    "null,${SECRET}",
    '{"${SECRET}": {}}',
    '{"/${SECRET}": {}, "/${SECRET}": {}}',
    '{"/a": {"${SECRET}": 1}}',
    '{"/a": {"origins": "${SECRET}", "methods": "${SECRET}"}}',
    '{"/a": {"max_age": "${SECRET}", "send_wildcard": "${SECRET}"}}',
    '{"/a": "${SECRET}", "${SECRET}": 1}',
    '{"/a*": {}, "a${SECRET}": {"supports_credentials": true}}',
    "/${SECRET}",
    "/nowhere/${SECRET}/below",
    "600 ${SECRET}",
    "true # ${SECRET}",
    '["${SECRET}"]',
]
OPTIONS = [name.upper() for name in CORSSettings.model_fields if name != "termination_log"]
PARTS = [f"RESOURCES__API__{name}" for name in ("PATHS", "ORIGINS", "METHODS", "MAX_AGE", "ALLOW_HEADERS")]
FOREIGN_LINES = [
    f"PASSWORD={MARK}",
    f"PASSWORD='{MARK}",
    f"PASSWORD {MARK}",
    f"PASSWORD='{MARK}\nCORS_ORIGINS=",
    f"PASSWORD='{MARK} CORS_ORIGINS",
    f"PASSWORD=${{NOTHING}}{MARK}",
    f'KEY="one\nCORS_TWO={MARK}\n"',
    f"export PASSWORD CORS_{MARK}",
    f"{MARK}",
    f"CORS_PROXY_PASSWORD='{MARK}",
    f"CORS_ORIGN {MARK}",
    f"CORS_ORIGN {MARK}: x",
    f"CORS {MARK}: x",
    f"CORS PROXY: {MARK}",
    f"MY PASSWORD: {MARK}",
    f"CORS_PROXY_TOKEN:{MARK}",
    f"CORS_PROXY_TOKEN: {MARK}",
    f"CORS_PROXY_TOKEN?={MARK}",
    f"CORS_MAX_AGE=600 PASSWORD={MARK}",
    f"CORS_MAX_AGE=600;PASSWORD={MARK}",
    f"CORS_MAX_AGE=600,PASSWORD={MARK} {MARK}",
    f"CORS_MAX_AGE='600 PASSWORD={MARK} {MARK}'",
    f"CORS_ALLOW_HEADERS=X-A PASSWORD={MARK},{MARK}",
    f"CORS_RESOURCES={{}} PASSWORD={MARK}",
    f"export CORS_MAX_AGE=600 && export PASSWORD={MARK}",
    f'Environment="CORS_MAX_AGE=600" "PASSWORD={MARK}"',
    f"ENV CORS_MAX_AGE=600 PASSWORD={MARK}",
    f"setx PASSWORD {MARK}",
    f"'CORS_PROXY {MARK}'=1",
    f"CORS_EXPOSE_HEADERS=X-A,\nPASSWORD {MARK}",
    f"CORS_EXPOSE_HEADERS=[\nPASSWORD: {MARK}\n]",
    f"$env:PASSWORD={MARK}",
    f"CORS_SUPPORTS_CREDENTIALS PASSWORD={MARK}",
]
IN_VALUES = [
    "{value} PASSWORD={mark}",
    "{value};PASSWORD={mark} {mark}",
    "{value}\nPASSWORD={mark}\nOTHER={mark}",
    "'{value} PASSWORD={mark}'",
    "CORS_X={value} PASSWORD={mark}",
    "{value} CORS_PROXY_TOKEN={mark}",
]


def all_messages(outcome: Outcome, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    yield caplog.text
    yield str(outcome.refusal)
    found = outcome.problems if outcome.app is None else (*outcome.advice, *outcome.waived)
    for problem in found:
        yield from filter(None, problem.as_dict().values())


def assert_not_shown(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()  # Hypothesis runs many examples in one test
    for message in all_messages(boot(setup), caplog):
        assert MARK not in message.lower()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    option=st.sampled_from([*OPTIONS, *PARTS]),
    template=st.sampled_from(TEMPLATES),
    secret=st.sampled_from(SECRETS),
    mode=st.sampled_from(["production", "development"]),
    loaded_by_flask=st.booleans(),
)
def test_a_value_with_a_reference_is_shown_as_written_in_the_file(
    caplog: pytest.LogCaptureFixture, *, option: str, template: str, secret: str, mode: str, loaded_by_flask: bool
) -> None:
    environment = {"SECRET": secret} if option == "ENV" else {"SECRET": secret, "CORS_ENV": mode}
    if loaded_by_flask:
        environment[f"CORS_{option}"] = template.replace("${SECRET}", secret)
    assert_not_shown(Setup(environment, dotenv=f"CORS_{option}='{template}'\n"), caplog)


@pytest.mark.parametrize("text", IN_VALUES)
@pytest.mark.parametrize("place", ["environment", "mounted", ".env", "flask"])
@pytest.mark.parametrize("option", [*(name for name in OPTIONS if name not in {"CONFIG_DIR", "ENV"}), *PARTS])
def test_another_setting_inside_of_a_value_is_not_shown(
    caplog: pytest.LogCaptureFixture, option: str, place: str, text: str
) -> None:
    name, value = f"CORS_{option}", text.format(value="600", mark=MARK)
    quoted = value.replace("'", "")
    setups = {
        "environment": Setup({name: value}),
        "mounted": Setup({"CORS_CONFIG_DIR": "mounted"}, files={f"mounted/{name}": value}),
        ".env": Setup(dotenv=f"{name}='{quoted}'\n"),
        "flask": Setup({name: quoted}, dotenv=f"{name}='{quoted}'\n"),
    }
    assert_not_shown(setups[place], caplog)


@pytest.mark.parametrize("files", [{}, {"CORS_ORIGINS": "*"}, {"CORS_ORIGIN": "x"}, {"CORS_METHODS/x": ""}])
@pytest.mark.parametrize("dotenv", ["CORS_CONFIG_DIR=/${PW}", "CORS_CONFIG_DIR=${PW}", "CORS_CONFIG_DIR='./${PW}'"])
def test_a_directory_that_another_variable_names_is_shown_as_written_in_the_file(
    caplog: pytest.LogCaptureFixture, dotenv: str, files: dict[str, str]
) -> None:
    written = {f"{MARK}/{name}": text for name, text in files.items() if "/" not in name}
    for in_mode in ("production", "development"):
        setup = Setup({"PW": MARK, "CORS_ENV": in_mode}, dotenv=f"{dotenv}\n", files=written)
        assert_not_shown(setup, caplog)


def test_the_path_of_a_termination_log_is_shown_as_written_in_the_file(caplog: pytest.LogCaptureFixture) -> None:
    assert_not_shown(
        Setup({"SECRET": MARK}, dotenv="CORS_MAX_AGE=x\nCORS_TERMINATION_LOG='/nowhere/${SECRET}'\n"), caplog
    )
    assert "/nowhere/${SECRET}" in caplog.text


@pytest.mark.parametrize("loaded_by_flask", [False, True])
@pytest.mark.parametrize("before", ["", "export ", "\n# a comment\n"])
@pytest.mark.parametrize("name", ["CORS_ORIGINS", "CORS_RESOURCES", "CORS_ORIGN", "cors.origins", "CORS_MAX_AGE"])
def test_other_variables_inside_an_unterminated_quote_are_never_shown(
    caplog: pytest.LogCaptureFixture, *, loaded_by_flask: bool, before: str, name: str
) -> None:
    rest = f"\nexport DB_PASSWORD={MARK}\n{MARK}\nJWT_KEY="
    setup = Setup({name: f"https://a{rest}"} if loaded_by_flask else {}, dotenv=f'{before}{name}="https://a{rest}"\n')
    assert_not_shown(setup, caplog)
    (problem,) = (problem for problem in boot(setup).problems if problem.rule == "dotenv-malformed")
    assert (problem.variable, problem.source.rpartition(" ")[2]) == (name, str(before.count("\n") + 1))


@pytest.mark.parametrize("line", FOREIGN_LINES)
def test_a_line_of_another_program_is_never_shown(line: str, caplog: pytest.LogCaptureFixture) -> None:
    assert_not_shown(Setup(dotenv=f"CORS_ORIGINS=*\n{line}\nCORS_METHODS=trace\n"), caplog)


@given(
    st.dictionaries(st.from_regex(r"(CORS|cors|CORS_ORIGIN|PASSWORD|DB)[A-Z_.-]{0,12}", fullmatch=True), st.just(MARK))
)
def test_the_value_of_an_unknown_variable_is_never_shown(variables: dict[str, str]) -> None:
    known = CORSSettings.names("CORS_")
    setup = Setup({name: value for name, value in variables.items() if not known.is_ours(name)})
    assert MARK not in repr(boot(setup).problems)

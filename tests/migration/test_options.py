"""Options of Flask-CORS that do not exist in envcors, as the guide's table lists them."""

from __future__ import annotations

import re
from typing import cast

import pytest
from flask import Flask

from envcors import CORS, BootRefused, cross_origin
from envcors.flask.options import PolicyOptions
from envcors.settings.flask_cors import is_flask_cors_option
from tests.migration.asking import PAGE
from tests.migration.test_guide import PAGE_OF_DOCS
from tests.processes import REPOSITORY

ROW = re.compile(r"^\| `(\w+)` \| `(True|False)` \|", re.MULTILINE)
ACCEPTED = {
    option: accepted == "True"
    for option, accepted in ROW.findall((REPOSITORY / PAGE_OF_DOCS).read_text(encoding="utf-8"))
}


def legacy(option: str, value: bool) -> PolicyOptions:
    """Return keyword options that a type checker does not accept."""
    return cast(PolicyOptions, {"origins": PAGE, option: value})


def test_the_guide_lists_all_six_options() -> None:
    assert len(ACCEPTED) == 6
    assert all(is_flask_cors_option(option) for option in ACCEPTED)


@pytest.mark.parametrize("option", ACCEPTED)
def test_an_option_that_asks_for_the_fixed_behaviour_is_accepted(option: str) -> None:
    app = Flask("shop")
    app.config[f"CORS_{option.upper()}"] = ACCEPTED[option]
    CORS(app, **legacy(option, ACCEPTED[option]))
    app.add_url_rule("/", view_func=cross_origin(**legacy(option, ACCEPTED[option]))(lambda: "ok"))


@pytest.mark.parametrize("option", ACCEPTED)
def test_an_option_that_asks_for_the_opposite_is_refused(option: str) -> None:
    with pytest.raises(BootRefused) as refused:
        CORS(Flask("shop"), **legacy(option, not ACCEPTED[option]))
    (problem,) = refused.value.problems
    assert (problem.rule, problem.variable, problem.fix) == ("usage", option, f"remove {option}")


@pytest.mark.parametrize("option", ACCEPTED)
def test_an_option_in_app_config_that_asks_for_the_opposite_is_refused(option: str) -> None:
    app = Flask("shop")
    app.config[f"CORS_{option.upper()}"] = not ACCEPTED[option]
    with pytest.raises(BootRefused) as refused:
        CORS(app, origins=PAGE)
    (problem,) = refused.value.problems
    assert (problem.rule, str(problem.source)) == ("usage", "app.config")


@pytest.mark.parametrize("option", ACCEPTED)
def test_an_option_of_a_decorator_that_asks_for_the_opposite_is_refused(option: str) -> None:
    with pytest.raises(BootRefused, match=option):
        cross_origin(**legacy(option, not ACCEPTED[option]))(lambda: "ok")

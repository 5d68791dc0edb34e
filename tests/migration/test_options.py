"""Flask-CORS's options that have no meaning here, as the guide's table has them."""

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
    """What a type checker would find."""
    return cast(PolicyOptions, {"origins": PAGE, option: value})


def test_the_guide_knows_all_six() -> None:
    assert len(ACCEPTED) == 6
    assert all(is_flask_cors_option(option) for option in ACCEPTED)


@pytest.mark.parametrize("option", ACCEPTED)
def test_an_option_is_accepted_where_it_asks_for_what_is_done_anyway(option: str) -> None:
    app = Flask("shop")
    app.config[f"CORS_{option.upper()}"] = ACCEPTED[option]
    CORS(app, **legacy(option, ACCEPTED[option]))
    app.add_url_rule("/", view_func=cross_origin(**legacy(option, ACCEPTED[option]))(lambda: "ok"))


@pytest.mark.parametrize("option", ACCEPTED)
def test_an_option_is_refused_where_it_asks_for_the_opposite(option: str) -> None:
    with pytest.raises(BootRefused) as refused:
        CORS(Flask("shop"), **legacy(option, not ACCEPTED[option]))
    (problem,) = refused.value.problems
    assert (problem.rule, problem.variable, problem.fix) == ("usage", option, f"remove {option}")


@pytest.mark.parametrize("option", ACCEPTED)
def test_app_config_is_read_the_same_way(option: str) -> None:
    app = Flask("shop")
    app.config[f"CORS_{option.upper()}"] = not ACCEPTED[option]
    with pytest.raises(BootRefused) as refused:
        CORS(app, origins=PAGE)
    (problem,) = refused.value.problems
    assert (problem.rule, str(problem.source)) == ("usage", "app.config")


@pytest.mark.parametrize("option", ACCEPTED)
def test_a_decorator_is_refused_the_same_way(option: str) -> None:
    with pytest.raises(BootRefused, match=option):
        cross_origin(**legacy(option, not ACCEPTED[option]))(lambda: "ok")

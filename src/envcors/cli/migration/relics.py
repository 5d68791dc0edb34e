"""What becomes of each option and key of Flask-CORS that an application sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from envcors.flask.flask_cors import DEFAULTS, Use, any_text, default_of
from envcors.repair import python_of
from envcors.settings.flask_cors import is_key_of_flask_cors, reason_for

if TYPE_CHECKING:
    from flask import Flask


def relics(app: Flask, uses: Iterable[Use], variables: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each option and key, and one sentence with what becomes of it.

    Args:
        app: The application.
        uses: How it uses Flask-CORS.
        variables: The variables that the plan proposes.
    """
    for key in app.config:
        option = str(key).removeprefix("CORS_").lower()
        if str(key).startswith("CORS_") and (option in (*DEFAULTS, "resources") or is_key_of_flask_cors(option)):
            yield f'app.config["{key}"]', _becomes(option, variables)
    found: dict[str, str] = {}
    for use in uses:
        for _, options in use.resources or ():
            for option in DEFAULTS:
                value = options.get(option)
                if _is_default(option, value) or f"CORS_{option.upper()}" in app.config:
                    continue
                if is_key_of_flask_cors(option):
                    found[f"{option}={python_of(value)}"] = _becomes(option, variables)
                elif use.kind == "application":
                    found[option] = _becomes(option, variables)
        if use.kind == "application" and any(name.endswith("__PATHS") for name in variables):
            found["resources"] = _becomes("resources", variables)
    yield from found.items()


def _is_default(option: str, value: object) -> bool:
    """Return whether an option has the value that Flask-CORS takes if nobody sets it."""
    default = default_of(option)
    if value is None or value == default:
        return True
    if option in ("origins", "allow_headers"):
        return any(any_text(entry) for entry in value) if isinstance(value, list) else any_text(value)
    if option == "methods":
        return isinstance(value, str) and set(value.split(", ")) == set(str(default).split(", "))
    return False


def _becomes(option: str, variables: Mapping[str, object]) -> str:
    if is_key_of_flask_cors(option):
        return f"delete it. {reason_for(option)}"
    if option == "resources":
        names = [name for name in variables if name.endswith("__PATHS")]
        paths = f"Its paths become {', '.join(names)}." if names else "The policy holds for all paths."
        return f"delete it. {paths}"
    variable = f"CORS_{option.upper()}"
    names = [name for name in variables if name == variable or name.endswith(f"__{option.upper()}")]
    if names:
        return f"delete it. It becomes {', '.join(names)}."
    return f"delete it. {variable} is not needed: the policy is the same without it."

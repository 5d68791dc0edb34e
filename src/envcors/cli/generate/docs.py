"""The pages of the documentation that are made from the code: every variable, every rule."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

import click

from envcors.cli.generate.variables import variables
from envcors.rules.catalogue import RULES, Rule
from envcors.settings.model import CORSSettings
from envcors.settings.option import Option
from envcors.settings.options import PATHS

_PREFIX = "CORS_"
_VARIABLES_HEAD = """\
# Variables

`.env.example` contains all variables. With `CORS(app, env_prefix="SHOP_CORS_")` their names begin with `SHOP_CORS_`:
`SHOP_CORS_ORIGINS` and so on.

"""
_VALUES_HEAD = """
## Valid and refused values

The [rules](rules.md) explain why a value is refused. "Production" means: refused if `CORS_ENV` is `production`.
The standards are [Fetch](https://fetch.spec.whatwg.org/) and [HTML](https://html.spec.whatwg.org/multipage/).

"""
_VARIABLES_TAIL = """
## How values are written

- A **list** has commas, white space or new lines between its items, or is a JSON array of strings. An empty value is an
  empty list; for all other variables it means "not set". A list contains no comments.
- A **boolean** is `true` or `false`, `yes` or `no`, `on` or `off`, `1` or `0`, in any case.
- An **origin** is written as browsers send it: `https://app.example.com`, without a slash at the end and without the
  default port. `https://*.example.com` matches every host below the domain, not `https://example.com` itself;
  `http://localhost:*` matches every port.
- **Resources** can also be written without JSON: `CORS_RESOURCES__ADMIN__PATHS=/admin/*` and
  `CORS_RESOURCES__ADMIN__ORIGINS=…`. You choose the name `ADMIN`. `/health` is that path; `/api/*` is `/api` and all
  paths below it. The most specific path takes precedence.
- **Precedence**, highest first: code, `app.config`, the process environment, the mounted directory, `.env`, the
  defaults. `CORS_ENV` and `CORS_DANGEROUSLY_ALLOW` never come from code. `CORS_TERMINATION_LOG` comes only from code or
  the process environment.
- **Names** are upper case. Every other name that begins with `CORS_` is refused as misspelled, unless `CORS_IGNORE`
  names it. The variables that Kubernetes sets for a Service named `cors` or `cors-…` are ignored.

`envcors show` prints each value in force and its source.
"""
_RULES_HEAD = """\
# Rules

All problems are reported at once. Each has its rule, the variable, the source of the value, and the line to paste.

"""
_RULES_TAIL = """
`CORS_DANGEROUSLY_ALLOW` names production rules to waive. It comes from the environment, a mounted directory or `.env`,
never from code. Each waived rule is logged as a warning at every boot. `origin-any` and `origin-public-suffix` cannot
be waived where credentials are supported; `dotenv-in-container` can be waived in the process environment only.

Rules check what a policy allows. Deny patterns are checked for their spelling only. The options of the application, and
of each resource, blueprint and view with what it inherits, are checked when the application starts.
"""


def variables_page(settings: type[CORSSettings] = CORSSettings) -> str:
    """Return ``docs/variables.md``."""
    listed = list(variables(_PREFIX, settings))
    meanings = [
        (
            f"`{variable.name}`",
            _cell(variable.meaning),
            variable.declared.kind.name,
            _code(variable.default),
            _code(variable.example),
        )
        for variable in listed
    ]
    declared = {variable.name: variable.declared for variable in listed} | {f"{_PREFIX}RESOURCES__NAME__PATHS": PATHS}
    values = [
        (f"`{name}`", _valid(option), _refused(option), option.standard or "none") for name, option in declared.items()
    ]
    return (
        _VARIABLES_HEAD
        + _table(("variable", "meaning", "value", "default", "example"), meanings)
        + _VALUES_HEAD
        + _table(("variable", "valid", "refused, with the rule", "standard"), values)
        + _VARIABLES_TAIL
    )


def rules_page() -> str:
    """Return ``docs/rules.md``."""
    sections = (
        (
            "Always",
            "Refused in every mode, and never waived.",
            [rule for rule in RULES.values() if rule.holds == "always"],
        ),
        (
            "In production",
            "Refused if `CORS_ENV` is `production`, which is the default. Each rule can be waived by its name.",
            [rule for rule in RULES.values() if rule.holds == "production"],
        ),
        (
            "Advice",
            "Logged at boot, never a refusal. `envcors check --strict` refuses advice too.",
            [rule for rule in RULES.values() if rule.holds == "advice"],
        ),
    )
    return _RULES_HEAD + "\n".join(_section(*section) for section in sections) + _RULES_TAIL


def run(page: str | None, directory: str | None) -> int:
    """Print the pages, or write them into a directory, which is made if it is missing; return the exit status."""
    chosen = {name: make for name, make in _PAGES.items() if page in (None, name)}
    if directory is None:
        click.echo("\n".join(make() for make in chosen.values()), nl=False)
        return 0
    try:
        os.makedirs(directory, exist_ok=True)
        for name, make in chosen.items():
            path = os.path.join(directory, f"{name}.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write(make())
            click.echo(path)
    except OSError as error:
        raise click.BadParameter(f"{directory}: {error.strerror}", param_hint="--out") from None
    return 0


_PAGES: dict[str, Callable[[], str]] = {"variables": variables_page, "rules": rules_page}


def _section(title: str, text: str, rules: Iterable[Rule]) -> str:
    rows = [(f"`{rule.name}`", _cell(rule.why), _code(rule.example(_PREFIX))) for rule in rules]
    return f"## {title}\n\n{text}\n\n{_table(('rule', 'why', 'valid instead'), rows)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _valid(option: Option) -> str:
    return ", ".join(map(_example, option.permits)) or "any"


def _refused(option: Option) -> str:
    return ", ".join(_with_rule(text, rule) for text, rule in (option.refuses or {}).items()) or "none"


def _with_rule(text: str, rule: str) -> str:
    mode = ", production" if RULES[rule].holds == "production" else ""
    return f"{_example(text)} (`{rule}`{mode})"


def _example(text: str) -> str:
    """Return an example of a value; what is said about it, such as ``with credentials``, is not part of the value."""
    if text.startswith("a "):  # a description, such as "a missing directory"
        return text
    value, remark = split_example(text)
    return _code(value) + remark.replace("*", "\\*")


def split_example(text: str) -> tuple[str, str]:
    """Split an example of a value into the value and a remark about it, which may be empty."""
    match = re.search(r" with | \(", text)
    return (text, "") if match is None else (text[: match.start()], text[match.start() :])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else "none"

"""The pages of the documentation that are tables of the code: every variable, every rule."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import click

from envcors.cli.generated.variables import variables
from envcors.rules.catalogue import RULES, Rule

_PREFIX = "CORS_"
_VARIABLES_HEAD = """\
# Variables

`.env.example` has all of them to copy. A `CORS(app, env_prefix="SHOP_CORS_")` reads `SHOP_CORS_ORIGINS` and so
on instead.

"""
_VARIABLES_TAIL = """
- A **list** has commas, white space or new lines between its items, or is a JSON array of strings. An empty
  value is an empty list; for everything else it means "not set".
- A **boolean** is `true` or `false`, also `yes` and `no`, `on` and `off`, `1` and `0`, in any case.
- An **origin** is written as browsers send it: `https://app.example.com`, without a slash at its end, without
  the default port. `https://*.example.com` is every host below, not `https://example.com` itself;
  `http://localhost:*` is every port.
- **Resources** can do without JSON: `CORS_RESOURCES__ADMIN__PATHS=/admin/*`,
  `CORS_RESOURCES__ADMIN__ORIGINS=…`; the name `ADMIN` is free. `/health` is that path, `/api/*` is `/api` and
  all below it. The most specific path wins.
- **Who wins:** code, then `app.config`, the process environment, the mounted directory, `.env`, the defaults.
  `CORS_ENV` and `CORS_DANGEROUSLY_ALLOW` never come from code.
- **Names** are upper case. Whatever else begins with `CORS_` is refused as a misspelling, unless `CORS_IGNORE`
  names it. The variables that Kubernetes makes for a Service named `cors` or `cors-…` are passed over.

`envcors show` prints each value in force and where it came from.
"""
_RULES_HEAD = """\
# Rules

All problems are reported at once, each with its rule, the variable, where its value came from, and the line to
paste.

"""
_RULES_TAIL = """
`CORS_DANGEROUSLY_ALLOW` takes the names of rules of production that are broken on purpose, and comes from the
environment, a mounted directory or `.env`, never from code. Each is logged as a warning at every boot.
`origin-any` and `origin-public-suffix` cannot be waived where credentials are supported; `dotenv-in-container`
can be waived in the process environment only.

Rules judge what lets in: deny patterns are checked for their spelling alone. The options of the application,
and of each resource, blueprint and view with what it inherits, are judged when the application starts.
"""


def variables_page() -> str:
    """``docs/variables.md``."""
    rows = [
        (
            f"`{variable.name}`",
            _cell(variable.meaning),
            variable.declared.kind.name,
            _code(variable.default),
            _code(variable.example),
        )
        for variable in variables(_PREFIX)
    ]
    head = ("variable", "meaning", "value", "default", "example")
    return _VARIABLES_HEAD + _table(head, rows) + _VARIABLES_TAIL


def rules_page() -> str:
    """``docs/rules.md``."""
    sections = (
        (
            "Always",
            "Refused in every mode, and never waived.",
            [rule for rule in RULES.values() if rule.holds == "always"],
        ),
        (
            "In production",
            "Refused where `CORS_ENV` is `production`, as it is by default. Each can be waived by its name.",
            [rule for rule in RULES.values() if rule.holds == "production"],
        ),
        (
            "Advice",
            "Logged at boot, never a refusal. `envcors check --strict` makes it one.",
            [rule for rule in RULES.values() if rule.holds == "advice"],
        ),
    )
    return _RULES_HEAD + "\n".join(_section(*section) for section in sections) + _RULES_TAIL


def run(page: str | None, directory: str | None) -> int:
    """Print the pages, or write them into a directory that may be new; the status to end with."""
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
    return f"## {title}\n\n{text}\n\n{_table(('rule', 'why', 'instead'), rows)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else "none"

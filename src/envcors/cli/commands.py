"""The commands: their names, options and help. Nothing heavy is imported here: `--help` must be there at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import click

from envcors.cli import selection

if TYPE_CHECKING:
    from envcors.cli.subject import Subject


def check(subject: Subject, *, strict: bool, style: str) -> int:
    """Judge a configuration by every rule.

    Ends with 0 where it is fine, 1 where it is refused, 2 for a wrong call.
    """
    from envcors.cli import checking

    return checking.run(subject, strict=strict, style=style)


def show(subject: Subject, *, style: str) -> int:
    """Show each value in force and its source.

    Also what each value overrides, the resources, and the digest of the policy. Ends with 0, 1 where the configuration
    is refused, 2 for a wrong call.
    """
    from envcors.cli import showing

    return showing.run(subject, style=style)


def explain(
    subject: Subject, *, origin: str, method: str, header: tuple[str, ...], path: str, credentials: bool, style: str
) -> int:
    """Say what a browser does with a request, and why.

    Also the headers that it gets, what would change it, and how Chromium and Firefox call it. Ends with 0 where the
    page may read the answer, 1 where it is kept from it or the configuration is refused, 2 for a wrong call.
    """
    from envcors.cli import explaining
    from envcors.cli.request import BrowserRequest

    request = BrowserRequest.of(origin, method, header, path, credentials=credentials)
    return explaining.run(subject, request, style=style)


def probe(
    subject: Subject,
    *,
    url: str,
    path: str | None,
    origin: tuple[str, ...],
    method: str | None,
    timeout: float,
    style: str,
) -> int:
    """Ask a running server, through its proxies.

    Sends preflights and GET requests to URL as pages of allowed origins and of a foreign one would, and compares the
    answers with the policy. Nothing but OPTIONS and GET is ever sent. Ends with 0 where the server does as the policy
    says, 1 where it does not or the policy is refused, 2 for a wrong call, 3 where the server cannot be reached. Needs
    pip install 'envcors[probe]'.
    """
    from envcors.cli import probing

    return probing.run(subject, url, path=path, origins=origin, method=method, timeout=timeout, style=style)


def diff(*, before: str, after: str, prefix: str, style: str) -> int:
    """Say what B lets in that A does not, and what it shuts out.

    A and B are .env files, ConfigMap manifests (.yaml) or directories of files; the process environment is left out.
    Ends with 0 where B is not wider than A, 1 where it is, 2 where one of them is missing or refused, so that nothing
    can be compared.
    """
    from envcors.cli import diffing

    return diffing.run(before, after, prefix=prefix, style=style)


def env_example(*, prefix: str) -> int:
    """Print a .env file with every variable and safe values."""
    from envcors.cli.generated import env_example as generated
    from envcors.cli.subject import names_under

    click.echo(generated.text(names_under(prefix).prefix), nl=False)
    return 0


def configmap(*, name: str, env_file: tuple[str, ...], prefix: str, no_environ: bool) -> int:
    """Print the ConfigMap of a .env file.

    It holds the variables with the prefix alone, for a .env file holds secrets too. ${NAME} in a value is resolved as
    python-dotenv does.
    """
    from envcors.cli.generated import configmap as generated

    return generated.run(name, env_file, prefix=prefix, no_environ=no_environ)


def json_schema(*, prefix: str) -> int:
    """Print a JSON Schema (2020-12) of the variables."""
    from envcors.cli.generated import json_schema as generated
    from envcors.cli.subject import names_under

    click.echo(generated.text(names_under(prefix).prefix), nl=False)
    return 0


def docs(*, page: str | None, out: str | None) -> int:
    """Print the tables of variables and of rules, as Markdown.

    Both, or the one that is named; with --out they are written to files of a directory.
    """
    from envcors.cli.generated import pages

    return pages.run(page, out)


def _format(*others: str) -> click.Option:
    choices = click.Choice(["text", *others])
    return click.Option(["--format", "style"], type=choices, default="text", show_default=True, help="How to say it.")


_PREFIX = click.Option(
    ["--prefix"],
    default="CORS_",
    show_default=True,
    metavar="PREFIX",
    help="What the names of the variables begin with.",
)
_SHOW = (_format("json"),)
_SETTINGS = {"help_option_names": ["--help", "-h"], "max_content_width": 100}
_CHECK = (
    click.Option(["--strict"], is_flag=True, help="Refuse what is only advised against, too."),
    _format("json", "github", "sarif"),
)
_EXPLAIN = (
    click.Option(["--origin"], required=True, metavar="ORIGIN", help="The page's origin: https://app.example.com"),
    click.Option(["--method"], default="GET", show_default=True, metavar="METHOD", help="What its script uses."),
    click.Option(
        ["--header"], multiple=True, metavar="NAME[: VALUE]", help="A header that its script sets. Repeatable."
    ),
    click.Option(["--path"], default="/", show_default=True, metavar="PATH", help="What it asks for."),
    click.Option(["--credentials"], is_flag=True, help="It sends cookies: fetch(…, {credentials: 'include'})"),
    _format("json"),
)
_PROBE = (
    click.Argument(["url"]),
    click.Option(
        ["--origin"],
        multiple=True,
        metavar="ORIGIN",
        help="Ask as this origin, instead of some that the policy lets in. Repeatable.",
    ),
    click.Option(["--method"], metavar="METHOD", help="The method that preflights ask for."),
    click.Option(
        ["--path"], metavar="PATH", help="The path that the application sees, where a proxy changes the URL's."
    ),
    click.Option(
        ["--timeout"],
        type=click.FloatRange(min=0, min_open=True),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for each answer.",
    ),
    _format("json"),
)
_DIFF = (
    click.Argument(["before"], metavar="A"),
    click.Argument(["after"], metavar="B"),
    _PREFIX,
    _format("json"),
)
_CONFIGMAP = (
    click.Option(["--name"], default="cors", show_default=True, metavar="NAME", help="The ConfigMap's name."),
    click.Option(["--env-file"], multiple=True, metavar="FILE", help="Read this file instead of .env. Repeatable."),
    _PREFIX,
    click.Option(["--no-environ"], is_flag=True, help="Resolve ${NAME} without the process environment."),
)
_DOCS = (
    click.Argument(["page"], type=click.Choice(["variables", "rules"]), required=False),
    click.Option(["--out"], metavar="DIR", help="Write variables.md and rules.md there."),
)


def _command(
    name: str, function: Callable[..., int], params: Iterable[click.Parameter], run: Callable[..., int] | None = None
) -> click.Command:
    """A command with the function's documentation, which ends with the status that ``run`` or it returns."""

    def callback(**values: object) -> None:
        raise click.exceptions.Exit((run or function)(**values))

    return click.Command(name, callback=callback, params=list(params), help=inspect.getdoc(function))


def _about_sources(function: Callable[..., int], **values: object) -> int:
    """Run a command about the configuration that its options select."""
    from envcors.cli.subject import of_sources

    chosen = selection.Selection.taken_from(values)
    return function(of_sources(chosen), **values)


def _about_application(function: Callable[..., int], *, env: selection.Mode | None, **values: object) -> int:
    """Run a command about the application that Flask's command line finds."""
    from envcors.cli.subject import of_application

    return function(of_application(click.get_current_context(), env), **values)


def _group(name: str, about: Callable[..., int], sources: Iterable[click.Parameter], text: str) -> click.Group:
    group = click.Group(name, help=text, context_settings=_SETTINGS)
    sources = tuple(sources)
    for function, params in ((check, _CHECK), (show, _SHOW), (explain, _EXPLAIN), (probe, _PROBE)):
        group.add_command(_command(function.__name__, function, [*params, *sources], partial(about, function)))
    group.add_command(_command("diff", diff, _DIFF))
    generate = click.Group("generate", help="Make files for people and machines.")
    generate.add_command(_command("env-example", env_example, [_PREFIX]))
    generate.add_command(_command("configmap", configmap, _CONFIGMAP))
    generate.add_command(_command("json-schema", json_schema, [_PREFIX]))
    generate.add_command(_command("docs", docs, _DOCS))
    group.add_command(generate)
    return group


def _print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"envcors {version('envcors')}")
        context.exit()


main = _group(
    "envcors",
    _about_sources,
    selection.OPTIONS,
    "CORS from the environment: check it, see it, have it explained, compare it.",
)
main.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_version,
        help="Show the version and exit.",
    )
)
flask_group = _group(
    "cors",
    _about_application,
    selection.APPLICATION_OPTIONS,
    "CORS of this application: values in code, blueprints and views included.",
)

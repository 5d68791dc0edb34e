"""The commands: their names, options and help. This file imports nothing heavy, so that ``--help`` is fast."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import click

from envcors.cli import origins_commands, selection

if TYPE_CHECKING:
    from envcors.cli.target import Target


def check(
    target: Target, *, strict: bool, accept: tuple[str, ...], store: bool, style: str, against: str | None = None
) -> int:
    """Check a configuration against all rules.

    With --strict advice is refused too, except the rules that --accept names. With --store the stores of origins are
    read too.

    Exit status: 0 valid, 1 refused, 2 usage error.
    """
    from envcors.cli.check import run
    from envcors.cli.stores import with_stores

    return run(with_stores(target) if store else target, strict=strict, accept=accept, style=style, against=against)


def show(target: Target, *, store: bool, usage: str | None, style: str) -> int:
    """Show each value in force and its source.

    With --usage it shows when each origin pattern allowed an origin last, as a metrics endpoint tells it.

    Also shows which values it overrides, the resources, and the digest of the policy. Exit status: 0 valid, 1 refused,
    2 usage error.
    """
    from envcors.cli.show import run
    from envcors.cli.stores import print_stores, with_stores

    if usage is not None:
        from envcors.cli.usage import show as show_usage

        return show_usage(target, usage, style)
    if not store:
        return run(target, style=style)
    target = with_stores(target)
    status = run(target, style=style)
    if style == "text":
        print_stores(target)
    return status


def explain(
    target: Target,
    *,
    origin: str,
    method: str,
    header: tuple[str, ...],
    path: str,
    credentials: bool,
    store: bool,
    curl: bool,
    style: str,
) -> int:
    """Explain what a browser does with a request, and why.

    Also shows the headers of the response, the fix, and the error that Chromium, Firefox and WebKit report. Exit
    status: 0 the page may read the response, 1 the request is blocked or the configuration is refused, 2 usage error.
    """
    from envcors.cli.browser_request import BrowserRequest
    from envcors.cli.explain import run
    from envcors.cli.stores import with_stores

    request = BrowserRequest.of(origin, method, header, path, credentials=credentials)
    return run(with_stores(target) if store else target, request, style=style, curl=curl)


def probe(
    target: Target,
    *,
    url: str,
    path: str | None,
    origin: tuple[str, ...],
    method: str | None,
    timeout: float,
    verbose: bool,
    audit: bool,
    style: str,
) -> int:
    """Send test requests to a running server, and name what stands between it and the policy.

    Sends preflights and GET requests to URL, through its proxies, from origins that the policy allows and from one that
    it does not allow. With --audit it tries the origins that attackers try, and needs no configuration. It follows no
    redirect. Exit status: 0 the responses match the policy, 1 they differ, an attacker's origin is allowed, or the
    configuration is refused, 2 usage error, 3 no response came. Requires pip install 'envcors[probe]'.
    """
    from envcors.cli.probe import run

    return run(
        target,
        url,
        path=path,
        origins=origin,
        method=method,
        timeout=timeout,
        style=style,
        verbose=verbose,
        audit=audit,
    )


def replay(target: Target, *, logs: tuple[str, ...], style: str) -> int:
    """Answer recorded decisions with this configuration, and show what would change.

    Reads LOG, JSON lines of envcors.observe.JSONFormatter, also compressed with gzip; - reads standard input. Shows
    which requests would be blocked that were allowed, and the reverse. Exit status: 0 nothing is blocked that was
    allowed, 1 something is, or the configuration is refused, 2 usage error.
    """
    from envcors.cli.replay import run

    return run(target, logs, style=style)


def inspect_(target: Target, *, port: int) -> int:
    """Show a configuration on a web page of this machine.

    The page is that of CORS_INSPECTOR=true, without the decisions of a server: values and sources, paths, an explain
    form, and a comparison. It answers to this machine only. Exit status: 0 stopped, 1 the configuration is refused,
    2 usage error.
    """
    from envcors.cli.inspect import run

    return run(target, port=port)


def routes(target: Target, *, origin: str | None, path: str | None, style: str) -> int:
    """Show the routes, who may read them, and where that is set.

    Shows for each route the methods, the origins, whether they may send cookies, and the policy. With --format json it
    prints a snapshot, which `envcors diff` and `flask cors check --against` compare. Exit status: 0 shown, 1 refused, 2
    usage error.
    """
    from envcors.cli.routes import run

    return run(target, origin=origin, path=path, style=style)


def diff(*, before: str, after: str, prefix: str, style: str) -> int:
    """Show what B allows or blocks compared with A.

    A and B are .env files, ConfigMap manifests (.yaml) or directories with one file for each variable. The process
    environment is not read. Exit status: 0 B allows nothing more than A, 1 B allows more, 2 one of them is missing or
    refused.
    """
    from envcors.cli.diff import run

    return run(before, after, prefix=prefix, style=style)


def env_example(*, prefix: str) -> int:
    """Print a .env file with every variable and safe values."""
    from envcors.cli.generate import env_example as generated
    from envcors.cli.target import names_under

    click.echo(generated.text(names_under(prefix).prefix), nl=False)
    return 0


def configmap(*, name: str, env_file: tuple[str, ...], prefix: str, no_environ: bool) -> int:
    """Print a ConfigMap with the variables of a .env file.

    Contains only variables of envcors, because a .env file can also contain secrets and the variables of other
    programs. Expands ${NAME} in a value as python-dotenv does.
    """
    from envcors.cli.generate import configmap as generated

    return generated.run(name, env_file, prefix=prefix, no_environ=no_environ)


def json_schema(*, prefix: str) -> int:
    """Print a JSON Schema (2020-12) of the variables."""
    from envcors.cli.generate import json_schema as generated
    from envcors.cli.target import names_under

    click.echo(generated.text(names_under(prefix).prefix), nl=False)
    return 0


def docs(*, page: str | None, out: str | None) -> int:
    """Print the reference of variables and of rules as Markdown.

    Prints both pages, or the one that you name. With --out it writes files instead.
    """
    from envcors.cli.generate import docs as generated

    return generated.run(page, out)


def _format(*others: str) -> click.Option:
    choices = click.Choice(["text", *others])
    return click.Option(["--format", "style"], type=choices, default="text", show_default=True, help="Output format.")


_STORE = click.Option(["--store"], is_flag=True, help="Read the stores of origins too (CORS_ORIGINS_STORE).")
_USAGE = click.Option(["--usage"], metavar="URL", help="Metrics endpoint: show when each pattern was used last.")
_SHOW = (_STORE, _USAGE, _format("json"))
_SETTINGS = {"help_option_names": ["--help", "-h"], "max_content_width": 100}
_CHECK = (
    click.Option(["--strict"], is_flag=True, help="Refuse advice too."),
    click.Option(
        ["--accept"], multiple=True, metavar="RULE,…", help="Advice that --strict does not refuse. Repeatable."
    ),
    _STORE,
    _format("json", "github", "sarif"),
)
_EXPLAIN = (
    click.Option(["--origin"], required=True, metavar="ORIGIN", help="Origin of the page: https://app.example.com"),
    click.Option(["--method"], default="GET", show_default=True, metavar="METHOD", help="HTTP method of the request."),
    click.Option(
        ["--header"], multiple=True, metavar="NAME[: VALUE]", help="Request header that the script sets. Repeatable."
    ),
    click.Option(["--path"], default="/", show_default=True, metavar="PATH", help="Path of the request."),
    click.Option(["--credentials"], is_flag=True, help="The script sends cookies: fetch(…, {credentials: 'include'})"),
    click.Option(["--curl"], is_flag=True, help="Also show the requests as curl commands."),
    _STORE,
    _format("json"),
)
_PROBE = (
    click.Argument(["url"]),
    click.Option(
        ["--origin"],
        multiple=True,
        metavar="ORIGIN",
        help="Send requests from this origin instead of origins of the policy. Repeatable.",
    ),
    click.Option(["--method"], metavar="METHOD", help="HTTP method that preflights ask for."),
    click.Option(["--path"], metavar="PATH", help="Path that the application sees, if a proxy changes it."),
    click.Option(
        ["--timeout"],
        type=click.FloatRange(min=0, min_open=True),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for each response.",
    ),
    click.Option(["--verbose", "-v"], is_flag=True, help="Show every response with its differences."),
    click.Option(["--audit"], is_flag=True, help="Try the origins that attackers try."),
    _format("json", "sarif"),
)
_REPLAY = (
    click.Argument(["logs"], nargs=-1, required=True, metavar="LOG…"),
    _format("json"),
)
_INSPECT = (
    click.Option(
        ["--port"], type=click.IntRange(0, 65535), default=5050, show_default=True, help="Port; 0 is any free."
    ),
)
_DIFF = (
    click.Argument(["before"], metavar="A"),
    click.Argument(["after"], metavar="B"),
    selection.PREFIX,
    _format("json"),
)
_ROUTES = (
    click.Option(["--origin"], metavar="ORIGIN", help="Show only routes that this origin may read."),
    click.Option(["--path"], metavar="PATH", help="Show only the routes that answer this path."),
    _format("json"),
)
_AGAINST = click.Option(
    ["--against"], metavar="SNAPSHOT", help="Refuse what the application allows and this snapshot does not."
)
_CONFIGMAP = (
    click.Option(["--name"], default="cors", show_default=True, metavar="NAME", help="Name of the ConfigMap."),
    click.Option(["--env-file"], multiple=True, metavar="FILE", help="Read this file instead of .env. Repeatable."),
    selection.PREFIX,
    click.Option(["--no-environ"], is_flag=True, help="Expand ${NAME} without the process environment."),
)
_DOCS = (
    click.Argument(["page"], type=click.Choice(["variables", "rules"]), required=False),
    click.Option(["--out"], metavar="DIR", help="Write variables.md and rules.md into this directory."),
)


def _command(
    name: str, function: Callable[..., int], params: Iterable[click.Parameter], run: Callable[..., int] | None = None
) -> click.Command:
    """Return a command with the function's docstring as its help; ``run`` or the function returns the exit status."""

    def callback(**values: object) -> None:
        raise click.exceptions.Exit((run or function)(**values))

    return click.Command(name, callback=callback, params=list(params), help=inspect.getdoc(function))


def _with_selection(function: Callable[..., int], **values: object) -> int:
    """Run a command on the configuration that its options select."""
    from envcors.cli.target import from_selection

    chosen = selection.Selection.taken_from(values)
    return function(from_selection(chosen), **values)


def _with_application(function: Callable[..., int], *, env: selection.Mode | None, **values: object) -> int:
    """Run a command on the application that Flask's command line finds."""
    from envcors.cli.target import from_application

    return function(from_application(click.get_current_context(), env), **values)


def _group(name: str, with_target: Callable[..., int], sources: Iterable[click.Parameter], text: str) -> click.Group:
    group = click.Group(name, help=text, context_settings=_SETTINGS)
    sources = tuple(sources)
    for function, params in ((check, _CHECK), (show, _SHOW), (explain, _EXPLAIN), (probe, _PROBE), (replay, _REPLAY)):
        group.add_command(_command(function.__name__, function, [*params, *sources], partial(with_target, function)))
    group.add_command(_command("inspect", inspect_, [*_INSPECT, *sources], partial(with_target, inspect_)))
    group.add_command(_command("diff", diff, _DIFF))
    generate = click.Group("generate", help="Generate files for people and programs.")
    generate.add_command(_command("env-example", env_example, [selection.PREFIX]))
    generate.add_command(_command("configmap", configmap, _CONFIGMAP))
    generate.add_command(_command("json-schema", json_schema, [selection.PREFIX]))
    generate.add_command(_command("docs", docs, _DOCS))
    group.add_command(generate)
    group.add_command(origins_commands.group(with_target, sources))
    return group


def _print_version(context: click.Context, _option: click.Parameter, requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        click.echo(f"envcors {version('envcors')}")
        context.exit()


main = _group(
    "envcors",
    _with_selection,
    selection.OPTIONS,
    "CORS policies from environment variables: check, show, explain and compare them.",
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
    _with_application,
    selection.APPLICATION_OPTIONS,
    "The CORS policies of this application, with those of its code, blueprints and views.",
)
flask_group.add_command(
    _command("routes", routes, [*_ROUTES, *selection.APPLICATION_OPTIONS], partial(_with_application, routes))
)
flask_group.commands["check"].params.append(_AGAINST)

"""A ConfigMap with the variables of a ``.env`` file.

It looks like the output of ``kubectl create configmap --from-env-file --dry-run=client -o yaml``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

import click

from envcors.cli.target import names_under
from envcors.problems import Problem, Source, printable
from envcors.repair.syntax import text_of
from envcors.report import report
from envcors.rules.catalogue import problem
from envcors.settings.files import UnreadableError
from envcors.settings.inputs import DEFAULT_ENV_FILE
from envcors.settings.located import Located
from envcors.settings.model import CORSSettings
from envcors.settings.names import Names
from envcors.settings.parsers import ParseError, string_list
from envcors.settings.sources import dotenv
from envcors.settings.sources.base import shown_name

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")

# Text without quotes that YAML 1.1 does not read as text.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="])
_NUMBER = re.compile(
    r"[-+]?(0b[01_]+|0x[0-9a-f_]+|0o[0-7_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9_]+(e[-+]?[0-9]+)?|\.inf"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)|\.nan",
    re.IGNORECASE,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_NOT_PLAIN = re.compile(r"[#,\[\]{}&*!|>'\"%@`\s]|[-?:](\s|$)|---|\.\.\.|.*(:(\s|$)|\s#|\s$)")


def run(name: str, env_files: tuple[str, ...], *, prefix: str, no_environ: bool) -> int:
    """Print the ConfigMap and return the exit status: 1 if a file cannot be read or contains no variable of ours.

    Names with our prefix that are not ours are left out, and reported on standard error.

    Raises:
        click.UsageError: No file is named, and there is no ``.env``.
    """
    if not _NAME.fullmatch(name):
        raise click.BadParameter("The name of a ConfigMap is lower-case letters, digits, - and .", param_hint="--name")
    if not env_files and not os.path.lexists(DEFAULT_ENV_FILE):
        raise click.UsageError(f"There is no {DEFAULT_ENV_FILE} in this directory: name a file with --env-file.")
    paths = env_files or (DEFAULT_ENV_FILE,)
    environ: Mapping[str, str] = {} if no_environ else os.environ
    names = names_under(prefix)
    bound, problems = _read(paths, names, environ)
    ours = {key: located for key, located in bound.items() if names.is_ours(key)}
    secret = sorted(key for key, located in ours.items() if located.option == "origins_store")
    values = {key: text_of(located.value) for key, located in ours.items() if key not in secret}
    if not ours and not problems:
        problems.append(_empty(paths[-1], names.prefix))
    if problems:
        click.echo(report(problems, limit=None, outcome="cannot make a ConfigMap"), err=True)
        return 1
    for key in secret:
        click.echo(f"left out: {key} can contain a password. Set it with a Secret and `secretKeyRef`.", err=True)
    for key in sorted(bound.keys() - ours.keys() - set(_ignored(bound, names))):
        click.echo(f"left out: {shown_name(key)} ({bound[key].source}) is not a variable of envcors", err=True)
    click.echo(text(name, values), nl=False)
    return 0


def text(name: str, values: Mapping[str, str]) -> str:
    """Return the manifest."""
    data = "".join(f"  {key}: {scalar(values[key])}\n" for key in sorted(values))
    return (
        f"apiVersion: v1\ndata:\n{data}kind: ConfigMap\nmetadata:\n  creationTimestamp: null\n  name: {scalar(name)}\n"
    )


def scalar(value: str) -> str:
    """Return text as YAML on one line, in quotes if YAML would not read it as the same text without them."""
    if not value or not value.isprintable() or _is_not_text(value):
        return '"' + "".join(map(_escaped, value)) + '"'
    if _NOT_PLAIN.match(value):
        return "'" + value.replace("'", "''") + "'"
    return value


def _escaped(character: str) -> str:
    """Return a character as it is written between double quotes (YAML 1.1 §5.6)."""
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return {"\n": "\\n", "\t": "\\t"}.get(character, f"\\U{ord(character):08X}")


def _is_not_text(value: str) -> bool:
    return value.lower() in _WORDS or bool(_NUMBER.fullmatch(value) or _DATE.fullmatch(value))


def _read(paths: tuple[str, ...], names: Names, environ: Mapping[str, str]) -> tuple[dict[str, Located], list[Problem]]:
    """Return what the files contain under the prefix, and what cannot be read. Values are not checked."""
    found: dict[str, Located] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            source = dotenv.DotEnvSource(CORSSettings, names, dotenv.read(path, environ))
        except FileNotFoundError:
            problems.append(dotenv.missing(path))
        except UnreadableError as error:
            problems.append(dotenv.unreadable(path, error))
        else:
            problems += source.problems
            found.update((name, bound[-1]) for name, bound in source.bound.items())
    return found, problems


def _ignored(bound: Mapping[str, Located], names: Names) -> tuple[str, ...]:
    """Return the names that the files themselves ignore."""
    located = bound.get(names.variable("ignore"))
    try:
        return () if located is None else string_list(located.value)
    except ParseError:
        return ()


def _empty(path: str, prefix: str) -> Problem:
    return problem(
        "source-unreadable",
        path,
        None,
        Source.whole_file(path),
        message=f"{printable(path)} contains no variable of envcors that begins with {prefix}.",
        fix=f"{prefix}ORIGINS=https://app.example.com",
    )

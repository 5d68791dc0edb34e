"""A ConfigMap of a ``.env`` file, as ``kubectl create configmap --from-env-file --dry-run=client -o yaml`` makes it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

import click

from envcors.cli.subject import names_under
from envcors.problems import Problem, Source
from envcors.repair.syntax import text_of
from envcors.report import report
from envcors.rules.catalogue import problem
from envcors.settings.files import UnreadableError
from envcors.settings.inputs import DEFAULT_ENV_FILE
from envcors.settings.model import CORSSettings
from envcors.settings.names import Names
from envcors.settings.sources import dotenv

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")

# Text that YAML 1.1 takes for something else than text where it stands without quotes.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="])
_NUMBER = re.compile(
    r"[-+]?(0b[01_]+|0x[0-9a-f_]+|0o[0-7_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9_]+(e[-+]?[0-9]+)?|\.inf"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)|\.nan",
    re.IGNORECASE,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_NOT_PLAIN = re.compile(r"[#,\[\]{}&*!|>'\"%@`\s]|[-?:](\s|$)|---|\.\.\.|.*(:(\s|$)|\s#|\s$)")


def run(name: str, env_files: tuple[str, ...], *, prefix: str, no_environ: bool) -> int:
    """Print the ConfigMap; the status to end with: 1 where a file cannot be read or holds no such variable.

    Raises click.UsageError where no file is named and there is no usual one.
    """
    if not _NAME.fullmatch(name):
        raise click.BadParameter("A ConfigMap's name is lower-case letters, digits, - and .", param_hint="--name")
    if not env_files and not os.path.lexists(DEFAULT_ENV_FILE):
        raise click.UsageError(f"There is no {DEFAULT_ENV_FILE} here: name a file with --env-file.")
    paths = env_files or (DEFAULT_ENV_FILE,)
    environ: Mapping[str, str] = {} if no_environ else os.environ
    values, problems = _read(paths, names_under(prefix), environ)
    if problems:
        click.echo(report(problems, limit=None, outcome="cannot make a ConfigMap"), err=True)
        return 1
    click.echo(text(name, values), nl=False)
    return 0


def text(name: str, values: Mapping[str, str]) -> str:
    """The manifest."""
    data = "".join(f"  {key}: {scalar(values[key])}\n" for key in sorted(values))
    return (
        f"apiVersion: v1\ndata:\n{data}kind: ConfigMap\nmetadata:\n  creationTimestamp: null\n  name: {scalar(name)}\n"
    )


def scalar(value: str) -> str:
    """Text as YAML: plain where that is text again, in quotes where not, always on one line."""
    if not value or not value.isprintable() or _is_not_text(value):
        return '"' + "".join(map(_escaped, value)) + '"'
    if _NOT_PLAIN.match(value):
        return "'" + value.replace("'", "''") + "'"
    return value


def _escaped(character: str) -> str:
    """A character between double quotes (YAML 1.1 §5.6)."""
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return {"\n": "\\n", "\t": "\\t"}.get(character, f"\\U{ord(character):08X}")


def _is_not_text(value: str) -> bool:
    return value.lower() in _WORDS or bool(_NUMBER.fullmatch(value) or _DATE.fullmatch(value))


def _read(paths: tuple[str, ...], names: Names, environ: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The values in force of the files, and whatever keeps a value from being read. What they hold is not judged."""
    values: dict[str, str] = {}
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
            values.update((name, text_of(bound[-1].value)) for name, bound in source.bound.items())
    if not values and not problems:
        problems.append(_empty(paths[-1], names.prefix))
    return values, problems


def _empty(path: str, prefix: str) -> Problem:
    return problem(
        "source-unreadable",
        path,
        None,
        Source.whole_file(path),
        message=f"It contains no variable that begins with {prefix}.",
        fix=f"{prefix}ORIGINS=https://app.example.com",
    )

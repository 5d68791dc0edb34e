"""The ``envcors`` command, also as ``flask cors``. What a command does is imported when it runs."""

from envcors.cli.commands import flask_group, main

__all__ = ["flask_group", "main"]

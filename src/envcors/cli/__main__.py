"""``python -m envcors.cli``."""

from envcors.cli.commands import main

main(prog_name="envcors")

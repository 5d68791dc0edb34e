"""``envcors inspect``: the inspector's page for a configuration, on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import click
from werkzeug.serving import make_server

from envcors.cli import output
from envcors.cli.target import Target
from envcors.configuration import Configuration
from envcors.inspector.app import PATH, Inspector
from envcors.inspector.subject import Governed, Inspected
from envcors.protocol.policy import Policy
from envcors.rules.scope import Scope


def run(target: Target, *, port: int) -> int:
    """Serve the page until it is interrupted, and return the exit status."""
    configuration = target.configuration
    if target.problems or configuration is None or configuration.table is None:
        return output.refused(target, "text")
    try:
        server = make_server("127.0.0.1", port, Inspector(None, subject_of(configuration)), threaded=True)
    except (OSError, SystemExit):
        raise click.UsageError(f"Port {port} of 127.0.0.1 cannot be used: choose another one with --port.") from None
    output.print_line(f"The inspector is at http://localhost:{server.port}{PATH} (stop it with Ctrl-C)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        output.print_line()
    finally:
        server.server_close()
    return 0


def subject_of(configuration: Configuration) -> Inspected:
    """Return what an inspector shows of a valid configuration."""
    table = configuration.policies()

    def policy_for(environ: dict[str, object], _method: str) -> Policy | None:
        return table.for_path(str(environ["PATH_INFO"]))

    def scope_of(policy: Policy | None) -> Scope:
        return configuration.scope_of(policy)

    def governed() -> Iterator[Governed]:
        if table.governs_all and table.default is not None:
            yield Governed("/*", "all", table.default, str(configuration.scope.located("origins").source))
        for path, policy in table.paths.items():
            yield Governed(path, "all", policy, str(scope_of(policy).located("origins").source))

    return Inspected(lambda: configuration, policy_for, scope_of, governed)

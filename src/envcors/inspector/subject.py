"""What an inspector shows of a configuration, alone or in an application that serves."""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dotenv import dotenv_values

from envcors.comparison import Comparison, Difference, compare
from envcors.configuration import Configuration, configure
from envcors.explanation import Asked, explain
from envcors.inspector.env_writer import WriteError, digest_of, write_line
from envcors.inspector.recent import Recent, Seen
from envcors.inspector.view import Answer, Blocked, Page, Row, Value
from envcors.problems import counted, printable
from envcors.protocol.decision import Decision, decide
from envcors.protocol.origins import Origin, OriginError, OriginPattern
from envcors.protocol.policy import Policy
from envcors.repair.syntax import Syntax, text_of
from envcors.rules.hosts import is_local
from envcors.rules.permissive import environ_of
from envcors.rules.scope import Scope
from envcors.settings.inputs import Inputs
from envcors.settings.located import Located

_MOST_ROWS = 300
_MOST_ORIGINS = 10
_SHOWN_DECISIONS = 50
_SHOWN_CHARACTERS = 300
_LONGEST_TEXT = 100_000
_LINE = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)=[ -~]*")
_WRITABLE = frozenset({"origins", "methods", "allow_headers", "expose_headers", "supports_credentials", "max_age"})
"""The options of a policy that the page may write: neither the mode nor a waiver."""


@dataclass(frozen=True, slots=True)
class Governed:
    """A path or a route, its methods, and the policy that governs it."""

    path: str
    methods: str
    policy: Policy | None
    source: str


@dataclass(slots=True)
class Inspected:
    """What is inspected.

    Attributes:
        configuration: Returns the configuration in force.
        policy_for: Returns the policy that governs a method at a path, of a WSGI environment.
        scope_of: Returns the options of a policy in force.
        governed: Returns all routes or paths.
        recent: The last decisions; None where nothing serves.
        env_file: The file that may be written; empty for none.
    """

    configuration: Callable[[], Configuration]
    policy_for: Callable[[dict[str, object], str], Policy | None]
    scope_of: Callable[[Policy | None], Scope]
    governed: Callable[[], Iterable[Governed]]
    recent: Recent | None = None
    env_file: str = ""
    _digest: str = ""

    def page(self, *, path: str, origin: str) -> Page:
        """Return the page, with the routes that match filters."""
        configuration = self.configuration()
        rows = [row for row in self.governed() if path.lower() in row.path.lower() and self._may_read(row, origin)]
        version, decisions = self.decisions()
        return Page(
            mode="production" if configuration.production else "development",
            digest=configuration.digest,
            is_live=self.recent is not None,
            file=self.env_file,
            values=tuple(self._values(configuration)),
            rows=tuple(map(self._row, rows[:_MOST_ROWS])),
            more_rows=max(0, len(rows) - _MOST_ROWS),
            decisions=decisions,
            version=version,
        )

    def decisions(self) -> tuple[int, list[Blocked]]:
        """Return the last decisions, and a number that changes with them and with the policy."""
        if self.recent is None:
            return 0, []
        self._digest = digest_of(self.env_file)
        latest = self.recent.latest()[:_SHOWN_DECISIONS]
        version = hash((self.recent.version, self.configuration().digest)) & 0xFFFFFFFF
        return version, [self._shown(seen) for seen in latest]

    def explain(self, origin: str, method: str, path: str, headers: str) -> Answer:
        """Explain a request. Raises ValueError with a sentence for a person."""
        if not origin:
            raise ValueError("Enter the origin of the page, such as http://localhost:3000.")
        if not path.startswith("/"):
            raise ValueError("A path begins with /.")
        names = ",".join(sorted(name.strip().lower() for name in headers.split(",") if name.strip()))
        is_simple = method.upper() in ("GET", "HEAD", "POST") and not names
        kind = "actual" if is_simple else "preflight"
        decision, asked = self._decide(kind, method, path, origin, names)
        scope = None if decision.policy is None else self.scope_of(decision.policy)
        prefix = self.configuration().settings.prefix
        said = explain(decision, asked, scope, prefix)
        line, fixes = self._line_and_fixes(said.fix, scope)
        return Answer(
            decision.allowed,
            decision.reason,
            said.sentence,
            "" if scope is None else scope.label or "application",
            decision.headers,
            fixes,
            line,
            bool(line) and _is_foreign(origin) and "ORIGINS=" in line,
        )

    def compare(self, text: str) -> list[str]:
        """Return what a ``.env`` text allows or blocks compared with this. Raises ValueError."""
        current = self.configuration()
        settings = current.settings
        values = dotenv_values(stream=io.StringIO(text[:_LONGEST_TEXT]))
        environ = {
            name: value for name, value in values.items() if value is not None and name.startswith(settings.prefix)
        }
        if not environ:
            raise ValueError(f"There is no variable that begins with {settings.prefix} in this text.")
        other = configure(type(settings).read(Inputs(environ={"CI": "true", **environ}, env_files=())))
        if other.table is None or current.table is None:
            raise ValueError(
                " ".join(f"{found.rule}: {found.message}" for found in other.problems[:3]) or "It is refused."
            )
        found = compare(current.table, other.table)
        return [*_differences(found)] or ["It allows and blocks the same."]

    def write(self, line: str, *, confirmed: bool = False) -> str:
        """Write a line into the ``.env`` file, and return a sentence. Raises WriteError."""
        if not self.env_file:
            raise WriteError("There is no .env file that this page may write.")
        match = _LINE.fullmatch(line)
        name = "" if match is None else match["name"]
        option = self._option(name)
        if option is None:
            raise WriteError("Only a variable of a policy can be written here.")
        located = self.configuration().settings.reading.located.get(name)
        if located is not None and located.syntax is not Syntax.DOTENV:
            raise WriteError(f"{name} is set in {printable(located.source)}, which overrides .env: change it there.")
        if option == "origins" and not confirmed:
            foreign = [item for item in self._added(located, line.partition("=")[2]) if _is_foreign(item)]
            if foreign:
                raise WriteError(f"{printable(foreign[0])} is not an origin of this machine: confirm that you want it.")
        write_line(self._file_of(located), line, expected=None if located is None else self._digest)
        return f"Wrote {line}. The next request gets the new policy."

    def _file_of(self, located: Located | None) -> str:
        path = None if located is None else located.source.path
        return os.path.join(os.path.dirname(self.env_file), path) if path else self.env_file

    def _added(self, located: Located | None, value: str) -> Iterator[str]:
        known = set() if located is None else set(re.split(r"[,\s]+", str(located.value)))
        yield from (item for item in re.split(r"[,\s]+", value) if item and item not in known)

    def _option(self, name: str) -> str | None:
        names = self.configuration().settings.reading.names
        found = names.resource(name)
        option = found[1] if found else names.options.get(name)
        return option if option in _WRITABLE else None

    def _may_read(self, row: Governed, origin: str) -> bool:
        if not origin:
            return True
        return row.policy is not None and decide(row.policy, "GET", origin, None, None, environ_of(origin)).allowed

    def _row(self, row: Governed) -> Row:
        policy = row.policy
        if policy is None:
            return Row(row.path, row.methods, "none", credentials=False, policy="no policy", source="")
        items = [*policy.origins, *(regex.pattern for regex in policy.origin_regexes)]
        items += ["a function"] if policy.admit is not None else []
        items += [policy.store] if policy.members is not None else []
        shown = ", ".join(printable(item) for item in items[:_MOST_ORIGINS]) or "none"
        if len(items) > _MOST_ORIGINS:
            shown += f" and {len(items) - _MOST_ORIGINS} more"
        label = self.scope_of(policy).label or "application"
        return Row(row.path, row.methods, shown, policy.supports_credentials, label, row.source)

    def _values(self, configuration: Configuration) -> Iterator[Value]:
        settings = configuration.settings
        for variable, option in settings.reading.names.options.items():
            located = settings.located(option)
            default: object = getattr(settings, option)
            text = located.shown if located else "" if default is None else text_of(default)
            yield Value(variable, printable(text, _SHOWN_CHARACTERS), printable(settings.source(option)))

    def _decide(self, kind: str, method: str, path: str, origin: str, headers: str) -> tuple[Decision, Asked]:
        path_info = path.partition("?")[0].encode("utf-8", "surrogateescape").decode("latin-1")
        environ = environ_of(origin) | {"PATH_INFO": path_info, "REQUEST_METHOD": method}
        policy = self.policy_for(environ, method)
        if kind == "preflight":
            asked = Asked("OPTIONS", origin, method, headers or None)
            return decide(policy, "OPTIONS", origin, method, headers or None, environ), asked
        return decide(policy, method, origin, None, None, environ), Asked(method, origin)

    def _shown(self, seen: Seen) -> Blocked:
        record = seen.record
        decision, asked = self._decide(record.kind, record.method, record.path, record.origin, record.requested_headers)
        scope = None if decision.policy is None else self.scope_of(decision.policy)
        said = explain(decision, asked, scope, self.configuration().settings.prefix)
        line, fixes = self._line_and_fixes(said.fix, scope)
        return Blocked(
            record.outcome,
            f"{'preflight for ' if record.kind == 'preflight' else ''}{record.method} {record.path}",
            record.origin,
            decision.reason,
            said.sentence,
            fixes,
            line,
            bool(line) and "ORIGINS=" in line and _is_foreign(record.origin),
            record.outcome != "allowed" and decision.allowed,
            seen.count,
            _curl(record.kind, record.method, record.path, record.origin, record.requested_headers),
        )

    def _line_and_fixes(self, fix: str | None, scope: Scope | None) -> tuple[str, tuple[str, ...]]:
        """Return the line that can be written, and the fixes as text."""
        lines = tuple((fix or "").split("\n")) if fix else ()
        for line in lines:
            match = _LINE.fullmatch(line)
            option = None if match is None else self._option(match["name"])
            if self.env_file and option is not None and scope is not None:
                located = scope.located(option)
                if located.syntax in (Syntax.DOTENV, Syntax.DEFAULT) and not located.secret:
                    return line, tuple(other for other in lines if other != line)
        return "", lines


def _is_foreign(origin: str) -> bool:
    try:
        Origin.parse(origin)
        return not is_local(OriginPattern.parse(origin))
    except OriginError:
        return True


def _differences(found: Comparison) -> Iterator[str]:
    for heading, differences in (("allows", found.opens), ("blocks", found.closes), ("changes", found.changes)):
        for difference in differences[:_SHOWN_DECISIONS]:
            yield f"{heading}: {_difference(difference)}"
        if len(differences) > _SHOWN_DECISIONS:
            yield f"{heading}: {counted(len(differences) - _SHOWN_DECISIONS, 'more difference')}"


def _difference(difference: Difference) -> str:
    return f"{difference.what} {printable(difference.value, _SHOWN_CHARACTERS)} at {printable(difference.path)}"


def _curl(kind: str, method: str, path: str, origin: str, headers: str) -> str:
    command = ["curl", "-i", "-X", "OPTIONS" if kind == "preflight" else method, f"http://localhost:5000{path}"]
    command += ["-H", f"Origin: {origin}"]
    if kind == "preflight":
        command += ["-H", f"Access-Control-Request-Method: {method}"]
        command += ["-H", f"Access-Control-Request-Headers: {headers}"] if headers else []
    return shlex.join(command)

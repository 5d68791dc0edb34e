"""A snapshot: what an application's routes allow, as JSON that a later state is compared with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from envcors.cli.target import Target
from envcors.comparison import EVERY_PATH, Comparison, Difference, compare_policies, compare_protection
from envcors.flask.enforcement import Enforcement
from envcors.flask.governed_route import GovernedRoute
from envcors.flask.places import place_of
from envcors.problems import printable
from envcors.protocol.foreign_write import CSRFProtection
from envcors.protocol.members import Members
from envcors.protocol.names import SAFELISTED_METHODS
from envcors.protocol.policy import ANY, Policy
from envcors.rules.scope import Scope
from envcors.settings.options import POLICY_OPTIONS

FORMAT = 1
_LARGEST = 50_000_000


class SnapshotError(ValueError):
    """A file is no snapshot that can be read. ``str()`` is a sentence for a person."""


Route = tuple[str, str]
"""A path as the application wrote it, and the name of the view."""


class Governed(NamedTuple):
    """The methods of a route that one policy governs, and the options of the policy; none where nothing governs."""

    methods: frozenset[str] = frozenset()
    options: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read from a file, or made from an application.

    Attributes:
        production: Whether the rules of production apply.
        waivers: The rules that are waived.
        routes: What can govern each route, by the name of the policy.
    """

    production: bool
    waivers: tuple[str, ...]
    routes: Mapping[Route, Mapping[str, Governed]]


def content_of(target: Target, enforcement: Enforcement, routes: Iterable[GovernedRoute]) -> dict[str, object]:
    """Return the JSON of the routes: the same for the same application."""
    entries: dict[tuple[str, ...], dict[str, Any]] = {}
    described: dict[int, tuple[str, dict[str, object]]] = {}
    for route in routes:
        for policy in route.policies:
            if id(policy) not in described:
                scope = enforcement.policies.scope_of(policy)
                name = "" if policy is None else scope.label or "application"
                described[id(policy)] = (name, _described(enforcement, policy, scope))
            name, more = described[id(policy)]
            _add(entries, {"route": route.path, "endpoint": route.endpoint, "policy": name}, more, route.method)
    return {
        "envcors_snapshot": FORMAT,
        "mode": "production" if target.production else "development",
        "prefix": target.prefix,
        "digest": enforcement.digest,
        "waivers": sorted(enforcement.settings.waivers),
        "routes": [entries[key] for key in sorted(entries)],
    }


def _add(
    entries: dict[tuple[str, ...], dict[str, Any]], names: dict[str, str], described: dict[str, object], method: str
) -> None:
    """Add a method to the entry of its route and policy; two policies with one name are told apart by a number."""
    name, number = names["policy"], 1
    while True:
        key = tuple(names.values())
        entry = entries.setdefault(key, {**names, "methods": [], **described})
        if entry.get("options") == described.get("options"):
            entry["methods"] = sorted({*entry["methods"], method})
            return
        number += 1
        names["policy"] = f"{name} ({number})"


def _described(enforcement: Enforcement, policy: Policy | None, scope: Scope) -> dict[str, object]:
    if policy is None:
        elsewhere = enforcement.policies.elsewhere
        return {} if elsewhere == "off" else {"options": {"csrf_protection": elsewhere}}
    options = policy.canonical()
    for option in ("origins", "deny_origins", "methods", "allow_headers", "expose_headers"):
        if scope.located(option).secret:
            options[option] = [scope.located(option).shown]
    options.pop("development", None)
    sources = {option: place_of(enforcement, scope, option) for option in POLICY_OPTIONS}
    return {"options": options, "sources": sources}


def is_snapshot(text: str) -> bool:
    """Return whether a text looks like a snapshot, and not like a manifest in JSON."""
    return text.lstrip().startswith("{") and '"envcors_snapshot"' in text


def read(path: str) -> Snapshot:
    """Read a snapshot. Raises SnapshotError."""
    name = printable(path)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SnapshotError(f"{name} cannot be read: {reason}.") from None
    if len(text) > _LARGEST:
        raise SnapshotError(f"{name} is larger than any snapshot.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise SnapshotError(f"{name} is not valid JSON, or a part of it is missing.") from None
    if not isinstance(content, dict) or "envcors_snapshot" not in content:
        raise SnapshotError(f"{name} is no snapshot: make one with `flask cors routes --format json`.")
    if "only" in content:
        raise SnapshotError(f"{name} holds selected routes only: make it without --origin and --path.")
    if content["envcors_snapshot"] != FORMAT:
        raise SnapshotError(f"{name} has the format of another version of envcors: make it anew.")
    try:
        return of_content(content)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SnapshotError(f"{name} is no complete snapshot: make it anew.") from None


def of_content(content: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot of its JSON. Raises what an incomplete content raises."""
    if content["mode"] not in ("production", "development"):
        raise ValueError(content["mode"])
    routes: dict[Route, dict[str, Governed]] = {}
    for entry in content["routes"]:
        options = entry.get("options", {})
        policy_of(options)
        if options.get("csrf_protection", "off") not in get_args(CSRFProtection):
            raise ValueError(options)
        _readable(entry["methods"], options)  # raises what an incomplete entry raises
        governed = routes.setdefault((str(entry["route"]), str(entry["endpoint"])), {})
        governed[str(entry["policy"])] = Governed(frozenset(map(str, entry["methods"])), options)
    return Snapshot(content["mode"] == "production", tuple(map(str, content["waivers"])), routes)


def policy_of(options: Mapping[str, Any]) -> Policy:
    """Return a policy with the options of a snapshot; what only code can decide is compared by its name."""
    lists = ("origins", "deny_origins", "methods", "allow_headers", "expose_headers")
    known = {name: options[name] for name in lists if name in options}
    if not all(isinstance(value, list) for value in known.values()):
        raise TypeError(known)
    credentials = bool(options.get("supports_credentials", False))
    admit = _admits_something if _of_code(options) else None
    store = str(options.get("store", ""))
    return Policy(
        **known,
        supports_credentials=credentials,
        max_age=int(options.get("max_age", 600)),
        admit=admit,
        members=Members() if store else None,
        store=store,
    )


def _admits_something(_origin: object, _environ: object) -> bool:
    """Stand for a function or an expression of an application."""
    return True


def compare_snapshots(before: Snapshot, after: Snapshot) -> Comparison:
    """Compare what two snapshots allow. What is new counts as wider where a foreign origin may read it."""
    comparison = Comparison(has_paths=True)
    for route in sorted(before.routes.keys() | after.routes.keys()):
        old, new = before.routes.get(route, {}), after.routes.get(route, {})
        for name in sorted(old.keys() | new.keys()):
            _compare_route(comparison, route[0], _named(old, name), _named(new, name))
    for found, mine, theirs in ((comparison.opens, after, before), (comparison.closes, before, after)):
        found[:] = list(dict.fromkeys(found))
        found[:0] = [Difference(EVERY_PATH, "waiver", rule) for rule in mine.waivers if rule not in theirs.waivers]
        if theirs.production and not mine.production:
            found.insert(0, Difference(EVERY_PATH, "mode", "development"))
    return comparison


def _named(policies: Mapping[str, Governed], name: str) -> Governed:
    """Return the policy of a name; where another one governs all of the route, as if it were renamed, that one."""
    if name not in policies and len(policies) == 1:
        return next(iter(policies.values()))
    return policies.get(name, Governed())


def _compare_route(comparison: Comparison, route: str, before: Governed, after: Governed) -> None:
    old, new = before.options, after.options
    compare_policies(comparison, route, policy_of(old) if old else None, policy_of(new) if new else None)
    if before.methods and after.methods:
        protections = (str(options.get("csrf_protection", "off")) for options in (old, new))
        compare_protection(comparison, route, *protections)
    for found, mine, theirs in ((comparison.opens, after, before), (comparison.closes, before, after)):
        found += [
            Difference(route, "origin", text) for text in _of_code(mine.options) if text not in _of_code(theirs.options)
        ]
        readable = _readable(*theirs)
        found += [Difference(route, "method", method) for method in sorted(_readable(*mine) - readable)]


def _of_code(options: Mapping[str, Any]) -> list[str]:
    """Return what decides about origins in code: expressions, and the name of a function."""
    texts = [_expression(str(pattern), int(flags)) for pattern, flags in options.get("origin_regexes", ())]
    if options.get("admit"):
        texts.append(f"function {options['admit']}")
    return texts


def _expression(pattern: str, flags: int) -> str:
    named = re.RegexFlag(flags & ~re.UNICODE)
    return f"expression {pattern}" + (f" ({named!r})" if named else "")


def _readable(methods: Iterable[str], options: Mapping[str, Any]) -> set[str]:
    """Return the methods of a route that a page of another origin may use."""
    if not options.get("origins") and not _of_code(options):
        return set()
    listed = options["methods"]
    return {method for method in methods if method in SAFELISTED_METHODS or ANY in listed or method in listed}

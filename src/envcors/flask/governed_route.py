"""A route of the application for one method, and the policies that can govern it."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.routing import Rule

from envcors.protocol.policy import Policy

_EVERY_METHOD = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
"""What a rule without a list of methods answers, among others."""


@dataclass(frozen=True, slots=True)
class GovernedRoute:
    """One route and one method.

    Attributes:
        rule: The URL rule.
        method: The HTTP method, in upper case; neither ``OPTIONS``, nor ``HEAD`` beside ``GET``.
        policies: What can govern its paths: None is no policy, and more than one depend on the path. It may hold a
            policy too many, where only a converter tells that no path of the rule has it, but lacks none.
    """

    rule: Rule
    method: str
    policies: tuple[Policy | None, ...]

    @property
    def endpoint(self) -> str:
        """The name of the view."""
        return str(self.rule.endpoint)

    @property
    def path(self) -> str:
        """The rule as the application wrote it, after the host or the subdomain that it is for, if any."""
        where = self.rule.host or (f"{self.rule.subdomain}." if self.rule.subdomain else "")
        return f"{where}{self.rule.rule}"


def listed_methods(rule: Rule) -> list[str]:
    """Return the methods of a rule that a person would list: Flask adds ``OPTIONS``, and ``HEAD`` where it adds it."""
    methods = set(_EVERY_METHOD if rule.methods is None else rule.methods) - {"OPTIONS"}
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)

"""The catalogue of rules: what is refused or advised against, and why.

Every rule's name, severity, reason and example of a fix are here and nowhere else; ``docs/rules.md`` is made from it.
It does not import the checks, so that a source of settings can report what it could not read.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from envcors.problems import Problem, masked

Holds = Literal["always", "production", "advice"]


class Rule(NamedTuple):
    """One rule.

    ``holds`` is ``always`` (refused in both modes, never waived), ``production`` (refused in production, can be waived
    with ``CORS_DANGEROUSLY_ALLOW``) or ``advice`` (logged). ``why`` is one sentence for the person who violates the
    rule; ``fix`` is an example of a valid setting, with ``{prefix}`` where the names of variables begin.
    """

    name: str
    holds: Holds
    why: str
    fix: str

    @property
    def severity(self) -> Literal["refuse", "advise"]:
        """The effect of a violation on a boot."""
        return "advise" if self.holds == "advice" else "refuse"

    @property
    def waivable(self) -> bool:
        """Whether ``CORS_DANGEROUSLY_ALLOW`` can name the rule."""
        return self.holds == "production"

    def example(self, prefix: str) -> str:
        """Return the example of a valid setting under a prefix."""
        return self.fix.replace("{prefix}", prefix)


_ALL = (
    Rule(
        "unknown-variable",
        "always",
        "A misspelled name sets nothing, although its author believes that it does.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "value-invalid",
        "always",
        "The value does not have the type of its variable: a list, a boolean, a number.",
        "{prefix}SUPPORTS_CREDENTIALS=true",
    ),
    Rule(
        "variable-duplicate",
        "always",
        "One source sets a variable twice, and which of the two values applies is a guess.",
        "{prefix}ORIGINS=https://app.example.com (once)",
    ),
    Rule(
        "source-unreadable",
        "always",
        "A source of settings exists, or was named, and cannot be read.",
        "{prefix}CONFIG_DIR=/etc/cors (readable by the application's user)",
    ),
    Rule(
        "dotenv-malformed",
        "always",
        "A line of a .env file cannot be read and could set one of these variables.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-malformed",
        "always",
        "No browser ever sends an origin that is spelled like this, so it would match nothing.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-null",
        "always",
        "Any site can send the origin null from a sandboxed frame, so null would allow every site.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-any-with-credentials",
        "always",
        "Any site on the Internet could act with the cookies of its visitors.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "method-malformed",
        "always",
        "No browser sends a method that is spelled like this.",
        "{prefix}METHODS=GET,HEAD,POST",
    ),
    Rule("method-forbidden", "always", "Browsers let no script send this method.", "{prefix}METHODS=GET,HEAD,POST"),
    Rule(
        "header-malformed",
        "always",
        "This is not a valid header name.",
        "{prefix}ALLOW_HEADERS=Content-Type,Authorization",
    ),
    Rule(
        "header-forbidden",
        "always",
        "Browsers let no script set this header, so allowing it means nothing.",
        "{prefix}ALLOW_HEADERS=Content-Type",
    ),
    Rule(
        "expose-any-with-credentials",
        "always",
        "With credentials browsers read * as the name of a header, so it would expose nothing.",
        "{prefix}EXPOSE_HEADERS=X-Request-Id",
    ),
    Rule(
        "expose-forbidden", "always", "Browsers show this header to no script.", "{prefix}EXPOSE_HEADERS=X-Request-Id"
    ),
    Rule(
        "max-age-out-of-range",
        "always",
        "The age must be 0 to 86400 seconds (one day).",
        "{prefix}MAX_AGE=600",
    ),
    Rule(
        "resource-malformed",
        "always",
        "A resource needs a path that begins with /, is listed once, and has * at most as its last segment.",
        '{prefix}RESOURCES={"/api/*": {}}',
    ),
    Rule(
        "waiver-unknown",
        "always",
        "There is no such rule, or it cannot be waived.",
        "{prefix}DANGEROUSLY_ALLOW=origin-plain-http",
    ),
    Rule("usage", "always", "envcors is used in a way that cannot work.", "CORS(app), once"),
    Rule(
        "origin-any",
        "production",
        "Any site on the Internet could read this API's answers.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-plain-http",
        "production",
        "Anyone on the network path can tamper with a plain-HTTP page and use it to read this API.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-local",
        "production",
        "A page on the visitor's own machine or network is not yours: any program there can serve it.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-public-suffix",
        "production",
        "Anybody can register a name below this suffix, and would be allowed.",
        "{prefix}ORIGINS=https://*.example.com",
    ),
    Rule(
        "origin-any-port",
        "production",
        "Every program that listens on that host would be allowed, on any port.",
        "{prefix}ORIGINS=https://app.example.com:8443",
    ),
    Rule(
        "origin-regex",
        "production",
        "A regular expression is easily wider than it looks, and cannot be reviewed like a list.",
        'origins=["https://*.example.com"]',
    ),
    Rule(
        "methods-any",
        "production",
        "Other origins could use every method that the application ever answers.",
        "{prefix}METHODS=GET,HEAD,POST,PUT,DELETE",
    ),
    Rule(
        "headers-any",
        "production",
        "Scripts of other origins could set every header that the application ever trusts.",
        "{prefix}ALLOW_HEADERS=Content-Type,Authorization",
    ),
    Rule(
        "inspector-in-production",
        "production",
        "The inspector shows the whole policy to anyone who finds its page.",
        "{prefix}INSPECTOR=false",
    ),
    Rule(
        "dotenv-in-container",
        "production",
        "A .env file that was copied into an image would switch a serving container to development.",
        "{prefix}ENV=development under environment: in compose",
    ),
    Rule(
        "origin-any-subdomain-with-credentials",
        "advice",
        "Every host below that domain can act with the visitor's cookies, also a forgotten one.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "origin-function",
        "advice",
        "A function decides which origins are allowed, so neither the variables nor a review show them.",
        'origins=["https://app.example.com"]',
    ),
    Rule(
        "header-of-response",
        "advice",
        "This header belongs to CORS itself: listing it here is legal, and has no useful effect.",
        "{prefix}EXPOSE_HEADERS=X-Request-Id",
    ),
    Rule(
        "wider-than-snapshot",
        "always",
        "The application allows more than the snapshot that it is compared with.",
        "flask cors routes --format json > snapshot.json (if this is meant)",
    ),
    Rule(
        "csrf-unprotected",
        "advice",
        "CORS hides answers from foreign pages; it does not keep their forms from changing something with cookies.",
        "{prefix}CSRF_PROTECTION=enforce",
    ),
    Rule(
        "route-method",
        "advice",
        "Routes answer methods that their policy does not allow, so browsers block them on pages of other origins.",
        "{prefix}METHODS=GET,HEAD,POST,PUT,DELETE",
    ),
    Rule(
        "resource-unused",
        "advice",
        "No route has a path of this resource, so its options govern nothing.",
        '{prefix}RESOURCES={"/api/*": {}}',
    ),
    Rule(
        "websocket-origins",
        "advice",
        "Flask-SocketIO answers its own path in front of the application, and decides about origins by its own list.",
        'SocketIO(app, cors_allowed_origins=lambda origin, environ: app.extensions["envcors"].allows(origin))',
    ),
    Rule("waiver-unused", "advice", "This waives a rule that is not violated.", "{prefix}DANGEROUSLY_ALLOW="),
    Rule(
        "origins-empty",
        "advice",
        "No origin is allowed: browsers block every other site.",
        "{prefix}ORIGINS=https://app.example.com",
    ),
    Rule(
        "debug-in-production",
        "advice",
        "Debug mode runs under a production policy; its error pages run code.",
        "FLASK_DEBUG=0",
    ),
    Rule(
        "variable-overridden",
        "advice",
        "Another source overrides the variable, so editing it changes nothing.",
        "remove the value that takes precedence",
    ),
    Rule(
        "development-in-cluster",
        "advice",
        "A development policy is permissive, and this process runs in a pod of a cluster.",
        "{prefix}ENV=production",
    ),
)

RULES = {rule.name: rule for rule in _ALL}
"""All rules by name: those that always hold, those of production, advice."""


def problem(
    rule: str,
    variable: str,
    value: str | None,
    source: str,
    *,
    message: str = "",
    fix: str = "",
    prefix: str = "CORS_",
) -> Problem:
    """Make the problem of a violated rule.

    Args:
        rule: The name of the rule, which gives the severity.
        variable: The variable, option or file that the problem is about.
        value: What was written; None if there is no value or it must not be shown.
        source: Where the value came from.
        message: Why this value violates the rule; the rule's own reason if empty.
        fix: What to write; the rule's example if empty.
        prefix: What the names of variables begin with, for that example.
    """
    violated = RULES[rule]
    return Problem(
        rule,
        violated.severity,
        variable,
        None if value is None else masked(value),
        source,
        masked(message or violated.why),
        masked(fix or violated.example(prefix)),
    )


def usage(message: str, fix: str) -> Problem:
    """Make the problem of code that uses envcors in a way that cannot work."""
    return problem("usage", "envcors", None, "code", message=message, fix=fix)

"""The catalogue of rules: what is refused or advised against, and why. The documentation is made from it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from envcors.problems import Severity


class Rule(NamedTuple):
    """One rule.

    ``holds`` says in which mode it is judged; ``liftable`` whether ``CORS_DANGEROUSLY_ALLOW`` can name it; ``why`` is
    one sentence for the person who meets it; ``fix`` an example of what to write instead.
    """

    name: str
    severity: Severity
    holds: Literal["always", "production"]
    liftable: bool
    why: str
    fix: str


def _always(name: str, why: str, fix: str) -> Rule:
    return Rule(name, "refuse", "always", False, why, fix)


def _production(name: str, why: str, fix: str) -> Rule:
    return Rule(name, "refuse", "production", True, why, fix)


def _advice(name: str, why: str, fix: str) -> Rule:
    return Rule(name, "advise", "always", False, why, fix)


_ALL = (
    _always(
        "unknown-variable",
        "A misspelt name sets nothing, and whoever wrote it believes that it does.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _always(
        "value-invalid",
        "The value does not have the form of its variable: a list, a boolean, a number.",
        "CORS_SUPPORTS_CREDENTIALS=true",
    ),
    _always(
        "variable-duplicate",
        "One variable stands twice in one source, and which of the two holds is a guess.",
        "CORS_ORIGINS=https://app.example.com (once)",
    ),
    _always(
        "source-unreadable",
        "A source of settings is there, or was named, and cannot be read.",
        "CORS_CONFIG_DIR=/etc/cors (readable by the application's user)",
    ),
    _always(
        "dotenv-malformed",
        "A line of a .env file cannot be read and could have set one of these variables.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _always(
        "origin-malformed",
        "No browser ever sends an origin that is spelled like this, so it would match nothing.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _always(
        "origin-null",
        "Any site can send the origin null from a sandboxed frame, so null would let in everybody.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _always(
        "origin-any-with-credentials",
        "Any site on the Internet could act with the cookies of whoever visits it.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _always(
        "method-malformed",
        "No browser sends a method that is spelled like this.",
        "CORS_METHODS=GET,HEAD,POST",
    ),
    _always("method-forbidden", "Browsers let no script send this method.", "CORS_METHODS=GET,HEAD,POST"),
    _always("header-malformed", "This is no header name.", "CORS_ALLOW_HEADERS=Content-Type,Authorization"),
    _always(
        "header-forbidden",
        "Browsers let no script set this header, or it belongs to CORS itself.",
        "CORS_ALLOW_HEADERS=Content-Type",
    ),
    _always(
        "expose-any-with-credentials",
        "With credentials browsers read * as the name of a header, so it would expose nothing.",
        "CORS_EXPOSE_HEADERS=X-Request-Id",
    ),
    _always("expose-forbidden", "Browsers show this header to no script.", "CORS_EXPOSE_HEADERS=X-Request-Id"),
    _always("max-age-out-of-range", "The age must be 0 to 86400 seconds (one day).", "CORS_MAX_AGE=600"),
    _always(
        "resource-malformed",
        "A resource needs a path that begins with / and stands once, with * at most as its last segment.",
        'CORS_RESOURCES={"/api/*": {}}',
    ),
    _always(
        "waiver-unknown",
        "There is no such rule, or it cannot be lifted.",
        "CORS_DANGEROUSLY_ALLOW=origin-plain-http",
    ),
    _always("usage", "envcors is used in a way that cannot work.", "CORS(app), once"),
    _production(
        "origin-any",
        "Any site on the Internet could read this API's answers.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _production(
        "origin-plain-http",
        "Whoever sits on the network between can change a page that came over plain HTTP, and read this API with it.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _production(
        "origin-local",
        "A page on the visitor's own machine or network is not yours: any program there can serve it.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _production(
        "origin-public-suffix",
        "Anybody can register a name below a public suffix and be let in.",
        "CORS_ORIGINS=https://*.example.com",
    ),
    _production(
        "origin-any-port",
        "Every program that listens on that host would be let in, whatever its port.",
        "CORS_ORIGINS=https://app.example.com:8443",
    ),
    _production(
        "origin-regex",
        "A regular expression is easily wider than it looks, and cannot be reviewed like a list.",
        'origins=["https://*.example.com"]',
    ),
    _production(
        "methods-any",
        "Every method that the application ever answers would be open to other origins.",
        "CORS_METHODS=GET,HEAD,POST,PUT,DELETE",
    ),
    _production(
        "headers-any",
        "Scripts of other origins could set every header that the application ever trusts.",
        "CORS_ALLOW_HEADERS=Content-Type,Authorization",
    ),
    _production(
        "inspector-in-production",
        "The inspector shows the whole policy to whoever finds its page.",
        "CORS_INSPECTOR=false",
    ),
    _production(
        "dotenv-in-container",
        "A .env file that was copied into an image would switch a serving container to development.",
        "CORS_ENV=development under environment: in compose",
    ),
    _advice(
        "origin-any-subdomain-with-credentials",
        "Every host below that domain can act with the visitor's cookies, a forgotten one too.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _advice("waiver-unused", "This lifts a rule that nothing breaks.", "CORS_DANGEROUSLY_ALLOW="),
    _advice(
        "origins-empty",
        "No origin is let in: browsers keep every other site out.",
        "CORS_ORIGINS=https://app.example.com",
    ),
    _advice(
        "debug-in-production",
        "Debug mode runs under a production policy; its error pages run code.",
        "FLASK_DEBUG=0",
    ),
    _advice(
        "variable-overridden",
        "A value in code stands above the variable, so whoever edits the variable changes nothing.",
        "remove the value from the code",
    ),
    _advice(
        "development-in-cluster",
        "A development policy is permissive, and this is a pod of a cluster.",
        "CORS_ENV=production",
    ),
)

RULES = {rule.name: rule for rule in _ALL}
"""All rules by name, those that always hold first."""

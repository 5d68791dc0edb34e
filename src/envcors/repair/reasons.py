"""Sentences about the problem of a whole value, in terms of the source that contains it."""

from __future__ import annotations

from envcors.repair.syntax import Syntax

TOO_LONG = "The value is too long to propose a correction."
QUOTED = "The quotes are part of the value."
NAMED = "The name of the variable is part of the value."
OTHER_NAME = "The value begins with the name of another variable."
ANOTHER_SETTING = "The value also contains another setting, which needs a line of its own."
ESCAPED = "The backslashes are part of the value."
BRACKETS = "The brackets are those of another language: a list has commas between its items, or is a JSON array."
MAPPING = "This is a mapping, and a list is expected."
NO_STRING = "Each item of a list must be a string."
SPACES = "A header name has no spaces."
NEGATED = "The value excludes something; a list can only name what is allowed."
COMMENT = "A comment is part of the value."
IN_COMMENT = "It is in a comment."
UNCLEAR_DENIAL = "An entry of this list of denied origins cannot be understood, and without it more would be allowed."
NOTHING_LEFT = "No entry of the list can be understood."

_KEEPS_QUOTES = {
    Syntax.VARIABLE: "Docker Compose's list style and --env-file keep quotes: the quotes are part of the value.",
    Syntax.DOTENV: "There are quotes inside the quotes: the inner ones are part of the value.",
    Syntax.DIRECTORY: "A file is read as it is: the quotes are part of the value.",
    Syntax.MANIFEST: "YAML removes one pair of quotes: the inner ones are part of the value.",
    Syntax.LITERAL: "Kustomize removes one pair of quotes: the inner ones are part of the value.",
    Syntax.CODE: "There are quotes inside the string: they are part of the value.",
    Syntax.CONFIG: "There are quotes inside the string: they are part of the value.",
    Syntax.MAPPING: "There are quotes inside the string: they are part of the value.",
    Syntax.JSON: "There are quotes inside the JSON string: they are part of the value.",
}
_KEEPS_COMMENTS = {
    Syntax.VARIABLE: "Nothing removes a comment from an environment variable: it is part of the value.",
    Syntax.DOTENV: "Inside quotes # does not start a comment: it is part of the value.",
    Syntax.DIRECTORY: "A file is read as it is: the comment is part of the value.",
    Syntax.MANIFEST: "Inside a block scalar or quotes YAML has no comments: the comment is part of the value.",
}
_BY_SYNTAX = {QUOTED: _KEEPS_QUOTES, COMMENT: _KEEPS_COMMENTS}


def reason(why: str, syntax: Syntax) -> str:
    """Return the sentence ``why`` of a repair in terms of the source; unchanged if there is no such sentence."""
    return _BY_SYNTAX.get(why, {}).get(syntax, why)


def not_expanded(reference: str, by: str) -> str:
    """Return why a value contains a reference to another variable."""
    return f"{reference} was not expanded: {by} would do that, and the value did not pass through it."

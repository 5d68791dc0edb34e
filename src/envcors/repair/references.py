"""References to other variables that were not expanded."""

from __future__ import annotations

import re

from envcors.problems import printable
from envcors.repair import reasons
from envcors.repair.kinds import Kind, Unclear

_REFERENCES = (
    (re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL), "a template engine such as Helm"),
    (re.compile(r"<%.*?(?:%>|\Z)", re.DOTALL), "a template engine"),
    (re.compile(r"\$\([A-Za-z_][\w. -]*\)"), "the kubelet or a shell"),
    (re.compile(r"\$\{[^{}\r\n]*\}?"), "a shell or Docker Compose"),
    (re.compile(r"%(?![0-9A-Fa-f]{2}%)[A-Za-z_]\w+%"), "Windows' cmd.exe"),
    (re.compile(r"\$(?:env:\w+|[A-Z_][A-Z0-9_]*(?![A-Za-z]))"), "a shell or Docker Compose"),
)
_NAME = re.compile(r"\.[A-Za-z][\w.-]*|(?<![\w.])(?!env:)[A-Za-z_][\w.]*")
"""A variable's name, or what a template calls a value: ``.Values.x``."""
_STARTS = ("$", "%", "{{", "{%")


def check_references(text: str, kind: Kind) -> None:
    """Raise Unclear if the text contains a reference that was not expanded."""
    patterns = _REFERENCES[:-1] if kind is Kind.URL else _REFERENCES  # a password can contain a dollar sign
    for pattern, by in patterns:
        match = pattern.search(text)
        if match is not None:
            raise Unclear(reasons.not_expanded(printable(match[0]), by), match[0])


def unexpanded(text: str, kind: Kind) -> str:
    """Return why a text with a reference cannot be the value; empty if it contains no reference."""
    if not any(start in text for start in _STARTS):
        return ""
    try:
        check_references(text, kind)
    except Unclear as error:
        return str(error)
    return ""


def referenced(text: str) -> tuple[str, ...]:
    """Return the names of the variables that a text refers to: ``X`` of ``${X-default}``, of ``%X%``."""
    found = sorted(
        (match.start(), name[0])
        for pattern, _ in _REFERENCES
        for match in pattern.finditer(text)
        if (name := _NAME.search(match[0])) is not None
    )
    return tuple(dict.fromkeys(name for _, name in found))


def without_references(text: str) -> str:
    """Return the text with … in the place of each reference."""
    for pattern, _ in _REFERENCES:
        text = pattern.sub("…", text)
    return text

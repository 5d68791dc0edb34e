"""Names of variables: which are ours, which are misspelt, which belong to somebody else."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from envcors.settings.nearest import nearest, resource_and_option

_PREFIX = re.compile(r"[A-Z][A-Z0-9_]*_")
_NEAR = 0.75
_SERVICE_LINK = re.compile(
    r"([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_[A-Z0-9_]+)?)?)"
)

RESOURCE_NAME = re.compile(r"[A-Za-z0-9_]+")
RESOURCE = re.compile(r"RESOURCES__(?P<name>[A-Za-z0-9_]+?)__(?P<option>[A-Z]+(_[A-Z]+)*)")
"""A variable of one resource, without the prefix: ``RESOURCES__API__ORIGINS``."""


class PrefixError(ValueError):
    """A prefix that cannot be one: empty, lower case, or without its final underscore."""


class Names:
    """The names of all variables under one prefix.

    ``options`` are the names of options in lower case; ``resource_options`` those that a resource may have.
    Raises PrefixError for a prefix that is not upper case with a final underscore.
    """

    def __init__(self, prefix: str, options: Iterable[str], resource_options: Iterable[str]) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise PrefixError("A prefix is upper case and ends with an underscore, such as SHOP_CORS_.")
        self.prefix = prefix
        self.options = {prefix + option.upper(): option for option in options}
        self._resource_options = tuple(resource_options)

    def variable(self, option: str) -> str:
        """The variable of an option: ``origins`` is ``CORS_ORIGINS``."""
        return self.prefix + option.upper()

    def resource(self, name: str) -> tuple[str, str] | None:
        """The resource's name and its option in lower case, or None where ``name`` is no such variable."""
        if not name.startswith(self.prefix):
            return None
        match = RESOURCE.fullmatch(name, len(self.prefix))
        if match is None or match["option"].lower() not in self._resource_options:
            return None
        return match["name"], match["option"].lower()

    def is_ours(self, name: str) -> bool:
        """Whether this is a variable of ours, spelled right."""
        return name in self.options or self.resource(name) is not None

    def is_service_link(self, name: str) -> bool:
        """Whether Kubernetes makes such a variable for a Service whose name begins like the prefix."""
        return name.startswith(self.prefix) and _SERVICE_LINK.fullmatch(name, len(self.prefix)) is not None

    def has_malformed_resource(self, name: str) -> bool:
        """Whether this would be a variable of a resource, had the resource a name of letters, digits and ``_``."""
        parts = re.fullmatch(rf"{self.variable('resources')}__(.*)__[A-Z_]+", folded_name(name), re.DOTALL)
        return parts is not None and RESOURCE_NAME.fullmatch(parts[1]) is None

    def may_be_meant(self, name: str) -> bool:
        """Whether ``name`` was probably meant for us: it has the prefix, or is one of our names spelled otherwise."""
        if name.startswith(self.prefix):
            return True
        return self.is_ours(folded_name(name))

    def meant(self, name: str) -> str | None:
        """The nearest of our names, or None where none is near."""
        folded = folded_name(name)
        return folded if self.is_ours(folded) else self._near(folded)

    def _near(self, folded: str) -> str | None:
        if not folded.startswith(self.prefix):
            return None
        word = folded.removeprefix(self.prefix)
        found = self._near_resource(word)
        if found is not None:
            name, option = found
            name = name if RESOURCE_NAME.fullmatch(name) else "NAME"
            return f"{self.variable('resources')}__{name}__{option.upper()}"
        near = nearest(word, self.options.values())
        return None if near is None else self.variable(near)

    def _near_resource(self, word: str) -> tuple[str, str] | None:
        """The name of a resource and its option; the name is empty or cannot be one where that is what is wrong."""
        group, _, rest = word.partition("__")
        name, separator, last = rest.rpartition("__")
        if separator and difflib.get_close_matches(group, ["RESOURCES"], cutoff=_NEAR):
            option = nearest(last, self._resource_options)
            return None if option is None else (name, option)
        return resource_and_option(word, self._resource_options)


def folded_name(name: str) -> str:
    """``name`` in the spelling of variables: upper case, ``_`` for ``.`` and ``-``."""
    return name.upper().replace(".", "_").replace("-", "_")

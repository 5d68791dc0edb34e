"""Names of variables: which are ours, which are misspelled, which belong to other programs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from envcors.repair.names import nearest, resource_and_option
from envcors.settings.option import Option
from envcors.settings.options import RESOURCE_OPTIONS

_PREFIX = re.compile(r"[A-Z][A-Z0-9_]*_")
_NEAR = 0.75
SERVICE_LINK = re.compile(
    r"([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_[A-Z0-9_]+)?)?)"
)
"""A variable that Kubernetes sets for a Service, without the beginning of its name."""

RESOURCE_NAME = re.compile(r"[A-Za-z0-9_]+")
RESOURCE = re.compile(r"RESOURCES__(?P<name>[A-Za-z0-9_]+?)__(?P<option>[A-Z]+(_[A-Z]+)*)")
"""A variable of one resource, without the prefix: ``RESOURCES__API__ORIGINS``."""


class PrefixError(ValueError):
    """An invalid prefix: empty, lower case, or without its final underscore."""


class Names:
    """The names of all variables under one prefix.

    Args:
        prefix: What every name begins with.
        options: The options by name in lower case; None for a field of a subclass that declares no option.

    Raises:
        PrefixError: The prefix is not upper case with a final underscore.
    """

    def __init__(self, prefix: str, options: Mapping[str, Option | None]) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise PrefixError("A prefix is upper case and ends with an underscore, such as SHOP_CORS_.")
        self.prefix = prefix
        self.options = {prefix + name.upper(): name for name in options}
        self._declared = options

    def variable(self, option: str) -> str:
        """Return the variable of an option: ``origins`` is ``CORS_ORIGINS``."""
        return self.prefix + option.upper()

    def option(self, name: str) -> Option | None:
        """Return the option that a variable sets, also one of a resource; None for any other name."""
        found = self.resource(name)
        return RESOURCE_OPTIONS[found[1]] if found else self._declared.get(self.options.get(name, ""))

    def resource(self, name: str) -> tuple[str, str] | None:
        """Return the resource's name and its option in lower case; None if ``name`` is not such a variable."""
        if not name.startswith(self.prefix):
            return None
        match = RESOURCE.fullmatch(name, len(self.prefix))
        if match is None or match["option"].lower() not in RESOURCE_OPTIONS:
            return None
        return match["name"], match["option"].lower()

    def is_ours(self, name: str) -> bool:
        """Return whether this is one of our variables, spelled correctly."""
        return name in self.options or self.resource(name) is not None

    def is_service_link(self, name: str) -> bool:
        """Return whether Kubernetes sets such a variable for a Service whose name begins like the prefix."""
        return name.startswith(self.prefix) and SERVICE_LINK.fullmatch(name, len(self.prefix)) is not None

    def has_malformed_resource(self, name: str) -> bool:
        """Return whether this would be a variable of a resource if the resource had a valid name."""
        parts = re.fullmatch(rf"{self.variable('resources')}__(.*)__[A-Z_]+", folded_name(name), re.DOTALL)
        return parts is not None and RESOURCE_NAME.fullmatch(parts[1]) is None

    def may_be_meant(self, name: str) -> bool:
        """Return whether ``name`` has our prefix, or is one of our names in another spelling."""
        if name.startswith(self.prefix):
            return True
        return self.is_ours(folded_name(name))

    def meant(self, name: str) -> str | None:
        """Return the most similar of our names; None if none is similar."""
        folded = folded_name(name)
        return folded if self.is_ours(folded) else self._similar(folded)

    def _similar(self, folded: str) -> str | None:
        if not folded.startswith(self.prefix):
            return None
        word = folded.removeprefix(self.prefix)
        found = self._similar_resource(word)
        if found is not None:
            name, option = found
            name = name if RESOURCE_NAME.fullmatch(name) else "NAME"
            return f"{self.variable('resources')}__{name}__{option.upper()}"
        near = nearest(word, self._declared)
        return None if near is None else self.variable(near)

    def _similar_resource(self, word: str) -> tuple[str, str] | None:
        """Return the name of a resource and its option; the name is empty or invalid if that is the problem."""
        group, _, rest = word.partition("__")
        name, separator, last = rest.rpartition("__")
        if separator and difflib.get_close_matches(group, ["RESOURCES"], cutoff=_NEAR):
            option = nearest(last, RESOURCE_OPTIONS)
            return None if option is None else (name, option)
        return resource_and_option(word, RESOURCE_OPTIONS)


def folded_name(name: str) -> str:
    """Return ``name`` in the spelling of variables: upper case, ``_`` for ``.`` and ``-``."""
    return name.upper().replace(".", "_").replace("-", "_")

"""The base of all sources of settings: a pydantic-settings source that returns located values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from envcors.problems import Problem, printable
from envcors.repair import Kind
from envcors.settings.json_text import is_json
from envcors.settings.located import Located
from envcors.settings.names import Names, folded_name
from envcors.settings.resources import WHOLE, is_unset

OTHER_SETTING = re.compile(
    r"(?:(?<![^\s;,&\"'])|(?<=\\[nrt]))(?P<name>[A-Za-z_]\w*)=(?P<value>(?:(?![\s;,&][A-Za-z_]\w*=)[\s\S])*)"
)
"""Another setting in the text of a value: ``600 SECRET=x`` is what remains of two lines, or of a shell's syntax."""
_NAMED_SECRET = re.compile(
    r"(?:(?<![\w-])|(?<=\\[nrt]))(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?i:password|passwd|pwd|secret|token|api_?key|credentials?))"
    r"(?P<between>\s*:\s*|\s+)(?P<value>[^\s,;]+)"
)
"""A name and a value as YAML or a person writes them: ``PROXY_TOKEN: x``, ``password x``."""
_PLAIN_NAME = re.compile(r"[\w.-]+\W*")

Gathered: TypeAlias = dict[str, object]
"""What pydantic gets from a source: located values by option, or by name if no option has that name."""


class LocatedSource(PydanticBaseSettingsSource):
    """One source: all its values under our names, and the problems of the source itself.

    Attributes:
        names: The names of our variables.
        bound: All values by the name as it is written. One name can be bound twice.
        problems: What could not be read.
        untyped: Values that the source refuses itself, as it would be written where they are: their fixes pass the
            rules like those of any other value.
        left_out: Variables whose values are invalid, so that pydantic does not get them again.
    """

    replaces_resources = False
    """Whether resources in this source replace those of lower sources, instead of adding to them."""

    def __init__(self, settings_cls: type[BaseSettings], names: Names) -> None:
        super().__init__(settings_cls)
        self.names = names
        self.bound: dict[str, list[Located]] = {}
        self.problems: list[Problem] = []
        self.untyped: list[Located] = []
        self.left_out: set[str] = set()

    def bind(self, located: Located) -> None:
        """Add one value."""
        located = self._without_other_values(located)
        resource = self.names.resource(located.variable)
        if resource is not None:
            located = replace(located, option=resource[1])
        self.bound.setdefault(located.variable, []).append(located)

    def last(self, name: str) -> Located | None:
        """Return the value of a variable in this source; None if it is missing or not set."""
        bound = self.bound.get(name)
        if not bound:
            return None
        option = self.names.option(name)
        is_list = option is not None and option.kind.is_list
        return None if is_unset(bound[-1].value, is_list=is_list) else bound[-1]

    def located(self) -> Iterator[Located]:
        """Yield the values under our names, spelled correctly."""
        for name in self.bound:
            if self.names.is_ours(name) and (found := self.last(name)) is not None:
                yield found

    def unknown(self, ignored: Sequence[str]) -> Iterator[Located]:
        """Yield the values with unknown names, except those of other programs."""
        for spellings in self._by_meaning().values():
            if any(self.names.is_ours(name) for name in spellings):
                continue
            yield from (self.bound[name][0] for name in spellings if not self.is_foreign(name, ignored))

    def duplicates(self, ignored: Sequence[str]) -> Iterator[Sequence[Located]]:
        """Yield the values of each variable that the source sets more than once, in one spelling or several."""
        for spellings in self._by_meaning().values():
            ours = [name for name in spellings if self.names.is_ours(name)]
            others = [name for name in spellings if name not in ours and not self.is_foreign(name, ignored)]
            bound = [located for name in (*ours, *others) for located in self.bound[name]]
            if ours and len(bound) > 1:
                yield bound

    def is_foreign(self, name: str, ignored: Sequence[str]) -> bool:
        """Return whether a variable belongs to another program."""
        return name in ignored or self.names.is_service_link(name)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:  # noqa: ARG002 - pydantic's signature
        """Return the value of one field; the last part means that the value is decoded."""
        return self().get(field_name), field_name, False

    def __call__(self) -> Gathered:
        """Return the located values, those of resources below ``resources``."""
        gathered: Gathered = {}
        resources: dict[str, object] = {}
        for located in self.located():
            if located.variable in self.left_out:
                continue
            found = self.names.resource(located.variable)
            if found is not None:
                parts = resources.setdefault(found[0], {})
                if isinstance(parts, dict):
                    parts[found[1]] = located
            elif self.names.options[located.variable] == "resources" and not self.replaces_resources:
                resources[WHOLE] = located
            else:
                gathered[self.names.options[located.variable]] = located
        return {**gathered, "resources": resources} if resources else gathered

    def _without_other_values(self, located: Located) -> Located:
        """Return a value with … in the place of another program's setting in the same text: no message may show it.

        With or without it the text is invalid. A path may contain anything, and valid JSON too.
        """
        option, text = self.names.option(located.variable), located.value
        if not isinstance(text, str) or located.in_code or option is None:
            return located
        if option.kind.expected in (Kind.PATH, Kind.URL) or (option.kind.expected is Kind.RESOURCES and is_json(text)):
            return located

        def hidden(match: re.Match[str]) -> str:
            return match[0] if self.names.is_ours(match["name"]) else f"{match['name']}=…"

        def without(text: str) -> str:
            text = OTHER_SETTING.sub(hidden, text) if "=" in text else text
            return _NAMED_SECRET.sub(r"\g<name>\g<between>…", text)

        raw = None if located.raw is None else without(located.raw)
        return replace(located, value=without(text), raw=raw)

    def _by_meaning(self) -> dict[str, list[str]]:
        """Group the names; those that are spellings of one of ours together."""
        groups: dict[str, list[str]] = {}
        for name in self.bound:
            folded = folded_name(name)
            groups.setdefault(folded if self.names.is_ours(folded) else name, []).append(name)
        return groups


class FallbackSource(PydanticBaseSettingsSource):
    """Defaults that replace invalid defaults of a subclass. The last of all sources."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.values: dict[str, object] = {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:  # noqa: ARG002 - as above
        """Return the default of one field."""
        return self.values.get(field_name), field_name, False

    def __call__(self) -> Gathered:
        """Return the defaults by option."""
        return dict(self.values)


def shown_name(name: str) -> str:
    """Return a name as a message may show it, in quotes where it contains more than names do."""
    return name if is_plain(name) else f'"{plain_name(name)}"'


def plain_name(name: str) -> str:
    """Return what of a name is a name: what follows may be a value, as in ``CORS_PROXY_TOKEN:hunter2``."""
    begin = _PLAIN_NAME.match(name)
    kept = "" if begin is None else begin[0]
    return printable(kept) if kept == name else f"{printable(kept).removesuffix('…')}…"


def is_plain(name: str) -> bool:
    """Return whether a message can show a name as it is."""
    return len(name) <= 100 and name.replace(".", "").replace("-", "").replace("_", "").isalnum()

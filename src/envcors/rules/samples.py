"""Texts that a regular expression matches: they show which hosts it leaves open."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from envcors.rules.expressions import characters_of, op, parser

_Node: TypeAlias = tuple[Any, Any]

_SAMPLES = 100
_MOST_REPEATS = 16
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
_CONTINUATIONS = ("{a}", ".{a}.com", "-{a}.net", "{a}.io", ".{a}.", "{a}.", ":{n}", "")
"""What may stand where a repeat takes any character: other labels, another domain, a port."""


def samples(expression: re.Pattern[str]) -> Iterator[str]:
    """Yield texts that an expression matches as a whole, the same ones each time; none if it takes no usual text."""
    maker = _Maker(random.Random(expression.pattern))  # noqa: S311 - not for a secret
    nodes = parser.parse(expression.pattern, expression.flags)
    for _ in range(_SAMPLES):
        text = maker.text(nodes)
        if expression.fullmatch(text):
            yield text


class _Maker:
    """Makes texts of the nodes of one expression."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._possible: dict[int, frozenset[str]] = {}

    def text(self, nodes: Iterable[_Node]) -> str:
        return "".join(self._part(operator, argument) for operator, argument in nodes)

    def _part(self, operator: object, argument: Any) -> str:  # Any: as for _Node
        if operator is op.LITERAL:
            return chr(argument)
        if operator is op.SUBPATTERN:
            return self.text(argument[3])
        if operator is op.BRANCH:
            return self.text(self._chance.choice(argument[1]))
        if operator is op.ATOMIC_GROUP:
            return self.text(argument)
        if operator in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeated(*argument)
        if operator in _CHARACTERS:
            return self._character(operator, argument)
        return ""

    def _repeated(self, low: int, high: int, body: Sequence[_Node]) -> str:
        if high > low and len(body) == 1 and body[0][0] in _CHARACTERS and self._chance.random() < 0.7:
            possible = self._characters(*body[0])
            name = "".join(self._chance.choice(_LETTERS[:26]) for _ in range(8))
            texts = [shape.format(a=name, n=self._chance.randint(1000, 9999)) for shape in _CONTINUATIONS]
            fitting = [text for text in texts if low <= len(text) <= high and possible.issuperset(text)]
            if fitting:
                return self._chance.choice(fitting)
        times = self._chance.randint(low, max(low, min(high, low + _MOST_REPEATS)))
        return "".join(self.text(body) for _ in range(times))

    def _character(self, operator: object, argument: Any) -> str:
        possible = self._characters(operator, argument)
        if "." in possible and self._chance.random() < 0.5:
            return "."
        usual = [character for character in _LETTERS if character in possible]
        return self._chance.choice(usual or sorted(possible) or ["a"])

    def _characters(self, operator: object, argument: Any) -> frozenset[str]:
        key = -1 if operator is op.ANY else id(argument)
        found = self._possible.get(key)
        if found is None:
            found = self._possible[key] = characters_of([(operator, argument)])
        return found


_CHARACTERS = (op.ANY, op.IN, op.NOT_LITERAL)

"""The number of examples that a fuzz target tries."""

from __future__ import annotations

from hypothesis import settings

DEEP = "deep"
"""The hypothesis profile of `make fuzz`."""


def few(examples: int) -> settings:
    """`examples` among the other tests, the profile's own number in `make fuzz`."""
    if settings.get_current_profile_name() == DEEP:
        return settings()
    return settings(max_examples=examples)

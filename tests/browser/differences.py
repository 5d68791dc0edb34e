"""Where a browser differs from the standard, and so from the table.

An engine may do in these cases what is listed here, or what the table says: a new version that follows the standard is
no fault of this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.browser.case import Case, Fails, Outcome, Reads
from tests.browser.runs import Run


@dataclass(frozen=True, slots=True)
class Difference:
    """The methods that arrive, and what the script gets where that differs too."""

    sent: str
    outcomes: tuple[Outcome, ...] | None = None


_WILDCARD_COVERS_AUTHORIZATION = Difference("OPTIONS GET", (Reads(),))
_PREFLIGHTED = Difference("OPTIONS GET")
_NOT_CACHED = Difference("OPTIONS PUT OPTIONS PUT")

DIFFERENCES: Mapping[str, Mapping[str, Difference]] = {
    # The standard's "CORS non-wildcard request-header name". Firefox warns.
    "a-wildcard-does-not-cover-authorization": {
        "chromium": _WILDCARD_COVERS_AUTHORIZATION,
        "firefox": _WILDCARD_COVERS_AUTHORIZATION,
        "webkit": _WILDCARD_COVERS_AUTHORIZATION,
    },
    # Values of one name are joined before they are checked.
    "values-of-one-name-are-checked-one-by-one": {"chromium": _PREFLIGHTED, "webkit": _PREFLIGHTED},
    "two-content-types-that-are-safelisted-one-by-one": {
        "chromium": Difference("OPTIONS POST"),
        "firefox": Difference("POST"),  # and sends the first alone
        "webkit": Difference("OPTIONS POST"),
    },
    "safelisted-values-of-1024-bytes-together": {"chromium": _PREFLIGHTED, "webkit": _PREFLIGHTED},
    "safelisted-values-of-more-than-1024-bytes-together": {
        "chromium": _PREFLIGHTED,
        "firefox": Difference("GET"),  # which does not count them together
        "webkit": _PREFLIGHTED,
    },
    "a-client-hint-is-not": {"chromium": Difference("GET")},
    # Firefox caches a response without a valid Max-Age for no second, not for five.
    "an-invalid-age-is-the-default-one": {"firefox": _NOT_CACHED},
    "an-age-with-a-fraction-is-the-default-one": {"firefox": _NOT_CACHED},
    "two-ages-are-the-default-one": {"firefox": _NOT_CACHED},
    "a-response-with-credentials-is-cached-for-requests-without": {"firefox": _NOT_CACHED},
    # The target of a redirect is preflighted if the first request was, although nothing in the second needs it.
    "303-makes-a-put-a-get": {
        "firefox": Difference("OPTIONS PUT OPTIONS GET"),
        "webkit": Difference("OPTIONS PUT OPTIONS GET"),
    },
    "301-drops-the-body-of-json-and-with-it-the-preflight": {
        "firefox": Difference("OPTIONS POST OPTIONS GET"),
        "webkit": Difference("OPTIONS POST OPTIONS GET"),
    },
    "authorization-is-dropped-on-the-way-to-another-origin": {
        "firefox": Difference("OPTIONS GET OPTIONS GET"),
        "webkit": Difference("OPTIONS GET OPTIONS GET"),
    },
    # An empty Location is no redirect, or one that fails at once.
    "an-empty-location-is-the-same-url": {
        "chromium": Difference("GET", (Reads(302),)),
        "webkit": Difference("GET", (Fails(),)),
    },
}
"""By the slug of a case and the name of an engine."""


def assert_same(engine: str, case: Case, run: Run, model: Run) -> None:
    """Whether an engine does what the model does, or differs as it is known to."""
    difference = DIFFERENCES.get(case.slug, {}).get(engine)
    if difference is None or run == model:
        assert run == model
    else:
        assert (run.outcomes, run.sent) == (list(difference.outcomes or model.outcomes), difference.sent)

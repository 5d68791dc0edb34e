"""`docs/api/`: the reference has every public name. `make docs` reports a name that does not exist."""

import re

import pytest

import envcors
import envcors.testing
from tests.processes import REPOSITORY

REFERENCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "docs" / "api").glob("*.md")))
DOCUMENTED = re.findall(
    r"^\.\. auto(?:class|exception|function):: (?:envcors\.)?(?:testing\.)?(\w+)$", REFERENCE, re.MULTILINE
)


@pytest.mark.parametrize("name", [*envcors.__all__, *envcors.testing.__all__])
def test_a_public_name_is_in_the_reference(name: str) -> None:
    assert DOCUMENTED.count(name) == 1

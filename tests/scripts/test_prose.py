"""`scripts/prose.py`: which sentences it reports, where, and which it leaves alone."""

import pytest

from scripts.prose import problems_of, selected_files


def words(file: str, text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.word) for problem in problems_of(file, text)]


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Whoever reads this", "Whoever"),
        ("Code stands above the environment.", "stands above"),
        ("A default stands below it.", "stands below"),
        ("An origin is wanted here.", "is wanted"),
        ("Show what B lets in.", "lets in"),
        ("It lets nobody in.", "lets nobody in"),
        ("It keeps them out.", "keeps them out"),
        ("What it shuts out.", "shuts out"),
        ("A line that mends it.", "mends"),
        ("It is none of ours.", "none of ours"),
        ("It ends with 1.", "ends with 1"),
        ("It ends with status 78.", "ends with status 78"),
        ("Say how it works.", "Say how"),
        ("The rule is lifted.", "lifted"),
        ("Judge a configuration.", "Judge"),
        ("A judgement of it.", "judgement"),
        ("The fault of a text.", "fault"),
        ("Each finding has a fix.", "Each finding"),
        ("Every given has a source.", "Every given"),
        ("Checked by every rule.", "by every rule"),
    ],
)
def test_a_word_of_the_list_is_reported_with_what_to_write_instead(sentence: str, word: str) -> None:
    (problem,) = problems_of("README.md", f"# Title\n\n{sentence}\n")
    assert (problem.line, problem.word) == (3, word)
    assert str(problem) == f"README.md:3: {word} → {problem.instead}"
    assert problem.instead


@pytest.mark.parametrize(
    "sentence",
    [
        "A comment says why.",
        "Each file has a name of its own.",
        "The given value is default.",
        "A list given in code.",
        "Finding the policy is fast.",
        "Let users in the admin group log in.",
        "Keep it out of the repository.",
        "The name ends with `.env`.",
        "It is recommended and amended.",
        "The key `faults` and <https://example.com/judge>.",
        "The commended default.",
    ],
)
def test_an_ordinary_sentence_is_left_alone(sentence: str) -> None:
    assert words("README.md", f"{sentence}\n") == []


def test_a_turn_that_two_lines_share_is_reported_at_its_first_line() -> None:
    assert words("README.md", "Code stands\nabove it.\n") == [(1, "stands above")]
    assert words("src/a.py", "# Code stands\n# above it.\n") == [(1, "stands above")]
    assert words("src/a.py", 'x = (\n    "code stands "\n    "above it"\n)\n') == [(2, "stands above")]


def test_pages_are_read_without_the_blocks_that_show_programs() -> None:
    assert words("docs/a.md", "```console\n$ judge\n```\n\n    judge\n") == [(5, "judge")]


def test_modules_are_read_in_their_docstrings_comments_and_strings_and_not_in_their_names() -> None:
    module = (
        '"""Judge."""\n\njudge = 1  # a fault\nfault = "lifted"\nmessage = f"{fault} {{mends}} {judge} shuts out"\n'
    )
    assert words("src/a.py", module) == [(1, "Judge"), (3, "fault"), (4, "lifted"), (5, "mends"), (5, "shuts out")]


def test_tests_are_read_in_their_names_only() -> None:
    module = '"""Judge."""\n\n\ndef test_whoever_reads_is_let_in() -> None:\n    judge("lifted")\n'
    assert words("tests/test_a.py", module) == [(4, "let in"), (4, "whoever")]


def test_other_files_are_read_in_their_comments() -> None:
    assert words("Makefile", "judge: # a fault\n\tjudge\n") == [(1, "fault")]
    assert words("action.yml", "name: judge\n# judge\n") == [(2, "judge")]
    assert words("examples/page/a.js", "// a fault\nfor (let fault in x) {}\n") == [(1, "fault")]
    assert words("examples/page/a.html", "<p class='fault'>It mends</p>\n") == [(1, "mends")]


def test_an_exception_needs_a_reason_and_a_word_that_it_excuses() -> None:
    assert words("src/a.py", "# the judge of a court  # prose-ok: a quotation\n") == []
    assert words("docs/a.md", "the judge <!-- prose-ok: a quotation -->\n") == []
    assert words("src/a.py", "# the judge  # prose-ok\n") == [(1, "judge"), (1, "prose-ok")]
    assert words("src/a.py", "# a check  # prose-ok: a quotation\n") == [(1, "prose-ok")]


def test_the_files_that_people_read_are_selected() -> None:
    assert {"README.md", "CHANGELOG.md", "docs/README.md", "src/envcors/wsgi.py", "tests/conftest.py"} <= {
        *selected_files()
    }
    assert "LICENSE" not in selected_files()

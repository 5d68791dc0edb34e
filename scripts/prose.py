"""Checks that the project's sentences are plain English: `python scripts/prose.py [FILE…]`.

Reads the pages (Markdown), the docstrings, comments and string literals of the code, the comments of other files, and
the names of tests, and prints each word or turn of `RULES` as `FILE:LINE: WORD → INSTEAD`. Exit status: 0 none,
1 some, 2 wrong usage.

Where such a word is right, its line ends with `# prose-ok: REASON`, in Markdown `<!-- prose-ok: REASON -->`.
An exception without a reason, and one on a line that needs none, are problems too.
"""

from __future__ import annotations

import bisect
import io
import itertools
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# One word for one thing, and the words that our readers look up in no dictionary. White space in a pattern stands for
# any white space, also for the end of a line. Letter case does not matter.
RULES: dict[str, str] = {
    r"whoever|whomever|whosoever": "anyone who; the person or program that",
    r"(stands?|stood|standing) (above|over)": "takes precedence over; overrides",
    r"(stands?|stood|standing) (below|under)": "is overridden by; is under",
    r"(is|are|was|were|be|being) wanted": "is expected; the target is",
    r"let(s|ting)? in": "allow",
    r"let(s|ting)? \w+ in(?! (the|a|an|this|that|each|every|which|its|their)\b)": "allow",
    r"(keep(s|ing)?|kept|shut(s|ting)?|lock(s|ed|ing)?)( \w+)? out(?! of\b)": "block; deny",
    r"mend(s|ed|ing)?": "fix",
    r"(puts?|putting|set|sets) (it |them |this |that )?right": "fix",
    r"none of (them|ours?|these|those|theirs|its|it)": "not one of …; no …; unknown",
    r"no \w+ of its own is like": "no known … is similar to",
    r"end(s|ed|ing)? with (the )?((exit )?status |exit code )?(\d+|`+\d+`+)": "exit status N; exits with status N",
    r"say (how|what|which|where|whether|who)": "show; describe; explain; name",
    r"(is|are) (said|told) (how|what|which|why|where|whether)": "is shown; is explained",
    r"lift(s|ed|ing|able)?": "waive; waivable",
    r"(accept|break)(s|ed|ing)?( \w+){0,3} on purpose": "waive",
    r"judg(e|es|ed|ing|e?ments?)": "check; validate",
    r"(?<!at\W)faults?": "problem",
    r"at fault": "that has the problem",
    r"findings": "problems",
    r"(a|the|each|every|this|one|first|last|no|of|such a) finding": "problem",
    r"givens": "values; variables; options",
    r"(a|the|each|every|this|one|no) given(?= (of|is|that|from|in|has|which|stands)\b|[.,;:)])": "value; variable",
    r"by (every|all|any) rules?": "against all rules",
    r"there must be": "… is required; expected",
    r"has not the (form|right)|have not the (form|right)": "is invalid",
    r"(is|are|was|were|be) fine": "is valid",
    r"opens? to|opened to": "allow",
}
# Such words in a name, an address or a quotation are not ours.
_SKIPPED = re.compile(r"``[^`]*``|`[^`]*`|https?://\S+")
_EXCEPTION = re.compile(r"(?:#|//|<!--)[ \t]*prose-ok\b:?[ \t]*(.*?)[ \t]*(?:-->)?[ \t]*$")
_PATTERNS = [
    (re.compile(rf"\b(?:{pattern})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE), instead)
    for pattern, instead in RULES.items()
]

SELECTED = (
    "*.md",
    "*.yml",
    "*.yaml",
    "*.toml",
    ".ci/*",
    ".env.example",
    ".github/**",
    "Dockerfile",
    "Makefile",
    "benchmarks/**",
    "deploy/**",
    "docs/**",
    "examples/**",
    "scripts/**",
    "src/**",
    "tests/**/*.py",
)
"""What is read when the command line names no file: those files of git that match."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A word of `RULES` in a file; `line` counts from 1."""

    file: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.word} → {self.instead}"


class Passage:
    """A text that is read as one, put together from pieces of a file, each of which begins on a line."""

    def __init__(self, pieces: Iterable[tuple[int, str]]) -> None:
        self._starts: list[int] = []
        self._lines: list[int] = []
        text = ""
        for first, piece in pieces:
            for line, row in enumerate(piece.split("\n"), first):
                self._starts.append(len(text))
                self._lines.append(line)
                text += f"{row}\n"
        self.text = text

    def line(self, offset: int) -> int:
        """The line of the file from which the character at `offset` comes."""
        return self._lines[bisect.bisect(self._starts, offset) - 1]


def passages(file: str, text: str) -> Iterator[Passage]:
    """The passages of a file that a person reads; how they are found depends on what its name ends with."""
    if file.endswith(".md"):
        yield Passage([(1, without_code_blocks(text))])
    elif file.endswith(".py"):
        yield from python_passages(text, only_names=file.startswith("tests/"))
    elif file.endswith(".html"):
        yield Passage([(1, re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", blank, text, flags=re.DOTALL))])
    elif file.endswith((".js", ".css")):
        for match in re.finditer(r"/\*.*?\*/|(?<!:)//[^\n]*|\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", text, re.DOTALL):
            yield Passage([(text.count("\n", 0, match.start()) + 1, match[0].strip("`"))])
    else:
        yield from blocks((number, match[1]) for number, match in hash_comments(text))


def blank(match: re.Match[str]) -> str:
    """White space with as many lines as the match has."""
    return " " + "\n" * match[0].count("\n")


def without_code_blocks(text: str) -> str:
    """Markdown without its fenced blocks: they show programs and what those print."""
    return re.sub(r"^( *)(```+|~~~+)[^\n]*\n.*?^\1\2 *$", blank, text, flags=re.MULTILINE | re.DOTALL)


def hash_comments(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """The comments of a file in which `#` begins one."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.search(r"(?:^|\s)#+!?(?:\s|$)(.*)", line)
        if match:
            yield number, match


def blocks(comments: Iterable[tuple[int, str]]) -> Iterator[Passage]:
    """Comments on consecutive lines are one passage."""
    block: list[tuple[int, str]] = []
    for number, comment in comments:
        if block and block[-1][0] != number - 1:
            yield Passage(block)
            block = []
        block.append((number, comment))
    if block:
        yield Passage(block)


def python_passages(text: str, *, only_names: bool) -> Iterator[Passage]:
    """The comments and strings of a module, or only the names of its tests."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    if only_names:
        for before, token in itertools.pairwise(tokens):
            if before.string == "def" and token.string.startswith("test_"):
                yield Passage([(token.start[0], token.string.replace("_", " "))])
        return
    yield from blocks((token.start[0], token.string.lstrip("#")) for token in tokens if token.type == tokenize.COMMENT)
    strings: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == tokenize.STRING or token.type in _PARTS_OF_F_STRINGS:
            strings.append((token.start[0], contents(token.string)))
        elif strings and token.type not in {tokenize.NL, tokenize.COMMENT}:
            yield Passage(strings)
            strings = []


# Since Python 3.12 an f-string is several tokens; what stands between braces ends a passage.
_PARTS_OF_F_STRINGS = {getattr(tokenize, name) for name in ("FSTRING_MIDDLE",) if hasattr(tokenize, name)}


def contents(literal: str) -> str:
    """What is between the quotes of a string literal, as it is written; without what an f-string computes."""
    match = re.fullmatch(r"([a-zA-Z]*)('''|\"\"\"|'|\")(.*)\2", literal, flags=re.DOTALL)
    if match is None:
        return literal  # a part of an f-string
    prefix, _, inner = match.groups()
    if "f" in prefix.lower():
        inner = re.sub(r"\{\{|\{[^{}]*\}", "§", inner)
    return inner.replace("\\n", "  ")


def problems_of(file: str, text: str) -> Iterator[Problem]:
    """The problems of a file, in the order of its lines.

    Args:
        file: its path in the repository, which decides how it is read.
        text: what it holds.
    """
    exceptions = {
        number: match[1]
        for number, line in enumerate(text.splitlines(), 1)
        if (match := _EXCEPTION.search(line)) and "prose-ok: REASON" not in line
        if not file.startswith("tests/") or "def test_" in line  # of tests, only the names are read
    }
    found = set()
    for passage in passages(file, text):
        readable = _SKIPPED.sub(lambda match: re.sub(r"[^\n]", "§", match[0]), passage.text)
        for pattern, instead in _PATTERNS:
            for match in pattern.finditer(readable):
                word = " ".join(passage.text[match.start() : match.end()].split())
                found.add((passage.line(match.start()), word, instead))
    for line, reason in exceptions.items():
        if not reason:
            found.add((line, "prose-ok", "prose-ok: REASON"))
        if not any(where == line and word != "prose-ok" for where, word, _ in found):
            found.add((line, "prose-ok", "nothing: this line needs no exception"))
    for line, word, instead in sorted(found):
        if not exceptions.get(line) or word == "prose-ok":
            yield Problem(file, line, word, instead)


def selected_files() -> list[str]:
    """The files of the repository that match `SELECTED`, also those that git does not know yet."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run(
        [*git, *(f":(glob){pattern}" for pattern in SELECTED)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return sorted(
        {file for file in listed.stdout.splitlines() if (ROOT / file).is_file() and not file.endswith(".png")}
    )


def main(arguments: Sequence[str]) -> int:
    """Print the problems of the named files, or of all; return the exit status."""
    files = [str(Path(argument).resolve().relative_to(ROOT)) for argument in arguments] or selected_files()
    count = 0
    for file in files:
        if file == "scripts/prose.py":
            continue  # its table is made of such words
        try:
            text = (ROOT / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 2
        for problem in problems_of(file, text):
            print(problem)
            count += 1
    if count:
        print(f"{count} places are not plain English", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

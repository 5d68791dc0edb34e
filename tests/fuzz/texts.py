"""Texts that are nearly valid: a valid one, with a few characters changed."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def changed(draw: st.DrawFn, valid: st.SearchStrategy[str], alphabet: str, most: int = 3) -> str:
    """A text of `valid` in which at most `most` pieces are removed, doubled or replaced."""
    text = draw(valid)
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 3)))
        piece = draw(st.one_of(st.text(alphabet, max_size=2), st.just(text[start:end] * 2), st.just("")))
        text = text[:start] + piece + text[end:]
    return text
